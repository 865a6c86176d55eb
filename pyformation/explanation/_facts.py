"""The catalog's facts as records: a service, a type, and what the steps below a type lead to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import attrs

from .. import catalog
from ..catalog import _sentences
from ..catalog._lookup import STRENGTH, Walk, is_index, strongest
from ..catalog._records import GUIDE
from ..catalog._types import alternatives, parse_type
from ..catalog._words import describe_limits, describe_type, describe_update, dotted
from ..catalog.resource_attributes import OPTIONS
from ..errors import CatalogError, shown
from ..names import snake_case
from ..pointers import pointer, steps_of
from ..resource import python_name
from . import records
from ._naming import OURS, nearest_sentence, python_spelling
from .records import Behavior
from .snippets import snippet

# A property type of a rule language contains itself: more places than these say nothing new.
_PLACES = 40


def _shared(source: object, record: type[attrs.AttrsInstance]) -> dict[str, Any]:
    """The fields of a record that another object has under the same names."""
    names = [field.name for field in attrs.fields(record)]
    return {name: getattr(source, name) for name in names if hasattr(source, name)}


def _at(way: Sequence[str]) -> str:
    return pointer(["Properties", *way])


def _values_of(found: catalog.Property) -> dict[str, Any]:
    """The allowed values of a property."""
    facts, items = found.facts, found.facts.get("items", {})
    limits = [*describe_limits(facts), *(f"each: {limit}" for limit in describe_limits(items))]
    limits += ["all different"] * found.unique + ["in any order"] * found.unordered
    listed = {"values": "enum", "pattern": "pattern"}
    return {"limits": limits, **{key: facts.get(fact) or items.get(fact) for key, fact in listed.items()}}


def _explain_update(record: catalog.ResourceType, way: Sequence[str]) -> records.Update:
    """What an update of the property with these steps below Properties does, and why."""
    walk = Walk(record, list(way))
    behavior: Behavior = walk.strongest
    if walk.read_only:
        return records.Update(
            behavior="Conditionally" if behavior == "Never" else behavior,
            summary="set by AWS; a template cannot give it",
            because="AWS's schema lists it, or a property that contains it, under readOnlyProperties",
            source=f"registry schema of {catalog.schema_date()}",
            decided_by=walk.path,
        )
    found = catalog.lookup(record.name, _at(way))
    path = walk.why_path or walk.path
    steps = steps_of(path)[1:] or [way[0]]
    why = walk.why or walk.facts
    if record.open and behavior == "Conditionally":
        # A rule for the known properties of a custom resource holds for all its properties.
        why = next(p.facts for p in record.properties.values() if p.rule == "custom-resource-properties")
    because, source = _sentences.explain_cause(record, steps, behavior, why)
    if path not in (walk.path, "/Properties"):
        because = f"{'.'.join(s for s in steps if s != '*')} contains it and decides: {because}"
    replacing = catalog.create_only_paths(record.name, walk.path) if behavior == "Never" else {}
    replacing.pop(walk.path, None)
    row = _sentences.reviewed_update(why)
    summary = describe_update([behavior], why, found.facts, below=replacing.values())
    no_update = behavior == "Never" and record.no_update
    if no_update:
        summary += f", but {_sentences.NO_UPDATE}"
    return records.Update(
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
        no_update=no_update,
        below=replacing,
    )


def explain_service(module: str) -> records.ServiceExplanation:
    types = [catalog.resource_type(name) for name in catalog.service(module)]
    service = types[0].name.rpartition("::")[0]
    return records.ServiceExplanation(
        name=service,
        python=f"pyformation.aws.{module}",
        documentation=f"{GUIDE}{service.replace('::', '_')}.html",
        import_line=f"from pyformation.aws import {module}",
        types=[
            records.TypeLine(r.name, python_spelling(r.name), len(r.properties), r.stateful) for r in types
        ],
    )


def _unwrapped(kind: str) -> Iterator[tuple[str, list[str]]]:
    """The alternatives of a type without their lists and maps, each with a ``*`` for every map around it."""
    for each in alternatives(kind):
        if each[0] in "[{":
            for inner, stars in _unwrapped(each[1:-1]):
                yield inner, [*(["*"] if each[0] == "{" else []), *stars]
        else:
            yield each, []


def _kind(facts: dict[str, Any]) -> str:
    return str(facts.get("type", "string"))


def _match(step: str, names: Iterable[str], of_resource: bool = False) -> str | None:
    """The name that a step means: CloudFormation's, Python's, or either in another case."""
    known = list(names)
    exact = (n for n in known if step in (python_name(n, of_resource), snake_case(n)))
    other_case = (n for n in known if step.lower() in (n.lower(), snake_case(n)))
    return step if step in known else next(chain(exact, other_case), None)


class Steps:
    """The steps from a type to what is to be explained."""

    def __init__(self, record: catalog.ResourceType) -> None:
        self.record = record
        self.definitions: dict[str, dict[str, Any]] = record.facts.get("definitions", {})
        self.replacing = catalog.create_only_paths(record.name)
        self.python = python_spelling(record.name)
        # The class that has the property types.
        self.root = record.name.split("::")[-1]
        # The type in the anchors of AWS's pages: ``s3-bucket``.
        self.slug = "-".join(record.name.lower().split("::")[1:])

    def explain(self, steps: list[str]) -> records.Explanation:
        record = self.record
        if steps[0].lower() == "properties" and len(steps) > 1 and not _match(steps[0], record.properties):
            steps = steps[1:]
        if steps[0] == "get_att" and len(steps) > 1:
            return self._attribute(steps[1:]) or self._fail(record.name, ".".join(steps[1:]), ())
        name = _match(steps[0], record.properties, of_resource=True)
        if name is not None:
            return self._property(name, steps[1:])
        found = self._attribute(steps) or self._property_type(steps) or self._option(steps)
        if found is None and record.open:
            return self._property(steps[0], steps[1:])
        return found or self._fail(record.name, steps[0], record.properties)

    def _fail(self, where: str, step: str, names: Iterable[str]) -> records.Explanation:
        """The error for an unknown step, with the three nearest names in the spelling of the step."""
        of_resource = where == self.record.name
        own = [*names, *(self.record.attributes if of_resource else ())]
        known = own if step[:1].isupper() else [python_name(name, of_resource) for name in own]
        if of_resource:
            known += [*self.record.definitions, *OPTIONS]
        if not known:
            raise CatalogError(f"{where} has no properties, so no {shown(step)}")
        what = "property or attribute" if of_resource else "property"
        raise CatalogError(f"{where} has no {what} {shown(step)}{nearest_sentence(step, known)}")

    def _line(
        self,
        item: catalog.Property,
        update: Behavior,
        paths: Iterable[str],
        read_only: bool = False,
        of_resource: bool = False,
    ) -> records.PropertyLine:
        """A property for a table; below its paths are the nested properties that replace the resource, or may."""
        below: list[Behavior] = [
            u for place, u in self.replacing.items() if any(place.startswith(f"{path}/") for path in paths)
        ]
        return records.PropertyLine(
            name=item.name,
            python_name=python_name(item.name, of_resource),
            kind=describe_type(item.type.text, self.root),
            required=item.required,
            update=update,
            below=strongest(below),
            read_only=read_only or item.read_only,
            deprecated=item.deprecated,
            meaning=item.facts.get("meaning"),
        )

    # -- the type itself

    def explain_type(self, also: list[str]) -> records.TypeExplanation:
        record = self.record
        is_ours = record.name.split("::")[0] in OURS
        imported = (
            f"pyformation.aws import {record.module}" if is_ours else f"pyformation import {self.python}"
        )
        fields: dict[str, Any] = {
            **_shared(record, records.TypeExplanation),
            "python": self.python,
            "documentation": record.documentation if is_ours or record.open else "",
            "import_line": f"from {imported.partition('(')[0]}",
            "ref_returns": _sentences.describe_ref(record),
            "collision": _sentences.describe_collision(record)[0],
            "facts": [records.Fact(*pair) for pair in _sentences.describe_resource(record)],
            "properties": [
                self._line(item, item.update, [_at([name])], of_resource=True)
                for name, item in record.properties.items()
            ],
            "required": list(record.required),
            "property_types": list(record.definitions),
            "attributes": [
                records.AttributeLine(name, snake_case(name), describe_type(a.type.text), a.mirrors)
                for name, a in record.attributes.items()
            ],
            "example": snippet(record.name),
            "also": also,
        }
        return records.TypeExplanation(**fields)

    # -- attributes and options

    def _attribute(self, steps: list[str]) -> records.Explanation | None:
        record = self.record
        wanted = ".".join(steps)
        name = _match(wanted, record.attributes)
        if name is None:
            prefix = record.any_attribute
            if not prefix or not wanted.startswith(prefix) or wanted == prefix:
                return None
            name = wanted
        attribute = record.attribute(name)
        spelled = python_name(name)
        if name not in record.attributes:
            spelled = f'get_att["{name}"]'
        elif spelled in {python_name(n) for n in record.properties}:
            spelled = f"get_att.{snake_case(name)}"
        text = "a read-only attribute, known once deployed: Fn::GetAtt"
        if attribute.mirrors is not None:
            text += f" reads back {dotted(attribute.mirrors)}"
        anchor = "" if record.is_sam else f"#aws-resource-{self.slug}-return-values"
        return records.AttributeExplanation(
            name=f"{record.name}.{name}",
            python=f"{self.python}.{spelled}",
            documentation=record.documentation + anchor,
            type=record.name,
            value=describe_type(attribute.type.text),
            mirrors=attribute.mirrors,
            text=text,
        )

    def _option(self, steps: list[str]) -> records.Explanation | None:
        lower = steps[0].lower()
        keyword = next((k for k, row in OPTIONS.items() if lower in (k, row.name.lower())), None)
        if keyword is None or len(steps) > 1:
            return None
        record, row = self.record, OPTIONS[keyword]
        text = row.sentence
        if keyword == "deletion_policy":
            text += f". The default is {_sentences.default_policy(record)}"
        if keyword in ("deletion_policy", "update_replace_policy"):
            text += f". {record.name} {'supports' if record.snapshot else 'does not support'} Snapshot"
        return records.OptionExplanation(
            name=f"{record.name}.{row.name}",
            python=f"{self.python}({keyword}=...)",
            documentation=row.page,
            type=record.name,
            text=text,
        )

    # -- properties

    def _property(self, first: str, steps: list[str]) -> records.Explanation:
        """The property that steps lead to, through lists and maps."""
        way = [first]
        for number, step in enumerate(steps):
            walk = Walk(self.record, way)
            kinds = list(_unwrapped(walk.kind))
            known = [(stars, _match(step, self.definitions.get(kind, ()))) for kind, stars in kinds]
            found = next(((stars, name) for stars, name in known if name is not None), None)
            if found is not None:
                # The key of a map may be left out.
                way += [*found[0], found[1]]
            elif any(stars for _, stars in kinds):
                way.append("*")
            elif walk.free or any(kind in ("json", "any") for kind, _ in kinds):
                way += [s for s in steps[number:] if not is_index(s)]
                break
            elif not (is_index(step) and "[" in walk.kind):
                blocks = [kind for kind, _ in kinds if kind in self.definitions]
                where = "|".join(f"{self.record.name}.{each}" for each in blocks)
                names = [name for each in blocks for name in self.definitions[each]]
                return self._fail(where or f"{self.record.name}.{'.'.join(way)}", step, names)
        return self._explain_property(way)

    def _explain_property(self, way: list[str]) -> records.PropertyExplanation:
        record = self.record
        path = _at(way)
        found = catalog.lookup(record.name, path)
        names = [step for step in way if step != "*"]
        own = names[-1]
        update = _explain_update(record, way)
        python = ".".join(python_name(name, i == 0) for i, name in enumerate(names))
        is_free = Walk(record, way).free
        fields: dict[str, Any] = {
            **_shared(found, records.PropertyExplanation),
            "name": ".".join([record.name, *names]),
            "python": f'AnyResource("{record.name}", {{"{names[0]}": ...}})'
            if record.open
            else f"{self.python}.{python}",
            "documentation": self._anchor(way),
            "type": record.name,
            "path": path,
            "python_name": own if is_free else python_name(own, len(way) == 1),
            "meaning": found.facts.get("meaning"),
            "value": describe_type(found.type.text, self.root),
            "update": update,
            **_values_of(found),
            "facts": [records.Fact(*pair) for pair in self._facts(".".join(way), found, update)],
            "properties": self._lines(found.type, way),
            "attribute": own if len(way) == 1 and own in record.attributes else None,
            "example": None if found.read_only or is_free or record.open else snippet(record.name, path),
        }
        return records.PropertyExplanation(**fields)

    def _facts(
        self, dotted: str, found: catalog.Property, update: records.Update
    ) -> Iterator[tuple[str, str]]:
        """What a change of the property means for the resource: for its data and its names."""
        record = self.record
        if found.read_only:
            return
        if found.write_only:
            yield "Write-only", "AWS never returns it, so drift of it is not detected"
        headings: set[str] = set()
        if update.behavior != "Never":
            headings |= {"At risk", "On deletion", "Policies", "Protection", "Collision"}
        if record.deletion_protection == dotted.replace(".", "/"):
            headings.add("Protection")
        if dotted == record.physical_name:
            yield "Name", "AWS identifies the resource by it"
            headings.add("Collision")
        elif dotted in record.identifier:
            yield "Identifier", "it is part of what AWS identifies the resource by"
            headings.add("Collision")
        yield from (pair for pair in _sentences.describe_resource(record) if pair[0] in headings)
        if record.tags is not None and dotted == record.tags["property"]:
            yield "Tags", "the tags of the stack are added here"

    def _lines(self, kind: catalog.Type, way: list[str]) -> list[records.PropertyLine]:
        """The nested properties at a path."""
        found: dict[str, records.PropertyLine] = {}
        for definition in kind.definitions():
            for name, item in self.record.definition(definition).properties.items():
                if name not in found:
                    walk = Walk(self.record, [*way, *["*"] * kind.text.count("{"), name])
                    if walk.unknown is not None:
                        walk = Walk(self.record, [*way, name])
                    found[name] = self._line(item, walk.strongest, [walk.path], walk.read_only)
        return list(found.values())

    def _anchor(self, way: list[str]) -> str:
        """AWS's documentation of a property: the page of the property type that has it."""
        record = self.record
        page = record.documentation
        if record.name.split("::")[0] not in OURS:
            return page
        # The property type that has the last known property; None for the resource itself.
        owners = (
            kind
            for end in range(len(way) - 1, 0, -1)
            for kind in parse_type(Walk(record, way[:end]).kind).definitions()
            if way[end] in self.definitions[kind]
        )
        owner = next(owners, None)
        name = [step for step in way if step != "*"][-1].lower()
        if record.is_sam:
            page = page if owner is None else record.definition(owner).documentation
            return f"{page}#sam-{record.name.split('::')[-1].lower()}-{name}" if len(way) == 1 else page
        if owner is None:
            return f"{page}#cfn-{self.slug}-{way[0].lower()}"
        return f"{record.definition(owner).documentation}#cfn-{self.slug}-{owner.lower()}-{name}"

    # -- property types

    def _property_type(self, steps: list[str]) -> records.Explanation | None:
        name = _match(steps[0], self.definitions)
        if name is None:
            return None
        members = self.definitions[name]
        places = list(islice(self._places(name), _PLACES + 1))
        if len(steps) == 1:
            return self._explain_property_type(name, places)
        where = f"{self.record.name}.{name}"
        member = _match(steps[1], members)
        if member is None:
            return self._fail(where, steps[1], members)
        if len(steps) == 2:
            return self._explain_member(name, member, places)
        kinds = self.record.definition(name).properties[member].type.definitions()
        if len(kinds) == 1:
            return self._property_type([kinds[0], *steps[2:]])
        return self._fail(f"{where}.{member}", steps[2], [])

    def _places(self, wanted: str) -> Iterator[list[str]]:
        """The paths to a property type, shortest first; a type inside itself is followed once."""
        inside = {
            name: {kind for facts in members.values() for kind in parse_type(_kind(facts)).definitions()}
            for name, members in self.definitions.items()
        }
        # The property types that contain it at any depth.
        reaching = {wanted}
        for _ in inside:
            reaching |= {name for name, kinds in inside.items() if kinds & reaching}
        todo: deque[tuple[list[str], dict[str, Any], tuple[str, ...]]]
        todo = deque([([], self.record.facts["properties"], ())])
        while todo:
            way, members, around = todo.popleft()
            for name, facts in members.items():
                for kind, stars in _unwrapped(_kind(facts)):
                    here = [*way, name, *stars]
                    if kind == wanted:
                        yield here
                    if kind in reaching and kind not in around:
                        todo.append((here, self.definitions[kind], (*around, kind)))

    def _explain_property_type(self, name: str, places: list[list[str]]) -> records.PropertyTypeExplanation:
        record = self.record
        block = record.definition(name)
        behaviors = catalog.nested_behaviors(record.name)
        paths = [_at(way) for way in places]
        lines: list[records.PropertyLine] = []
        for n, item in block.properties.items():
            updates: Iterable[Behavior] = behaviors[name, n][0] if (name, n) in behaviors else (item.update,)
            lines.append(self._line(item, strongest(updates), [f"{path}/{n}" for path in paths]))
        given = next((path for path in paths if not catalog.lookup(record.name, path).read_only), None)
        return records.PropertyTypeExplanation(
            name=f"{record.name}.{name}",
            python=f"{self.python}.{name}",
            documentation=block.documentation,
            type=record.name,
            required=list(block.required),
            properties=lines,
            places=[records.Place(_at(way), _explain_update(record, way)) for way in places[:_PLACES]],
            more_places=len(places) > _PLACES,
            example=None if given is None else snippet(record.name, given),
        )

    def _explain_member(
        self, owner: str, name: str, places: list[list[str]]
    ) -> records.PropertyTypeMemberExplanation:
        """A property of a property type, as in the place with the strongest update behavior."""
        ways = [[*way, name] for way in places[:_PLACES]]
        found = [records.Place(_at(way), _explain_update(self.record, way)) for way in ways]
        worst = max(range(len(ways)), key=lambda i: STRENGTH[found[i].update.behavior])
        fields: dict[str, Any] = {
            **_shared(self._explain_property(ways[worst]), records.PropertyTypeMemberExplanation),
            "name": f"{self.record.name}.{owner}.{name}",
            "python": f"{self.python}.{owner}.{python_name(name, False)}",
            "places": found,
            "more_places": len(places) > _PLACES,
        }
        return records.PropertyTypeMemberExplanation(**fields)
