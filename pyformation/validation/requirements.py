"""Rules over several properties of a resource, and over values that the schema does not bound.

They are data, `catalog/reviewed/requirements.json`: a row is broken where everything in its ``if`` is true of the
values of a resource. Its tests are those of `evaluation.verdicts`, and these:

- ``{"over": number}``, ``{"at_least": number}``, ``{"under": number}``; a path in place of the number is another property;
  ``times`` beside it multiplies that property;
- ``{"matches": pattern}`` somewhere in a text; ``{"multiple_of": number}``;
- ``{"size_over": number}``, ``{"size_under": number}`` of a text or a list;
- ``{"lasts_under": minutes}``, ``{"lasts_over": minutes}`` of a window of time, ``03:00-03:30`` or
  ``sun:03:00-sun:03:30``, or of a duration, ``PT1H30M``;
- ``{"key": test}``: a mapping has a key that passes the test; ``{"some": test}``: a list has an item that does;
- ``{"all": [test, ...]}``: several tests of one value;
- ``mapping``: it is a mapping whose keys are known; ``known``: it is absent or its value is known; ``json``: it is JSON,
  as text or as a mapping; ``differing``: it is a list with two different texts.

``count`` with ``over`` or ``under`` compares how many of some paths are given, or pass a test (``{path: test}``). ``each``
is the path of a list or mapping whose items are looked at one by one; ``*`` in it is every item. Paths lead below Properties;
``@UpdatePolicy`` is an attribute of the resource. What is not known breaks no rule. ``code`` is PF719, a warning, where AWS
may take what the documentation excludes.

A row with ``named`` in place of a type is about every property of the catalog whose name matches that pattern.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from .. import catalog
from ..evaluation.checking import Checked
from ..evaluation.expressions import MACRO
from ..evaluation.secrets import opened
from ..evaluation.unknowns import Choice, Unknown, is_known, scalar_text
from ..evaluation.verdicts import (
    Verdict,
    all_of,
    any_of,
    in_all_cases,
    is_absent,
    is_open,
    opposite,
    passes,
    steps_to,
    value_at,
)
from ..finding import Finding
from ..matching import matches
from ..plain import entries, is_list, is_mapping, leaves
from .checks import finding, said_once
from .uses import Path

_OWN = (
    "over",
    "at_least",
    "under",
    "matches",
    "multiple_of",
    "size_over",
    "size_under",
    "lasts_under",
    "lasts_over",
    "key",
    "some",
    "all",
)


def broken(cases: Mapping[str | None, Checked]) -> Iterator[Finding]:
    """The rules that the values of resources break, in all cases; each is said once."""
    return said_once(cases, _broken)


def _broken(checked: Checked) -> Iterator[tuple[str, Finding]]:
    by_type, by_name = _rows()
    for name, resource in checked.resources.items():
        record = catalog.find(resource.type)
        # A macro beside the properties may give any of them.
        if resource.exists is False or record is None or MACRO in resource.properties:
            continue
        place = checked.written.get(name, ("Resources", name))
        values = {**{f"@{key}": value for key, value in resource.attributes.items()}, **resource.properties}
        for row in by_type.get(resource.type, ()):
            yield from ((row["says"], found) for found in _of_row(name, place, values, row))
        for row in by_name:
            for path in _named(row, resource.type, resource.properties):
                yield (
                    row["says"],
                    finding("PF715", f"{name}: {path[-1]} {row['says']}", (*place, "Properties", *path)),
                )


@cache
def _rows() -> tuple[dict[str, list[dict[str, Any]]], list[dict[str, Any]]]:
    """The rules by type, and those about properties of any type."""
    by_type: dict[str, list[dict[str, Any]]] = {}
    for row in catalog.reviewed("requirements"):
        by_type.setdefault(row.get("type", ""), []).append(row)
    return by_type, by_type.pop("", [])


def _named(row: Mapping[str, Any], type_name: str, properties: Mapping[str, Any]) -> Iterator[Path]:
    """The paths of the properties with such a name whose values pass the test of the row."""
    for path, value in leaves(properties):
        name = path[-1] if path else None
        if (
            not isinstance(name, str)
            or not re.search(row["named"], name)
            or _passes(value, row["if"], {}) is not True
        ):
            continue
        at, _, last = ("/Properties/" + "/".join(map(str, path))).rpartition("/")
        owner = catalog.find_property(type_name, at)
        # The keys of an open mapping, such as environment variables, are the user's own.
        if catalog.find_property(type_name, f"{at}/{last}") and (
            owner is None or owner.type.kind in ("definition", "union")
        ):
            yield path


def _each(value: Any, steps: Path) -> list[tuple[Path, Any]]:
    """The items below a path in which ``*`` is every item."""
    found: list[tuple[Path, Any]] = [((), value)]
    for step in (*steps, "*"):
        if step == "*":
            found = [((*place, key), item) for place, part in found for key, item in entries(part)]
        else:
            found = [((*place, step), value_at(part, (step,))) for place, part in found]
    return found


def _of_row(
    name: str, resource_at: Path, values: Mapping[str, Any], row: Mapping[str, Any]
) -> Iterator[Finding]:
    items: list[tuple[Path, Any]] = [((), values)]
    if "each" in row:
        items = _each(values, steps_to(row["each"]))
    for place, item in items:
        if is_mapping(item) and _is_broken(row["if"], item) is True:
            path: Path = (*resource_at, *_place(row, place))
            yield finding(row.get("code", "PF715"), f"{name}: {row['says']}", path)


def _place(row: Mapping[str, Any], item: Path) -> Path:
    """Where a row says that the mistake is: below Properties, or the only attribute that it looks at."""
    if "at" not in row and len(row["if"]) == 1:
        attribute, *below = steps_to(next(iter(row["if"]))) or ("",)
        if str(attribute)[:1] == "@":
            return (str(attribute)[1:], *below)
    return ("Properties", *item, *(steps_to(row["at"]) if "at" in row else ()))


def _is_broken(condition: Mapping[str, Any], values: Mapping[str, Any]) -> Verdict:
    def verdicts() -> Iterator[Verdict]:
        if "count" in condition:
            there = [
                _passes(value_at(values, steps_to(path)), test, values)
                for path, test in map(_counted, condition["count"])
            ]
            least, most = there.count(True), len(there) - there.count(False)
            if "over" in condition:
                yield _between(least > condition["over"], most > condition["over"])
            else:
                yield _between(most < condition["under"], least < condition["under"])
        for path, test in condition.items():
            if path[:1] == "/":
                yield _passes(value_at(values, steps_to(path)), test, values)

    return all_of(verdicts())


def _counted(one: str | dict[str, Any]) -> tuple[str, Any]:
    return (one, "given") if isinstance(one, str) else next(iter(one.items()))


def _between(surely: bool, maybe: bool) -> Verdict:
    return True if surely else None if maybe else False


def _passes(value: Any, test: Any, values: Mapping[str, Any]) -> Verdict:
    if isinstance(value, Choice):
        return in_all_cases(value, partial(_passes, test=test, values=values))
    if test == "mapping":
        return is_mapping(value)
    if test == "known":
        return True if is_absent(value) or is_known(value) else None
    if test == "json":
        return _is_json(value)
    if test == "differing":
        texts = (
            [item for item in value if isinstance(item, str) and not is_open(item)] if is_list(value) else []
        )
        return True if len(set(texts)) > 1 else None
    if is_list(test):
        return (
            any_of(_passes(value, one if is_mapping(one) else [one], values) for one in test)
            if any(map(is_mapping, test))
            else passes(value, test)
        )
    if is_mapping(test):
        if "not" in test:
            if is_absent(value) and (test["not"] == "json" or _is_about_values(test["not"])):
                return False
            return opposite(_passes(value, test["not"], values))
        if any(word in test for word in _OWN):
            return _passes_own(value, test, values)
    return passes(value, test)


def _is_about_values(test: Any) -> bool:
    """Whether only something that is there can pass or fail a test."""
    either = test if is_list(test) else [test]
    return None not in either and any(word in one for one in either if is_mapping(one) for word in _OWN)


def _passes_own(value: Any, test: Mapping[str, Any], values: Mapping[str, Any]) -> Verdict:
    if is_absent(value):
        return False
    if isinstance(value, Unknown) or is_open(value):
        return None
    if "all" in test:
        return all_of(_passes(value, one, values) for one in test["all"])
    if "key" in test:
        return any_of(_passes(key, test["key"], values) for key in value) if is_mapping(value) else False
    if "some" in test:
        return any_of(_passes(item, test["some"], values) for item in value) if is_list(value) else False
    if "size_over" in test or "size_under" in test:
        return _passes_size(value, test)
    if "lasts_under" in test or "lasts_over" in test:
        minutes = _minutes(value)
        if minutes is None:
            return False
        return bool(minutes < test["lasts_under"] if "lasts_under" in test else minutes > test["lasts_over"])
    if "matches" in test:
        if not isinstance(value, str):
            return False
        answer = matches(test["matches"], opened(value), whole=False)
        return {"yes": True, "no": False}.get(answer)
    number = _number(value)
    if number is None:
        return False
    if "multiple_of" in test:
        return bool(number % test["multiple_of"] == 0)
    word = next(word for word in _COMPARED if word in test)
    other = test[word]
    if isinstance(other, str):
        found = value_at(values, steps_to(other))
        if isinstance(found, (Unknown, Choice)) or is_open(found):
            return None
        other = _number(found)
        if other is None:
            return False
        other *= test.get("times", 1)
    return _COMPARED[word](number, other)


def _passes_size(value: Any, test: Mapping[str, Any]) -> Verdict:
    if is_list(value):
        least, most = sum(1 for item in value if not isinstance(item, Choice)), len(value)
    elif isinstance(value, str):
        least = most = len(opened(value))
    else:
        return False
    if "size_over" in test:
        return _between(least > test["size_over"], most > test["size_over"])
    return _between(most < test["size_under"], least < test["size_under"])


def _is_json(value: Any) -> Verdict:
    if isinstance(value, Unknown) or is_open(value):
        return None
    if not isinstance(value, str):
        return True
    try:
        json.loads(opened(value))
    except (ValueError, RecursionError):
        return False
    return True


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(
    r"(?:([a-z]{3}):)?(\d{1,2}):(\d{2})-(?:([a-z]{3}):)?(\d{1,2}):(\d{2})", re.IGNORECASE | re.ASCII
)


_DURATION = re.compile(
    r"P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.\d{1,9})?S)?)?", re.ASCII
)


def _minutes(value: Any) -> float | None:
    """How long a window of time lasts; one without days may last over midnight, one with days over Sunday."""
    duration = _DURATION.fullmatch(opened(value)) if isinstance(value, str) else None
    if duration is not None:
        days_, hours, minutes, seconds = (int(number or 0) for number in duration.groups())
        return days_ * 24 * 60 + hours * 60 + minutes + seconds / 60
    match = _WINDOW.fullmatch(opened(value)) if isinstance(value, str) else None
    if match is None:
        return None
    days = [day and day.lower() for day in (match[1], match[4])]
    if any(day is not None and day not in _DAYS for day in days) or days.count(None) == 1:
        return None
    start, end = (
        24 * 60 * (_DAYS.index(day) if day else 0) + 60 * int(hour) + int(minute)
        for day, hour, minute in zip(days, (match[2], match[5]), (match[3], match[6]), strict=True)
    )
    return (end - start) % (24 * 60 * (7 if days[0] else 1))


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "over": operator.gt,
    "at_least": operator.ge,
    "under": operator.lt,
}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        return float(opened(scalar_text(value)))
    except ValueError:
        return None
