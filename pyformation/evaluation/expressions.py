"""What stands in an expression: functions and their arguments, what it refers to, how it is spelled."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from ..errors import EvaluationError
from ..errors import shown as _short

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs")


def section(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A section of a template or of a resource; empty where it is not there or null."""
    if not isinstance(data, dict):
        raise EvaluationError(f"expected a mapping, found {_short(data)}")
    found: Any = data.get(name)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if found is None:
        return {}
    if not isinstance(found, dict):
        if name in _SECTIONS:
            raise EvaluationError(f"expected a mapping, found {_short(found)}", path=name)
        raise EvaluationError(f"expected {name} to be a mapping, found {_short(found)}")
    return found  # pyright: ignore[reportUnknownVariableType]


MACRO = "Fn::Transform"


def is_macro_call(node: Any) -> bool:
    """Whether a macro makes something of a node, and of all that stands beside the call."""
    return isinstance(node, dict) and MACRO in node


@attrs.frozen
class Reference:
    """Something that an expression refers to: a parameter, a resource, or an attribute of one."""

    name: str
    attribute: str | None = None


# Where nobody knows which attribute is meant.
ANY_ATTRIBUTE = "*"


def attribute_parts(argument: Any) -> tuple[Any, Any]:
    """The two parts of the argument of ``Fn::GetAtt``, in either spelling."""
    if isinstance(argument, str):
        target, _, name = argument.partition(".")
        if target and name:
            return target, name
    if isinstance(argument, list):
        parts: list[Any] = argument  # pyright: ignore[reportUnknownVariableType]
        if len(parts) == 2:
            return parts[0], parts[1]
        if len(parts) > 2 and all(isinstance(part, str) for part in parts):
            return parts[0], ".".join(parts[1:])
    raise EvaluationError(f"Fn::GetAtt takes a resource and an attribute, found {_short(argument)}")


def sub_parts(argument: Any) -> tuple[str, Mapping[str, Any]]:
    """The text and the variables of an ``Fn::Sub``."""
    if isinstance(argument, str):
        return argument, {}
    if isinstance(argument, list):
        parts: list[Any] = argument  # pyright: ignore[reportUnknownVariableType]
        if parts and isinstance(parts[0], str) and len(parts) <= 2:
            variables: Any = parts[1] if len(parts) == 2 else {}
            if isinstance(variables, dict):
                return parts[0], variables  # pyright: ignore[reportUnknownVariableType]
    raise EvaluationError(f"Fn::Sub takes a text, or a text and a mapping, found {_short(argument)}")


def sub_reference(name: str) -> Reference:
    """What ``${name}`` refers to in an ``Fn::Sub``."""
    return Reference(*attribute_parts(name)) if "." in name else Reference(name)


def calls(nodes: Iterable[Any]) -> list[tuple[str, Any]]:
    """Every ``Ref`` and ``Fn::`` function at or below some nodes, with its argument, in all branches."""
    found: list[tuple[str, Any]] = []
    left: list[Any] = [node for node in nodes if node.__class__ is dict or node.__class__ is list]
    for here in left:  # It grows.
        inside: Any = here
        if here.__class__ is dict:
            inside = here.values()
            if len(here) == 1:
                (key,) = here
                if key == "Ref" or key[:4] == "Fn::":
                    found.append((key, here[key]))
        # Texts are what most of it is.
        for item in inside:
            if item.__class__ is not str and (item.__class__ is dict or item.__class__ is list):
                left.append(item)
    return found


def named_conditions(node: Any) -> Iterator[str]:
    """The conditions that a condition refers to by name."""
    if isinstance(node, dict):
        for key, item in node.items():  # pyright: ignore[reportUnknownVariableType]
            if key == "Condition" and isinstance(item, str):
                yield item
            elif key == "Fn::If" and isinstance(item, list) and item and isinstance(item[0], str):
                yield item[0]
            yield from named_conditions(item)
    elif isinstance(node, list):
        for item in node:  # pyright: ignore[reportUnknownVariableType]
            yield from named_conditions(item)


def first_arguments(node: Any, function: str) -> Iterator[Any]:
    """The first arguments of a function wherever it stands below a node."""
    if isinstance(node, dict):
        for key, item in node.items():  # pyright: ignore[reportUnknownVariableType]
            if key == function and isinstance(item, list) and item:
                yield item[0]
            yield from first_arguments(item, function)
    elif isinstance(node, list):
        for item in node:  # pyright: ignore[reportUnknownVariableType]
            yield from first_arguments(item, function)


def spelling(data: Any) -> bytes:
    """Plain data as bytes that are equal exactly where types, values and the order of keys are."""
    try:
        return marshal.dumps(data, 0)  # Of the ways to write data down the fastest; 0 is without its sharing.
    except ValueError:
        return repr(data).encode(errors="surrogatepass")  # What is no plain data.


def is_function(node: dict[Any, Any]) -> bool:
    """Whether a mapping is an intrinsic function."""
    if len(node) != 1:
        return False
    (key,) = node
    return key == "Ref" or str(key).startswith("Fn::")


def named(node: Any, function: str, *, deep: bool = True) -> Iterator[str]:
    """The first arguments of a function at or below a node, where they are names; without `deep` only at it."""
    if isinstance(node, dict):
        for key, item in node.items():  # pyright: ignore[reportUnknownVariableType]
            if key == function and isinstance(item, list) and item and isinstance(item[0], str):
                yield item[0]
            if deep:
                yield from named(item, function)
    elif isinstance(node, list):
        for item in node:  # pyright: ignore[reportUnknownVariableType]
            yield from named(item, function)
