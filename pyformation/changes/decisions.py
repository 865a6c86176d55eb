"""Conditions that are decided from both sides of a resource: whether it is replaced, or its update refused.

A row of `catalog/reviewed/updates.json` that is ``exact`` has a ``decide``, which this module reads:

- ``replaced`` and ``in_place`` are lists of clauses; one clause that holds is enough. Where only one of the
  two is given, the other is its opposite; where both are, what neither names cannot be told.
- ``unclear``: clauses under which a replacement cannot be told after all.
- ``at``: the property that the clauses are about, where it is not the path of the row.

Everything in a clause must hold:

- ``before``, ``after``: a test of the property on each side;
- ``had``, ``with``: tests of other places of the resource, by path, before and after;
- ``by``, ``only``: items of a list, known by their property `by`, differ at these paths only; ``+`` is an
  item that is added, ``-`` one that is removed;
- ``by``, ``some``: items of a list differ at one of these paths at least, ``*`` being any path of an item that
  stays; with ``more_than`` at more than so many items;
- ``change``: how a number or a version changes (`_CHANGES` has the words); ``numbers`` says how many numbers
  at the start of a version are its major version (default 1);
- ``also``: one of these other places of the resource changes, too.

A row of `catalog/reviewed/refused_updates.json` has such clauses in ``when``, which `holds` reads.

A step of a path can be the place in a list, or ``Name=value``: the item whose property `Name` has that value.

A test is a list of values (null: absent), ``{"starts": text}`` (or a list of texts), ``{"contains": value}`` or
``{"longer": number}`` of a list, ``{"not": test}``, or a word: ``given`` or ``absent``; ``set``, or ``empty``
(absent, ``""``, ``[]`` or ``{}``).

Never optimistic: every clause is true, false or unknown, and what is unknown decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import accumulate
from typing import Any

import attrs

from .. import catalog
from ..evaluation.unknowns import NO_VALUE, Choice, Secret, Unknown, by_case, cases, is_known, scalar_text
from ..plain import is_list, is_mapping
from ..pointers import pointer
from .comparison import differences
from .records import MISSING, Path, Reason

Verdict = bool | None
"""True: it replaces; False: in place; None: not known."""

_DYNAMIC = "{{resolve:"


@attrs.frozen
class Decision:
    """Whether a change replaces, and why, or when."""

    replaces: Verdict
    reason: Reason


def decide(
    type_name: str,
    path: Path,
    before: Callable[[], Mapping[str, Any]],
    after: Callable[[], Mapping[str, Any]],
) -> Decision:
    """What a change at a path that replaces conditionally does to the resource.

    `before` and `after` give the resource as it is evaluated on each side; they are asked only where a
    rule looks at it.
    """
    facts = catalog.find_property(type_name, pointer(path))
    if facts is None:
        return Decision(None, _why_unknown(type_name, path))
    row = _rows()[facts.rule] if facts.rule is not None else _row_of_all(type_name)
    if row is None:
        return Decision(None, Reason("unpublished"))
    if "decide" not in row:
        return Decision(None, reason_of(row, None))
    subject: Path | None = _subject(row, path)
    if subject is None:
        return Decision(None, reason_of(row, None))
    sides = before(), after()
    old, new = (_at(side, subject) for side in sides)
    verdict = _verdict(row["decide"], old, new, *sides)
    transition = _transition(row["decide"], old, new) if verdict is not None else None
    if transition is None:
        return Decision(verdict, reason_of(row, verdict))
    return Decision(verdict, Reason("replaced" if verdict else "in_place", (transition,)))


def reason_of(row: Mapping[str, Any], verdict: Verdict) -> Reason:
    """What a reviewed row says for a verdict: what happened, why in place, or when it would replace."""
    replaced, in_place = row.get("replaced_if"), row.get("in_place_if")
    if verdict is True and replaced:
        return Reason("replaced", (str(replaced),))
    if verdict is False and in_place:
        return Reason("in_place", (str(in_place),))
    if replaced:
        return Reason("replaced_if", (str(replaced),))
    if in_place:
        return Reason("in_place_if", (str(in_place),))
    practice = row.get("in_practice")
    return Reason("unpublished", (str(practice),) if practice else ())


def holds(
    clauses: Iterable[Mapping[str, Any]], path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Verdict:
    """Whether one of some clauses about a path of a resource holds, which is evaluated on each side."""
    old, new = (_at(side, _steps(path)) for side in (before, after))
    return _any(_clause(clause, old, new, before, after) for clause in clauses)


def is_in_place_in_practice(type_name: str, path: Path) -> bool:
    """Whether a change that AWS calls conditional never replaced in practice, as a reviewed row says."""
    found = catalog.find_property(type_name, pointer(path))
    return found is not None and found.rule is not None and "in_practice" in _rows()[found.rule]


def always(type_name: str, path: Path) -> Reason | None:
    """What a reviewed row says of a change that always replaces."""
    facts = catalog.find_property(type_name, pointer(path))
    if facts is None or facts.rule is None:
        return None
    found = _rows()[facts.rule].get("replaced_if")
    return None if found is None else Reason("replaced", (str(found),))


@cache
def _rows() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in catalog.reviewed("updates")}


def _row_of_all(type_name: str) -> dict[str, Any] | None:
    """The row for all properties of a type without a row of their own; custom resources share one."""
    general = "AWS::CloudFormation::CustomResource" if type_name.startswith("Custom::") else type_name
    return next((row for row in _rows().values() if row.get("all") and row["type"] == general), None)


def _why_unknown(type_name: str, path: Path) -> Reason:
    if catalog.find(type_name) is None:
        return Reason("unknown_type", (type_name,))
    return Reason("unknown_property", (pointer(path),))


def _subject(row: Mapping[str, Any], path: Path) -> Path | None:
    """The path that a row's clauses are about: the nearest of its own above a changed path."""
    stated = row["decide"].get("at")
    if stated is not None:
        return _steps(stated)
    found = [steps for steps in map(_steps, row["paths"]) if path[: len(steps)] == steps]
    return max(found, key=len, default=None)


def _steps(path: str) -> Path:
    return tuple(path.split("/")[1:])


# -- three-valued logic ---------------------------------------------------------------------------


def _all(values: Iterable[Verdict]) -> Verdict:
    found: Verdict = True
    for value in values:
        if value is False:
            return False
        if value is None:
            found = None
    return found


def _any(values: Iterable[Verdict]) -> Verdict:
    return _not(_all(_not(value) for value in values))


def _not(value: Verdict) -> Verdict:
    return None if value is None else not value


def _verdict(
    decide: Mapping[str, Any], old: Any, new: Any, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Verdict:
    def holds(key: str) -> Verdict:
        clauses: list[dict[str, Any]] = decide.get(key, [])
        return _any(_clause(clause, old, new, before, after) for clause in clauses)

    replaced = holds("replaced") if "replaced" in decide else _not(holds("in_place"))
    in_place = holds("in_place") if "in_place" in decide else _not(replaced)
    if replaced is False and in_place is True:
        return False
    if replaced is not True or holds("unclear") is not False:
        return None
    # Many services compare names without regard to case: then nothing changes.
    return None if isinstance(old, str) and isinstance(new, str) and old.lower() == new.lower() else True


def _clause(
    clause: Mapping[str, Any], old: Any, new: Any, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Verdict:
    def parts() -> Iterator[Verdict]:
        if "before" in clause:
            yield _passes(old, clause["before"])
        if "after" in clause:
            yield _passes(new, clause["after"])
        for key, side in (("had", before), ("with", after)):
            tests: dict[str, Any] = clause.get(key, {})
            for path, test in tests.items():
                yield _passes(_at(side, _steps(path)), test)
        if "only" in clause:
            yield _only(old, new, clause["by"], clause["only"])
        if "some" in clause:
            yield _some(old, new, clause["by"], clause["some"], clause.get("more_than", 0))
        if "change" in clause:
            yield _changes(old, new, clause["change"], clause.get("numbers", 1))
        if "also" in clause:
            yield _any(
                _differs(*(_at(side, _steps(path)) for side in (before, after))) for path in clause["also"]
            )

    return _all(parts())


# -- values ---------------------------------------------------------------------------------------


def _at(value: Any, path: Path) -> Any:
    """The value at a path, `MISSING` where there is none, unknown below what is unknown."""
    for number, step in enumerate(path):
        if isinstance(value, Choice):
            return by_case(value, partial(_at, path=path[number:]))
        if isinstance(value, Unknown):
            return Unknown("function", "Fn::GetValue", (value, *path[number:]))
        if is_list(value):
            value = _item(value, str(step))
        else:
            value = value.get(str(step), MISSING) if is_mapping(value) else MISSING
    return value


def _item(items: list[Any], step: str) -> Any:
    """The item of a list at a place, or with a name (``Key=timeout``); unknown where one may have the name."""
    by, named, name = step.partition("=")
    if not named:
        return items[int(step)] if step.isdecimal() and int(step) < len(items) else MISSING
    found: Any = MISSING
    for item in items:
        verdict = _equals(item.get(by, MISSING), name) if is_mapping(item) else None
        if verdict is True:
            return item
        if verdict is None:
            found = Unknown("function", "Fn::GetValue", (item,))
    return found


def _is_absent(value: Any) -> bool:
    return value is MISSING or value is NO_VALUE or value is None


def _passes(value: Any, test: Any) -> Verdict:
    if isinstance(value, Choice):
        verdicts = {_passes(case, test) for case in cases(value)}
        return verdicts.pop() if len(verdicts) == 1 else None
    if test == "absent":
        return True if _is_absent(value) else (None if _may_vanish(value) else False)
    if test == "given":
        return _not(_passes(value, "absent"))
    if test == "empty":
        return _is_empty(value)
    if test == "set":
        return _not(_is_empty(value))
    if is_mapping(test):
        return _passes_test(value, test)
    return _any(_equals(value, item) for item in test)


def _passes_test(value: Any, test: Mapping[str, Any]) -> Verdict:
    if "not" in test:
        return _not(_passes(value, test["not"]))
    if _is_open(value):
        return None
    if "starts" in test:
        starts: str | list[str] = test["starts"]
        return isinstance(value, str) and value.startswith(
            starts if isinstance(starts, str) else tuple(starts)
        )
    items = value if is_list(value) else []
    if "contains" in test:
        return _any(_equals(item, test["contains"]) for item in items)
    least = sum(1 for item in items if not isinstance(item, Choice))
    return True if least > test["longer"] else (None if len(items) > test["longer"] else False)


def _is_open(value: Any) -> bool:
    """Whether the value is unknown, including a dynamic reference, a text that CloudFormation replaces."""
    return isinstance(value, (Unknown, Choice)) or (isinstance(value, str) and _DYNAMIC in value)


def _may_vanish(value: Any) -> bool:
    """Whether an unknown value may be no value: the result of a macro or a function may be anything."""
    return isinstance(value, Unknown) and value.kind in ("macro", "function")


def _is_empty(value: Any) -> Verdict:
    if isinstance(value, Unknown):
        # A resource has a name, whatever it is.
        named = value.kind == "reference" or (value.kind in ("new", "may") and "." not in value.name)
        return False if named else None
    if is_list(value):
        there = [item for item in value if not isinstance(item, Choice)]
        return None if value and not there else not value
    if isinstance(value, str) and _DYNAMIC in value:
        return None
    return _is_absent(value) or value in ("", {})


def _equals(value: Any, wanted: Any) -> Verdict:
    if wanted is None or _is_absent(value):
        return _passes(value, "absent") if wanted is None else False
    if _is_open(value):
        return None
    if not isinstance(value, (str, int, float)):
        return False
    mine, theirs = scalar_text(value), scalar_text(wanted)
    if mine == theirs or (isinstance(wanted, bool) and mine.lower() == theirs):
        return True
    return None if mine.lower() == theirs.lower() else False


def _only(old: Any, new: Any, by: str, allowed: list[str]) -> Verdict:
    """Whether items of a list differ only in allowed places; None if only their order differs."""
    before, after = _items(old, by), _items(new, by)
    if before is None or after is None:
        return None
    found: list[Verdict] = []
    for key in dict.fromkeys([*before, *after]):
        if key not in before:
            found.append("+" in allowed)
        elif key not in after:
            found.append("-" in allowed)
        else:
            for difference in differences(before[key], after[key], ()):
                known = is_known(difference.before) and is_known(difference.after)
                permitted = "/".join(map(str, difference.path)) in allowed
                found.append(True if permitted else (False if known else None))
    return _all(found) if found else None


def _some(old: Any, new: Any, by: str, listed: list[str], more_than: int) -> Verdict:
    """Whether more than so many items of a list differ at one of the paths listed."""
    before, after = _items(old, by), _items(new, by)
    if before is None or after is None:
        return None
    found = [
        _item_differs(before.get(key, MISSING), after.get(key, MISSING), listed)
        for key in dict.fromkeys([*before, *after])
    ]
    if found.count(True) > more_than:
        return True
    return None if len(found) - found.count(False) > more_than else False


def _item_differs(old: Any, new: Any, listed: list[str]) -> Verdict:
    if old is MISSING or new is MISSING:
        return ("+" if old is MISSING else "-") in listed
    return _any(
        True if is_known(difference.before) and is_known(difference.after) else None
        for difference in differences(old, new, ())
        if any(path in ("*", *accumulate(map(str, difference.path), "{}/{}".format)) for path in listed)
    )


def _differs(old: Any, new: Any) -> Verdict:
    return _any(
        True if is_known(difference.before) and is_known(difference.after) else None
        for difference in differences(old, new, ())
    )


# How a number or a version changes, by its numbers; `major` is how many of them make the major version.
_CHANGES: dict[str, Callable[[list[int], list[int], int], bool]] = {
    # What only one of both states is left open: 16 is no downgrade of 16.3.
    "decreases": lambda old, new, _major: new[: len(old)] < old[: len(new)],
    "more_than_doubles": lambda old, new, _major: new[0] > 2 * old[0],
    "less_than_halves": lambda old, new, _major: 2 * new[0] < old[0],
    "major_version": lambda old, new, major: new[:major] > old[:major],
    "skips_minor_version": lambda old, new, _major: old[0] == new[0] and new[1:2] > [n + 1 for n in old[1:2]],
}


def _changes(old: Any, new: Any, how: str, major: int) -> Verdict:
    if _is_absent(old) or _is_absent(new):
        return False
    if _is_open(old) or _is_open(new):
        return None
    one, other = _numbers(old), _numbers(new)
    return bool(one) and bool(other) and _CHANGES[how](one, other, major)


def _numbers(value: Any) -> list[int]:
    """``8.0.mysql_aurora.3.04`` -> 8, 0, 3, 4."""
    if not isinstance(value, (str, int, float)):
        return []
    return [int(number) for number in re.findall(r"^-?\d+|\d+", scalar_text(value))]


def _items(value: Any, by: str) -> dict[str, Any] | None:
    """The items of a list by name, or None if the names do not identify them."""
    if _is_absent(value):
        return {}
    if not is_list(value):
        return None
    found: dict[str, Any] = {}
    for item in value:
        name = item.get(by) if is_mapping(item) else None
        if not isinstance(name, str) or _is_open(name) or name in found:
            return None
        found[name] = item
    return found


def _transition(decide: Mapping[str, Any], old: Any, new: Any) -> str | None:
    """``aurora to postgres``, where the clauses are about values that are known and may be shown."""
    clauses: list[dict[str, Any]] = [*decide.get("in_place", []), *decide.get("replaced", [])]
    about_values = any(
        isinstance(clause.get("before"), list) and isinstance(clause.get("after"), list) for clause in clauses
    )
    if not about_values or not all(map(_showable, (old, new))):
        return None
    one, other = ("absent" if _is_absent(value) else scalar_text(value) for value in (old, new))
    return f"{one} to {other}"


def _showable(value: Any) -> bool:
    if isinstance(value, Secret) or _is_open(value):
        return False
    return _is_absent(value) or isinstance(value, (str, int, float))
