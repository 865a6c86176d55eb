"""Rules over several properties of a resource, and over values that the schema does not bound.

They are data, `catalog/reviewed/requirements.json`: a row is broken where everything in its ``if`` is true of the
values of a resource. Its tests are those of `changes.clauses`, and these:

- ``{"over": number}``, ``{"at_least": number}``, ``{"under": number}``; a path in place of the number is another property;
- ``{"matches": pattern}`` somewhere in a text; ``{"multiple_of": number}``;
- ``{"key": test}``: a mapping has a key that passes the test;
- ``mapping``: it is a mapping whose keys are known; ``known``: it is absent or its value is known.

``count`` with ``over`` or ``under`` compares how many of some paths are given. ``each`` is the path of a list whose items
are looked at one by one. Paths lead below Properties; ``@UpdatePolicy`` is an attribute of the resource. What is not
known breaks no rule.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import attrs

from .. import catalog
from ..changes.clauses import (
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
from ..evaluation import EvaluatedResource
from ..evaluation.checking import Checked
from ..evaluation.expressions import MACRO
from ..evaluation.secrets import opened
from ..evaluation.unknowns import Choice, Unknown, is_known, scalar_text
from ..finding import Finding
from ..matching import matches
from ..plain import is_list, is_mapping
from .checks import finding
from .uses import Path

_OWN = ("over", "at_least", "under", "matches", "multiple_of", "key")


def broken(cases: Mapping[str | None, Checked]) -> Iterator[Finding]:
    """The rules that the values of resources break, in all cases; each is said once."""
    said: set[tuple[str | None, str]] = set()
    for case, checked in cases.items():
        for rule, found in _broken(checked):
            if (found.path, rule) not in said:
                said.add((found.path, rule))
                where = f" (in the case {case})" if case else ""
                yield attrs.evolve(found, message=f"{found.message}{where}")


def _broken(checked: Checked) -> Iterator[tuple[str, Finding]]:
    by_type: dict[str, list[dict[str, Any]]] = {}
    for row in catalog.reviewed("requirements"):
        by_type.setdefault(row["type"], []).append(row)
    for name, resource in checked.resources.items():
        record = catalog.find(resource.type)
        # A macro beside the properties may give any of them.
        if resource.exists is False or record is None or MACRO in resource.properties:
            continue
        place = checked.written.get(name, ("Resources", name))
        for row in by_type.get(resource.type, ()):
            for found in _of_row(name, place, resource, row):
                yield row["says"], found


def _of_row(
    name: str, resource_at: Path, resource: EvaluatedResource, row: Mapping[str, Any]
) -> Iterator[Finding]:
    values: dict[str, Any] = {f"@{key}": value for key, value in resource.attributes.items()}
    values.update(resource.properties)
    items: list[tuple[Path, Any]] = [((), values)]
    if "each" in row:
        steps = steps_to(row["each"])
        found = value_at(values, steps)
        items = [((*steps, at), item) for at, item in enumerate(found)] if is_list(found) else []
    for place, item in items:
        if is_mapping(item) and _is_broken(row["if"], item) is True:
            below = steps_to(row["at"]) if "at" in row else ()
            path: Path = (*resource_at, "Properties", *place, *below)
            yield finding("PF715", f"{name}: {row['says']}", path)


def _is_broken(condition: Mapping[str, Any], values: Mapping[str, Any]) -> Verdict:
    def verdicts() -> Iterator[Verdict]:
        if "count" in condition:
            there = [passes(value_at(values, steps_to(path)), "given") for path in condition["count"]]
            least, most = there.count(True), len(there) - there.count(False)
            if "over" in condition:
                yield _between(least > condition["over"], most > condition["over"])
            else:
                yield _between(most < condition["under"], least < condition["under"])
        for path, test in condition.items():
            if path[:1] == "/":
                yield _passes(value_at(values, steps_to(path)), test, values)

    return all_of(verdicts())


def _between(surely: bool, maybe: bool) -> Verdict:
    return True if surely else None if maybe else False


def _passes(value: Any, test: Any, values: Mapping[str, Any]) -> Verdict:
    if isinstance(value, Choice):
        return in_all_cases(value, partial(_passes, test=test, values=values))
    if test == "mapping":
        return is_mapping(value)
    if test == "known":
        return True if is_absent(value) or is_known(value) else None
    if is_list(test):
        return (
            any_of(_passes(value, one if is_mapping(one) else [one], values) for one in test)
            if any(map(is_mapping, test))
            else passes(value, test)
        )
    if is_mapping(test):
        if "not" in test:
            if is_absent(value) and _is_about_values(test["not"]):
                return False
            return opposite(_passes(value, test["not"], values))
        if any(word in test for word in _OWN):
            return _passes_own(value, test, values)
    return passes(value, test)


def _is_about_values(test: Any) -> bool:
    """Whether only something that is there can pass or fail a test."""
    if is_mapping(test):
        return any(word in test for word in _OWN)
    return is_list(test) and None not in test and any(_is_about_values(one) for one in test)


def _passes_own(value: Any, test: Mapping[str, Any], values: Mapping[str, Any]) -> Verdict:
    if is_absent(value):
        return False
    if isinstance(value, Unknown) or is_open(value):
        return None
    if "key" in test:
        return any_of(_passes(key, test["key"], values) for key in value) if is_mapping(value) else False
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
    return _COMPARED[word](number, other)


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
