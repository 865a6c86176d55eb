"""Tests of one value, where it may not be known: each is true, false or not known.

A test is a list of values (null: absent), ``{"starts": text}`` (or a list of texts), ``{"contains": value}`` or
``{"longer": number}`` of a list, ``{"not": test}``, or a word: ``given`` or ``absent``; ``set``, or ``empty``
(absent, ``""``, ``[]`` or ``{}``). A step of the path to a value may be a position in a list, or ``Name=value``: the item
whose property `Name` has that value. No test is true or false because of a value that is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from ..plain import is_list, is_mapping
from ..pointers import index_of
from .secrets import opened
from .unknowns import MISSING, NO_VALUE, Choice, Unknown, by_case, cases, is_symbol, scalar_text

if TYPE_CHECKING:
    from ..plain import Path

Verdict = bool | None
"""Whether something is true; None: not known."""

_DYNAMIC = "{{resolve:"


# -- three-valued logic ---------------------------------------------------------------------------


def all_of(values: Iterable[Verdict]) -> Verdict:
    """Whether all are true."""
    found: Verdict = True
    for value in values:
        if value is False:
            return False
        if value is None:
            found = None
    return found


def any_of(values: Iterable[Verdict]) -> Verdict:
    """Whether one is true."""
    return opposite(all_of(opposite(value) for value in values))


def opposite(value: Verdict) -> Verdict:
    """Whether something is false."""
    return None if value is None else not value


# -- values ---------------------------------------------------------------------------------------


@cache
def steps_to(path: str) -> Path:
    """The steps of the path of a row."""
    return tuple(path.split("/")[1:])


def value_at(value: Any, path: Path) -> Any:
    """The value at a path: `MISSING` if there is none, unknown below an unknown value."""
    for number, step in enumerate(path):
        if isinstance(value, Choice):
            return by_case(value, partial(value_at, path=path[number:]))
        if isinstance(value, Unknown):
            return Unknown("function", "Fn::GetValue", (value, *path[number:]))
        if is_list(value):
            value = _item(value, str(step))
        else:
            value = value.get(str(step), MISSING) if is_mapping(value) else MISSING
    return value


def _item(items: list[Any], step: str) -> Any:
    """The item of a list at a position or with a name (``Key=timeout``); unknown if an item may have that name."""
    by, named, name = step.partition("=")
    if not named:
        place = index_of(step)
        return items[place] if place is not None and place < len(items) else MISSING
    found: Any = MISSING
    for item in items:
        verdict = _equals(item.get(by, MISSING), name) if is_mapping(item) else None
        if verdict is True:
            return item
        if verdict is None:
            found = Unknown("function", "Fn::GetValue", (item,))
    return found


def is_absent(value: Any) -> bool:
    """Whether there is no value."""
    return value is MISSING or value is NO_VALUE or value is None


def passes(value: Any, test: Any) -> Verdict:
    """Whether a value passes a test of this language."""
    if isinstance(value, Choice):
        return in_all_cases(value, partial(passes, test=test))
    if test in ("absent", "given"):
        absent = True if is_absent(value) else (None if _may_vanish(value) else False)
        return absent if test == "absent" else opposite(absent)
    if test in ("empty", "set"):
        return _is_empty(value) if test == "empty" else opposite(_is_empty(value))
    if is_mapping(test):
        return _passes_test(value, test)
    return any_of(_equals(value, item) for item in test)


def in_all_cases(value: Any, judge: Callable[[Any], Verdict]) -> Verdict:
    """The verdict on a value in whatever case, unknown if the cases differ."""
    verdicts = set(map(judge, cases(value)))
    return verdicts.pop() if len(verdicts) == 1 else None


def _passes_test(value: Any, test: Mapping[str, Any]) -> Verdict:
    if "not" in test:
        return opposite(passes(value, test["not"]))
    if is_open(value):
        return None
    if "starts" in test:
        starts: str | list[str] = test["starts"]
        return isinstance(value, str) and opened(value).startswith(
            starts if isinstance(starts, str) else tuple(starts)
        )
    items = value if is_list(value) else []
    if "contains" in test:
        return any_of(_equals(item, test["contains"]) for item in items)
    least = sum(1 for item in items if not isinstance(item, Choice))
    return True if least > test["longer"] else (None if len(items) > test["longer"] else False)


def is_open(value: Any) -> bool:
    """Whether the value is unknown; a dynamic reference, which CloudFormation replaces, counts as unknown."""
    return is_symbol(value) or (isinstance(value, str) and _DYNAMIC in opened(value))


def _may_vanish(value: Any) -> bool:
    """Whether an unknown value may turn out to be absent, as the result of a macro or a function may."""
    return isinstance(value, Unknown) and value.kind in ("macro", "function")


def _is_empty(value: Any) -> Verdict:
    if isinstance(value, Unknown):
        # The name of a resource is never empty.
        named = value.kind == "reference" or (value.kind in ("new", "may") and "." not in value.name)
        return False if named else None
    if is_list(value):
        there = [item for item in value if not isinstance(item, Choice)]
        return None if value and not there else not value
    if isinstance(value, str) and _DYNAMIC in opened(value):
        return None
    return is_absent(value) or value in ("", {})


def _equals(value: Any, wanted: Any) -> Verdict:
    if wanted is None or is_absent(value):
        return passes(value, "absent") if wanted is None else False
    if is_open(value):
        return None
    if not isinstance(value, (str, int, float)):
        return False
    mine, theirs = opened(scalar_text(value)), scalar_text(wanted)
    if mine == theirs or (isinstance(wanted, bool) and mine.lower() == theirs):
        return True
    return None if mine.lower() == theirs.lower() else False
