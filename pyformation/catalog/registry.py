"""From a registry schema (the JSON that AWS publishes for a resource type) to a catalog entry.

The builder of the shipped data and ``catalog.register()`` share this conversion. What it does not understand becomes
``any`` or ``json``, never a type that is too narrow.

An entry is plain data; `docs/catalog.md` lists its keys. The type of a property is text:

====================  ==============================================================
``string``            also ``integer``, ``number``, ``boolean``; ``string`` is not written
``json``              free-form: a mapping, a list, or a string
``any``               anything at all
``Ebs``               a property type of the same resource, from ``definitions``
``[X]``, ``{X}``      a list of X, a mapping of text to X
``X|Y``               one of these
====================  ==============================================================
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from ..errors import CatalogError, shown
from ..pointers import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Node = dict[str, Any]
    Facts = dict[str, Any]

SCALARS = ("string", "integer", "number", "boolean")

_SCALAR_FACTS = {
    "pattern": "pattern",
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
}
_LIST_FACTS = {"minItems": "min_items", "maxItems": "max_items"}
_MAP_FACTS = {"minProperties": "min_properties", "maxProperties": "max_properties"}
# Facts that describe a value; they are merged when a reference is resolved.
_STRUCTURE = (
    "type",
    "$ref",
    "properties",
    "patternProperties",
    "items",
    "oneOf",
    "anyOf",
    "allOf",
    "enum",
    "const",
)
# SAM properties that take a real object; for others, "an object or text" means text or a function.
_REAL_OBJECTS = (
    "CodeUri",
    "CustomStatements",
    "EndpointConfiguration",
    "EntryPoint",
    "Policies",
    "RequestParameters",
)
# `format` has other names for these attributes.
_LOOSE_NAMES = {
    "AWS::EC2::SecurityGroup.Id": "AWS::EC2::SecurityGroup.GroupId",
    "AWS::EC2::SecurityGroup.Name": "AWS::EC2::SecurityGroup.GroupName",
    "AWS::EC2::Subnet.Id": "AWS::EC2::Subnet.SubnetId",
    "AWS::EC2::VPC.Id": "AWS::EC2::VPC.VpcId",
    "AWS::KMS::Key.Id": "AWS::KMS::Key.KeyId",
    "AWS::KMS::Alias.Name": "AWS::KMS::Alias.AliasName",
    "AWS::Logs::LogGroup.Name": "AWS::Logs::LogGroup.LogGroupName",
    "AWS::S3::Bucket.Name": "AWS::S3::Bucket.BucketName",
}


# The handlers that CloudFormation calls for a stack, by the letter that stands for each in the catalog.
HANDLERS = {"c": "create", "r": "read", "u": "update", "d": "delete"}
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9*]+")


def handler_permissions(schema: Mapping[str, Any]) -> dict[str, str]:
    """The IAM actions that the handlers of a type need, by the handlers that need them.

    ``{"cru": "sqs:ListQueueTags", "d": "sqs:DeleteQueue"}``; several actions of a service are joined:
    ``sqs:CreateQueue,GetQueueUrl kms:Decrypt``. IAM ignores the case of a service's prefix, and a few schemas name
    what is no action (``s3:REST.PUT.OBJECT``), which is left out.
    """
    needed_by: dict[str, str] = {}
    handlers = _mapping(schema.get("handlers", {}), "handlers")
    for letter, handler in HANDLERS.items():
        for given in _mapping(handlers.get(handler, {}), f"handlers.{handler}").get("permissions") or ():
            prefix, colon, name = str(given).partition(":")
            action = prefix.lower() + colon + name
            if _ACTION.fullmatch(action) and letter not in needed_by.get(action, ""):
                needed_by[action] = needed_by.get(action, "") + letter
    found: dict[str, dict[str, list[str]]] = {}
    for action in sorted(needed_by):
        prefix, _, name = action.partition(":")
        found.setdefault(needed_by[action], {}).setdefault(prefix, []).append(name)
    return {
        letters: " ".join(f"{prefix}:{','.join(names)}" for prefix, names in services.items())
        for letters, services in sorted(found.items())
    }


def convert(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The catalog entry of one registry schema."""
    converter = Converter(cast("Node", schema))
    try:
        return converter.entry()
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        # Any JSON may be given, which can be malformed in countless ways.
        raise CatalogError(f"the schema is malformed ({error})", path=converter.name) from error


class Converter:
    """The conversion of one schema; `entry` returns the result."""

    def __init__(self, schema: Node) -> None:
        name = schema.get("typeName")
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9]+(::[A-Za-z0-9]+){2,3}", name):
            raise CatalogError(
                "not a registry schema: expected a typeName such as 'My::Org::Thing', found "
                + (shown(name) if "typeName" in schema else "none")
            )
        if not isinstance(schema.get("properties"), dict):
            raise CatalogError("not a registry schema: `properties` is not an object", path=name)
        self.name: str = name
        self.schema = schema
        self.raw: dict[str, Node] = _mapping(schema.get("definitions"), f"{name} definitions")
        self.sam = name.startswith("AWS::Serverless::")
        self.done: dict[str, dict[str, Facts]] = {}
        self.names: dict[str, str] = {}
        self.aliases: list[str] = []
        self.counting = False
        self.shapes: dict[str, list[Node]] = {}
        self.taken: dict[str, Node] = {}
        self.longer: dict[str, str] = {}
        self._reserve()

    # -- the whole type ---------------------------------------------------------------------------

    def entry(self) -> dict[str, Any]:
        schema = self.schema
        read_only = self._pointers("readOnlyProperties")
        create_only = self._pointers("createOnlyProperties")
        write_only = self._pointers("writeOnlyProperties")
        computed = {p[0] for p in read_only if len(p) == 1}
        stated = _stated(schema)
        required = stated | (_required(schema) - computed)
        hidden = computed - {p[0] for p in [*create_only, *write_only] if len(p) == 1} - stated
        all_properties: dict[str, Node] = schema["properties"]
        writable = {k: v for k, v in all_properties.items() if k not in hidden}
        # The first pass finds the inline objects, the second one names them.
        self.counting = True
        self._class("", writable, required)
        self.counting = False
        self.done = {}
        self.taken = {name: {} for name in self.raw_names}
        own = self._class("", writable, required)
        self._shorten(own)

        entry: dict[str, Any] = {"properties": own, "definitions": self.done}
        identifier = ["/".join(p) for p in self._pointers("primaryIdentifier")]
        if identifier:
            entry["identifier"] = identifier
        if schema.get("replacementStrategy"):
            entry["replacement"] = str(schema["replacementStrategy"])
        handlers = schema.get("handlers")
        if isinstance(handlers, dict) and handlers and "update" not in handlers:
            entry["no_update"] = True
        attributes: dict[str, Facts] = {}
        for pointer in read_only:
            if "*" not in pointer and pointer[0] not in (set(required) - hidden):
                self.add_attribute(attributes, pointer)
        entry["attributes"] = attributes
        if "*" in "".join(_mapping(schema.get("patternProperties"), "patternProperties")):
            entry["open"] = True

        marker = Marker(entry)
        for pointer in create_only:
            marker.mark(pointer, "update", "Always")
        for pointer in self._pointers("conditionalCreateOnlyProperties"):
            marker.mark(pointer, "update", "Conditionally")
        for pointer in write_only:
            marker.mark(pointer, "write_only", True)
        for pointer in read_only:
            # A property that is also create-only can be given at creation.
            if pointer[0] not in hidden and len(pointer) > 1:
                marker.mark(pointer, "read_only", True)
        for properties in self.done.values():
            for facts in properties.values():
                if "read_only" in facts:
                    facts.pop("required", None)
        for pointer in self._pointers("deprecatedProperties"):
            marker.mark(pointer, "deprecated", True)
        tags = self._tags(entry)
        if tags:
            entry["tags"] = tags
        return entry

    def _pointers(self, key: str) -> list[list[str]]:
        value: object = self.schema.get(key) or []
        if not isinstance(value, list):
            raise CatalogError(f"{key} must be a list of pointers, not {shown(value)}", path=self.name)
        pointers = [str(p) for p in cast("list[object]", value)]
        return [p.split("/")[2:] for p in pointers if p.startswith("/properties/")]

    def _tags(self, entry: dict[str, Any]) -> dict[str, Any] | None:
        """How tags are given, or None for a type without tags or with tags in an unknown form."""
        tagging = self.schema.get("tagging")
        if tagging is None:
            taggable = self.schema.get("taggable")
            tagging = {} if taggable is None else {"taggable": taggable}
        if tagging.get("taggable", True) is False:
            return None
        path = str(tagging.get("tagProperty") or "/properties/Tags").split("/")[2:]
        if len(path) != 1 or path[0] not in entry["properties"]:
            return None
        return tags_of(entry, path[0])

    # -- attributes -------------------------------------------------------------------------------

    def add_attribute(self, attributes: dict[str, Facts], pointer: Sequence[str], depth: int = 0) -> None:
        """Add an attribute and, if it is an object with known properties, the attributes below it."""
        node = self._find(pointer)
        kind = "string" if node is None else self._attribute_type(node)
        attributes.setdefault(".".join(pointer), {} if kind == "string" else {"type": kind})
        if node is not None and depth < 4:
            for name in _properties(self._plain(node)):
                self.add_attribute(attributes, [*pointer, name], depth + 1)

    def leaves(self) -> list[list[str]]:
        """The pointers of all properties without nested properties: scalars, and lists and maps of scalars."""
        found: list[list[str]] = []

        def visit(node: Node, pointer: list[str]) -> None:
            plain = self._plain(node)
            inner = _properties(plain)
            if inner and "array" not in _types(plain) and len(pointer) < 5:
                for name, child in inner.items():
                    visit(child, [*pointer, name])
                return
            items = _items(plain)
            if "array" in _types(plain) and items is not None:
                inside = self._plain(items)
                if {"object", "array"} & set(_types(inside)) or _properties(inside):
                    return
            found.append(pointer)

        for name, node in _properties(self.schema).items():
            visit(node, [name])
        return found

    def _find(self, pointer: Sequence[str]) -> Node | None:
        node: Node = self.schema
        for step in pointer:
            found = _properties(self._plain(node)).get(step)
            if found is None:
                return None
            node = found
        return node

    def _attribute_type(self, node: Node) -> str:
        plain = self._plain(node)
        types = _types(plain)
        if "array" in types:
            items = plain.get("items")
            inner = self._attribute_type(cast("Node", items)) if isinstance(items, dict) else "string"
            return f"[{inner}]" if inner in SCALARS else "[json]"
        if plain.get("properties") or plain.get("patternProperties") or "object" in types:
            return "json"
        scalars = [t for t in SCALARS if t in types]
        return scalars[0] if len(scalars) == 1 else "string"

    def _plain(self, node: Node, depth: int = 0) -> Node:
        """A node with references and allOf resolved, but not its branches."""
        if depth > 20:
            return {}
        if "$ref" in node:
            target = self._target(node["$ref"])
            node = _merged(target, {k: v for k, v in node.items() if k != "$ref"})
            return self._plain(node, depth + 1)
        if "allOf" in node:
            merged = {k: v for k, v in node.items() if k != "allOf"}
            for branch in node["allOf"]:
                if "if" not in branch:
                    merged = _merged(self._plain(branch, depth + 1), merged)
            return merged
        return node

    # -- names of property types ------------------------------------------------------------------

    def _reserve(self) -> None:
        """Reserve the names of the schema's definitions before inline objects get names."""
        taken: dict[str, str] = {}
        for raw in sorted(self.raw, key=lambda n: (not n[:1].isupper(), "." in n, n)):
            name = _identifier(raw.rpartition(".")[2])
            if name in taken and self.raw[taken[name]] != self.raw[raw]:
                parts = [p for p in re.split(r"[:.]+", raw) if p]
                name = _identifier("".join(parts[-2:]))
            number = 2
            base = name
            while name in taken and self.raw[taken[name]] != self.raw[raw]:
                name = f"{base}{number}"
                number += 1
            taken.setdefault(name, raw)
            self.names[raw] = name
        self.raw_names = set(taken)

    def _nameless(self, parent: str, name: str, node: Node) -> str:
        """The name of an inline object: that of its property if all objects with that name are alike, as in AWS's
        documentation, else that of the parent and the property."""
        if not name:
            return parent  # of an alias, which is not a class itself
        base = _identifier(name)
        shapes = self.shapes.setdefault(base, [])
        if node not in shapes:
            shapes.append(node)
        if (self.counting or len(shapes) == 1) and base not in self.raw_names:
            return base
        base = _identifier((parent or self.name.rpartition("::")[2]) + base)
        found, number = base, 2
        while found in self.taken and self.taken[found] != node:
            found = f"{base}{number}"
            number += 1
        self.taken[found] = node
        if not self.counting:
            self.longer[found] = _identifier(name)
        return found

    def _shorten(self, own: dict[str, Facts]) -> None:
        """Give inline objects the name of their property, if no other class needs it.

        They have longer names because a definition has the short one (which may be unused, or not a class), or because
        several objects compete for it. Objects with the same properties of the same types become one class, as in
        AWS's documentation, with the looser of each constraint.
        """
        found = True
        while found:  # Merging classes may make the classes that contain them alike.
            found = False
            for short in sorted(set(self.longer.values())):
                names = [n for n, wanted in sorted(self.longer.items()) if wanted == short]
                shape = _outline(self.done[short if short in self.done else names[0]])
                alike = [n for n in names if _outline(self.done[n]) == shape]
                if not alike or (short not in self.done and alike != names):
                    continue
                found = True
                for name in alike:
                    del self.longer[name]
                    members = self.done.pop(name)
                    known = self.done.get(short, members)
                    self.done[short] = {n: _looser(facts, members[n]) for n, facts in known.items()}
                for properties in (own, *self.done.values()):
                    for facts in properties.values():
                        if not set(alike).isdisjoint(names_in(facts.get("type", "string"))):
                            kind = re.sub(rf"\b({'|'.join(alike)})\b", short, facts["type"])
                            facts["type"] = "|".join(dict.fromkeys(_members(kind)))

    # -- shapes -----------------------------------------------------------------------------------

    def _target(self, ref: object) -> Node:
        text = str(ref)
        steps = steps_of(text.removeprefix("#"))
        node: Any = self.schema
        if not text.startswith("#"):
            return {}
        for step in steps:
            node = cast("Node", node).get(step) if isinstance(node, dict) else None
        return cast("Node", node) if isinstance(node, dict) else {}

    def _class(self, owner: str, properties: Mapping[str, Any], required: set[str]) -> dict[str, Facts]:
        result: dict[str, Facts] = {}
        for name in sorted(properties):
            node = properties[name]
            kind, facts = self._shape(cast("Node", node) if isinstance(node, dict) else {}, owner, name)
            if kind != "string":
                facts["type"] = kind
            if name in required:
                facts["required"] = True
            result[name] = facts
        return result

    def _definition(self, name: str, node: Node) -> None:
        if name in self.done:
            return
        self.done[name] = {}
        self.done[name] = self._class(name, node["properties"], _required(node))

    def _shape(self, node: Node, owner: str, name: str) -> tuple[str, Facts]:
        """The type of a node, and the facts about its value."""
        if "$ref" in node:
            return self._reference(node, owner, name)
        if node.get("allOf") and not (node.get("properties") and "if" in str(node["allOf"])):
            branches = [b for b in _branches(node, "allOf") if "if" not in b]
            rest = {k: v for k, v in node.items() if k != "allOf"}
            structural = [b for b in branches if any(k in b for k in _STRUCTURE)]
            if len(structural) == 1 and not any(k in rest for k in _STRUCTURE if k != "type"):
                # A single reference with a default or a description keeps its name.
                loose = {k: v for b in branches if b is not structural[0] for k, v in b.items()}
                beside = {k: v for k, v in {**loose, **rest}.items() if k not in ("type", "required")}
                return self._shape({**structural[0], **beside}, owner, name)
            for branch in branches:
                rest = _merged(self._plain(branch), rest)
            return self._shape(rest, owner, name)
        branches = _branches(node, "oneOf", "anyOf")
        types = _types(node)
        if branches and not any(t in SCALARS or t == "array" for t in types) and not node.get("items"):
            found = self._choice(node, branches, owner, name)
            if found is not None:
                return found
        return self._one(node, types, owner, name)

    def _reference(self, node: Node, owner: str, name: str) -> tuple[str, Facts]:
        ref = str(node["$ref"])
        target = self._target(ref)
        beside = {k: v for k, v in node.items() if k not in ("$ref", "type", "properties", "required")}
        raw = ref.rpartition("#/definitions/")[2]
        if raw not in self.raw:
            return "any", {}
        if raw == "PassThroughProp" or not any(
            k in target for k in (*_STRUCTURE, "pattern", "format", "minLength")
        ):
            # SAM's "what CloudFormation takes", and definitions without content.
            return "any", {}
        solid = self._solid(target)
        if solid is not None and "array" not in _types(solid):
            self._definition(self.names[raw], solid)
            kind = self.names[raw]
            if set(_types(target)) & {"string"}:
                kind += "|string"
            return kind, {}
        if raw in self.aliases:
            return "json", {}
        self.aliases.append(raw)
        try:
            inner = {k: v for k, v in target.items() if k not in ("default",)}
            return (
                self._shape(_merged(inner, beside), self.names[raw], "")
                if _inline(inner)
                else self._shape(_merged(inner, beside), owner, name)
            )
        finally:
            self.aliases.pop()

    def _solid(self, node: Node) -> Node | None:
        """The node as an object with named properties, with its branches merged, or None if it is something else."""
        if "$ref" in node:
            return None
        merged = dict(node)
        if node.get("allOf"):
            structural = [b for b in _branches(node, "allOf") if "if" not in b]
            if len(structural) == 1 and "$ref" in structural[0] and not node.get("properties"):
                return None
            merged = self._plain(node)
        required = _required(merged)
        for key in ("oneOf", "anyOf"):
            branches = _branches(node, key)
            if not any("properties" in b for b in branches):
                continue
            if any("$ref" in b for b in branches) or not all(
                "properties" in b or _types(b) in ([], ["object"]) for b in branches
            ):
                return None
            properties = dict(_properties(merged))
            for branch in branches:
                for name, value in _properties(branch).items():
                    properties[name] = _merged(value, properties.get(name) or {})
            merged["properties"] = properties
        if not merged.get("properties"):
            return None
        merged["required"] = sorted(required)
        return merged

    def _choice(self, node: Node, branches: list[Node], owner: str, name: str) -> tuple[str, Facts] | None:
        """anyOf and oneOf: a class if the branches are parts of one, else a union."""
        if self._solid(node) is not None or node.get("properties") or node.get("patternProperties"):
            return None
        structural = [b for b in branches if any(k in b for k in _STRUCTURE) and not _only_empty(b)]
        if not structural:
            return None
        kinds: list[str] = []
        all_facts: list[Facts] = []
        for branch in structural:
            kind, found = self._shape(branch, owner, name)
            kinds.extend(_members(kind))
            all_facts.append(found)
        if self.sam and name not in _REAL_OBJECTS:
            # SAM's "an object" means "or a function", which every value may be.
            kinds = [k for k in kinds if k != "json"] or kinds
        kind = _union(kinds)
        own = {k: v for k, v in node.items() if k not in ("oneOf", "anyOf")}
        facts: Facts = all_facts[0] if len(all_facts) == 1 else {}
        if kind in SCALARS and len(all_facts) > 1:
            takes: set[str] = set[str]().union(*(f.get("takes", ()) for f in all_facts))
            facts = {"takes": sorted(takes)} if takes else {}
            if all("enum" in f for f in all_facts):
                values: list[object] = [v for f in all_facts for v in f["enum"]]
                facts["enum"] = list(dict.fromkeys(values))
        if "default" in own and any(_is_a(own["default"], t) for t in _members(kind)):
            facts["default"] = own["default"]
        return kind, facts

    def _one(self, node: Node, types: list[str], owner: str, name: str) -> tuple[str, Facts]:
        facts: Facts = {}
        kinds: list[str] = []
        solid = self._solid(node)
        if "array" in types or ("items" in node and not types):
            kinds.append(self._list(node, facts, owner, name))
        if solid is not None and "array" not in types:
            found = self._nameless(owner, name, solid)
            self._definition(found, solid)
            kinds.append(found)
        elif "object" in types or (
            not types and ("patternProperties" in node or isinstance(node.get("additionalProperties"), dict))
        ):
            kinds.append(self._map(node, facts, owner, name))
        scalars = [t for t in types if t in SCALARS]
        kinds.extend(scalars)
        if scalars:
            _copy(node, facts, _SCALAR_FACTS)
            if facts.get("min_length") == 0:
                del facts["min_length"]
            values = _values(node)
            if values and "json" not in kinds:
                facts["enum"] = list(dict.fromkeys(values))
                if "enumCaseInsensitive" in node:
                    facts["enum_ignores_case"] = True
        takes = sorted(set(_takes(node)))
        if takes:
            facts["takes"] = takes
        if "default" in node and any(_is_a(node["default"], t) for t in scalars):
            facts["default"] = node["default"]
        if not kinds:
            return "any", {}
        return _union(kinds), facts

    def _list(self, node: Node, facts: Facts, owner: str, name: str) -> str:
        _copy(node, facts, _LIST_FACTS)
        if facts.get("min_items") == 0:
            del facts["min_items"]
        if node.get("insertionOrder") is False:
            facts["unordered"] = True
        if node.get("uniqueItems") is True:
            facts["unique"] = True
        items = _items(node)
        if items is None:
            return "[any]"
        kind, inner = self._shape(items, owner, name)
        _keep_items(facts, inner)
        return f"[{kind}]"

    def _map(self, node: Node, facts: Facts, owner: str, name: str) -> str:
        patterns = _mapping(node.get("patternProperties"), "patternProperties")
        values = [cast("Node", v) for v in patterns.values() if isinstance(v, dict)]
        extra = node.get("additionalProperties")
        if isinstance(extra, dict) and extra:
            values.append(cast("Node", extra))
        items = _items(node)
        if not values and items is not None:
            values = [items]  # "items" of an object are its values
        if not values:
            if _types(node) == ["object"] and extra is False and not patterns:
                facts["max_properties"] = 0
            return "json"
        _copy(node, facts, _MAP_FACTS)
        if facts.get("min_properties") == 0:
            del facts["min_properties"]
        if len(patterns) == 1 and not isinstance(extra, dict) and extra is not True:
            pattern = next(iter(patterns))
            if pattern not in (".*", ".+", "^.*$", "^.+$", "(.*)"):
                facts["key_pattern"] = pattern
        kinds: list[str] = []
        inner: Facts = {}
        for value in values:
            kind, inner = self._shape(value, owner, name)
            kinds.extend(_members(kind))
        if len(values) == 1:
            _keep_items(facts, inner)
        return "{" + _union(kinds) + "}"


# -- facts that belong to a path ------------------------------------------------------------------


class Marker:
    """Adds facts to properties of an entry, by path.

    A property type may be used in several places, and an update may have another effect in each. A fact is added to
    the property if only one path leads to it, else to ``paths``.
    """

    def __init__(self, entry: dict[str, Any]) -> None:
        self.entry = entry
        self.uses: Counter[str] = Counter()
        for properties in (entry["properties"], *entry["definitions"].values()):
            for facts in properties.values():
                self.uses.update(set(names_in(facts.get("type", "string"))))

    def mark(self, steps: Sequence[str], key: str, value: object) -> bool:
        """Set a fact at a path (steps below Properties, ``*`` allowed); False if the property does not exist."""
        found = False
        for facts, path, shared in self._places(list(steps)):
            if shared:
                facts = self.entry.setdefault("paths", {}).setdefault(path, {})
            set_fact(facts, key, value)
            found = True
        return found

    def below(self, name: str) -> list[str]:
        """The property types and paths below a top-level property whose own update behavior is not ``Never``."""
        found: list[str] = [p for p in self.entry.get("paths", {}) if p.startswith(f"/Properties/{name}/")]
        waiting = names_in(self.entry["properties"][name].get("type", "string"))
        seen: set[str] = set()
        while waiting:
            definition = waiting.pop()
            if definition not in seen:
                seen.add(definition)
                for facts in self.entry["definitions"][definition].values():
                    if "update" in facts:
                        found.append(definition)
                    waiting.extend(names_in(facts.get("type", "string")))
        return found

    def _places(self, steps: list[str]) -> Iterator[tuple[Facts, str, bool]]:
        """The properties at a path: several if a union has the name in two classes."""
        level: list[tuple[Mapping[str, Facts], str, bool]] = [
            (self.entry["properties"], "/Properties", False)
        ]
        steps = [s for s in steps if s not in ("*", "items", "properties")] or steps
        for number, step in enumerate(steps):
            following: list[tuple[Mapping[str, Facts], str, bool]] = []
            for properties, path, shared in level:
                facts = properties.get(step)
                if facts is None:
                    continue
                here = f"{path}/{step}"
                if number == len(steps) - 1:
                    yield facts, here, shared
                    continue
                kind = facts.get("type", "string")
                names = names_in(kind)
                inside = here + "/*" * kind.count("{")
                following.extend(
                    (self.entry["definitions"][n], inside, shared or self.uses[n] > 1) for n in names
                )
            level = following


_STRENGTH = {"Never": 0, "Conditionally": 1, "Always": 2}


def set_fact(facts: Facts, key: str, value: object) -> None:
    """Set a fact; an update behavior never becomes weaker."""
    if key == "update" and _STRENGTH[facts.get("update", "Never")] >= _STRENGTH[str(value)]:
        return
    facts[key] = value


def names_in(kind: str) -> list[str]:
    """The property types in the text of a type."""
    return re.findall(r"[A-Z][A-Za-z0-9]*", kind)


def prune(entry: dict[str, Any]) -> None:
    """Remove property types that are no longer used."""
    reachable: set[str] = set()
    waiting = [n for f in entry["properties"].values() for n in names_in(f.get("type", "string"))]
    while waiting:
        name = waiting.pop()
        if name not in reachable:
            reachable.add(name)
            waiting.extend(
                n for f in entry["definitions"][name].values() for n in names_in(f.get("type", "string"))
            )
    for name in [n for n in entry["definitions"] if n not in reachable]:
        del entry["definitions"][name]


def tags_of(entry: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """How the property `name` takes tags, or None if its type does not show it."""
    kind = entry["properties"][name].get("type", "string")
    found: dict[str, Any] = {"property": name}
    if kind in ("{string}", "json", "{any}"):
        found["shape"] = "map"
        return found
    if not re.fullmatch(r"\[[A-Z][A-Za-z0-9]*\]", kind):
        return None
    members = entry["definitions"][kind[1:-1]]
    for key, value in (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue")):
        if key in members and value in members:
            found["shape"] = "list"
            if key != "Key":
                found.update(key=key, value=value)
            others = [n for n, f in members.items() if n not in (key, value) and f.get("required")]
            return (
                None
                if others and others != ["PropagateAtLaunch"]
                else ({**found, "extra": {"PropagateAtLaunch": True}} if others else found)
            )
    return None


# -- small helpers --------------------------------------------------------------------------------


def _mapping(value: object, what: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CatalogError(f"{what} must be an object, not {shown(value)}")
    return cast("dict[str, Any]", value)


def _branches(node: Mapping[str, Any], *keys: str) -> list[Node]:
    """The nodes of allOf, anyOf or oneOf."""
    return [cast("Node", b) for key in keys for b in node.get(key) or () if isinstance(b, dict)]


def _properties(node: Mapping[str, Any]) -> dict[str, Node]:
    found: dict[str, Node] = node.get("properties") or {}
    return found


def _stated(node: Mapping[str, Any]) -> set[str]:
    """The properties that a node requires, apart from its branches."""
    names: list[str] = node.get("required") or []
    return set(names).union(*(_stated(b) for b in _branches(node, "allOf") if "if" not in b))


def _required(node: Mapping[str, Any]) -> set[str]:
    """The properties that are required in every branch."""
    found = _stated(node).union(*(_required(b) for b in _branches(node, "allOf") if "if" not in b))
    for key in ("oneOf", "anyOf"):
        branches = _branches(node, key)
        if branches and len(branches) == len(node[key]):
            found |= _required(branches[0]).intersection(*map(_required, branches))
    return found


def _outline(members: Mapping[str, Facts]) -> dict[str, str]:
    """The names and types of a class, without constraints."""
    return {name: facts.get("type", "string") for name, facts in members.items()}


def _looser(one: Facts, other: Facts) -> Facts:
    """The facts that apply to both, with the looser of each constraint."""
    found: Facts = {}
    for key in [k for k in one if k in other]:
        mine, theirs = one[key], other[key]
        if mine == theirs:
            found[key] = mine
        elif key in ("enum", "takes"):
            found[key] = list(dict.fromkeys([*mine, *theirs]))
        elif key == "items":
            found[key] = _looser(mine, theirs)
            if not found[key]:
                del found[key]
        elif "min" in key:
            found[key] = min(mine, theirs)
        elif "max" in key:
            found[key] = max(mine, theirs)
    if "enum" in found and ("enum_ignores_case" in one or "enum_ignores_case" in other):
        found["enum_ignores_case"] = True
    return found


def _items(node: Mapping[str, Any]) -> Node | None:
    found = node.get("items")
    return cast("Node", found) if isinstance(found, dict) else None


def _values(node: Mapping[str, Any]) -> list[object]:
    """The values that a node lists, if it does."""
    found: list[object] = node.get("enum") or node.get("enumCaseInsensitive") or []
    return [node["const"]] if not found and "const" in node else found


def _types(node: Mapping[str, Any]) -> list[str]:
    """The JSON types that a node allows, stated or implied."""
    value = node.get("type")
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [str(v) for v in cast("list[object]", value) if v != "null"]
    values = _values(node)
    if values:
        return ["string"] if all(isinstance(v, str) for v in values) else []
    if node.get("format") == "json":
        return ["object", "string"]  # like every other schema with this format
    if any(k in node for k in ("pattern", "minLength", "maxLength", "format")):
        return ["string"]
    return []


def _is_a(value: object, scalar: str) -> bool:
    """Whether a value has a scalar type; some schemas have ``false`` as a default for none."""
    if isinstance(value, bool):
        return scalar == "boolean"
    kinds: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float)}
    return isinstance(value, kinds.get(scalar, ()))


def _identifier(name: str) -> str:
    text = re.sub(r"[^A-Za-z0-9]+", "", name)
    return text[:1].upper() + text[1:] if text[:1].isalpha() else "Type" + text


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Node:
    """Two nodes as one: properties and required names joined, otherwise `above` wins."""
    merged = {**below, **above}
    if below.get("properties") and above.get("properties"):
        merged["properties"] = {**below["properties"], **above["properties"]}
    if below.get("required") and above.get("required"):
        merged["required"] = sorted({*below["required"], *above["required"]})
    return merged


def _inline(node: Mapping[str, Any]) -> bool:
    """Whether an alias is a list of inline objects, which then get the alias's name."""
    items = _items(node)
    return items is not None and "properties" in items


def _only_empty(branch: Mapping[str, Any]) -> bool:
    return branch.get("enum") == [""] and "type" not in branch


def _members(kind: str) -> list[str]:
    """The alternatives in the text of a type."""
    found: list[str] = []
    depth = 0
    word = ""
    for c in kind:
        depth += (c in "[{") - (c in "]}")
        if c == "|" and not depth:
            found.append(word)
            word = ""
        else:
            word += c
    return [*found, word]


def _union(kinds: Iterable[str]) -> str:
    """Alternatives joined: classes, then lists and maps, then scalars, without those that another one includes."""
    unique = list(dict.fromkeys(kinds))
    if "any" in unique:
        return "any"
    if "json" in unique:
        if any(k in ("integer", "number", "boolean") for k in unique):
            return "any"
        unique = [k for k in unique if k != "string" and not (k.startswith(("[", "{")) and not names_in(k))]
    if "number" in unique and "integer" in unique:
        unique.remove("integer")

    def order(kind: str) -> tuple[int, int]:
        group = 0 if kind[:1].isupper() else 1 if kind[:1] in "[{" else 2 + ("json", *SCALARS).index(kind)
        return group, unique.index(kind)

    return "|".join(sorted(unique, key=order))


def _copy(node: Mapping[str, Any], facts: Facts, names: Mapping[str, str]) -> None:
    for theirs, ours in names.items():
        if theirs in node and not isinstance(node[theirs], (dict, list)):
            facts[ours] = node[theirs]


def _keep_items(facts: Facts, inner: Facts) -> None:
    """Note the facts of items; what they take, the list or map takes."""
    inner.pop("default", None)
    takes = inner.pop("takes", None)
    if takes:
        facts["takes"] = takes
    if inner:
        facts["items"] = inner


def _takes(node: Mapping[str, Any]) -> Iterator[str]:
    """The attributes that the value is meant to be, as ``TYPE.ATTRIBUTE``."""
    for each in (node, *_branches(node, "anyOf", "oneOf")):
        text = each.get("format")
        if isinstance(text, str) and re.fullmatch(r"AWS::\w+::\w+\.\w+", text):
            if text.endswith(("Ids", "Names")):
                text = text[:-1]
            yield _LOOSE_NAMES.get(text, text)
        relation: dict[str, str] | None = each.get("relationshipRef")
        if relation is not None:
            path = relation.get("propertyPath", "").split("/")[2:]
            if path:
                yield f"{relation.get('typeName')}.{'.'.join(path)}"


__all__ = ["Converter", "Marker", "convert", "names_in", "prune", "set_fact", "tags_of"]
