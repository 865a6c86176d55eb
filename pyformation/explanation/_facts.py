"""The catalog's facts as records: an update of a property, a type, a service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from .. import catalog
from ..catalog import _sentences, _words
from ..catalog._lookup import STRENGTH, Walk
from ..catalog._records import GUIDE
from ..names import snake_case
from ..pointers import pointer, steps_of
from ..resource import python_name
from ._naming import OURS, python_spelling
from .records import (
    AttributeLine,
    Behavior,
    Fact,
    PropertyLine,
    ServiceExplanation,
    TypeExplanation,
    TypeLine,
    Update,
)
from .snippets import snippet


def shared(source: object, record: type[attrs.AttrsInstance]) -> dict[str, Any]:
    """The fields of a record that another object has under the same names."""
    names = [field.name for field in attrs.fields(record)]
    return {name: getattr(source, name) for name in names if hasattr(source, name)}


def property_pointer(way: Sequence[str]) -> str:
    return pointer(["Properties", *way])


def replacing_below(replacing: dict[str, Behavior], path: str) -> dict[str, Behavior]:
    """The nested properties of a path that replace the resource, or may."""
    return {p: update for p, update in replacing.items() if p.startswith(path + "/")}


def property_line(
    item: catalog.Property,
    update: Behavior,
    below: Iterable[Behavior],
    of_resource: bool = False,
    **changed: Any,
) -> PropertyLine:
    fields: dict[str, Any] = {
        **shared(item, PropertyLine),
        "python_name": python_name(item.name, of_resource),
        "kind": _words.describe_type(item.type.text),
        "update": update,
        "below": max(below, key=STRENGTH.__getitem__, default="Never"),
    }
    return PropertyLine(**{**fields, **changed})


def values_of(found: catalog.Property) -> dict[str, Any]:
    """The allowed values of a property."""
    facts, items = found.facts, found.facts.get("items", {})
    limits = _words.describe_limits(facts)
    limits += [f"each: {limit}" for limit in _words.describe_limits(items)]
    limits += ["all different"] if found.unique else []
    limits += ["in any order"] if found.unordered else []
    listed = {
        key: facts.get(fact) or items.get(fact) for key, fact in (("values", "enum"), ("pattern", "pattern"))
    }
    return {"limits": limits, **listed}


def explain_update(record: catalog.ResourceType, way: Sequence[str]) -> Update:
    """What an update of the property with these steps below Properties does, and why."""
    walk = Walk(record, list(way))
    behavior: Behavior = walk.strongest
    if walk.read_only:
        return Update(
            behavior="Conditionally" if behavior == "Never" else behavior,
            summary="set by AWS; a template cannot give it",
            because="AWS's schema lists it, or a property that contains it, under readOnlyProperties",
            source=f"registry schema of {catalog.schema_date()}",
            decided_by=walk.path,
        )
    found = catalog.lookup(record.name, property_pointer(way))
    path = walk.why_path or walk.path
    steps = steps_of(path)[1:] or [way[0]]
    why = walk.why or walk.facts
    if record.open and behavior == "Conditionally":
        # A rule for the known properties of a custom resource holds for all its properties.
        why = next(p.facts for p in record.properties.values() if p.rule == "custom-resource-properties")
    because, source = _sentences.explain_cause(record, steps, behavior, why)
    if path not in (walk.path, "/Properties"):
        because = f"{'.'.join(s for s in steps if s != '*')} contains it and decides: {because}"
    below: dict[str, Behavior] = {}
    if behavior == "Never":
        below = replacing_below(catalog.create_only_paths(record.name, walk.path), walk.path)
    row = _sentences.reviewed_update(why["rule"]) if "rule" in why else {}
    summary = _words.describe_update([behavior], why, found.facts, below=below.values())
    if behavior == "Never" and record.no_update:
        summary += f", but {_sentences.NO_UPDATE}"
    return Update(
        behavior=behavior,
        summary=summary,
        because=because,
        source=source,
        decided_by=path,
        rule=row.get("id"),
        **{key: row.get(key) for key in ("replaced_if", "in_place_if", "in_practice")},
        exact=bool(row.get("exact")),
        interrupts=found.interrupts,
        not_supported=found.update_not_supported,
        below=below,
    )


def explain_type(record: catalog.ResourceType, also: list[str]) -> TypeExplanation:
    name = record.name
    is_ours = name.split("::")[0] in OURS
    python = python_spelling(name)
    replacing = catalog.create_only_paths(name)
    fields: dict[str, Any] = {
        **shared(record, TypeExplanation),
        "python": python,
        "documentation": record.documentation if is_ours or record.open else "",
        "import_line": f"from pyformation.aws import {record.module}"
        if is_ours
        else f"from pyformation import {python.partition('(')[0]}",
        "ref_returns": _sentences.describe_ref(record),
        "collision": _sentences.describe_collision(record)[0],
        "facts": [Fact(*pair) for pair in _sentences.describe_resource(record)],
        "required": list(record.required),
        "properties": [
            property_line(
                item, item.update, replacing_below(replacing, property_pointer([item.name])).values(), True
            )
            for item in record.properties.values()
        ],
        "property_types": list(record.definitions),
        "attributes": [
            AttributeLine(n, snake_case(n), _words.describe_type(a.type.text), a.mirrors)
            for n, a in record.attributes.items()
        ],
        "example": snippet(name),
        "also": also,
    }
    return TypeExplanation(**fields)


def explain_service(module: str) -> ServiceExplanation:
    records = [catalog.resource_type(name) for name in catalog.service(module)]
    service = records[0].name.rpartition("::")[0]
    return ServiceExplanation(
        name=service,
        python=f"pyformation.aws.{module}",
        documentation=f"{GUIDE}{service.replace('::', '_')}.html",
        import_line=f"from pyformation.aws import {module}",
        types=[TypeLine(r.name, python_spelling(r.name), len(r.properties), r.stateful) for r in records],
    )
