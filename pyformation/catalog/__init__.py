"""The facts that AWS publishes about each resource type, in one JSON file for each service, read on demand.

    >>> from pyformation import catalog
    >>> catalog.requires_recreation("AWS::RDS::DBInstance", "/Properties/DBInstanceIdentifier")
    'Always'
    >>> catalog.lookup("AWS::EC2::Instance", "/Properties/BlockDeviceMappings/*/Ebs/VolumeType").update
    'Conditionally'

`docs/catalog.md` explains the sources of the facts and the keys of the files.
"""

from __future__ import annotations

import os

from ..errors import CatalogError, did_you_mean
from ..names import module_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ._records import Attribute, Definition, Property, ResourceType, Update
    from ._types import Type, parse_type

__all__ = [
    "Attribute",
    "Definition",
    "Property",
    "ResourceType",
    "Type",
    "create_only_paths",
    "declare",
    "entry",
    "find",
    "find_property",
    "is_registered",
    "item_key",
    "lookup",
    "modules",
    "nested_behaviors",
    "parse_type",
    "register",
    "requires_recreation",
    "resource_type",
    "reviewed",
    "schema_date",
    "service",
    "type_named",
    "types",
]

# The records are for tools; declaring a resource needs only the plain data.
_LAZY = {
    "Attribute": "_records",
    "Definition": "_records",
    "Property": "_records",
    "ResourceType": "_records",
    "Type": "_types",
    "parse_type": "_types",
}


def __getattr__(name: str) -> object:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import sys

    __import__(f"{__name__}.{module}")
    found: object = getattr(sys.modules[f"{__name__}.{module}"], name)
    globals()[name] = found
    return found


_HERE = os.path.dirname(__file__)
CUSTOM = "AWS::CloudFormation::CustomResource"

_services: dict[str, bytes] = {}
_entries: dict[str, dict[str, Any]] = {}
_registered: dict[str, dict[str, Any]] = {}
_records_by_name: dict[str, ResourceType] = {}
_nested: dict[str, tuple[dict[str, Any], dict[tuple[str, str], tuple[set[Update], dict[str, Any]]]]] = {}
_tables: dict[str, list[dict[str, Any]]] = {}
_by_type: dict[str, dict[str, list[dict[str, Any]]]] = {}
_index: dict[str, Any] | None = None
_permissions: dict[str, dict[str, str]] | None = None
_actions: dict[str, str] | None = None
_registered_permissions: dict[str, dict[str, str]] = {}


def _scanner() -> Any:
    """The function behind `json.loads`, which parses the value that starts at an index.

    Importing `json` compiles regular expressions, which takes longer than parsing the types of a stack.
    """
    try:
        from _json import make_scanner
    except ImportError:
        from json.scanner import make_scanner

    make: Any = make_scanner

    class Settings:
        strict = True
        object_hook = object_pairs_hook = None
        parse_float, parse_int, parse_constant = float, int, float

    return make(Settings)


_scan = _scanner()


def _read(*path: str) -> Any:
    import json

    with open(os.path.join(_HERE, *path), encoding="utf-8") as file:
        return json.loads(file.read())


def _read_packed(name: str) -> Any:
    import gzip
    import json

    with gzip.open(os.path.join(_HERE, "data", name), "rb") as file:
        return json.loads(file.read())


def _service(module: str) -> bytes:
    """The file of one service, read the first time; empty for an unknown service.

    A program uses a few of a service's hundred types, so a type is cut out of the text before it is parsed:
    `tools/build_catalog.py` writes the name and the closing brace of each type at the start of a line, and nothing
    else.
    """
    found = _services.get(module)
    if found is None:
        path = os.path.join(_HERE, "data", f"{module}.json")
        found = b""
        if module.isalnum() and os.path.exists(path):
            with open(path, "rb") as file:
                found = file.read()
        _services[module] = found
    return found


def _shipped(name: str) -> dict[str, Any] | None:
    """The entry of a type that is part of the package."""
    parts = name.split("::")
    if len(parts) != 3 or not name.isascii():
        return None
    data = _service(parts[1].lower())
    start = data.find(f'\n"{name}": '.encode())
    if start < 0:
        return None
    facts: dict[str, Any]
    facts, _ = _scan(data[data.index(b"{", start) : data.index(b"\n}", start) + 2].decode(), 0)
    return facts


def _read_index() -> dict[str, Any]:
    global _index
    found = _index
    if found is None:
        found = _index = _read("data", "_index.json")
    return found


def _names_by_module() -> dict[str, list[str]]:
    found: dict[str, list[str]] = _read_index()["modules"]
    return found


def schema_date() -> str:
    """The date of the registry schemas that the facts are from, such as ``2026-10-20``."""
    return str(_read_index()["schemas"])


def types() -> tuple[str, ...]:
    """The names of all resource types, sorted, including registered types."""
    shipped = (name for names in _names_by_module().values() for name in names)
    return tuple(sorted({*shipped, *_registered}))


def modules() -> tuple[str, ...]:
    """The names of all service modules (``ec2``, ``lambda_``), sorted."""
    return tuple(sorted({module_name(names[0]) for names in _names_by_module().values()}))


def service(module: str) -> list[str]:
    """The types of one service module (``"lambda_"`` or ``"lambda"``), sorted; empty for an unknown one."""
    wanted = module.rstrip("_").lower()
    lines = _service(wanted).split(b"\n")
    found = [line[1:-4].decode() for line in lines if line[:1] == b'"' and line[-4:] == b'": {'][1:]
    if _registered:
        found.extend(n for n in _registered if n.split("::")[1].lower() == wanted and n not in found)
        found.sort()
    return found


def entry(name: str) -> dict[str, Any]:
    """The facts on one type as plain data, as docs/catalog.md describes it; `resource_type` returns a record.

    Every ``Custom::Name`` is a custom resource. The `CatalogError` for an unknown type suggests the nearest one.
    """
    found = _known(name)
    if found is None:
        raise _unknown(name)
    return found


def _known(name: str) -> dict[str, Any] | None:
    found = _registered.get(name) or _entries.get(name)
    if found is None:
        found = _shipped(name)
        if found is None and name.startswith("Custom::") and len(name) > len("Custom::"):
            found = entry(CUSTOM)
        if found is not None:
            _entries[name] = found
    return found


def type_named(module: str, class_name: str) -> str | None:
    """The type of a class in a service module: ``("ec2", "Instance")`` is AWS::EC2::Instance."""
    wanted = module.rstrip("_").lower()
    for name in _registered:
        parts = name.split("::")
        if len(parts) > 2 and parts[1].lower() == wanted and parts[-1] == class_name:
            return name
    if not class_name.isalnum() or not class_name.isascii():
        return None
    data = _service(wanted)
    end = data.find(f'::{class_name}": {{\n'.encode())
    start = data.rfind(b"\n", 0, end) + 1
    return (
        None
        if end < 0 or data[start : start + 1] != b'"'
        else f"{data[start + 1 : end].decode()}::{class_name}"
    )


def resource_type(name: str) -> ResourceType:
    """The record of one type. The `CatalogError` for an unknown type suggests the nearest one."""
    return _record(name, entry(name))


def find(name: str) -> ResourceType | None:
    """The record of one type, or None for an unknown type."""
    facts = _known(name)
    return None if facts is None else _record(name, facts)


def policy_parts(name: str) -> dict[str, Definition]:
    """A resource attribute that is a property type, ``CreationPolicy`` or ``UpdatePolicy``, and its parts, by name."""
    from ._records import Definition
    from .resource_attributes import POLICIES

    facts = POLICIES[name]
    shapes = {name: facts["properties"], **facts["definitions"]}
    return {each: Definition(each, raw, "") for each, raw in shapes.items()}


def _record(name: str, facts: dict[str, Any]) -> ResourceType:
    found = _records_by_name.get(name)
    if found is None or found.facts is not facts:
        from ._records import ResourceType

        found = _records_by_name[name] = ResourceType(name, facts)
    return found


def _unknown(name: str) -> CatalogError:
    # Types of the same service first: searching all types is slow, and the nearest is often of another service.
    known = types()
    prefix = name.lower().rpartition("::")[0]
    siblings = [n for n in known if prefix and n.lower().startswith(prefix + "::")]
    hint = did_you_mean(name, siblings) or did_you_mean(name, known)
    return CatalogError(
        f"there is no resource type {name!r}{hint} (catalog.types() lists all; register() adds one)"
    )


def lookup(type_name: str, path: str) -> Property:
    """The property at a path of a type, with every fact that applies there.

    The path is a JSON Pointer with CloudFormation's names: ``/Properties/BlockDeviceMappings/*/Ebs/VolumeType``.
    A list index (``0`` or ``*``) may be omitted; the key of a map is a step. `update` is the strongest over the
    prefixes of the path. Every path into free-form data, such as a policy document, has the type ``any``. The
    `CatalogError` for an unknown type or property suggests the nearest one.
    """
    from . import _lookup

    return _lookup.find(resource_type(type_name), path)


def find_property(type_name: str, path: str) -> Property | None:
    """The property at a path of a type, as `lookup` returns it, or None if the catalog has none."""
    record = find(type_name)
    if record is None:
        return None
    from . import _lookup

    try:
        return _lookup.find(record, path)
    except CatalogError:
        return None


def item_key(type_name: str, path: str) -> str | None:
    """The property that identifies the items of the list at a path, such as ``IndexName``, or None."""
    record = find(type_name)
    if record is None:
        return None
    from . import _lookup

    return _lookup.item_key(record, path, reviewed("item_keys"))


def requires_recreation(type_name: str, path: str) -> Update:
    """Whether a change at a path replaces the resource: ``Always``, ``Conditionally`` or ``Never``.

    The result is the strongest over the prefixes of the path; `create_only_paths` has the paths below it. Paths
    outside Properties never replace. ``Conditionally`` also stands for what is not known: an unknown type or
    property, a property that only AWS sets, and ``/Properties`` as a whole.
    """
    resource = find(type_name)
    # A diff asks for the same paths many times.
    known = None if resource is None else resource.recreations.get(path)
    if known is not None:
        return known
    from ..pointers import steps_of

    steps = steps_of(path)
    while steps and not steps[-1]:
        steps.pop()
    if steps and steps[0] != "Properties":
        return "Never"
    if len(steps) < 2 or resource is None:
        return "Conditionally"
    from . import _lookup

    return _lookup.requires_recreation(resource, path, steps[1:])


def create_only_paths(type_name: str, path: str = "/Properties") -> dict[str, Update]:
    """Every path at or below `path` whose own behavior is not ``Never``, for nested properties that are added or removed.

    The paths have no list indexes, and ``*`` for the key of a map. A property type that contains itself is
    followed once.
    """
    from . import _lookup

    return _lookup.replacing(resource_type(type_name), path)


def nested_behaviors(type_name: str) -> dict[tuple[str, str], tuple[set[Update], dict[str, Any]]]:
    """The update behavior of each property of each property type, in all places where the property type is used.

    ``{("Ebs", "VolumeType"): ({"Conditionally"}, facts)}``; `facts` are those of the property, or of one around it,
    that cause the strongest behavior. The record of a property type has only its own facts.
    """
    from . import _lookup

    record = resource_type(type_name)
    known = _nested.get(type_name)
    if known is None or known[0] is not record.facts:
        known = _nested[type_name] = record.facts, _lookup.behaviors(record)
    return known[1]


def reviewed(table: str) -> list[dict[str, Any]]:
    """A table of facts that people reviewed, such as ``updates``; each row has a reason and a source."""
    found = _tables.get(table)
    if found is None:
        try:
            found = _tables[table] = _read("reviewed", f"{table}.json")["rows"]
        except FileNotFoundError:
            known = [
                n[:-5] for n in sorted(os.listdir(os.path.join(_HERE, "reviewed"))) if n.endswith(".json")
            ]
            raise CatalogError(f"there is no reviewed table {table!r}{did_you_mean(table, known)}") from None
    return found


def reviewed_by_type(table: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of such a table by their type."""
    found = _by_type.get(table)
    if found is None:
        found = _by_type[table] = {}
        for row in reviewed(table):
            found.setdefault(row["type"], []).append(row)
    return found


def iam_actions() -> dict[str, str]:
    """The IAM actions of each service prefix, in lower case, separated by spaces."""
    global _actions
    found = _actions
    if found is None:
        found = _actions = dict(_read_packed("_actions.json.gz")["actions"])
    return found


def permissions(type_name: str) -> dict[str, list[str]] | None:
    """The IAM actions that CloudFormation needs to ``create``, ``read``, ``update`` and ``delete`` a resource.

    They are those that the type's handlers declare in the registry. None if they are not known: for a type without
    handlers, or one that the catalog does not have.
    """
    from .registry import HANDLERS

    global _permissions
    shipped = _permissions
    if shipped is None:
        shipped = _permissions = _read_packed("_permissions.json.gz")["permissions"]
    found = _registered_permissions.get(type_name) or shipped.get(type_name)
    if found is None:
        return None
    actions: dict[str, list[str]] = {handler: [] for handler in HANDLERS.values()}
    for letters, services in found.items():
        for service in services.split():
            prefix, _, names = service.partition(":")
            for letter in letters:
                actions[HANDLERS[letter]] += [f"{prefix}:{name}" for name in names.split(",")]
    return {handler: sorted(found) for handler, found in actions.items()}


def register(schema: Mapping[str, Any] | str | os.PathLike[str]) -> ResourceType:
    """Add a type from its registry schema: a mapping, or the path of a JSON file.

    This is for private and third-party types, and for AWS types that are newer than the catalog. It replaces the
    type if the catalog has it already.
    """
    from . import _stability
    from .registry import convert, handler_permissions, prune

    data = _read_schema(os.fspath(schema)) if isinstance(schema, (str, os.PathLike)) else schema
    facts = convert(data)
    _registered_permissions[str(data["typeName"])] = handler_permissions(data)
    prune(facts)
    _stability.add(str(data["typeName"]), facts)
    return declare(str(data["typeName"]), facts)


def declare(name: str, facts: dict[str, Any]) -> ResourceType:
    """Add a type from an entry in the format of the catalog (`docs/catalog.md`); `register` takes AWS's format.

    Missing keys are added to `facts`, which the catalog keeps.
    """
    facts.setdefault("properties", {})
    _registered[name] = facts
    return resource_type(name)


def is_registered(name: str) -> bool:
    """Whether a type was added at run time, by `register` or by a class, instead of being part of the package."""
    return name in _registered


def _read_schema(path: str) -> Mapping[str, Any]:
    import json
    from typing import cast

    try:
        with open(path, encoding="utf-8") as file:
            found = json.loads(file.read())
    except OSError as error:
        raise CatalogError(f"the schema cannot be read: {error.strerror or error}", path=path) from error
    except ValueError as error:
        raise CatalogError(f"the schema is not JSON: {error}", path=path) from error
    if not isinstance(found, dict):
        raise CatalogError("the schema is not a JSON object", path=path)
    return cast("Mapping[str, Any]", found)
