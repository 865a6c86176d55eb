"""The values of a template's parameters: what is given, the defaults, and what CloudFormation checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import EvaluationError, did_you_mean
from .unknowns import Secret, Unknown, scalar_text

_STORED = "AWS::SSM::Parameter::Value<"


def parameter_values(
    declared: Mapping[str, Any], given: Mapping[str, Any], resolved: Mapping[str, Any]
) -> dict[str, Any]:
    """The value of every declared parameter: as text, or a list of texts; `Unknown` where there is none.

    `resolved` has the values behind SSM-typed parameters. Raises `EvaluationError` for a value that
    CloudFormation refuses, and for a name that is not declared.
    """
    for name in (*given, *resolved):
        if name not in declared:
            raise EvaluationError(
                f"the template has no parameter {name!r}{did_you_mean(name, declared)}", path="Parameters"
            )
    return {name: _value(name, facts, given, resolved) for name, facts in declared.items()}


def given_values(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent for each parameter, given or by default, before SSM looks anything up; None: nothing."""
    return {name: given.get(name, facts.get("Default")) for name, facts in declared.items()}


def _value(name: str, facts: Any, given: Mapping[str, Any], resolved: Mapping[str, Any]) -> Any:
    if not isinstance(facts, dict):
        raise EvaluationError(f"expected a mapping, found {facts!r}", path=f"Parameters.{name}")
    about: dict[str, Any] = facts  # pyright: ignore[reportUnknownVariableType]
    kind = str(about.get("Type", "String"))
    value = given.get(name, about.get("Default"))
    if kind.startswith(_STORED):
        if name in resolved:
            return _typed(resolved[name], kind[len(_STORED) : -1])
        # Who stores it may change it at any time; the same key is the same symbol.
        return Unknown("parameter", name) if value is None else Unknown("ssm", scalar_text(value))
    if value is None:
        return Unknown("parameter", name)
    found: str | list[str] = _typed(value, kind)
    for item in found if isinstance(found, list) else [found]:
        problem = value_problem(item, about, kind)
        if problem is not None:
            shown = "" if is_secret(about) else f", found {item!r}"
            raise EvaluationError(f"{problem}{shown}", path=f"Parameters.{name}")
    if is_secret(about):
        return [Secret(item) for item in found] if isinstance(found, list) else Secret(found)
    return found


def is_secret(facts: Mapping[str, Any]) -> bool:
    """Whether a parameter is declared NoEcho."""
    return scalar_text(facts.get("NoEcho", False)).lower() == "true"


def _typed(value: Any, kind: str) -> str | list[str]:
    """A parameter's value as Ref gives it: lists are lists of texts."""
    if kind.startswith("List<") or kind == "CommaDelimitedList":
        if isinstance(value, (list, tuple)):
            items: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
            return [scalar_text(item) for item in items]
        text = scalar_text(value)
        return [item.strip() for item in text.split(",")] if text else []
    if isinstance(value, (list, tuple)):
        items = list(value)  # pyright: ignore[reportUnknownArgumentType]
        return ",".join(scalar_text(item) for item in items)
    return scalar_text(value)


def value_problem(text: str, facts: Mapping[str, Any], kind: str) -> str | None:
    """What CloudFormation has against one value of a parameter, or None."""
    allowed: list[Any] | None = facts.get("AllowedValues")
    if allowed is not None and text not in [scalar_text(item) for item in allowed]:
        choices = [scalar_text(item) for item in allowed]
        return f"expected one of {', '.join(map(repr, choices))}"
    pattern = facts.get("AllowedPattern")
    if pattern is not None:
        try:
            matches = re.fullmatch(str(pattern), text) is not None
        except re.error:
            matches = True  # A pattern in Java's dialect that Python cannot read.
        if not matches:
            return f"expected text that matches {pattern!r}"
    for key, least in (("MinLength", True), ("MaxLength", False)):
        bound = facts.get(key)
        if bound is not None and (len(text) < int(bound) if least else len(text) > int(bound)):
            return f"expected at {'least' if least else 'most'} {bound} characters"
    if "Number" in kind:
        try:
            number = float(text)
        except ValueError:
            return "expected a number"
        for key, least in (("MinValue", True), ("MaxValue", False)):
            bound = facts.get(key)
            if bound is not None and (number < float(bound) if least else number > float(bound)):
                return f"expected at {'least' if least else 'most'} {bound}"
    return None
