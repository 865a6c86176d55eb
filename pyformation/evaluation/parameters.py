"""The values of a template's parameters: what is given, the defaults, and what CloudFormation checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import EvaluationError, did_you_mean, shown
from ..matching import matches
from ..plain import is_list, is_mapping, is_sequence
from .secrets import Secret, is_secret, like, opened
from .unknowns import NO_VALUE, Choice, Unknown, by_case, mapped, scalar_text

_STORED = "AWS::SSM::Parameter::Value<"


def parameter_values(
    declared: Mapping[str, Any],
    given: Mapping[str, Any],
    resolved: Mapping[str, Any],
    undecided: list[str] | None = None,
) -> dict[str, Any]:
    """The value of every declared parameter: as text, or a list of texts; `Unknown` where there is none.

    `resolved` has the values behind SSM-typed parameters; `undecided` gets the paths of those whose AllowedPattern
    takes too long to try. Raises `EvaluationError` for a value that
    CloudFormation refuses, and for a name that is not declared.
    """
    for values in (given, resolved):
        if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise EvaluationError(
                f"expected values by the names of parameters, found {shown(values)}", path="Parameters"
            )
    for name in map(str, (*given, *resolved)):
        if name not in declared and (name in given or not is_reference_text(name)):
            raise EvaluationError(
                f"the template has no parameter {name!r}{did_you_mean(name, declared)}", path="Parameters"
            )
    left = [] if undecided is None else undecided
    return {name: _value(name, facts, given, resolved, left) for name, facts in declared.items()}


def given_values(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent for each parameter, given or by default, before SSM looks anything up; None: nothing.

    A list is sent as a text.
    """
    found: dict[str, Any] = {}
    for name, facts in declared.items():
        sent = _sent(given.get(name, facts.get("Default")))
        found[name] = _hidden(sent) if is_secret(facts) else sent
    return found


def with_secrets(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Given values as they are, those of NoEcho parameters as secrets: for a template that cannot be prepared."""
    return {name: _hidden(value) if is_secret(declared.get(name)) else value for name, value in given.items()}


def _sent(value: Any) -> Any:
    if is_sequence(value) and all(isinstance(item, (str, int, float)) for item in value):
        return _joined([scalar_text(item) for item in value])
    return value


def _joined(items: list[str]) -> str:
    return like(",".join(map(opened, items)), *items)


def _value(
    name: str, facts: Any, given: Mapping[str, Any], resolved: Mapping[str, Any], undecided: list[str]
) -> Any:
    path = f"Parameters.{name}"
    if not is_mapping(facts):
        raise EvaluationError(f"expected a mapping, found {shown(facts)}", path=path)
    kind = facts.get("Type", "String")
    if not isinstance(kind, str):
        raise EvaluationError(f"expected the name of a type, found {shown(kind)}", path=f"{path}.Type")
    value = given.get(name, facts.get("Default"))
    secret = is_secret(facts)
    if kind.startswith(_STORED):
        if name in resolved:
            stored: Any = _typed(resolved[name], kind[len(_STORED) : -1], path, secret)
            return _hidden(stored) if secret else stored
        # Who stores it may change it at any time; the same key is the same symbol.
        if isinstance(value, (Unknown, Choice)):
            return Unknown("ssm", "AWS::SSM::Parameter::Value", (value,))
        if value is None:
            return Unknown("parameter", name)
        key = _typed(value, "String", path, secret)
        if secret or not isinstance(key, str) or isinstance(key, Secret):  # It is no name that may be shown.
            return Unknown("ssm", "AWS::SSM::Parameter::Value", (_hidden(key) if secret else key,))
        return Unknown("ssm", key)
    if value is None:
        return Unknown("parameter", name)
    found: Any = _typed(value, kind, path, secret)
    items: list[Any] = list(found) if is_list(found) else [found]
    for item in items:
        if not isinstance(item, str):
            continue  # What a stack gives to a nested one may be unknown, or hold something unknown.
        problem = _problem(item, facts, kind, path, undecided)
        if problem is not None:
            was = "" if secret else f", found {shown(item)}"
            raise EvaluationError(f"{problem}{was}", path=path)
    return _hidden(found) if secret else found


def is_reference_text(name: str) -> bool:
    """Whether a name is the text of a reference whose value is re-read: ``{{resolve:ssm:/ami}}``, ``Stack.Output``."""
    return not name.isalnum() and ("{{resolve:" in name or "." in name)


def is_stored(facts: Any) -> bool:
    """Whether the value of a parameter is what SSM stores under the name that is given; one of the type
    ``AWS::SSM::Parameter::Name`` is the name itself."""
    kind = facts.get("Type") if is_mapping(facts) else None
    return isinstance(kind, str) and kind.startswith(_STORED)


def _hidden(value: Any) -> Any:
    """A value with all text in it secret; conditions stay what they are elsewhere."""
    return mapped(
        value,
        lambda part: Secret(scalar_text(part)) if isinstance(part, (str, int, float)) else part,
        lambda part: isinstance(part, Unknown) and part.kind == "condition",
    )


def _typed(value: Any, kind: str, path: str, secret: bool) -> Any:
    """A parameter's value as Ref gives it: lists are lists of texts."""
    if isinstance(value, Choice):  # What a stack gives to a nested one.
        return by_case(value, lambda case: case if case is NO_VALUE else _typed(case, kind, path, secret))
    if isinstance(value, Unknown):
        return value
    takes_list = kind.startswith("List<") or kind == "CommaDelimitedList"
    if is_sequence(value):
        items: list[Any] = [_scalar(item, path, secret) for item in value]
        if takes_list:
            return items
        if not all(isinstance(item, str) for item in items):
            return Unknown("function", "Fn::Join", (",", items))
        return _joined(items)
    text = _scalar(value, path, secret)
    return _pieces(text) if takes_list else text


def _pieces(text: str) -> list[str]:
    return [like(item.strip(), text) for item in opened(text).split(",")] if text else []


def _scalar(value: Any, path: str, secret: bool) -> Any:
    if isinstance(value, (str, int, float)):
        return scalar_text(value)
    if isinstance(value, (Unknown, Choice)):
        return value
    what = f"a {type(value).__name__}" if secret else shown(value)
    raise EvaluationError(f"expected text, a number or a list of them, found {what}", path=path)


def _problem(text: str, facts: Mapping[str, Any], kind: str, path: str, undecided: list[str]) -> str | None:
    """What CloudFormation has against one value of a parameter, or None; `undecided` gets the path where that cannot
    be found out in time."""
    secret = is_secret(facts)
    text = opened(text)
    allowed = facts.get("AllowedValues")
    if allowed is not None:
        if not is_list(allowed):
            raise EvaluationError(f"expected a list, found {shown(allowed)}", path=f"{path}.AllowedValues")
        choices = [str(_scalar(item, f"{path}.AllowedValues", False)) for item in allowed]
        if text not in choices:
            return f"expected one of {'its AllowedValues' if secret else ', '.join(map(repr, choices))}"
    pattern = facts.get("AllowedPattern")
    answer = "yes" if pattern is None else matches(str(pattern), text)
    if answer == "too slow":
        undecided.append(path)
    if answer == "no":
        return f"expected text that matches {'its AllowedPattern' if secret else shown(pattern)}"
    for key, least in (("MinLength", True), ("MaxLength", False)):
        bound = _bound(facts, key, path)
        if bound is not None and (len(text) < bound if least else len(text) > bound):
            return f"expected at {'least' if least else 'most'} {facts[key]} characters"
    if "Number" in kind:
        if not _NUMBER.fullmatch(text):
            return "expected a number"
        number = float(text)
        for key, least in (("MinValue", True), ("MaxValue", False)):
            bound = _bound(facts, key, path)
            if bound is not None and (number < bound if least else number > bound):
                return f"expected at {'least' if least else 'most'} {facts[key]}"
    return None


# Python would take nan, 1_000 and the digits of other scripts as well.
_NUMBER = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")


def _bound(facts: Mapping[str, Any], key: str, path: str) -> float | None:
    bound = facts.get(key)
    if bound is None:
        return None
    try:
        return float(bound)
    except (TypeError, ValueError, OverflowError):
        raise EvaluationError(f"expected a number, found {shown(bound)}", path=f"{path}.{key}") from None
