"""From a path such as ``/Properties/BlockDeviceMappings/*/Ebs/VolumeType`` to facts.

`lookup`, `requires_recreation` and `create_only_paths` share one walk. A list index, a number or ``*``, is dropped and
may be omitted. The key of a map is a step.
"""

from __future__ import annotations

from ..errors import CatalogError, did_you_mean
from ..pointers import steps_of
from ._records import Property
from ._types import alternatives

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._records import Facts, ResourceType, Update

STRENGTH: dict[str, int] = {"Never": 0, "Conditionally": 1, "Always": 2}


def strongest(updates: Iterable[Update]) -> Update:
    """The strongest of several update behaviors; without any, Never."""
    found: Update = "Never"
    for update in updates:
        if STRENGTH[update] > STRENGTH[found]:
            found = update
    return found


# Facts that apply to a whole path rather than to the property alone.
_CARRIED = ("condition", "rule")


def is_index(step: str) -> bool:
    """Whether a step may be a list index."""
    return step == "*" or step.isdecimal()


class Walk:
    """The result of following a path: what was found, and the first unknown step."""

    __slots__ = (
        "candidates",
        "facts",
        "free",
        "kind",
        "owner",
        "path",
        "read_only",
        "strongest",
        "unknown",
        "why",
        "why_path",
    )

    path: str  # normalized: without list indexes, "*" for the key of a map
    facts: Facts  # of the last property, those of the path included
    kind: str  # the type of the value at the path
    strongest: Update  # of the prefixes so far
    why: Facts  # the condition and rule of the strongest
    why_path: str  # the path of the strongest; empty if nothing replaces
    unknown: str | None  # the first step that does not exist
    free: bool  # in free-form data
    read_only: bool  # only AWS sets the property, or one around it
    candidates: list[str]  # for the message about `unknown`
    owner: str

    def __init__(self, resource: ResourceType, steps: list[str]) -> None:
        entry = resource.facts
        definitions: dict[str, dict[str, Facts]] = entry.get("definitions", {})
        paths: dict[str, Facts] = entry.get("paths", {})
        self.path = "/Properties"
        self.facts = {}
        self.kind = "any"
        self.strongest = "Never"
        self.why = {}
        self.why_path = ""
        self.unknown = None
        self.free = False
        self.read_only = False
        self.candidates = []
        self.owner = resource.name
        level: list[dict[str, Facts]] | None = [entry["properties"]]
        for step in steps:
            if self.free:
                self.facts = {"type": "any"}
                continue
            if level is None:
                if is_index(step) and "[" in self.kind:
                    items = [k[1:-1] for k in alternatives(self.kind) if k[0] == "["]
                    if items:
                        self.kind = "|".join(items)
                        continue
                options = _flat(self.kind)
                names = [k for k in options if k[0].isupper()]
                level = [definitions[n] for n in names]
                if not any(step in properties for properties in level):
                    maps = [k for k in options if k[0] == "{"]
                    if maps:
                        inner: Facts = self.facts.get("items", {})
                        self.kind = "|".join(k[1:-1] for k in maps)
                        self.path += "/*"
                        self._take([inner], paths, self.kind)
                        level = None
                        continue
                    if "json" in options or "any" in options:
                        self.free = True
                        self.facts = {"type": "any"}
                        level = None
                        continue
                    if step == "*":
                        level = None
                        continue
                    self.owner = "|".join(names) or self.path
            found = [properties[step] for properties in level if step in properties]
            if not found:
                if entry.get("open") and self.path == "/Properties":
                    self.free = True
                    self.facts = {"type": "any"}
                    self._strengthen({"update": "Conditionally"})
                    continue
                self.unknown = step
                self.candidates = [n for properties in level for n in properties]
                return
            self.path += "/" + step
            self._take(found, paths, "|".join(dict.fromkeys(f.get("type", "string") for f in found)))
            level = None

    def _take(self, found: list[Facts], paths: dict[str, Facts], kind: str) -> None:
        self.kind = kind
        here = paths.get(self.path)
        self.facts = {**found[0], **here} if here else found[0]
        if "read_only" in self.facts:
            self.read_only = True
        for facts in found:
            self._strengthen(facts)
        if here:
            self._strengthen(here)

    def _strengthen(self, facts: Facts) -> None:
        update: Update = facts.get("update", "Never")
        if STRENGTH[update] > STRENGTH[self.strongest]:
            self.strongest = update
            self.why = facts
            self.why_path = self.path


def _flat(kind: str) -> list[str]:
    """The alternatives of a type, with lists replaced by the type of their items."""
    found: list[str] = []
    for each in alternatives(kind):
        if each[0] == "[":
            found.extend(_flat(each[1:-1]))
        else:
            found.append(each)
    return found


def find(resource: ResourceType, path: str) -> Property:
    """The property at a path, with the facts that apply there."""
    known = resource.found.get(path)
    if known is None:
        known = _find(resource, path)
        if len(resource.found) < _MOST_PATHS:
            resource.found[path] = known
    return known


def _find(resource: ResourceType, path: str) -> Property:
    steps = steps_of(path)
    if steps[:1] != ["Properties"] or len(steps) < 2:
        raise CatalogError(f"a path starts with /Properties/, but this is {path!r}", path=resource.name)
    walk = Walk(resource, steps[1:])
    if walk.unknown is not None:
        hint = did_you_mean(walk.unknown, walk.candidates)
        what = "property" if walk.candidates or walk.path == "/Properties" else "properties, so not"
        raise CatalogError(
            f"{walk.owner} has no {what} {walk.unknown!r}{hint}", path=f"{resource.name} {path}"
        )
    facts = dict(walk.facts)
    if walk.read_only:
        facts["read_only"] = True
    if walk.kind != "string" and not walk.free:
        facts["type"] = walk.kind
    if walk.strongest != facts.get("update", "Never"):
        facts["update"] = walk.strongest
        for key in _CARRIED:
            facts.pop(key, None)
            if key in walk.why:
                facts[key] = walk.why[key]
    last = next((s for s in reversed(steps) if not is_index(s)), steps[-1])
    return Property(last, facts)


def item_key(resource: ResourceType, path: str, rows: list[dict[str, Any]]) -> str | None:
    """The property that identifies the items of a list: by a reviewed row, or a required property with a name."""
    walk = Walk(resource, steps_of(path)[1:])
    items = [kind[1:-1] for kind in alternatives(walk.kind) if kind[0] == "["]
    if walk.unknown is not None or len(items) != 1 or not items[0][:1].isupper():
        return None
    place = walk.path.removeprefix("/Properties/")
    for row in rows:
        if row["type"] == resource.name and row["property"] == place:
            found: str | None = row["key"]
            return found
    properties: dict[str, Facts] = resource.facts["definitions"].get(items[0], {})
    last = place.rpartition("/")[2]
    stems = (items[0], last[:-3] + "y" if last.endswith("ies") else last.removesuffix("s"))
    names = [
        "Name",
        "Key",
        "Id",
        *(f"{stem}{end}" for stem in stems for end in ("Name", "Key", "Id", "Identifier")),
    ]
    names += [
        "AttributeName",
        "ColumnName",
        "DeviceName",
        "IndexName",
        "ParameterKey",
        "ParameterName",
        "PolicyName",
    ]
    for name in names:
        facts = properties.get(name)
        if facts is not None and "required" in facts and facts.get("type", "string") == "string":
            return name
    return None


def requires_recreation(resource: ResourceType, path: str, steps: list[str]) -> Update:
    """The strongest update behavior over the prefixes of a path, whose steps are those below Properties."""
    walk = Walk(resource, steps)
    found = walk.strongest
    if found == "Never" and (walk.unknown is not None or walk.read_only):
        found = "Conditionally"
    if len(resource.recreations) < _MOST_PATHS:
        resource.recreations[path] = found
    return found


# A record keeps the results for so many paths; the keys of free-form data are unlimited.
_MOST_PATHS = 4096


def behaviors(resource: ResourceType) -> dict[tuple[str, str], tuple[set[Update], Facts]]:
    """Every behavior of each property of each property type, and the facts that cause the strongest one.

    The facts of a property type are only its own; a property around it, or a fact for one path, may replace.
    """
    definitions: dict[str, dict[str, Facts]] = resource.facts.get("definitions", {})
    # The facts for single paths as a tree, so that each place is visited once per behavior, not once per path.
    tree: dict[str, Any] = {}
    for path, facts in resource.paths.items():
        node = tree
        for step in steps_of(path)[1:]:
            node = node.setdefault(step, {})
        node[""] = facts
    found: dict[tuple[str, str], tuple[set[Update], Facts]] = {}
    seen: set[tuple[str, Update, int]] = set()
    nothing: dict[str, Any] = {}

    def strongest_of(inherited: Update, why: Facts, *own: Facts) -> tuple[Update, Facts]:
        for facts in own:
            update: Update = facts.get("update", "Never")
            if STRENGTH[update] > STRENGTH[inherited]:
                inherited, why = update, facts
        return inherited, why

    def visit(kind: str, update: Update, why: Facts, node: dict[str, Any]) -> None:
        for each in alternatives(kind):
            if each[0] == "[":
                visit(each[1:-1], update, why, node)
            elif each[0] == "{":
                below = node.get("*", nothing)
                visit(each[1:-1], *strongest_of(update, why, below.get("", nothing)), below)
            elif each[0].isupper() and (each, update, id(node)) not in seen:
                seen.add((each, update, id(node)))
                for name, facts in definitions[each].items():
                    below = node.get(name, nothing)
                    here, reason = strongest_of(update, why, facts, below.get("", nothing))
                    known, _ = found.setdefault((each, name), (set(), reason))
                    if known and STRENGTH[here] > max(STRENGTH[u] for u in known):
                        found[each, name] = (known, reason)
                    known.add(here)
                    visit(facts.get("type", "string"), here, reason, below)

    for name, facts in resource.facts["properties"].items():
        below = tree.get(name, nothing)
        visit(
            facts.get("type", "string"), *strongest_of("Never", nothing, facts, below.get("", nothing)), below
        )
    return found


def replacing(resource: ResourceType, path: str) -> dict[str, Update]:
    """Every path at or below `path` whose own behavior is not ``Never``."""
    known = resource.replacing.get(path)
    if known is None:
        known = _replacing(resource, path)
        if len(resource.replacing) < _MOST_PATHS:
            resource.replacing[path] = known
    return dict(known)


def _replacing(resource: ResourceType, path: str) -> dict[str, Update]:
    definitions: dict[str, dict[str, Facts]] = resource.facts.get("definitions", {})
    paths = resource.paths
    result: dict[str, Update] = {}

    def note(here: str, facts: Facts) -> None:
        update = strongest([facts.get("update", "Never"), paths.get(here, {}).get("update", "Never")])
        if update != "Never":
            result[here] = update

    def visit(here: str, kind: str, inside: tuple[str, ...]) -> None:
        for each in _flat(kind):
            if each[0] == "{":
                visit(here + "/*", each[1:-1], inside)
            elif each[0].isupper() and each not in inside:
                for name, facts in definitions[each].items():
                    below = f"{here}/{name}"
                    note(below, facts)
                    visit(below, facts.get("type", "string"), (*inside, each))

    steps = steps_of(path)
    if steps[:1] != ["Properties"]:
        return result
    if len(steps) == 1:
        for name, facts in resource.facts["properties"].items():
            note(f"/Properties/{name}", facts)
            visit(f"/Properties/{name}", facts.get("type", "string"), ())
        return result
    walk = Walk(resource, steps[1:])
    if walk.unknown is None and not walk.free:
        note(walk.path, walk.facts)
        visit(walk.path, walk.kind, ())
    return result
