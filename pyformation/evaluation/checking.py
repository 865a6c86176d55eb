"""Every error of a template at once, where `evaluate` raises the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import attrs

from ..budget import BudgetError, limited
from ..errors import EvaluationError
from ..plain import LOOP, entries, is_list, is_mapping, mapping_or_empty
from . import (
    NOT_ATTRIBUTES,
    EvaluatedResource,
    Given,
    Prepared,
    at,
    check_names,
    evaluate_rule,
    macros,
    not_too_deep,
    prepare,
)
from .engine import Engine
from .expansion import Written
from .expressions import calls, section
from .inputs import Inputs
from .parameters import parameter_values, with_secrets
from .unknowns import NO_VALUE, Unknown


def unknown_parameters(data: dict[str, Any]) -> dict[str, Any]:
    """A value for every parameter of a template that may be anything."""
    return {name: Unknown("parameter", name) for name in mapping_or_empty(data.get("Parameters"))}


@attrs.frozen
class Checked:
    """The errors of a template, and the values of its resources as far as they have some; `written` says where those
    stand that loops make. `exports` has the name of each output's export, and whether the output exists."""

    errors: list[EvaluationError]
    resources: dict[str, EvaluatedResource]
    conditions: dict[str, bool | Unknown]
    written: Written = attrs.field(factory=dict[str, tuple[str | int, ...]])
    exports: dict[str, tuple[bool | Unknown, Any]] = attrs.field(
        factory=dict[str, tuple["bool | Unknown", Any]]
    )


def checked(data: dict[str, Any], given: Given) -> Checked:
    """What CloudFormation would refuse when it evaluates a template, with its places, and all other values.

    A parameter whose value is refused is then unknown. Where a template cannot be prepared, the rest of it is looked
    at without its loops and transforms.
    """
    found: list[EvaluationError] = []

    def tried(path: str, work: Callable[[Any], Any], node: Any) -> Any:
        try:
            with not_too_deep(), at(path):
                return work(node)
        except BudgetError:  # CloudFormation may take it.
            return Unknown("function", "Fn::GetValue")
        except EvaluationError as error:
            if error.path == path:
                error.path = path + _place(work, node, error.message)
            found.append(error)
            return Unknown("function", "Fn::GetValue")

    with limited():
        prepared = _prepared(data, given, found)
        engine, written = prepared.engine, prepared.data

        def names(node: Any) -> None:
            check_names(engine, calls([node]))

        def value(path: str, node: Any) -> Any:
            tried(path, names, node)
            return tried(path, engine.value, node)

        for name, condition in section(written, "Conditions").items():
            tried(f"Conditions.{name}", names, condition)
        conditions = {
            name: tried(f"Conditions.{name}", engine.condition, name)
            for name in section(written, "Conditions")
        }
        resources: dict[str, EvaluatedResource] = {}
        for name, resource in section(written, "Resources").items():
            path = f"Resources.{name}"
            exists = tried(path, engine.exists, resource)
            if not is_mapping(resource) or not isinstance(resource.get("Type"), str):
                continue
            nodes = {key: node for key, node in resource.items() if key not in NOT_ATTRIBUTES}
            properties = mapping_or_empty(resource.get("Properties"))
            values = {key: value(f"{path}.Properties.{key}", node) for key, node in properties.items()}
            attributes = {key: value(f"{path}.{key}", node) for key, node in nodes.items()}
            resources[name] = EvaluatedResource(resource["Type"], exists, _there(values), _there(attributes))
        exports: dict[str, tuple[bool | Unknown, Any]] = {}
        for name, output in section(written, "Outputs").items():
            path = f"Outputs.{name}"
            exists = tried(path, engine.exists, output)
            if is_mapping(output):
                value(f"{path}.Value", output.get("Value", ""))
                exported = value(f"{path}.Export", mapping_or_empty(output.get("Export")).get("Name", ""))
                if exported != "":
                    exports[name] = exists, exported
        for name, rule in section(written, "Rules").items():
            tried(f"Rules.{name}", partial(evaluate_rule, engine, name=name), rule)
    unique: dict[tuple[str | None, str], EvaluationError] = {}
    for one in found:
        unique.setdefault((one.path, one.message), one)
    return Checked(list(unique.values()), resources, conditions, prepared.written, exports)


def _prepared(data: dict[str, Any], given: Given, found: list[EvaluationError]) -> Prepared:
    """What the template is evaluated with; `found` gets the errors on the way."""
    try:
        return prepare(data, given, names=False)
    except EvaluationError as error:
        _note(error, found)
        refused = (error.path or "").startswith("Parameters")
    values = dict(given.parameters)
    if refused:
        # Each wrong value is an error, and the rest is looked at as if nothing were known of it.
        values = _taken(data, given, found)
        try:
            return prepare(data, attrs.evolve(given, parameters=values), names=False)
        except EvaluationError as error:
            _note(error, found)
    # Whatever a transform makes may exist.
    declared = mapping_or_empty(data.get("Parameters"))
    parameters = {**unknown_parameters(data), **with_secrets(declared, values)}
    left = _without_loops(data)
    return Prepared(left, Engine(left, Inputs(parameters, macros=tuple(_transforms(data)))), [])


def _without_loops(data: dict[str, Any]) -> dict[str, Any]:
    """A template without the loops at the top of its sections, which are no elements."""
    return {
        key: {name: node for name, node in part.items() if not str(name).startswith(LOOP)}
        if is_mapping(part)
        else part
        for key, part in data.items()
    }


def _note(error: EvaluationError, found: list[EvaluationError]) -> None:
    if not isinstance(error, BudgetError):
        found.append(error)


def _taken(data: dict[str, Any], given: Given, found: list[EvaluationError]) -> dict[str, Any]:
    """The given values that the template takes, and Unknown for those that it refuses, by default or given."""
    declared = section(data, "Parameters")
    taken: dict[str, Any] = {}
    for name in dict.fromkeys((*declared, *given.parameters)):
        of_one = {name: declared[name]} if name in declared else declared
        value = {name: given.parameters[name]} if name in given.parameters else {}
        resolved = {name: given.resolved[name]} if name in given.resolved else {}
        try:
            parameter_values(of_one, value, resolved)
        except EvaluationError as error:
            _note(error, found)
            value = {name: Unknown("parameter", name)} if name in declared else {}
        taken.update(value)
    return taken


def _place(work: Callable[[Any], Any], node: Any, message: str) -> str:
    """The path of the innermost expression in a node that fails with a message."""

    def failing(inside: Iterable[tuple[str | int, Any]]) -> tuple[str | int, Any] | None:
        for key, item in inside:
            if is_mapping(item) or is_list(item):
                try:
                    work(item)
                except EvaluationError as error:
                    if error.message == message:
                        return key, item
        return None

    path = ""
    while found := failing(entries(node)):
        step, node = found
        path += f".{step}"
    return path


def _transforms(data: dict[str, Any]) -> list[str]:
    """What may make elements of a template that is looked at as it is."""
    try:
        found = [name for name in macros(data) if name != "AWS::LanguageExtensions"]
    except EvaluationError:
        found = ["Transform"]
    looped = (mapping_or_empty(data.get(part)) for part in ("Resources", "Outputs"))
    return [*found, LOOP] if any(name.startswith(LOOP) for part in looped for name in part) else found


def _there(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not NO_VALUE}
