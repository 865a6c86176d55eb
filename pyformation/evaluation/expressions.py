"""The parts of an expression: functions with their arguments, references."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import attrs

from ..errors import EvaluationError
from ..errors import shown as _short
from ..names import SUB_NAME, with_braces_replaced
from ..plain import is_list, is_mapping
from ..sections import ELEMENTS


def section(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A section of a template or of a resource; empty if it is missing or null."""
    if not is_mapping(data):
        raise EvaluationError(f"expected a mapping, found {_short(data)}")
    found: Any = data.get(name)
    if found is None:
        return {}
    if not is_mapping(found):
        if name in ELEMENTS:
            raise EvaluationError(f"expected a mapping, found {_short(found)}", path=name)
        raise EvaluationError(f"expected {name} to be a mapping, found {_short(found)}")
    return found


MACRO = "Fn::Transform"


def is_macro_call(node: Any) -> bool:
    """Whether a node contains a call of a macro, which may change everything beside it."""
    return isinstance(node, dict) and MACRO in node


def is_rewritten(function: str, argument: Any) -> bool:
    """Whether a macro makes the arguments of a function, or of an ``Fn::Sub``, so that they are not expressions."""
    if function == "Fn::Sub" and is_list(argument):
        return any(map(is_macro_call, argument))
    return is_macro_call(argument)


def condition_name(node: Any) -> Any:
    """The name of a condition; AWS::Serverless writes ``{Condition: Name}`` in its place."""
    if is_mapping(node) and list(node) == ["Condition"]:
        return node["Condition"]
    return node


@attrs.frozen
class Reference:
    """Something that an expression refers to: a parameter, a resource, or an attribute of one."""

    name: str
    attribute: str | None = None


# Stands for an attribute that is not known.
ANY_ATTRIBUTE = "*"


def attribute_parts(argument: Any) -> tuple[Any, Any]:
    """The two parts of the argument of ``Fn::GetAtt``, in either spelling."""
    if isinstance(argument, str):
        target, _, name = argument.partition(".")
        if target and name:
            return target, name
    if is_list(argument):
        if len(argument) == 2:
            return argument[0], argument[1]
        if len(argument) > 2 and all(isinstance(part, str) for part in argument):
            return argument[0], ".".join(argument[1:])
    raise EvaluationError(f"Fn::GetAtt takes a resource and an attribute, found {_short(argument)}")


def sub_parts(argument: Any) -> tuple[str, Mapping[str, Any]]:
    """The text and the variables of an ``Fn::Sub``."""
    if isinstance(argument, str):
        return argument, {}
    if is_list(argument):
        if len(argument) == 2 and isinstance(argument[0], str) and is_mapping(argument[1]):
            return argument[0], argument[1]
    raise EvaluationError(f"Fn::Sub takes a text, or a text and a mapping, found {_short(argument)}")


def sub_reference(name: str) -> Reference:
    """What ``${name}`` refers to in an ``Fn::Sub``."""
    return Reference(*attribute_parts(name)) if "." in name else Reference(name)


# ---------------------------------------------------------------------------------------------
# Where functions have names in their arguments. Each of these visits them, and returns the argument with what
# the visitor has made of them.

Kind = Literal["reference", "condition", "mapping", "macro"]
Visit = Callable[[Kind, Any, Any], Any]


def name_of_ref(argument: Any, visit: Visit) -> Any:
    """``Ref`` of a parameter or resource."""
    return visit("reference", argument, None)


def name_of_get_att(argument: Any, visit: Visit) -> Any:
    """``Fn::GetAtt`` of a resource and one of its attributes."""
    target, attribute = attribute_parts(argument)
    found = visit("reference", target, attribute)
    if isinstance(argument, str):
        return f"{found}.{attribute}"
    # The name of an attribute in the place of a resource: its own attribute follows.
    names = found.split(".", 1) if isinstance(found, str) and isinstance(attribute, str) else [found]
    return [*names, *argument[1:]]


def names_of_sub(argument: Any, visit: Visit) -> Any:
    """``Fn::Sub`` of a text; a variable hides a resource of the same name."""
    text, variables = sub_parts(argument)

    def replaced(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name in variables:
            return match[0]
        found = sub_reference(name)
        return match[0].replace(found.name, visit("reference", found.name, found.attribute), 1)

    text = with_braces_replaced(text, replaced, SUB_NAME)
    return text if isinstance(argument, str) else [text, *argument[1:]]


def name_of_condition(argument: Any, visit: Visit) -> Any:
    """A condition by its name."""
    return visit("condition", argument, None) if isinstance(argument, str) else argument


def name_of_transform(argument: Any, visit: Visit) -> Any:
    """A macro by its name."""
    visit("macro", argument.get("Name") if is_mapping(argument) else argument, None)
    return argument


def name_of_if(argument: Any, visit: Visit) -> Any:
    """``Fn::If`` by a condition."""
    if not is_list(argument) or not argument:
        return argument
    return [visit("condition", condition_name(argument[0]), None), *argument[1:]]


def first_name(kind: Kind) -> Callable[[Any, Visit], Any]:
    """The first of a list of arguments."""

    def visited(argument: Any, visit: Visit) -> Any:
        if not is_list(argument) or not argument:
            return argument
        return [visit(kind, argument[0], None), *argument[1:]]

    return visited


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
        # Most items are texts.
        for item in inside:
            if item.__class__ is not str and (item.__class__ is dict or item.__class__ is list):
                left.append(item)
    return found


def is_function(node: dict[Any, Any]) -> bool:
    """Whether a mapping is an intrinsic function."""
    if len(node) != 1:
        return False
    (key,) = node
    return key == "Ref" or str(key).startswith("Fn::")
