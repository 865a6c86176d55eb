"""Where in an expression a value is written, and which conditions decide about it there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..evaluation.engine import Engine
from ..evaluation.expressions import is_function
from ..evaluation.references import named
from ..plain import is_list, is_mapping
from .records import MISSING, Path


def expression_at(engine: Engine, node: Any, path: Path) -> Any:
    """The expression that makes the value at a path below a node: itself, or the function around it.

    `MISSING` where there certainly is none.
    """
    return _way(engine, node, path)[1]


def written_at(engine: Engine, node: Any, path: Path) -> Path:
    """Where the value at a path below a node is written: through the branches that are taken, and past the items
    that are not there."""
    steps, found = _way(engine, node, path)
    inside, _ = _branches(engine, found)
    return (*steps, *inside)


def _way(engine: Engine, node: Any, path: Path) -> tuple[Path, Any]:
    """The steps that lead to the expression of a value, as they are written, and the expression."""
    steps: list[str | int] = []
    for step in path:
        inside, node = _branches(engine, node)
        steps += inside
        if is_mapping(node) and not is_function(node):
            node = node.get(str(step), MISSING)
            written: str | int = step
        elif is_list(node) and isinstance(step, int):
            there = _items(engine, node)
            if there is None:
                break  # What stands where depends on items that may be missing.
            written = there[step] if step < len(there) else len(node)
            node = node[written] if written < len(node) else MISSING
        else:
            break
        if node is MISSING:
            break
        steps.append(written)
    return tuple(steps), node


def _branches(engine: Engine, node: Any) -> tuple[Path, Any]:
    """What known conditions choose of an expression, and the steps that lead to it."""
    steps: list[str | int] = []
    while _is_if(node):
        argument = node["Fn::If"]
        chosen = engine.branch(argument)
        if chosen is None:
            break
        steps += ["Fn::If", 1 if chosen is argument[1] else 2]
        node = chosen
    return tuple(steps), node


def deciding(engine: Engine, node: Any, path: Path) -> Iterator[str]:
    """The conditions that decide the value at a path below a node: those around it, inside it, and of list items before
    it, which may be added or removed."""
    for step in path:
        while _is_if(node):
            yield from _condition_of(node)
            chosen = engine.branch(node["Fn::If"])
            if chosen is None:
                break
            node = chosen
        if is_mapping(node) and not is_function(node):
            node = node.get(str(step), MISSING)
        elif is_list(node) and isinstance(step, int):
            for item in node:
                if _is_if(item):
                    yield from _condition_of(item)
            there = _items(engine, node)
            node = node if there is None else node[there[step]] if step < len(there) else MISSING
        else:
            break
    yield from named(node, "condition")


def _condition_of(node: dict[str, Any]) -> Iterator[str]:
    """The condition of an ``Fn::If``, where it is a name."""
    name: Any = node["Fn::If"][0]
    if isinstance(name, str):
        yield name


def _is_if(node: Any) -> bool:
    if not is_mapping(node) or len(node) != 1:
        return False
    argument = node.get("Fn::If")
    return is_list(argument) and len(argument) == 3


def _items(engine: Engine, items: list[Any]) -> list[int] | None:
    """The places of the items that a list really has, None where an unknown condition decides which."""
    known = engine.listed.get(id(items))
    if known is None or known[0] is not items:
        known = engine.listed[id(items)] = items, _there(engine, items)
    return known[1]


def _there(engine: Engine, items: list[Any]) -> list[int] | None:
    found: list[int] = []
    for place, item in enumerate(items):
        _, item = _branches(engine, item)
        if _is_if(item):
            return None
        if item != {"Ref": "AWS::NoValue"}:
            found.append(place)
    return found
