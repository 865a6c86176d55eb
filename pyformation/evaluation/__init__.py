"""The value of everything in a template, for given parameters: `evaluate`.

What cannot be known offline is `Unknown`, a symbol that is carried and never dropped. docs/evaluation.md
tells what is known and what is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..errors import EvaluationError
from .engine import Engine, Inputs, section
from .expansion import write_out_loops
from .parameters import parameter_values
from .unknowns import Choice, Unknown, is_known, unknowns

__all__ = [
    "Choice",
    "EvaluatedOutput",
    "EvaluatedResource",
    "EvaluatedRule",
    "EvaluatedTemplate",
    "Unknown",
    "evaluate_data",
    "is_known",
    "prepare",
    "unknowns",
]


@attrs.frozen
class EvaluatedResource:
    """A resource with the values of its properties and attributes; `exists` is by its condition."""

    type: str
    exists: bool | Unknown
    properties: dict[str, Any]
    attributes: dict[str, Any]


@attrs.frozen
class EvaluatedOutput:
    """An output with its value and the name of its export."""

    exists: bool | Unknown
    value: Any
    export: Any


@attrs.frozen
class EvaluatedRule:
    """A rule: the sentences of the assertions that are false, and how many are unknown."""

    failed: list[str]
    unknown: int


@attrs.frozen
class EvaluatedTemplate:
    """A template with everything evaluated that can be.

    `partial` says, in sentences, why some of it is not: a macro, a loop over what is unknown.
    """

    parameters: dict[str, Any]
    conditions: dict[str, bool | Unknown]
    resources: dict[str, EvaluatedResource]
    outputs: dict[str, EvaluatedOutput]
    rules: dict[str, EvaluatedRule]
    partial: list[str]


@attrs.frozen
class Prepared:
    """A template whose loops are written out, with its engine."""

    data: dict[str, Any]
    engine: Engine
    partial: list[str]


# The transform that we run ourselves; every other macro runs on AWS's side.
_OURS = ("AWS::LanguageExtensions",)


def prepare(
    data: dict[str, Any],
    parameters: Mapping[str, Any],
    *,
    resolved: Mapping[str, Any] | None = None,
    region: str | None = None,
    account: str | None = None,
    stack_name: str | None = None,
    imports: Mapping[str, Any] | None = None,
) -> Prepared:
    """The engine of a template for given parameters."""
    declared = section(data, "Parameters")
    inputs = Inputs(
        parameters=parameter_values(declared, parameters, resolved or {}),
        region=region,
        account=account,
        stack_name=stack_name,
        imports=imports or {},
    )
    written, left = write_out_loops(data, Engine(data, inputs).value)
    partial = [f"{name} loops over what is unknown" for name in left]
    partial += [f"the macro {name} runs on AWS's side" for name in macros(written)]
    return Prepared(written, Engine(written, inputs), partial)


def macros(data: Mapping[str, Any]) -> list[str]:
    """The names of the macros that a template asks for, in order, those inside it included."""
    given = data.get("Transform", [])
    found: list[str] = []
    for item in given if isinstance(given, list) else [given]:  # pyright: ignore[reportUnknownVariableType]
        name: Any = item.get("Name") if isinstance(item, dict) else item  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        found.append(str(name))  # pyright: ignore[reportUnknownArgumentType]

    def visit(node: Any) -> None:
        if isinstance(node, dict):
            for key, item in node.items():  # pyright: ignore[reportUnknownVariableType]
                if key == "Fn::Transform":
                    found.append(str(item.get("Name") if isinstance(item, dict) else item))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
                visit(item)
        elif isinstance(node, list):
            for item in node:  # pyright: ignore[reportUnknownVariableType]
                visit(item)

    if "Fn::Transform" in repr(data):
        visit(data)
    return [name for name in dict.fromkeys(found) if name not in _OURS]


def evaluate_data(
    data: dict[str, Any], parameters: Mapping[str, Any] | None = None, **inputs: Any
) -> EvaluatedTemplate:
    """Evaluate a template given as plain data; `pyformation.evaluate` takes stacks and files, too."""
    prepared = prepare(data, parameters or {}, **inputs)
    engine, written = prepared.engine, prepared.data
    conditions = {name: engine.condition(name) for name in section(written, "Conditions")}
    resources = {
        name: _resource(engine, name, resource) for name, resource in section(written, "Resources").items()
    }
    outputs: dict[str, EvaluatedOutput] = {}
    for name, output in section(written, "Outputs").items():
        export = section(output, "Export").get("Name")
        exists = engine.lives(output)
        outputs[name] = EvaluatedOutput(
            exists,
            None if exists is False else engine.value(output.get("Value")),
            None if export is None else engine.value(export),
        )
    rules = {name: evaluate_rule(engine, rule) for name, rule in section(written, "Rules").items()}
    return EvaluatedTemplate(
        dict(engine.inputs.parameters), conditions, resources, outputs, rules, prepared.partial
    )


_NOT_ATTRIBUTES = ("Type", "Properties", "Condition", "DependsOn")


def _resource(engine: Engine, name: str, resource: Any) -> EvaluatedResource:
    if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):  # pyright: ignore[reportUnknownMemberType]
        raise EvaluationError("expected a mapping with a Type", path=f"Resources.{name}")
    given: dict[str, Any] = resource  # pyright: ignore[reportUnknownVariableType]
    exists = engine.lives(given)
    if exists is False:
        return EvaluatedResource(given["Type"], False, {}, {})
    try:
        properties = engine.value(section(given, "Properties"))
        attributes = {key: engine.value(item) for key, item in given.items() if key not in _NOT_ATTRIBUTES}
    except EvaluationError as error:
        error.path = error.path or f"Resources.{name}"
        raise
    return EvaluatedResource(given["Type"], exists, properties, attributes)


def evaluate_rule(engine: Engine, rule: Mapping[str, Any]) -> EvaluatedRule:
    """Check the assertions of a rule."""
    condition = rule.get("RuleCondition")
    applies = True if condition is None else engine.holds(condition)
    failed: list[str] = []
    unknown = 0
    if applies is not False:
        for assertion in rule.get("Assertions", []):
            holds = engine.holds(assertion.get("Assert"))
            if holds is False and applies is True:
                failed.append(str(assertion.get("AssertDescription") or "an assertion is false"))
            elif isinstance(holds, Unknown) or holds is False:
                unknown += 1
    return EvaluatedRule(failed, unknown)
