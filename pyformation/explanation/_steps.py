"""From a type, step by step, to what is to be explained: a property, a property type, an attribute, an option."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from .. import catalog
from ..catalog import _sentences, _words
from ..catalog._lookup import STRENGTH, Walk, is_index
from ..catalog._types import alternatives
from ..catalog.resource_attributes import OPTIONS
from ..errors import CatalogError, shown
from ..names import snake_case
from ..resource import python_name
from ._facts import explain_update, property_line, property_pointer, replacing_below, shared, values_of
from ._naming import OURS, nearest_sentence, python_spelling
from .records import (
    AttributeExplanation,
    Behavior,
    BlockExplanation,
    BlockPropertyExplanation,
    Explanation,
    Fact,
    OptionExplanation,
    Place,
    PropertyExplanation,
    PropertyLine,
    Update,
)
from .snippets import snippet

# A property type of a rule language contains itself: more places than these say nothing new.
_PLACES = 40


def _unwrapped(kind: str) -> Iterator[tuple[str, list[str]]]:
    """The alternatives of a type without their lists and maps, each with a ``*`` for every map around it."""
    for each in alternatives(kind):
        if each[0] in "[{":
            for inner, stars in _unwrapped(each[1:-1]):
                yield inner, [*(["*"] if each[0] == "{" else []), *stars]
        else:
            yield each, []


def _match(step: str, names: Iterable[str], of_resource: bool = False) -> str | None:
    """The property that a step names: by CloudFormation's name, Python's, or either in another case."""
    known = list(names)
    if step in known:
        return step
    lower = step.lower()
    exact = (n for n in known if step in (python_name(n, of_resource), snake_case(n)))
    return next(exact, None) or next((n for n in known if lower in (n.lower(), snake_case(n))), None)


class Steps:
    """The steps from a type to what is to be explained."""

    def __init__(self, record: catalog.ResourceType) -> None:
        self.record = record
        self.definitions: dict[str, dict[str, Any]] = record.facts.get("definitions", {})
        self.replacing = catalog.create_only_paths(record.name)
        self.python = python_spelling(record.name)
        # The type in the anchors of AWS's pages: ``s3-bucket``.
        self.slug = "-".join(record.name.lower().split("::")[1:])

    def explain(self, steps: list[str]) -> Explanation:
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

    def _fail(self, where: str, step: str, names: Iterable[str]) -> Explanation:
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

    # -- attributes and options

    def _attribute(self, steps: list[str]) -> Explanation | None:
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
            text += f" reads back {_sentences.dotted(attribute.mirrors)}"
        anchor = "" if record.is_sam else f"#aws-resource-{self.slug}-return-values"
        return AttributeExplanation(
            name=f"{record.name}.{name}",
            python=f"{self.python}.{spelled}",
            documentation=record.documentation + anchor,
            type=record.name,
            value=_words.describe_type(attribute.type.text),
            mirrors=attribute.mirrors,
            text=text,
        )

    def _option(self, steps: list[str]) -> Explanation | None:
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
        return OptionExplanation(
            name=f"{record.name}.{row.name}",
            python=f"{self.python}({keyword}=...)",
            documentation=row.page,
            type=record.name,
            text=text,
        )

    # -- properties

    def _property(self, first: str, steps: list[str]) -> Explanation:
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

    def _explain_property(self, way: list[str]) -> PropertyExplanation:
        record = self.record
        path = property_pointer(way)
        found = catalog.lookup(record.name, path)
        names = [step for step in way if step != "*"]
        own = names[-1]
        update = explain_update(record, way)
        python = ".".join(python_name(name, i == 0) for i, name in enumerate(names))
        is_free = own not in record.properties and all(own not in each for each in self.definitions.values())
        fields: dict[str, Any] = {
            **shared(found, PropertyExplanation),
            "name": ".".join([record.name, *names]),
            "python": f'AnyResource("{record.name}", {{"{names[0]}": ...}})'
            if record.open
            else f"{self.python}.{python}",
            "documentation": self._anchor(names),
            "type": record.name,
            "path": path,
            "python_name": own if is_free else python_name(own, len(way) == 1),
            "value": _words.describe_type(found.type.text),
            "update": update,
            **values_of(found),
            "facts": [Fact(*pair) for pair in self._facts(".".join(way), found, update)],
            "properties": self._lines(found.type, way),
            "attribute": own if len(way) == 1 and own in record.attributes else None,
            "example": None if found.read_only or is_free or record.open else snippet(record.name, path),
        }
        return PropertyExplanation(**fields)

    def _facts(self, dotted: str, found: catalog.Property, update: Update) -> Iterator[tuple[str, str]]:
        """What a change of the property means for the resource: for its data and its names."""
        record = self.record
        if found.read_only:
            return
        if found.write_only:
            yield "Write-only", "AWS never returns it, so drift of it is not detected"
        replaces = update.behavior != "Never"
        deletion = list(_sentences.describe_deletion(record))
        if replaces and (risk := _sentences.describe_risk(record)) is not None:
            yield "At risk", risk
            yield from deletion
        is_name = dotted == record.physical_name
        is_identifier = dotted in record.identifier
        if is_name:
            yield "Name", "AWS identifies the resource by it"
        elif is_identifier:
            yield "Identifier", "it is part of what AWS identifies the resource by"
        collision, sentence = _sentences.describe_collision(record)
        if is_name or is_identifier or (replaces and collision is not None):
            yield "Collision", sentence
        if record.deletion_protection == dotted.replace(".", "/") and not replaces:
            yield from (pair for pair in deletion if pair[0] == "Protection")
        if record.tags is not None and dotted == record.tags["property"]:
            yield "Tags", "the tags of the stack are added here"

    def _lines(self, kind: catalog.Type, way: list[str]) -> list[PropertyLine]:
        """The nested properties at a path."""
        found: dict[str, PropertyLine] = {}
        for definition in dict.fromkeys(kind.definitions()):
            for name, item in self.record.definition(definition).properties.items():
                if name not in found:
                    walk = Walk(self.record, [*way, *["*"] * kind.text.count("{"), name])
                    if walk.unknown is not None:
                        walk = Walk(self.record, [*way, name])
                    below = replacing_below(self.replacing, walk.path).values()
                    found[name] = property_line(item, walk.strongest, below, read_only=walk.read_only)
        return list(found.values())

    def _anchor(self, names: list[str]) -> str:
        """AWS's documentation of a property: the page of the property type that has it."""
        record = self.record
        if record.name.split("::")[0] not in OURS:
            return record.documentation
        owner = self._owner(names)
        if record.is_sam:
            kind = record.name.split("::")[-1].lower()
            page = record.documentation if owner is None else record.definition(owner).documentation
            return f"{page}#sam-{kind}-{names[0].lower()}" if len(names) == 1 else page
        if owner is None:
            return f"{record.documentation}#cfn-{self.slug}-{names[0].lower()}"
        page = record.definition(owner).documentation
        return f"{page}#cfn-{self.slug}-{owner.lower()}-{names[-1].lower()}"

    def _owner(self, names: list[str]) -> str | None:
        """The property type that has the last known property of a path; None for the resource itself."""
        owner: str | None = None
        level: list[tuple[str | None, dict[str, Any]]] = [(None, self.record.facts["properties"])]
        for name in names:
            kinds: list[str] = []
            for each, members in level:
                if name in members:
                    owner = each
                    kinds += [kind for kind, _ in _unwrapped(members[name].get("type", "string"))]
            level = [(kind, self.definitions[kind]) for kind in kinds if kind in self.definitions]
        return owner

    # -- property types

    def _property_type(self, steps: list[str]) -> Explanation | None:
        lower = steps[0].lower()
        name = steps[0]
        if name not in self.definitions:
            name = next((n for n in self.definitions if n.lower() == lower), "")
        if not name:
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
        kinds = [
            kind for kind, _ in _unwrapped(members[member].get("type", "string")) if kind in self.definitions
        ]
        if len(kinds) == 1:
            return self._property_type([kinds[0], *steps[2:]])
        return self._fail(f"{where}.{member}", steps[2], [])

    def _places(self, wanted: str) -> Iterator[list[str]]:
        """The paths to a property type, shortest first; a type inside itself is followed once."""
        inside = {
            name: {kind for facts in members.values() for kind, _ in _unwrapped(facts.get("type", "string"))}
            for name, members in self.definitions.items()
        }
        # The property types that contain it at any depth.
        reaching = {wanted}
        for _ in inside:
            reaching |= {name for name, kinds in inside.items() if kinds & reaching}
        todo: list[tuple[list[str], dict[str, Any], tuple[str, ...]]] = [
            ([], self.record.facts["properties"], ())
        ]
        while todo:
            below: list[tuple[list[str], dict[str, Any], tuple[str, ...]]] = []
            for way, members, around in todo:
                for name, facts in members.items():
                    for kind, stars in _unwrapped(facts.get("type", "string")):
                        here = [*way, name, *stars]
                        if kind == wanted:
                            yield here
                        if kind in reaching and kind not in around:
                            below.append((here, self.definitions[kind], (*around, kind)))
            todo = below

    def _explain_property_type(self, name: str, places: list[list[str]]) -> BlockExplanation:
        record = self.record
        block = record.definition(name)
        behaviors = catalog.nested_behaviors(record.name)
        lines: list[PropertyLine] = []
        for n, item in block.properties.items():
            updates: Iterable[Behavior] = behaviors[name, n][0] if (name, n) in behaviors else (item.update,)
            below: list[Behavior] = [
                u
                for way in places[:_PLACES]
                for u in replacing_below(self.replacing, property_pointer([*way, n])).values()
            ]
            lines.append(property_line(item, max(updates, key=STRENGTH.__getitem__), below))
        given = next(
            (way for way in places if not catalog.lookup(record.name, property_pointer(way)).read_only), None
        )
        return BlockExplanation(
            name=f"{record.name}.{name}",
            python=f"{self.python}.{name}",
            documentation=block.documentation,
            type=record.name,
            required=list(block.required),
            properties=lines,
            places=[Place(property_pointer(way), explain_update(record, way)) for way in places[:_PLACES]],
            more_places=len(places) > _PLACES,
            example=None if given is None else snippet(record.name, property_pointer(given)),
        )

    def _explain_member(self, owner: str, name: str, places: list[list[str]]) -> BlockPropertyExplanation:
        ways = [[*way, name] for way in places[:_PLACES]]
        updates = [explain_update(self.record, way) for way in ways]
        worst = max(range(len(ways)), key=lambda i: STRENGTH[updates[i].behavior])
        found = self._explain_property(ways[worst])
        fields: dict[str, Any] = {
            **shared(found, BlockPropertyExplanation),
            "name": f"{self.record.name}.{owner}.{name}",
            "python": f"{self.python}.{owner}.{python_name(name, False)}",
            "places": [
                Place(property_pointer(way), update) for way, update in zip(ways, updates, strict=True)
            ],
            "more_places": len(places) > _PLACES,
        }
        return BlockPropertyExplanation(**fields)
