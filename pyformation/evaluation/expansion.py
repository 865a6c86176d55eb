"""Loops written out: what AWS::LanguageExtensions makes of ``Fn::ForEach``.

Loops may stand in Resources, Conditions, Outputs and inside properties. A collection that is unknown cannot be
written out; its loop is left, and the answer is partial.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import EvaluationError
from .unknowns import is_known, scalar_text

_LOOP = "Fn::ForEach::"
# Loops inside loops multiply: CloudFormation takes five levels and 500 resources, tools may want more.
_MOST = 200_000


class _Expansion:
    def __init__(self, evaluate: Callable[[Any], Any]) -> None:
        self.evaluate = evaluate
        self.left: list[str] = []
        self.made = 0

    def expand(self, node: Any, variables: dict[str, str]) -> Any:
        """A node with its loops written out and the variables of the loops around it filled in."""
        if isinstance(node, str):
            return _filled(node, variables) if variables else node
        if isinstance(node, list):
            items: list[Any] = node  # pyright: ignore[reportUnknownVariableType]
            return [self.expand(item, variables) for item in items]
        if not isinstance(node, dict):
            return node
        mapping: dict[str, Any] = node  # pyright: ignore[reportUnknownVariableType]
        if len(mapping) == 1 and isinstance(mapping.get("Ref"), str) and mapping["Ref"] in variables:
            return variables[mapping["Ref"]]
        result: dict[str, Any] = {}
        for key, item in mapping.items():
            if key.startswith(_LOOP):
                self._loop(key, item, variables, result)
            else:
                result[_filled(key, variables) if variables else key] = self.expand(item, variables)
        return result

    def _loop(self, key: str, loop: Any, variables: dict[str, str], result: dict[str, Any]) -> None:
        parts: list[Any] = loop if isinstance(loop, list) else []  # pyright: ignore[reportUnknownVariableType]
        if len(parts) != 3 or not isinstance(parts[0], str) or not isinstance(parts[2], dict):
            raise EvaluationError(f"{key} takes a variable, a collection and a mapping")
        variable, collection, body = parts
        if variable in variables:
            raise EvaluationError(f"{key}: the variable {variable!r} is that of a loop around it")
        values = self.evaluate(self.expand(collection, variables))
        if not isinstance(values, list) or not is_known(values):
            self.left.append(key)
            result[key] = loop
            return
        for value in values:  # pyright: ignore[reportUnknownVariableType]
            self.made += 1
            if self.made > _MOST:
                raise EvaluationError(f"{key}: the loops make more than {_MOST:,} elements")
            filled = {**variables, variable: scalar_text(value)}
            for name, item in self.expand(body, filled).items():
                if name in result:
                    raise EvaluationError(f"{key} makes {name!r} more than once")
                result[name] = item


def _filled(text: str, variables: dict[str, str]) -> str:
    """A text with the variables of loops filled in; ``&{X}`` is X without anything but letters and digits."""
    if "{" not in text:
        return text
    for name, value in variables.items():
        text = text.replace(f"${{{name}}}", value)
        if "&{" in text:
            text = text.replace(f"&{{{name}}}", "".join(c for c in value if c.isalnum()))
    return text


def write_out_loops(data: dict[str, Any], evaluate: Callable[[Any], Any]) -> tuple[dict[str, Any], list[str]]:
    """A template without loops, and the loops that had to stay. `evaluate` gives the value of a collection."""
    sections = ("Conditions", "Resources", "Outputs")
    if _LOOP not in repr([data.get(section) for section in sections]):
        return data, []
    expansion = _Expansion(evaluate)
    expanded = {name: expansion.expand(data[name], {}) for name in sections if name in data}
    for name in expanded:
        expanded[name] = {key: item for key, item in expanded[name].items() if not key.startswith(_LOOP)}
    return {**data, **expanded}, expansion.left
