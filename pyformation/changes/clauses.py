"""Clauses: the language in which reviewed tables say what must be true of both sides of a resource.

A clause is a mapping; everything in it must hold:

- ``before``, ``after``: a test of the property on each side;
- ``had``, ``with``: tests of other properties of the resource, by path, before and after;
- ``by``, ``only``: items of a list, which are told apart by their property `by`, differ at these paths only;
  ``+`` is an item that is added, ``-`` one that is removed, ``order`` another order of the same items;
- ``by``, ``some``: items of a list differ at one of these paths at least; ``*`` is any path of an item that
  stays; with ``more_than`` at more than so many items;
- ``change``: how a number or a version changes (`_CHANGES` has the words); ``numbers`` says how many numbers
  at the start of a version are its major version (default 1);
- ``also``: one of these other properties of the resource changes, too.

The tests are those of `evaluation.verdicts`, and so are the paths. A clause is true, false or not known. It is never true or false because of a value that is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from ..evaluation.secrets import opened
from ..evaluation.unknowns import is_known, scalar_text
from ..evaluation.verdicts import Verdict, all_of, any_of, is_absent, is_open, passes, steps_to, value_at
from ..plain import is_list
from .comparison import differences, items_by_key
from .records import MISSING


def holds(
    clauses: Iterable[Mapping[str, Any]], path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Verdict:
    """Whether at least one of some clauses about a path holds; the resource is evaluated on each side."""
    old, new = (value_at(side, steps_to(path)) for side in (before, after))
    return one_holds(clauses, old, new, before, after)


def one_holds(
    clauses: Iterable[Mapping[str, Any]],
    old: Any,
    new: Any,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> Verdict:
    """Whether at least one of some clauses holds for a value that is `old` before and `new` after the update."""
    return any_of(_clause(clause, old, new, before, after) for clause in clauses)


def _clause(
    clause: Mapping[str, Any], old: Any, new: Any, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Verdict:
    def parts() -> Iterator[Verdict]:
        if "before" in clause:
            yield passes(old, clause["before"])
        if "after" in clause:
            yield passes(new, clause["after"])
        for key, side in (("had", before), ("with", after)):
            tests: dict[str, Any] = clause.get(key, {})
            for path, test in tests.items():
                yield passes(value_at(side, steps_to(path)), test)
        if "only" in clause:
            yield _only(old, new, clause["by"], clause["only"])
        if "some" in clause:
            yield _some(old, new, clause["by"], clause["some"], clause.get("more_than", 0))
        if "change" in clause:
            yield _changes(old, new, clause["change"], clause.get("numbers", 1))
        if "also" in clause:
            yield any_of(
                _differs(*(value_at(side, steps_to(path)) for side in (before, after)))
                for path in clause["also"]
            )

    return all_of(parts())


def _only(old: Any, new: Any, by: str, allowed: list[str]) -> Verdict:
    """Whether items of a list differ only at allowed paths; None if only their order differs, unless it may."""
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
    return all_of(found) if found else "order" in allowed or None


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
    return any_of(
        True if is_known(difference.before) and is_known(difference.after) else None
        for difference in differences(old, new, ())
        if any(path in ("*", *accumulate(map(str, difference.path), "{}/{}".format)) for path in listed)
    )


def _differs(old: Any, new: Any) -> Verdict:
    return any_of(
        True if is_known(difference.before) and is_known(difference.after) else None
        for difference in differences(old, new, ())
    )


# How a number or a version changes: predicates on its numbers; `major` is how many of them make the major version.
_CHANGES: dict[str, Callable[[list[int], list[int], int], bool]] = {
    # A number that only one side gives is not compared: 16 is no downgrade of 16.3.
    "decreases": lambda old, new, _major: new[: len(old)] < old[: len(new)],
    "more_than_doubles": lambda old, new, _major: new[0] > 2 * old[0],
    "less_than_halves": lambda old, new, _major: 2 * new[0] < old[0],
    "major_version": lambda old, new, major: new[:major] > old[:major],
    "skips_minor_version": lambda old, new, _major: old[0] == new[0] and new[1:2] > [n + 1 for n in old[1:2]],
}


def _changes(old: Any, new: Any, how: str, major: int) -> Verdict:
    if is_absent(old) or is_absent(new):
        return False
    if is_open(old) or is_open(new):
        return None
    one, other = _numbers(old), _numbers(new)
    return bool(one) and bool(other) and _CHANGES[how](one, other, major)


def _numbers(value: Any) -> list[int]:
    """``8.0.mysql_aurora.3.04`` -> 8, 0, 3, 4."""
    if not isinstance(value, (str, int, float)):
        return []
    found = re.findall(r"^-?[0-9]+|[0-9]+", opened(scalar_text(value)))
    # The longest text that Python converts to a number.
    return [] if any(len(number) > 4_000 for number in found) else [int(number) for number in found]


def _items(value: Any, by: str) -> dict[str, Any] | None:
    """The items of a list by name; None where they cannot be told apart."""
    if is_absent(value):
        return {}
    found = items_by_key(value, by) if is_list(value) else None
    return None if found is None else {name: item for name, (_, item) in found.items()}
