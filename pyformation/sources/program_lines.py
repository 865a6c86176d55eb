"""The line of a program that gives a value: from the line of an element's call to the keyword inside it."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from ..errors import Origin, PyformationError
from ..files import regular
from ..names import snake_case

if TYPE_CHECKING:
    from ..document.reading import Document


def line_of_value(element: Origin, path: Sequence[str | int]) -> Origin:
    """The line of the value at a path of a template, as deep as the call that declares its element is literal.

    `element` is where the element was declared. A value from a variable, a preset or a loop has the line of the
    nearest expression around it. An element of an included template has its line in that template.
    """
    steps = path[3:] if path[2:3] and path[2] == "Properties" else path[2:]
    try:
        changed = os.stat(element.file).st_mtime_ns
        if not element.file.endswith(".py"):
            return _in_document(element, path, changed)
        calls = _calls(element.file, changed)
    except (OSError, ValueError, PyformationError):  # The program is not a file, or no longer.
        return element
    found = [_descend(call, steps, element.line) for call in calls.get(element.line, ())]
    # If several calls start on the line, use the one that has most of the path.
    _, line = max(found, default=(0, element.line))
    return Origin(element.file, line, element.caller)


def _in_document(element: Origin, path: Sequence[str | int], changed: int) -> Origin:
    document = _document(element.file, changed)
    place = document.position(path[:2])
    if place is None or place[0] != element.line:
        return element  # It was included under another name.
    deepest = next(
        found for end in range(len(path), 1, -1) if (found := document.position(path[:end])) is not None
    )
    return Origin(element.file, deepest[0], element.caller)


@lru_cache(maxsize=64)
def _document(file: str, _changed: int) -> Document:
    from ..document import read

    return read(file)


@lru_cache(maxsize=64)
def _calls(file: str, _changed: int) -> dict[int, list[ast.Call]]:
    """The calls of a program by the line where they start, as it was last changed; none where it is no Python."""
    with open(file, "rb", opener=regular) as source:
        text = source.read()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
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
        # `Mapping({"eu-west-1": ...})`, `AnyResource(type, {"Name": ...})`
        return next(filter(None, (_inside(given, step) for given in _mappings(node))), None)
    elif isinstance(node, (ast.List, ast.Tuple)):
        return _item(node.elts, step)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == step:
                return value, key.lineno
    return None


def _mappings(call: ast.Call) -> Iterator[ast.Dict]:
    """What a call is given as a literal mapping of CloudFormation's names."""
    named = [keyword.value for keyword in call.keywords if keyword.arg in ("properties", "rows")]
    for given in (*call.args, *named):
        if isinstance(given, ast.Dict):
            yield given


def _item(items: Iterable[ast.expr], step: str | int) -> tuple[ast.expr, int] | None:
    found = list(items)
    if not isinstance(step, int) or not 0 <= step < len(found):
        return None
    if any(isinstance(item, ast.Starred) for item in found[: step + 1]):
        return None  # Only running the program shows which item that is.
    return found[step], found[step].lineno
