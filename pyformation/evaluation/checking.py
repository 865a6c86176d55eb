"""Every error of a template at once, where `evaluate` raises the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..budget import limited
from ..errors import EvaluationError
from ..plain import is_mapping, mapping_or_empty
from . import NOT_ATTRIBUTES, Given, Prepared, at, evaluate_rule, not_too_deep, prepare
from .engine import Engine
from .expressions import section
from .inputs import Inputs
from .unknowns import Unknown


def unknown_parameters(data: dict[str, Any]) -> dict[str, Any]:
    """A value for every parameter of a template that may be anything."""
    return {name: Unknown("parameter", name) for name in mapping_or_empty(data.get("Parameters"))}


def errors_of(data: dict[str, Any], given: Given) -> list[EvaluationError]:
    """What CloudFormation would refuse when it evaluates a template, with its places.

    Where a template cannot be prepared, the rest of it is looked at without its loops and transforms.
    """
    found: list[EvaluationError] = []

    def tried(work: Callable[[], object]) -> None:
        try:
            with not_too_deep():
                work()
        except EvaluationError as error:
            found.append(error)

    with limited():
        try:
            prepared = prepare(data, given)
        except EvaluationError as error:
            found.append(error)
            prepared = Prepared(data, Engine(data, Inputs(given.parameters)), [])
        for work in _works(prepared):
            tried(work)
    unique: dict[tuple[str | None, str], EvaluationError] = {}
    for error in found:
        unique.setdefault((error.path, error.message), error)
    return list(unique.values())


def _works(prepared: Prepared) -> Iterator[Callable[[], object]]:
    """Everything of a template that has a value, each by itself."""
    engine, data = prepared.engine, prepared.data

    def value(path: str, node: Any) -> Callable[[], object]:
        def work() -> None:
            with at(path):
                engine.value(node)

        return work

    def condition(name: str) -> Callable[[], object]:
        def work() -> None:
            with at(f"Conditions.{name}"):
                engine.condition(name)

        return work

    def exists(path: str, element: Any) -> Callable[[], object]:
        def work() -> None:
            with at(path):
                engine.exists(element)

        return work

    for name in section(data, "Conditions"):
        yield condition(name)
    for name, resource in section(data, "Resources").items():
        path = f"Resources.{name}"
        yield exists(path, resource)
        if is_mapping(resource):
            for key, node in mapping_or_empty(resource.get("Properties")).items():
                yield value(f"{path}.Properties.{key}", node)
            for key, node in resource.items():
                if key not in NOT_ATTRIBUTES:
                    yield value(f"{path}.{key}", node)
    for name, output in section(data, "Outputs").items():
        path = f"Outputs.{name}"
        yield exists(path, output)
        if is_mapping(output):
            yield value(f"{path}.Value", output.get("Value", ""))
            yield value(f"{path}.Export", mapping_or_empty(output.get("Export")).get("Name", ""))
    for name, rule in section(data, "Rules").items():
        yield lambda name=name, rule=rule: evaluate_rule(engine, rule, name)  # type: ignore[misc]
