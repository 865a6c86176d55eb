"""The line of a program that gives a value: from the line of an element's call to the keyword inside it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from functools import cache

from ..errors import Origin
from ..names import snake_case


def line_of_value(element: Origin, steps: Sequence[str | int]) -> Origin:
    """Where the value at `steps` below an element is written, as deep as its program spells it out.

    `element` is where the element was declared. What a variable, a preset or a loop gives stands where the
    nearest thing around it does.
    """
    below = steps[1:] if steps[:1] == ["Properties"] else steps
    found = [_descend(call, below, element.line) for call in _calls(element.file).get(element.line, ())]
    # Of several calls on the line that one is meant which says most of the path.
    _, line = max(found, default=(0, element.line))
    return Origin(element.file, line)


@cache
def _calls(file: str) -> dict[int, list[ast.Call]]:
    """The calls of a program by the line where they start; none where it cannot be read."""
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return {}
    found: dict[int, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found.setdefault(node.lineno, []).append(node)
    return found


def _descend(node: ast.expr, steps: Sequence[str | int], line: int) -> tuple[int, int]:
    """How many steps a program spells out, and the line of the last of them."""
    depth = 0
    for step in steps:
        inside = _inside(node, step)
        if inside is None:
            break
        node, line = inside
        depth += 1
    return depth, line


def _inside(node: ast.expr, step: str | int) -> tuple[ast.expr, int] | None:
    if isinstance(node, ast.Call):
        if isinstance(step, int):  # Of a function, whose name is the step before.
            return _item(node.args, step)
        if step.startswith("Fn::"):
            return node, node.lineno
        name = snake_case(step).rstrip("_")
        for keyword in node.keywords:
            if keyword.arg is not None and keyword.arg.rstrip("_") == name:
                return keyword.value, keyword.lineno
    elif isinstance(node, (ast.List, ast.Tuple)):
        return _item(node.elts, step)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == step:
                return value, key.lineno
    return None


def _item(items: Iterable[ast.expr], step: str | int) -> tuple[ast.expr, int] | None:
    found = list(items)
    if not isinstance(step, int) or not 0 <= step < len(found):
        return None
    return found[step], found[step].lineno
