"""Loops written out: what AWS::LanguageExtensions makes of ``Fn::ForEach``.

Loops may stand in Resources, Conditions, Outputs and inside properties. A collection that is unknown cannot be
written out; its loop is left, and the answer is partial.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..budget import take_characters, take_steps
from ..errors import EvaluationError, shown
from ..plain import LOOP, is_list, is_mapping
from ..sections import LOOPING
from .secrets import Secret
from .unknowns import is_known, parts, scalar_text

# Loops inside loops multiply: CloudFormation takes five levels and 500 resources, tools may want more.
_MOST = 200_000


class _Expansion:
    def __init__(self, evaluate: Callable[[Any], Any]) -> None:
        self.evaluate = evaluate
        self.left: list[str] = []
        self.made = 0
        # Where the elements stand that loops make: the steps to them in the template.
        self.written: dict[str, tuple[str | int, ...]] = {}

    def expand(
        self,
        node: Any,
        variables: dict[str, str],
        path: str,
        steps: tuple[str | int, ...] | None = None,
    ) -> Any:
        """A node with its loops written out and the variables of the loops around it filled in.

        `steps` lead to a section, or to what makes elements of it.
        """
        if isinstance(node, str):
            return _filled(node, variables)
        if variables:
            take_steps(1, LOOP.rstrip(":"))
        if is_list(node):
            return [self.expand(item, variables, path) for item in node]
        if not is_mapping(node):
            return node
        if len(node) == 1 and isinstance(node.get("Ref"), str) and node["Ref"] in variables:
            return variables[node["Ref"]]
        result: dict[str, Any] = {}
        for key, item in node.items():
            if key.startswith(LOOP):
                self._loop(key, item, variables, result, f"{path}.{key}", steps)
                continue
            name = _filled(key, variables)
            if name in result:
                raise EvaluationError(f"{name!r} is there more than once", path=path)
            result[name] = self.expand(item, variables, path)
        return result

    def _loop(
        self,
        key: str,
        loop: Any,
        variables: dict[str, str],
        result: dict[str, Any],
        path: str,
        steps: tuple[str | int, ...] | None,
    ) -> None:
        given: list[Any] = loop if is_list(loop) else []
        if len(given) != 3 or not isinstance(given[0], str) or not is_mapping(given[2]):
            raise EvaluationError(
                f"a loop takes a variable, a collection and a mapping, found {shown(loop)}", path=path
            )
        variable, collection, body = given
        if variable in variables:
            raise EvaluationError(f"the variable {variable!r} is that of a loop around it", path=path)
        try:
            values = self.evaluate(self.expand(collection, variables, path))
        except EvaluationError as error:
            error.path = error.path or path
            raise
        # Names that a NoEcho parameter makes would show what it is.
        if not is_known(values) or any(isinstance(part, Secret) for part in parts(values)):
            self.left.append(path)
            result[key] = [variable, collection, self.expand(body, variables, path)] if variables else loop
            return
        if not is_list(values):
            raise EvaluationError(f"a loop takes a list of texts, found {shown(values)}", path=path)
        for value in values:
            if not isinstance(value, (str, int, float)):
                raise EvaluationError(
                    f"a loop takes a list of texts, found the item {shown(value)}", path=path
                )
            self.made += 1
            take_steps(1, LOOP.rstrip(":"))
            if self.made > _MOST:
                raise EvaluationError(f"the loops make more than {_MOST:,} elements", path=path)
            filled = {**variables, variable: scalar_text(value)}
            inside = None if steps is None else (*steps, key, 2)
            if inside is not None:
                self.written.update({_filled(name, filled): (*inside, name) for name in body})
            for name, item in self.expand(body, filled, path, inside).items():
                if name in result:
                    raise EvaluationError(f"the loop makes {name!r} more than once", path=path)
                result[name] = item


_VARIABLE = re.compile(r"([$&])\{([^{}!]+)\}")


def _filled(text: str, variables: dict[str, str]) -> str:
    """A text with the variables of loops filled in; ``&{X}`` is X without anything but letters and digits."""
    if not variables or "{" not in text:
        return text

    def value(match: re.Match[str]) -> str:
        found = variables.get(match[2].strip())
        if found is None:
            return match[0]
        return found if match[1] == "$" else re.sub(r"[^A-Za-z0-9]", "", found)

    found = _VARIABLE.sub(value, text)
    take_characters(len(found), LOOP.rstrip(":"))
    return found


# By the logical ID of a resource that a loop makes: the steps to what it is made from.
Written = dict[str, tuple[str | int, ...]]


def write_out_loops(
    data: dict[str, Any], evaluate: Callable[[Any], Any]
) -> tuple[dict[str, Any], list[str], Written]:
    """A template without loops, the paths of those that had to stay, and where the resources that they make are
    written.

    `evaluate` gives the value of a collection.
    """
    if not has_loops([data.get(name) for name in LOOPING]):
        return data, [], {}
    expansion = _Expansion(evaluate)
    expanded = {
        name: expansion.expand(data[name], {}, name, (name,) if name == "Resources" else None)
        for name in LOOPING
        if name in data
    }
    for name, section in expanded.items():
        if is_mapping(section):
            expanded[name] = {k: item for k, item in section.items() if not k.startswith(LOOP)}
    return {**data, **expanded}, list(dict.fromkeys(expansion.left)), expansion.written


def has_loops(node: Any) -> bool:
    """Whether there is a loop anywhere below a node."""
    left: list[Any] = [node]
    while left:
        here = left.pop()
        if is_mapping(here):
            for key, item in here.items():
                if key.startswith(LOOP):
                    return True
                if isinstance(item, (dict, list)):
                    left.append(item)
        elif is_list(here):
            left += [item for item in here if isinstance(item, (dict, list))]
    return False
