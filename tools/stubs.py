"""The text of the stubs: what editors and type checkers see of the classes that the catalog makes.

A resource type has a stub of its own, with its keywords, properties and attributes, typed, and our own facts
in the docstrings. The stub of a service only lists its types: a checker reads what a program names, and EC2
as one file would cost every program that has one instance half a second.

Imports have names with an underscore, as types of AWS are called Resource, Mapping and Value.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from keyword import iskeyword
from typing import Any

from pyformation import catalog
from pyformation.catalog._words import annotation
from pyformation.names import snake_case
from pyformation.resource import Properties, PropertyType, python_name, resource_class

# What the catalog's kinds are called in pyformation/aws/_kinds.py.
_SPELLING = {
    "string": "_Text",
    "integer": "_Integer",
    "number": "_Number",
    "boolean": "_Boolean",
    "json": "_Json",
    "any": "_Any",
    "[": "_List[{}]",
    "{": "_Map[{}]",
    "definition": "_Block[{0}, _{1}Keys]",
    "file": "_LocalFile",
}
# And as they read back.
_READING = {
    "string": "_Str",
    "integer": "_Int",
    "number": "_Float",
    "boolean": "_Bool",
    "json": "_Any",
    "any": "_Any",
    "[": "_ListOf[{}]",
    "{": "_MapOf[{}]",
    "definition": "{0}",
    "file": "_Any",
}
_ATTRIBUTES = {
    "string": "_TextAttribute",
    "integer": "_IntegerAttribute",
    "number": "_NumberAttribute",
    "boolean": "_BooleanAttribute",
}
_IMPORTS = {
    "builtins": "property",
    "typing": "Any Literal Required TypedDict Unpack",
    "....resource": "GetAttributes PropertyType Resource ResourceOptions",
    "..._kinds": "AnyAttribute Block Bool Boolean BooleanAttribute Extra Float Int Integer IntegerAttribute Json List ListOf"
    " LocalFile Map MapOf Number NumberAttribute Read Str Tags Text TextAttribute",
}


def service_stub(module: str, helpers: Mapping[str, str]) -> str:
    """The stub of a service module: its types, each from a file of its own, and the helpers by their module."""
    lines = [f"from ._stubs.{module}.{name} import {name} as {name}" for name in _class_names(module)]
    lines += [f"from .{home} import {name} as {name}" for name, home in sorted(helpers.items())]
    return "\n".join(lines) + "\n"


def _class_names(module: str) -> list[str]:
    return [type_name.split("::")[-1] for type_name in catalog.service(module)]


def type_stubs(module: str) -> Iterator[tuple[str, str]]:
    """The stubs of a service's types: (class name, text) pairs."""
    for type_name in catalog.service(module):
        yield type_name.split("::")[-1], _TypeWriter(type_name).text()


def policies_stub(policies: Sequence[type[PropertyType]]) -> str:
    """The stub of CreationPolicy and UpdatePolicy, which are made from facts, too."""
    body: list[str] = []
    # Both policies may have the same definitions.
    keys: dict[str, list[str]] = {}
    for policy in policies:
        writer = _ClassWriter(policy.__name__)
        body.append(f"class {policy.__name__}(_PropertyType):")
        body += _docstring(inspect.cleandoc(policy.__doc__ or "").splitlines(), 4)
        for name in policy._entry["definitions"]:
            body.append(f"    class {name}(_PropertyType):")
            body += writer.members(policy._property_type(name), 8)
            keys[name] = writer.keys(policy._property_type(name))
        body += writer.members(policy, 4)
    body += [line for lines in keys.values() for line in lines]
    imports = _imports_for(body, {"....resource": "...resource", "..._kinds": ".._kinds"})
    return _thin("\n".join([*imports, *body]) + "\n")


def _thin(text: str) -> str:
    """The text of a stub with one space for each level: four would be two megabytes of what is installed."""
    return re.sub("(?m)^(?: {4})+", lambda spaces: " " * (len(spaces[0]) // 4), text)


class _ClassWriter:
    """Writes the constructor and the properties of classes below a root."""

    def __init__(self, root: str) -> None:
        self.root = root

    def members(self, cls: type[Properties], indent: int) -> list[str]:
        """The constructor and the properties: required first, then as in the catalog."""
        pad = " " * indent
        slots = sorted(cls._table.items(), key=lambda item: item[1].name not in cls._required)
        tags: dict[str, Any] = cls._entry.get("tags", {})
        typed = {
            keyword: annotation(slot.facts, self.root, _SPELLING, _literals)
            + (" | _Tags" if tags.get("property") == slot.name and tags["shape"] == "list" else "")
            + ("" if slot.name in cls._required else " | None")
            for keyword, slot in slots
        }
        # On one line: in ten thousand constructors, a line each is as much as a large service.
        lines = [
            f"{pad}def __init__(self, *,"
            if slots or issubclass(cls, PropertyType)
            else f"{pad}def __init__(self,"
        ]
        for keyword, slot in slots:
            default = "" if slot.name in cls._required else " = ..."
            lines.append(f"{pad}    {keyword}: {typed[keyword]}{default},")
        if tags and "tags" not in typed:
            lines.append(f"{pad}    tags: _Tags | None = ...,")
        if issubclass(cls, PropertyType):
            lines.append(f"{pad}    extra_properties: _Extra = ...,")
        else:
            lines.append(f"{pad}    **resource_options: _Unpack[_ResourceOptions],")
        facts = {keyword: f"{keyword}: {slot.__doc__}" for keyword, slot in slots}
        if facts:
            lines += [f"{pad}) -> None:", *_docstring(_findable(facts), indent + 4)]
        else:
            lines.append(f"{pad}) -> None: ...")
        lines += [f"{pad}{keyword}: {_reading(slot.facts, self.root)}" for keyword, slot in slots]
        return lines

    def keys(self, cls: type[Properties]) -> list[str]:
        """A mapping in place of a property type, by CloudFormation's names. Listed values stand in the constructor."""
        typed = {
            slot.name: annotation(slot.facts, self.root, _SPELLING, lambda _: None)
            for slot in cls._table.values()
        }
        all_required = bool(typed) and cls._required >= typed.keys()
        head = "_TypedDict" if all_required else "_TypedDict, total=False"
        typed = {
            name: f"_Required[{kind}]" if name in cls._required and not all_required else kind
            for name, kind in typed.items()
        }
        name = f"_{cls.__name__}Keys"
        if any(not key.isidentifier() or iskeyword(key) for key in typed):
            items = ", ".join(f"{json.dumps(key)}: {kind}" for key, kind in typed.items())
            return [f"{name} = {head.replace('_TypedDict', f'_TypedDict({json.dumps(name)}, {{{items}}}')})"]
        return [
            f"class {name}({head}):",
            *([f"    {key}: {kind}" for key, kind in typed.items()] or ["    ..."]),
        ]


def _reading(facts: Mapping[str, Any], root: str) -> str:
    """What a property reads back as."""
    kind = annotation(
        {key: value for key, value in facts.items() if key != "local_file"}, root, _READING, lambda _: None
    )
    if "_Any" in kind.split(" | "):
        return "_Any"
    return f"_Read[{kind}]" if all(part.startswith(root) for part in kind.split(" | ")) else kind


def _literals(listed: list[Any]) -> str | None:
    """The listed texts for checkers; numbers that are listed are of their kind only."""
    texts = [json.dumps(value) for value in listed if isinstance(value, str)]
    return f"_Literal[{', '.join(texts)}]" if texts else None


class _TypeWriter(_ClassWriter):
    """Writes the stub of one resource type."""

    def __init__(self, type_name: str) -> None:
        self.record = catalog.resource_type(type_name)
        self.cls = resource_class(type_name)
        # A property type that is called like its resource hides it in the resource's own body.
        self.hidden = self.cls.__name__ in self.record.definitions
        super().__init__(f"_{self.cls.__name__}" if self.hidden else self.cls.__name__)

    def text(self) -> str:
        name = self.cls.__name__
        body = self._body()
        lines = [*_imports_for(body), *body]
        if self.hidden:
            lines.append(f"{self.root} = {name}")
        return _thin("\n".join(lines) + "\n")

    def _body(self) -> list[str]:
        cls, record = self.cls, self.record
        name = cls.__name__
        attributes = {snake_case(attribute): attribute for attribute in record.attributes}
        lines: list[str] = []
        if attributes:
            lines.append(f"class _{name}Attributes(_GetAttributes):")
            for keyword, attribute in attributes.items():
                lines.append(f"    {keyword}: {self._attribute(attribute)}")
        lines.append(f"class {name}(_Resource):")
        risk = f"; {record.stateful} at risk when it is replaced or deleted" if record.stateful else ""
        lines += _docstring([f"{record.name}{risk}", "", record.documentation], 4)
        lines += self.members(cls, 4)
        for attribute in record.attributes:
            keyword = python_name(attribute)
            if keyword not in cls._table and attributes[snake_case(attribute)] == attribute:
                lines += ["    @_property", f"    def {keyword}(self) -> {self._attribute(attribute)}:"]
                lines += _docstring([f"Fn::GetAtt {attribute}"], 8)
        if attributes:
            lines += ["    @_property", f"    def get_att(self) -> _{name}Attributes: ..."]
        # pyright's server offers names in this order: what a resource has comes before the classes of its blocks.
        for definition in record.definitions:
            lines.append(f"    class {definition}(_PropertyType):")
            link = record.definition(definition).documentation
            lines += _docstring([f"{record.name}.{definition}", "", link], 8)
            lines += self.members(cls._property_type(definition), 8)
        for definition in record.definitions:
            lines += self.keys(cls._property_type(definition))
        return lines

    def _attribute(self, name: str) -> str:
        return _ATTRIBUTES.get(self.record.attributes[name].type.text, "_AnyAttribute")


def _findable(facts: Mapping[str, str]) -> list[str]:
    """The lines of a constructor's docstring in an order in which an editor finds the right one.

    pyright shows for a keyword the first line that holds its name, a colon and a space, wherever they stand
    in the line: that of `vpc_id` has to be above that of `peer_vpc_id`, and that of `date` above any update.
    """
    placed: dict[str, str] = {}

    def place(keyword: str, waiting: tuple[str, ...]) -> None:
        for other in facts:
            if f"{other}: " in facts[keyword] and other not in placed and other not in waiting:
                place(other, (*waiting, other))
        placed[keyword] = facts[keyword]

    for keyword in facts:
        if keyword not in placed:
            place(keyword, (keyword,))
    return list(placed.values())


def _docstring(lines: list[str], indent: int) -> list[str]:
    pad = " " * indent
    escaped = [line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') for line in lines]
    if len(escaped) == 1:
        return [f'{pad}"""{escaped[0]}"""']
    first, *others = escaped
    lines = [f'{pad}"""{first}', *(f"{pad}{line}" if line else "" for line in others)]
    # The quotes on a line of their own would be as much as another large service.
    return [*lines, f'{pad}"""'] if lines[-1].endswith(('"', "\\")) else [*lines[:-1], f'{lines[-1]}"""']


def _imports_for(body: list[str], homes: Mapping[str, str] | None = None) -> list[str]:
    """The imports that a stub's code needs, as a checker follows all of them; `homes` renames modules."""
    used = set(re.findall(r"\b_\w+", "\n".join(body)))
    lines: list[str] = []
    for module, names in _IMPORTS.items():
        needed = [f"{name} as _{name}" for name in names.split() if f"_{name}" in used]
        if needed:
            lines.append(f"from {(homes or {}).get(module, module)} import {', '.join(needed)}")
    return lines
