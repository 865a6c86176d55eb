"""What an expression refers to: the one walk over the names in it.

Where its names are in the argument of a function is said by that function's row in the table of functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..errors import EvaluationError
from .expressions import Kind, condition_name, is_rewritten
from .functions import FUNCTIONS, Function

# A condition, and what it must be.
Holds = tuple[str, bool]


class Use(NamedTuple):
    """A name in an expression: of a parameter or resource, a condition, a mapping or a macro.

    `name` and `attribute` are expressions where they are computed. The function that uses them is at `path`,
    which counts only where all of `given` hold.
    """

    kind: Kind
    name: Any
    attribute: Any
    function: str
    path: tuple[str | int, ...]
    given: tuple[Holds, ...]


def uses(
    node: Any,
    path: tuple[str | int, ...] = (),
    given: tuple[Holds, ...] = (),
    *,
    is_condition: bool = False,
    branch: Callable[[list[Any]], Any] | None = None,
    strict: bool = False,
) -> Iterator[Use]:
    """Every name at and below a node.

    `is_condition` says that the node is one, in which ``Condition`` is the name of another. `branch` gives the
    branch of an ``Fn::If`` that counts, None where both do. `strict` raises `EvaluationError` for an argument that
    its function does not take, which otherwise has no name.
    """
    if isinstance(node, list):
        items: list[Any] = node  # pyright: ignore[reportUnknownVariableType]
        for index, item in enumerate(items):
            if item.__class__ is dict or item.__class__ is list:
                yield from uses(
                    item, (*path, index), given, is_condition=is_condition, branch=branch, strict=strict
                )
        return
    if not isinstance(node, dict):
        return
    mapping: dict[str, Any] = node  # pyright: ignore[reportUnknownVariableType]
    for key, item in mapping.items():
        function = FUNCTIONS.get(key)
        inside = is_condition
        if function is not None and (len(mapping) == 1 or key[:4] == "Fn::" or key == "Condition"):
            inside = is_condition or function.takes_conditions
            if function.names is not None and (key != "Condition" or is_condition):
                for kind, name, attribute in _names_in(key, function, item, strict):
                    yield Use(kind, name, attribute, key, path, given)
            if key == "Fn::If" and isinstance(item, list) and len(item) == 3:  # pyright: ignore[reportUnknownArgumentType]
                taken = None if branch is None else branch(item)  # pyright: ignore[reportUnknownArgumentType]
                for index in (1, 2):
                    if taken is not None and item[index] is not taken:
                        continue
                    holds = (
                        given if taken is not None else (*given, (str(condition_name(item[0])), index == 1))
                    )
                    yield from uses(
                        item[index],  # pyright: ignore[reportUnknownArgumentType]
                        (*path, key, index),
                        holds,
                        is_condition=inside,
                        branch=branch,
                        strict=strict,
                    )
                continue
        if not isinstance(item, str):
            yield from uses(item, (*path, key), given, is_condition=inside, branch=branch, strict=strict)


def _names_in(name: str, function: Function, argument: Any, strict: bool) -> list[tuple[Kind, Any, Any]]:
    found: list[tuple[Kind, Any, Any]] = []

    def visit(kind: Kind, name: Any, attribute: Any) -> Any:
        found.append((kind, name, attribute))
        return name

    try:
        if function.names is not None and not is_rewritten(name, argument):
            function.names(argument, visit)
    except EvaluationError:
        if strict:
            raise
    return found


def named(node: Any, kind: Kind, *, is_condition: bool = False) -> Iterator[str]:
    """The names of a kind at and below a node, those that are computed aside."""
    for use in uses(node, is_condition=is_condition):
        if use.kind == kind and isinstance(use.name, str):
            yield use.name


def renamed(node: Any, rename: Callable[[str], str]) -> Any:
    """A node in which parameters and resources have other names."""

    def visit(kind: Kind, name: Any, _attribute: Any) -> Any:
        return rename(name) if kind == "reference" and isinstance(name, str) else name

    if isinstance(node, list):
        return [renamed(item, rename) for item in node]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(node, dict):
        return node
    mapping: dict[str, Any] = node  # pyright: ignore[reportUnknownVariableType]
    result: dict[str, Any] = {}
    for key, item in mapping.items():
        function = FUNCTIONS.get(key) if len(mapping) == 1 else None
        if function is not None and function.names is not None:
            try:
                item = function.names(item, visit)
            except EvaluationError:
                pass  # CloudFormation refuses it, and what it means nobody knows.
        result[key] = renamed(item, rename)
    return result
