"""What the catalog knows, as records: a property in its place, a type, a service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .. import catalog
from ..catalog import _sentences, _words
from ..catalog._lookup import STRENGTH, Walk
from ..catalog._records import GUIDE
from ..names import snake_case
from ..pointers import pointer
from ..resource import python_name
from ._naming import OURS, python_spelling
from ._records import (
    AttributeLine,
    Behaviour,
    Fact,
    PropertyLine,
    ServiceExplanation,
    TypeExplanation,
    TypeLine,
    Update,
)
from .snippets import custom_snippet, snippet


def strongest(updates: Iterable[Behaviour]) -> Behaviour:
    """The strongest of some behaviours."""
    found: Behaviour = "Never"
    for update in updates:
        if STRENGTH[update] > STRENGTH[found]:
            found = update
    return found


def replacing_below(replacing: dict[str, Behaviour], path: str) -> dict[str, Behaviour]:
    """What replaces, or may, below a path."""
    return {p: update for p, update in replacing.items() if p.startswith(path + "/")}


def property_line(
    item: catalog.Property,
    update: Behaviour,
    below: dict[str, Behaviour],
    read_only: bool,
    of_resource: bool,
) -> PropertyLine:
    return PropertyLine(
        name=item.name,
        python_name=python_name(item.name, of_resource),
        kind=_words.describe_type(item.type.text),
        required=item.required,
        update=update,
        below=strongest(below.values()),
        read_only=read_only,
        deprecated=item.deprecated,
    )


def values_of(found: catalog.Property) -> dict[str, Any]:
    """What a value may be."""
    items: dict[str, Any] = found.facts.get("items", {})
    facts = found.facts
    limits = _words.describe_limits(facts)
    limits += [f"each: {limit}" for limit in _words.describe_limits(items)]
    if found.unique:
        limits.append("all different")
    if found.unordered:
        limits.append("in any order")
    return {
        "values": facts.get("enum") or items.get("enum"),
        "limits": limits,
        "pattern": facts.get("pattern") or items.get("pattern"),
        "default": found.default,
        "takes": found.takes,
    }


def explain_update(record: catalog.ResourceType, way: Sequence[str]) -> Update:
    """What an update of the property at a way below Properties does, and why."""
    walk = Walk(record, list(way))
    found = catalog.lookup(record.name, property_pointer(way))
    behaviour: Behaviour = walk.strongest
    path = walk.why_path or walk.path
    if walk.read_only:
        return Update(
            behaviour="Conditionally" if behaviour == "Never" else behaviour,
            summary="set by AWS; it cannot be given",
            because="AWS's schema lists it, or a block around it, under readOnlyProperties",
            source=f"registry schema of {catalog.schema_date()}",
            decided_by=walk.path,
        )
    steps = path.removeprefix("/Properties").strip("/").split("/")
    if steps == [""]:
        steps = [way[0]]
    why = walk.why or walk.facts
    if record.open and behaviour == "Conditionally":
        # What holds for the properties of a custom resource that a schema knows holds for all.
        why = next(p.facts for p in record.properties.values() if p.rule == "custom-resource-properties")
    because, source = _sentences.explain_cause(record, steps, behaviour, why)
    below: dict[str, Behaviour] = {}
    if behaviour == "Never":
        below = replacing_below(catalog.create_only_paths(record.name, walk.path), walk.path)
    around = path not in (walk.path, "/Properties")
    if around:
        because = f"{'.'.join(s for s in steps if s != '*')} around it decides: {because}"
    row = _sentences.reviewed_update(why["rule"]) if "rule" in why else {}
    summary = _words.describe_update([behaviour], why, found.facts, below=below.values())
    if behaviour == "Never" and record.no_update:
        summary += f", but {_sentences.NO_UPDATE}"
    return Update(
        behaviour=behaviour,
        summary=summary,
        because=because,
        source=source,
        decided_by=path,
        rule=row.get("id"),
        replaced_if=row.get("replaced_if"),
        in_place_if=row.get("in_place_if"),
        in_practice=row.get("in_practice"),
        exact=bool(row.get("exact")),
        interrupts=found.interrupts,
        not_supported=found.update_not_supported,
        below=below,
    )


def property_pointer(way: Sequence[str]) -> str:
    return pointer(["Properties", *way])


def explain_type(record: catalog.ResourceType, also: list[str]) -> TypeExplanation:
    name = record.name
    is_ours = name.split("::")[0] in OURS
    line = (
        f"from pyformation.aws import {record.module}"
        if is_ours
        else "from pyformation import resource_class"
    )
    if name.startswith("Custom::") and not catalog.is_registered(name):
        line, python, example = (
            "from pyformation import AnyResource",
            f'AnyResource("{name}", ...)',
            custom_snippet(name),
        )
    else:
        python, example = python_spelling(name), snippet(name)
    replacing = catalog.create_only_paths(name)
    return TypeExplanation(
        name=name,
        python=python,
        documentation=record.documentation if is_ours or record.open else "",
        import_line=line,
        ref=record.ref,
        ref_returns=_sentences.describe_ref(record),
        identifier=record.identifier,
        physical_name=record.physical_name,
        collision=_sentences.describe_collision(record)[0],
        stateful=record.stateful,
        on_delete=record.on_delete,
        snapshot=record.snapshot,
        deletion_default=record.deletion_default,
        deletion_protection=record.deletion_protection,
        unique_by=record.unique_by,
        replacement_strategy=record.replacement_strategy,
        no_update=record.no_update,
        becomes=record.becomes,
        tags=record.tags,
        facts=[Fact(*pair) for pair in _sentences.describe_resource(record)],
        required=list(record.required),
        properties=[
            property_line(
                item,
                item.update,
                replacing_below(replacing, f"/Properties/{item.name}"),
                item.read_only,
                True,
            )
            for item in record.properties.values()
        ],
        property_types=list(record.definitions),
        attributes=[
            AttributeLine(n, snake_case(n), _words.describe_type(a.type.text), a.mirrors)
            for n, a in record.attributes.items()
        ],
        any_attribute=record.any_attribute,
        example=example,
        also=also,
    )


def explain_service(module: str) -> ServiceExplanation:
    lines: list[TypeLine] = []
    for name in catalog.service(module):
        record = catalog.resource_type(name)
        lines.append(TypeLine(name, python_spelling(name), len(record.properties), record.stateful))
    service = lines[0].name.rpartition("::")[0]
    return ServiceExplanation(
        name=service,
        python=f"pyformation.aws.{module}",
        documentation=f"{GUIDE}{service.replace('::', '_')}.html",
        import_line=f"from pyformation.aws import {module}",
        types=lines,
    )
