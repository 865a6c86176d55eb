"""From a type down to what is to be explained: properties, property types, attributes, options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .. import catalog
from ..catalog import _sentences, _words
from ..catalog._lookup import STRENGTH, Walk, is_index
from ..catalog._types import alternatives
from ..catalog.resource_attributes import OPTIONS
from ..errors import CatalogError, nearest_names, shown
from ..names import snake_case
from ..resource import python_name
from ._facts import explain_update, property_line, property_pointer, replacing_below, strongest, values_of
from ._naming import OURS, nearest_sentence, python_spelling
from ._records import (
    AttributeExplanation,
    Behaviour,
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

# A property type of a rule language stands in itself: so many places tell enough.
_PLACES = 40


def _flat(kind: str) -> list[str]:
    """The alternatives of a type, lists and maps replaced by what they hold."""
    found: list[str] = []
    for each in alternatives(kind):
        found += _flat(each[1:-1]) if each[0] in "[{" else [each]
    return found


class Steps:
    """The way from a type down to what is to be explained."""

    def __init__(self, record: catalog.ResourceType) -> None:
        self.record = record
        self.definitions: dict[str, dict[str, Any]] = record.facts.get("definitions", {})
        self.replacing = catalog.create_only_paths(record.name)

    def explain(self, steps: list[str]) -> Explanation:
        record = self.record
        if (
            steps[0] in ("Properties", "properties")
            and len(steps) > 1
            and not self._match(steps[0], record.properties)
        ):
            steps = steps[1:]
        if steps[0] == "get_att" and len(steps) > 1:
            return self._attribute(steps[1:]) or self._fail(
                record.name, ".".join(steps[1:]), (), attributes=True
            )
        name = self._match(steps[0], record.properties, of_resource=True)
        if name is not None:
            return self._property(name, steps[1:])
        found = self._attribute(steps) or self._block(steps) or self._option(steps)
        if found is not None:
            return found
        if record.open:
            return self._property(steps[0], steps[1:])
        return self._fail(record.name, steps[0], record.properties, attributes=True)

    @staticmethod
    def _match(step: str, names: Iterable[str], of_resource: bool = False) -> str | None:
        """The property of a name: CloudFormation's, Python's, or either in another case."""
        known = list(names)
        if step in known:
            return step
        for name in known:
            if step in (python_name(name, of_resource), snake_case(name)):
                return name
        lower = step.lower()
        return next((n for n in known if lower in (n.lower(), snake_case(n))), None)

    def _property(self, first: str, steps: list[str]) -> Explanation:
        """The property that steps lead to, through lists and maps."""
        record = self.record
        way = [first]
        facts = record.properties[first].facts if first in record.properties else {"type": "any"}
        kind: str = facts.get("type", "string")
        for number, step in enumerate(steps):
            names = [k for k in _flat(kind) if k in self.definitions]
            found: list[tuple[str, dict[str, Any]]] = []
            for each in names:
                name = self._match(step, self.definitions[each])
                if name is not None:
                    found.append((name, self.definitions[each][name]))
            if found:
                # The key of a map may be left out: a number of maps is a number of stars.
                way += ["*"] * self._maps(kind, found[0][0])
                way.append(found[0][0])
                kind = "|".join(dict.fromkeys(f.get("type", "string") for _, f in found))
                continue
            inner = [k[1:-1] for k in self._below_lists(kind) if k[0] == "{"]
            if inner:
                way.append("*")
                kind = "|".join(inner)
            elif any(k in ("json", "any") for k in _flat(kind)):
                way += [s for s in steps[number:] if not is_index(s)]
                break
            elif not (is_index(step) and "[" in kind):
                candidates = [n for each in names for n in self.definitions[each]]
                where = (
                    "|".join(f"{record.name}.{each}" for each in names) or f"{record.name}.{'.'.join(way)}"
                )
                return self._fail(where, step, candidates)
        return self._explain_property(way)

    def _below_lists(self, kind: str) -> Iterator[str]:
        for each in alternatives(kind):
            if each[0] == "[":
                yield from self._below_lists(each[1:-1])
            else:
                yield each

    def _maps(self, kind: str, name: str) -> int:
        """How many maps stand between a value and the block that has a property."""
        for each in self._below_lists(kind):
            if each[0] == "{":
                if any(name in self.definitions.get(k, ()) for k in _flat(each[1:-1])):
                    return 1 + self._maps(each[1:-1], name)
            elif name in self.definitions.get(each, ()):
                return 0
        return 0

    def _attribute(self, steps: list[str]) -> Explanation | None:
        record = self.record
        wanted = ".".join(steps)
        name = self._match(wanted, record.attributes)
        prefix = record.any_attribute
        if name is None:
            if not prefix or not wanted.startswith(prefix) or wanted == prefix:
                return None
            name = wanted
        attribute = record.attribute(name)
        plain = python_name(name)
        shadowed = plain in {python_name(n) for n in record.properties} or name not in record.attributes
        python = f'get_att["{name}"]' if name not in record.attributes else f"get_att.{snake_case(name)}"
        spelled = python if shadowed else plain
        text = "a read-only attribute, known once deployed: Fn::GetAtt"
        if attribute.mirrors is not None:
            text += f" reads back {attribute.mirrors.removeprefix('/Properties/').replace('/', '.')}"
        return AttributeExplanation(
            name=f"{record.name}.{name}",
            python=f"{python_spelling(record.name)}.{spelled}",
            documentation=f"{record.documentation}#aws-resource-{_slug(record.name)}-return-values"
            if not record.is_sam
            else record.documentation,
            type=record.name,
            value=_words.describe_type(attribute.type.text),
            mirrors=attribute.mirrors,
            text=text,
        )

    def _option(self, steps: list[str]) -> Explanation | None:
        names = {keyword: row.name for keyword, row in OPTIONS.items()}
        lower = steps[0].lower()
        keyword = next((k for k, n in names.items() if lower in (k, n.lower())), None)
        if keyword is None or len(steps) > 1:
            return None
        row = OPTIONS[keyword]
        text = row.sentence
        if keyword == "deletion_policy":
            default = self.record.deletion_default
            unless = f" (Delete where {default['unless']} is set)" if "unless" in default else ""
            text += f". Without it: {default['policy']}{unless}"
        if keyword in ("deletion_policy", "update_replace_policy"):
            takes = "takes" if self.record.snapshot else "takes no"
            text += f". {self.record.name} {takes} Snapshot"
        return OptionExplanation(
            name=f"{self.record.name}.{row.name}",
            python=f"{python_spelling(self.record.name)}({keyword}=...)",
            documentation=row.page,
            type=self.record.name,
            text=text,
        )

    def _fail(self, where: str, step: str, names: Iterable[str], attributes: bool = False) -> Explanation:
        """The error for a step that leads nowhere: the three nearest, each as it was spelled."""
        at_resource = where == self.record.name
        # Each name in CloudFormation's and in Python's spelling; what is offered is spelled as what was asked.
        pairs = [(name, python_name(name, at_resource)) for name in names]
        if attributes:
            pairs += [(name, snake_case(name)) for name in self.record.attributes]
        if at_resource:
            pairs += [(name, name) for name in (*self.record.definitions, *OPTIONS)]
        meant: dict[str, str] = {}
        for pair in pairs:
            for spelled in pair:
                meant.setdefault(spelled, pair[0] if step[:1].isupper() else pair[1])
        if not meant:
            raise CatalogError(f"{where} has no properties, so no {shown(step)}")
        near = dict.fromkeys(meant[spelled] for spelled in nearest_names(step, meant, 6, cutoff=0.0))
        what = "property or attribute" if at_resource else "property"
        raise CatalogError(f"{where} has no {what} {shown(step)}{nearest_sentence(list(near)[:3])}")

    def _explain_property(self, way: list[str]) -> PropertyExplanation:
        record = self.record
        path = property_pointer(way)
        found = catalog.lookup(record.name, path)
        facts = found.facts
        own = way[-1] if way[-1] != "*" else way[-2]
        update = explain_update(record, way)
        dotted = ".".join(s for s in way if s != "*")
        python = ".".join(python_name(s, i == 0) for i, s in enumerate(s for s in way if s != "*"))
        is_free = own not in _all_names(record)
        return PropertyExplanation(
            name=f"{record.name}.{dotted}",
            python=f'AnyResource("{record.name}", {{"{way[0]}": ...}})'
            if record.open
            else f"{python_spelling(record.name)}.{python}",
            documentation=self._anchor(way),
            type=record.name,
            path=path,
            python_name=own if is_free else python_name(own, len(way) == 1),
            value=_words.describe_type(facts.get("type", "string")),
            required=found.required,
            read_only=found.read_only,
            write_only=found.write_only,
            deprecated=found.deprecated,
            update=update,
            **values_of(found),
            key_pattern=found.key_pattern,
            facts=[Fact(*pair) for pair in self._facts(way, found, update)],
            properties=self._lines(found.type, way),
            attribute=own if len(way) == 1 and own in record.attributes else None,
            example=None if found.read_only or is_free or record.open else snippet(record.name, path),
        )

    def _facts(self, way: list[str], found: catalog.Property, update: Update) -> Iterator[tuple[str, str]]:
        """What a change of the property means for the resource: data, names."""
        record = self.record
        if found.read_only:
            return
        if found.write_only:
            yield "Write-only", "AWS never gives it back, so drift of it is not seen"
        dotted = ".".join(way)
        if update.behaviour != "Never" and (risk := _sentences.describe_risk(record)) is not None:
            yield "At risk", risk
            yield from _sentences.describe_deletion(record)
        collision, sentence = _sentences.describe_collision(record)
        if dotted == record.physical_name:
            yield "Name", "it is what AWS knows the resource by"
        elif dotted in record.identifier:
            yield "Identifier", "it is part of what AWS knows the resource by"
        is_name = dotted == record.physical_name or dotted in record.identifier
        if is_name or (update.behaviour != "Never" and collision is not None):
            yield "Collision", sentence
        if record.deletion_protection == "/".join(way):
            given = _sentences.describe_deletion(record)
            yield from (pair for pair in given if pair[0] == "Protection" and update.behaviour == "Never")
        tags = record.tags
        if tags is not None and dotted == tags["property"]:
            yield "Tags", "tags of the stack are added here"

    def _lines(self, kind: catalog.Type, way: list[str]) -> list[PropertyLine]:
        """The properties of the block that stands at a place."""
        found: list[PropertyLine] = []
        stars = ["*"] * kind.text.count("{")
        seen: set[str] = set()
        for definition in dict.fromkeys(kind.definitions()):
            for name, item in self.record.definition(definition).properties.items():
                if name in seen:
                    continue
                seen.add(name)
                walk = Walk(self.record, [*way, *stars, name])
                if walk.unknown is not None:
                    walk = Walk(self.record, [*way, name])
                below = replacing_below(self.replacing, walk.path)
                found.append(property_line(item, walk.strongest, below, walk.read_only, of_resource=False))
        return found

    def _anchor(self, way: list[str]) -> str:
        """The place in AWS's documentation: the page of the block that has the property."""
        record = self.record
        names = [s for s in way if s != "*"]
        if record.is_sam:
            kind = record.name.split("::")[-1].lower()
            return (
                f"{record.documentation}#sam-{kind}-{names[0].lower()}"
                if len(names) == 1
                else record.documentation
            )
        slug = _slug(record.name)
        if record.name.split("::")[0] not in OURS:
            return record.documentation
        owner = self._owner(way)
        if owner is None:
            return f"{record.documentation}#cfn-{slug}-{names[0].lower()}"
        page = record.definition(owner).documentation
        return f"{page}#cfn-{slug}-{owner.lower()}-{names[-1].lower()}"

    def _owner(self, way: list[str]) -> str | None:
        """The property type that has the last property of a way; None for the resource itself."""
        owner: str | None = None
        level: list[str | None] = [None]
        for step in way:
            if step == "*":
                continue
            kinds: list[str] = []
            for each in level:
                facts = self._members(each).get(step)
                if facts is not None:
                    owner = each
                    kinds += [k for k in _flat(facts.get("type", "string")) if k in self.definitions]
            level = list(kinds)
        return owner

    def _members(self, owner: str | None) -> dict[str, Any]:
        members: dict[str, Any] = (
            self.record.facts["properties"] if owner is None else self.definitions[owner]
        )
        return members

    # -- property types

    def _block(self, steps: list[str]) -> Explanation | None:
        lower = steps[0].lower()
        name = next((n for n in self.definitions if n == steps[0]), None) or next(
            (n for n in self.definitions if n.lower() == lower), None
        )
        if name is None:
            return None
        places = list(self._places(name))
        if len(steps) == 1:
            return self._explain_block(name, places)
        member = self._match(steps[1], self.definitions[name])
        if member is None:
            return self._fail(f"{self.record.name}.{name}", steps[1], self.definitions[name])
        if len(steps) > 2:
            kinds = [
                k
                for k in _flat(self.definitions[name][member].get("type", "string"))
                if k in self.definitions
            ]
            if len(kinds) == 1:
                return self._block([kinds[0], *steps[2:]])
            return self._fail(f"{self.record.name}.{name}.{member}", steps[2], [])
        return self._explain_member(name, member, places)

    def _places(self, wanted: str) -> Iterator[list[str]]:
        """The ways to a property type, shortest first; a type inside itself is followed once."""
        reaching = self._reaching(wanted)
        todo: list[tuple[list[str], str, tuple[str, ...]]] = [
            ([name], facts.get("type", "string"), ())
            for name, facts in self.record.facts["properties"].items()
        ]
        count = 0
        while todo and count <= _PLACES:
            below: list[tuple[list[str], str, tuple[str, ...]]] = []
            for way, kind, inside in todo:
                for each, stars in _with_stars(kind):
                    if each == wanted:
                        count += 1
                        yield [*way, *stars]
                    if each in self.definitions and each not in inside:
                        below += [
                            ([*way, *stars, name], facts.get("type", "string"), (*inside, each))
                            for name, facts in self.definitions[each].items()
                            if any(k in reaching for k in _flat(facts.get("type", "string")))
                        ]
                if count > _PLACES:
                    return
            todo = below

    def _reaching(self, wanted: str) -> set[str]:
        """The property types in which, at any depth, a property type stands; itself included."""
        found = {wanted}
        while True:
            more = {
                name
                for name, members in self.definitions.items()
                if name not in found
                and any(k in found for f in members.values() for k in _flat(f.get("type", "string")))
            }
            if not more:
                return found
            found |= more

    def _explain_block(self, name: str, places: list[list[str]]) -> BlockExplanation:
        record = self.record
        block = record.definition(name)
        behaviours = catalog.nested_behaviours(record.name)
        nowhere: tuple[set[Behaviour], dict[str, Any]] = set(), {}
        lines = [
            property_line(
                item,
                strongest(behaviours.get((name, n), nowhere)[0]),
                {
                    p: u
                    for way in places[:_PLACES]
                    for p, u in replacing_below(self.replacing, property_pointer([*way, n])).items()
                },
                item.read_only,
                of_resource=False,
            )
            for n, item in block.properties.items()
        ]
        given = next(
            (way for way in places if not catalog.lookup(record.name, property_pointer(way)).read_only), None
        )
        return BlockExplanation(
            name=f"{record.name}.{name}",
            python=f"{python_spelling(record.name)}.{name}",
            documentation=block.documentation,
            type=record.name,
            required=list(block.required),
            properties=lines,
            places=[Place(property_pointer(way), explain_update(record, way)) for way in places[:_PLACES]],
            more_places=len(places) > _PLACES,
            example=None if given is None else snippet(record.name, property_pointer(given)),
        )

    def _explain_member(self, owner: str, name: str, places: list[list[str]]) -> BlockPropertyExplanation:
        record = self.record
        found = record.definition(owner).properties[name]
        ways = [[*way, name] for way in places[:_PLACES]]
        all_updates = [Place(property_pointer(way), explain_update(record, way)) for way in ways]
        worst = max((p.update for p in all_updates), key=lambda u: STRENGTH[u.behaviour])
        slug = _slug(record.name)
        page = record.definition(owner).documentation
        return BlockPropertyExplanation(
            name=f"{record.name}.{owner}.{name}",
            python=f"{python_spelling(record.name)}.{owner}.{python_name(name, False)}",
            documentation=page if record.is_sam else f"{page}#cfn-{slug}-{owner.lower()}-{name.lower()}",
            type=record.name,
            python_name=python_name(name, False),
            value=_words.describe_type(found.type.text),
            required=found.required,
            deprecated=found.deprecated,
            update=worst,
            places=all_updates,
            more_places=len(places) > _PLACES,
            **values_of(found),
            properties=self._lines(found.type, ways[0]) if ways else [],
        )


def _with_stars(kind: str) -> Iterator[tuple[str, list[str]]]:
    """The alternatives of a type without lists, and the keys of maps on the way to each."""
    for each in alternatives(kind):
        if each[0] == "[":
            yield from _with_stars(each[1:-1])
        elif each[0] == "{":
            for inner, stars in _with_stars(each[1:-1]):
                yield inner, ["*", *stars]
        else:
            yield each, []


def _slug(type_name: str) -> str:
    """``AWS::S3::Bucket`` in the anchors of AWS's pages: ``s3-bucket``."""
    return "-".join(type_name.lower().split("::")[1:])


def _all_names(record: catalog.ResourceType) -> set[str]:
    definitions: dict[str, dict[str, Any]] = record.facts.get("definitions", {})
    return {*record.properties, *(name for members in definitions.values() for name in members)}
