"""What an expression refers to: the one walk over the names in it.

The row of each function in the table of functions says where the names are in its argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..errors import EvaluationError
from ..plain import is_list, is_mapping
from .expressions import Kind, Visit, condition_name, is_rewritten
from .functions import FUNCTIONS, Function

# A condition and its required value.
Holds = tuple[str, bool]


class Use(NamedTuple):
    """A name in an expression: of a parameter or resource, a condition, a mapping or a macro.

    `name` and `attribute` are expressions if they are computed. The function that contains them is at `path`, which
    counts only if all of `given` hold.
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
) -> list[Use]:
    """Every name at and below a node.

    `is_condition` says that the node is a condition, in which ``Condition`` refers to another one. `branch` gives the
    branch of an ``Fn::If`` that counts, or None if both do. With `strict`, an argument that its function does not
    accept raises `EvaluationError`; otherwise it has no names.
    """
    found: list[Use] = []

    def visit(node: Any, path: tuple[str | int, ...], given: tuple[Holds, ...], is_condition: bool) -> None:
        if is_list(node):
            for index, item in enumerate(node):
                if item.__class__ in _CONTAINERS:
                    visit(item, (*path, index), given, is_condition)
            return
        if not is_mapping(node):
            return
        alone = len(node) == 1
        for key, item in node.items():
            inside = is_condition
            function = FUNCTIONS.get(key) if alone or key[:4] == "Fn::" or key == "Condition" else None
            if function is not None:
                inside = is_condition or function.takes_conditions
                if function.names is not None and (key != "Condition" or is_condition):
                    for kind, name, attribute in _names_in(key, function, item, strict):
                        found.append(Use(kind, name, attribute, key, path, given))
                if key == "Fn::If" and is_list(item) and len(item) == 3:
                    taken = None if branch is None else branch(item)
                    for index in (1, 2):
                        if taken is None:
                            holds = (*given, (str(condition_name(item[0])), index == 1))
                            visit(item[index], (*path, key, index), holds, inside)
                        elif item[index] is taken:
                            visit(item[index], (*path, key, index), given, inside)
                    continue
            if item.__class__ in _CONTAINERS:
                visit(item, (*path, key), given, inside)

    visit(node, path, given, is_condition)
    return found


# Only containers are entered: most of a template is text, which needs no call.
_CONTAINERS = frozenset({dict, list})


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
    """The names of a kind at and below a node, without computed ones."""
    for use in uses(node, is_condition=is_condition):
        if use.kind == kind and isinstance(use.name, str):
            yield use.name


def renamed(node: Any, rename: Callable[[str], str]) -> Any:
    """A node with other names of parameters and resources."""

    def visit(kind: Kind, name: Any, _attribute: Any) -> Any:
        return rename(name) if kind == "reference" and isinstance(name, str) else name

    return with_names(node, visit)


def with_names(node: Any, visit: Visit, *, of_attributes: bool = False) -> Any:
    """A node with the names that `visit` gives; ``Ref`` of the name of an attribute becomes ``Fn::GetAtt``."""
    if is_list(node):
        return [with_names(item, visit, of_attributes=of_attributes) for item in node]
    if not is_mapping(node):
        return node
    result: dict[str, Any] = {}
    for key, item in node.items():
        function = FUNCTIONS.get(key) if len(node) == 1 else None
        if function is not None and function.names is not None:
            try:
                item = function.names(item, visit)
            except EvaluationError:
                pass  # CloudFormation refuses it, so its meaning is unknown.
            if of_attributes and key == "Ref" and "." in item:
                return {"Fn::GetAtt": item}
        result[key] = with_names(item, visit, of_attributes=of_attributes)
    return result
