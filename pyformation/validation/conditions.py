"""Which conditions follow from others: whether a resource exists in all cases in which one that refers to it does.

A condition is a combination of comparisons. Each thing that is compared with texts (a parameter, the region) may have
these texts as its value, or one more that stands for all others; a parameter with AllowedValues has only these. All
relevant combinations are tried.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any, Literal

import attrs

# With more combinations than these, no answer is given.
from ..plain import is_list, is_mapping, mapping_or_empty

_MOST = 20_000
# Nor more of these, with the conditions that are computed in each, for all questions about a template.
_MOST_TRIES = 1_500_000
# Nor does a condition depend on more things.
_MOST_NAMES = 100
# Stands for all values that nothing is compared with.
OTHER = "\0other"

# A condition that holds, or does not.
Literal_ = tuple[str, bool]
Assignment = Mapping[str, Any]
_Formula = Callable[[Assignment], bool]


@attrs.frozen
class Answer:
    """Whether something exists whenever something else does: `when` is a case in which it does not."""

    there: Literal["always", "perhaps", "never"]
    when: Assignment = attrs.field(factory=dict[str, Any])


class _Unreadable(Exception):
    """A condition that is invalid or refers to itself, which other checks report; or depends on too much."""


class Conditions:
    """The conditions of a template."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.declared: dict[str, Any] = mapping_or_empty(data.get("Conditions"))
        self._parameters: dict[str, Any] = mapping_or_empty(data.get("Parameters"))
        self._formulas: dict[str, tuple[_Formula, frozenset[str]]] = {}
        # Each thing that is compared, as text, and the texts that it is compared with.
        self._texts: dict[str, dict[str, None]] = {}
        self._answers: dict[Any, Answer | None] = {}
        self._building: set[str] = set()
        self._unreadable: set[str] = set()
        # What the named ones are in the combination that is tried.
        self._here: dict[str, bool] = {}
        self._left = _MOST_TRIES
        for name in self.declared:  # All texts must be known before the first is tried.
            try:
                self._named(name)
            except (_Unreadable, RecursionError):
                continue

    def answer(self, given: Iterable[Literal_], target: str) -> Answer | None:
        """Whether the condition `target` holds whenever all of `given` do. None if that is unknown, or if the given
        ones never hold together."""
        key = (frozenset(given), target)
        if key not in self._answers:
            try:
                self._answers[key] = self._answer(key[0], target)
            except RecursionError:  # A chain of hundreds of conditions.
                self._answers[key] = None
        return self._answers[key]

    def compared(self, name: str) -> list[str]:
        """The texts that something is compared with."""
        return list(self._texts.get(name, ()))

    def _answer(self, given: frozenset[Literal_], target: str) -> Answer | None:
        try:
            wanted = [(*self._named(name), holds) for name, holds in given]
            formula, names = self._named(target)
        except (_Unreadable, RecursionError):
            return None
        domains = {
            name: self._domain(name)
            for name in sorted({*names, *(name for _, needs, _ in wanted for name in needs)})
        }
        count = 1
        for values in domains.values():
            count *= len(values)
        if count > _MOST:
            return None
        missing: dict[str, Any] | None = None
        found = False
        for combination in product(*domains.values()):
            case = dict(zip(domains, combination, strict=True))
            self._here.clear()
            if self._left < 0:
                return None
            self._left -= 1
            if all(holds is part(case) for part, _, holds in wanted):
                if formula(case):
                    found = True
                elif missing is None:
                    missing = {name: value for name, value in case.items() if len(domains[name]) > 1}
                if found and missing is not None:
                    return Answer("perhaps", missing)
        if missing is not None:
            return Answer("never", missing)
        return Answer("always") if found else None

    def _domain(self, name: str) -> list[Any]:
        texts = self._texts.get(name)
        if texts is None:
            return [False, True]
        parameter = mapping_or_empty(self._parameters.get(name.removeprefix("Ref ")))
        allowed: Any = parameter.get("AllowedValues") if name.startswith("Ref ") else None
        if is_list(allowed) and allowed and "List" not in str(parameter.get("Type")):
            values = {_text(value) for value in allowed}
            rest = sorted(values - texts.keys())[:1]  # They all mean the same: none of those texts.
            return [text for text in texts if text in values] + rest
        return [*texts, OTHER]

    # -- reading

    def _named(self, name: str) -> tuple[_Formula, frozenset[str]]:
        found = self._formulas.get(name)
        if found is None:
            if name not in self.declared or name in self._building or name in self._unreadable:
                raise _Unreadable
            self._building.add(name)
            try:
                formula, names = self._read(self.declared[name])
                if len(names) > _MOST_NAMES:
                    raise _Unreadable
            except _Unreadable:
                self._unreadable.add(name)
                raise
            finally:
                self._building.discard(name)
            found = self._formulas[name] = self._once(name, formula), names
        return found

    def _once(self, name: str, formula: _Formula) -> _Formula:
        """A formula that is computed once in each combination, however many others use it."""
        here = self._here

        def found(case: Assignment) -> bool:
            if name not in here:
                self._left -= 1
                here[name] = formula(case)
            return here[name]

        return found

    def _read(self, node: Any) -> tuple[_Formula, frozenset[str]]:
        if isinstance(node, bool):
            constant = node
            return (lambda _: constant), frozenset()
        if not is_mapping(node) or len(node) != 1:
            raise _Unreadable
        ((key, argument),) = node.items()
        if key == "Condition" and isinstance(argument, str):
            return self._named(argument)
        if key == "Fn::Equals" and is_list(argument) and len(argument) == 2:
            return self._equals(*argument)
        if key in ("Fn::And", "Fn::Or", "Fn::Not") and is_list(argument) and argument:
            parts = [self._read(part) for part in argument]
            formulas = [formula for formula, _ in parts]
            names = frozenset[str]().union(*(needs for _, needs in parts))
            if key == "Fn::And":
                return (lambda case: all(formula(case) for formula in formulas)), names
            if key == "Fn::Or":
                return (lambda case: any(formula(case) for formula in formulas)), names
            return (lambda case: not formulas[0](case)), names
        raise _Unreadable

    def _equals(self, one: Any, other: Any) -> tuple[_Formula, frozenset[str]]:
        left, right = _literal(one), _literal(other)
        if left is not None and right is not None:
            same = left == right
            return (lambda _: same), frozenset()
        if left is None and right is None:
            first, second = sorted((_named(one), _named(other)))
            if first == second:
                return (lambda _: True), frozenset()
            name = f"{first} = {second}"
            return (lambda case: bool(case[name])), frozenset([name])
        name = _named(one if left is None else other)
        text = left if right is None else right
        self._texts.setdefault(name, {})[str(text)] = None
        return (lambda case: bool(case[name] == text)), frozenset([name])


def _literal(node: Any) -> str | None:
    """The text of a literal, None for an expression."""
    return None if isinstance(node, (dict, list)) else _text(node)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _named(node: Any) -> str:
    if is_mapping(node) and len(node) == 1 and isinstance(node.get("Ref"), str):
        return f"Ref {node['Ref']}"
    return json.dumps(node, sort_keys=True, default=str)
