"""Access that becomes broader: policies, trust, permissions, network rules and settings.

What grants or limits access is data (`catalog/reviewed/access.json`). Everything that belongs to one target, such as
a role, a bucket or a security group, is read as a set on each side, so it does not matter which resource or statement
contains it; only access that the old set does not include is a finding. What cannot be read and changes may be
broader, and is a finding as well. docs/findings.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any, Literal

import attrs

from ... import catalog
from ...budget import may_move
from ...changes import Diff
from ...changes.comparison import same_as_text
from ...changes.forms import assumed_partition
from ...changes.live import identifies
from ...changes.records import MISSING, Finding
from ...changes.sides import Side
from ...errors import EvaluationError
from ...evaluation.engine import Engine
from ...evaluation.expressions import section
from ...evaluation.unknowns import NO_VALUE, Choice, Unknown, mapped, parts, scalar_text
from ...plain import is_list, is_mapping, mapping_or_empty
from ...pointers import index_of, pointer
from ..view import clause
from .containment import (
    ALL,
    GROUP,
    LIST,
    PORTS,
    PROTOCOLS,
    SPACE,
    Pattern,
    Rule,
    Span,
    Statement,
    Symbol,
    Token,
    broad,
    left_over,
    may_be_held,
    may_let,
    network,
    rule_left_over,
)
from .identities import Identities, assumed_place, may_mean
from .statements import (
    EVERYTHING,
    NAMES,
    Line,
    Unreadable,
    listed,
    name_of,
    permission,
    read,
    read_statement,
    shown,
)

Row = Mapping[str, Any]
Severity = Literal["error", "warning", "info"]
Steps = tuple[str | int, ...]

_CODES = {
    "identity": "PF401",
    "trust": "PF402",
    "resource": "PF403",
    "network": "PF404",
    "exposure": "PF408",
}
# The codes for what becomes broader: if it certainly does, and if it may.
_WORDS = {
    "identity": ("allows more than before", "may allow more than before"),
    "trust": ("trusts more than before", "may trust more than before"),
    "resource": ("allows more than before", "may allow more than before"),
    "network": ("allows more traffic than before", "may allow more traffic than before"),
}
# At most so many unknown conditions are examined, each with both values.
_MOST_CONDITIONS = 5
_PLACES = {"AWS::AccountId": "account", "AWS::Region": "region"}
# The kinds of unknown values that come from resources.
_OF_RESOURCES = ("reference", "attribute", "new", "may")
# A sentence lists at most so many parts.
_LISTED = 3
# https://www.iana.org/assignments/protocol-numbers/protocol-numbers.xhtml
_VERSIONS = {"4": 4, "6": 6, "group": GROUP, "list": LIST}
_PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}


@attrs.frozen
class Grant:
    """A value of a resource that grants or limits access, and the target that it belongs to."""

    target: str
    row: Row = attrs.field(eq=False)
    logical_id: str
    path: Steps
    value: Any

    @property
    def form(self) -> str:
        """How the value is read."""
        form: str = self.row.get("form", "document")
        return form

    @property
    def kind(self) -> str:
        """``identity``, ``trust``, ``resource``, ``network`` or ``exposure``."""
        kind: str = self.row["kind"]
        return kind

    @property
    def slot(self) -> tuple[str, str, str]:
        """The key of grants that are read as one set: those of one kind for one part of a target."""
        return self.kind, self.target, self.row.get("part", "")


def find(diff: Diff) -> Iterator[Finding]:
    """Everything that becomes broader; what becomes narrower is not reported."""
    rows: dict[str, list[Row]] = {}
    for row in catalog.reviewed("access"):
        rows.setdefault(row["type"], []).append(row)
    if not any(change.type in rows for change in diff.resources):
        return
    before = _View(diff, rows, after=False)
    after = _View(diff, rows, after=True)
    # What is equal on both sides is read once.
    other = {name: raw for name, raw in after.raw.items() if before.raw.get(name) != raw}
    conditions = sorted(_conditions([before.raw, other]))
    if len(conditions) > _MOST_CONDITIONS:
        yield from _too_many(diff, rows, len(conditions))
        return
    assumed = assumed_partition(diff.sides, [before.raw, other])
    found = _compared(before, after, conditions, Identities(diff, assumed))
    place = assumed_place(diff, [before.raw], [after.raw]) if found else {}
    if not place:
        yield from found
        return
    left = {*map(_what, _compared(before, after, conditions, Identities(diff, assumed | place)))}
    where = " and ".join(f"{_PLACES[name]} {value}" for name, value in place.items())
    for finding in found:
        if _what(finding) in left:
            yield finding
        else:
            words = f"{finding.message}; nothing becomes broader if the stack is in {where}"
            yield attrs.evolve(finding, severity="info", message=words)


def _compared(
    before: _View, after: _View, conditions: Sequence[str], identities: Identities
) -> list[Finding]:
    """The findings under some assumptions, for all values of the unknown conditions."""
    before.settle(identities)
    after.settle(identities)
    found: dict[Finding, None] = {}
    for truths in product((True, False), repeat=len(conditions)):
        world = dict(zip(conditions, truths, strict=True))
        for finding in _Comparison(before.diff, before.grants(world), after.grants(world)).run():
            found[attrs.evolve(finding, message=identities.in_words(finding.message))] = None
    return list(found)


def _what(finding: Finding) -> tuple[str, str | None, str | None]:
    """What a finding is about, regardless of its wording."""
    return finding.code, finding.resource, finding.path


def _too_many(diff: Diff, rows: Mapping[str, list[Row]], count: int) -> Iterator[Finding]:
    for change in diff.resources:
        if change.type not in rows:
            continue
        if change.action == "Remove" and not _may_deny(diff, change.logical_id):
            continue
        kinds = dict.fromkeys(
            row["kind"]
            for row in rows[change.type]
            if not change.changes or any(_reaches(row["path"], one.path) for one in change.changes)
        )
        for kind in kinds:
            yield Finding(
                _CODES[kind],
                "access",
                "warning",
                change.logical_id,
                f"access may be broader than before; it depends on {count} unknown conditions",
                f"/Resources/{change.logical_id}",
                change.origin,
            )


def _may_deny(diff: Diff, logical_id: str) -> bool:
    """Whether a resource before the update may limit access, so that there is more without it."""
    return "deny" in repr(diff.sides.before.resources[logical_id].get("Properties")).lower()


def _reaches(path: str, changed: str) -> bool:
    """Whether a change is at, above or below the path of a row."""
    return all(one in ("*", other) for one, other in zip(path.split("/"), changed.split("/"), strict=False))


# ---------------------------------------------------------------------------------------------
# What grants access on one side


class _View:
    """The resources of one side that grant access, with the values that the diff evaluates."""

    def __init__(self, diff: Diff, rows: Mapping[str, list[Row]], *, after: bool) -> None:
        self.rows = rows
        self.diff = diff
        self.after = after
        self.side: Side = diff.sides.after if after else diff.sides.before
        self.engine: Engine = diff.values("after" if after else "before")
        self.raw: dict[str, Any] = {}
        self._rows_of: dict[str, list[Row]] = {}
        self._settled: dict[str, Any] = {}
        self.identities = Identities(diff, {})
        self._by_text: dict[str, str | None] = {}
        self._texts: dict[str, dict[str, tuple[int, str]]] = {}
        changed = {change.logical_id for change in diff.resources}
        for name, resource in self.side.resources.items():
            lives = self.side.exists(name)
            # A setting is compared only with itself, so it can be skipped if it does not change.
            found = [
                row
                for row in rows.get(resource["Type"], ())
                if name in changed or row.get("form") != "setting"
            ]
            if not found or lives is False:
                continue
            self._rows_of[name] = found
            # What no row reads does not count; neither do the conditions that it depends on.
            read = {path.split("/")[2] for row in found for path in _paths(row)}
            value = {
                key: self._value(node)
                for key, node in section(resource, "Properties").items()
                if key in read or "" in read
            }
            value = {key: item for key, item in value.items() if item is not NO_VALUE}
            self.raw[name] = Choice(lives, value, NO_VALUE) if isinstance(lives, Unknown) else value

    def _value(self, node: Any) -> Any:
        try:
            return self.engine.value(node)
        except EvaluationError as error:
            return Unknown("function", error.message)  # References to nothing are another finding.

    def settle(self, identities: Identities) -> None:
        """Let the name or ARN of a resource of this stack, even of a replaced one, mean that resource.

        Access follows the resource; other attributes that may change stay unknown.
        """

        def settled(part: Any) -> Any:
            if isinstance(part, Unknown):
                if part.kind in _OF_RESOURCES and self._identifies(part.name):
                    found = identities.text(part.name)
                    return identities.settled(part) if found is None else found
                if part.kind == "attribute":
                    return Unknown(
                        "value", part.name
                    )  # Not the name of a resource: two of them may be equal.
                if part.kind == "pseudo":
                    return identities.settled(part)
            return part

        self._settled = {name: mapped(raw, settled) for name, raw in self.raw.items()}
        self.identities = identities
        self._by_text, self._texts = {}, {}

    def _identifies(self, name: str) -> bool:
        logical_id, dot, attribute = name.partition(".")
        resource = self.side.resources.get(logical_id)
        if resource is None:
            return False
        type_name: str = resource["Type"]
        return not dot or _is_own_id(type_name, attribute) or identifies(type_name, attribute)

    def exists(self, logical_id: str, world: Mapping[str, bool]) -> bool:
        """Whether a resource exists."""
        lives = self.side.exists(logical_id)
        return world.get(name_of(lives), True) if isinstance(lives, Unknown) else lives

    def grants(self, world: Mapping[str, bool]) -> _Grants:
        """Everything that grants access, for given values of the conditions."""
        found: list[Grant] = []
        for name, raw in self._settled.items():
            properties = _resolved(raw, world) if world else raw
            if properties is NO_VALUE:
                continue
            for row in self._rows_of[name]:
                found += self._of_row(name, row, properties)
        return _Grants(self, found, world)

    def _of_row(self, name: str, row: Row, properties: dict[str, Any]) -> Iterator[Grant]:
        for key, wanted in row.get("only", {}).items():
            given = properties.get(key, "false")
            if isinstance(given, (str, int)) and scalar_text(given).lower() != wanted:
                return
        targets = list(dict.fromkeys(self._targets(name, row, properties)))
        for path, value in _at(properties, tuple(row["path"].split("/")[2:]), ("Properties",)):
            for target in targets:
                yield Grant(target, row, name, path, value)

    def _targets(self, name: str, row: Row, properties: dict[str, Any]) -> Iterator[str]:
        if row.get("scope") == "account":
            yield f"account:{row['type']}"
            return
        if "target" not in row or row.get("own"):
            yield f"in:{name}"
        found = False
        for path in row.get("target", ()):
            for _, value in _at(properties, tuple(path.split("/")[2:]), ()):
                for one in [] if value is MISSING else listed(value):
                    found = True
                    yield self._target(one, row, path)
        if "target" in row and not found and not row.get("own"):
            yield f"name:{row['type']}:the default one"

    def _target(self, value: Any, row: Row, path: str) -> str:
        logical_id = self.resource_of(value, _types_of(row, path))
        if logical_id is not None:
            return f"in:{logical_id}"
        return f"name:{','.join(_types_of(row, path)) or row['type'] + path}:{_key(value)}"

    def resource_of(self, value: Any, types: Sequence[str]) -> str | None:
        """The resource of this stack that a name, an ARN or a reference means."""
        if isinstance(value, Unknown) and value.kind in (*_OF_RESOURCES, "value"):
            logical_id = value.name.partition(".")[0]
            return logical_id if logical_id in self.side.resources else None
        key = _key(value)
        return self._meant_by(key) or (self._by_name.get((types[0], key)) if types else None)

    def _meant_by(self, key: str) -> str | None:
        """The resource whose ARN or URL has a key; of two, the last one."""
        if key not in self._by_text:
            texts = (self._texts_of(type_name) for type_name in self._by_type if may_mean(key, type_name))
            self._by_text[key] = max((found[key] for found in texts if key in found), default=(0, None))[1]
        return self._by_text[key]

    def _texts_of(self, type_name: str) -> dict[str, tuple[int, str]]:
        """The resources of a type with their positions, by the keys of the texts that mean them."""
        found = self._texts.get(type_name)
        if found is None:
            found = self._texts[type_name] = {
                _key(text): (place, name)
                for place, name in self._by_type[type_name]
                for text in self.identities.of(name, type_name)
            }
        return found

    @cached_property
    def _by_type(self) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = {}
        for place, (name, resource) in enumerate(self.side.resources.items()):
            if self.side.exists(name) is not False:
                found.setdefault(resource["Type"], []).append((place, name))
        return found

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for name, resource in self.side.resources.items():
            if self.side.exists(name) is not False:
                found[resource["Type"], _key(self.engine.reference(name))] = name
        return found


def _is_own_id(type_name: str, attribute: str) -> bool:
    """Whether an attribute identifies the resource, such as GroupId of a SecurityGroup. VersionId of a BackupPlan
    does not, as it changes every time; nor do attributes of custom resources with such a name."""
    if not attribute.endswith("Id") or not type_name.rpartition("::")[2].endswith(attribute[:-2]):
        return False
    record = catalog.find(type_name)
    if record is None:
        return False
    return attribute in record.attributes and record.any_attribute is None


def _paths(row: Row) -> Iterator[str]:
    """The path that a row reads; ``/Properties/`` for all of them."""
    path: str = row["path"]
    yield path if path != "/Properties" else "/Properties/"
    yield from row.get("target", ())
    for key in row.get("only", ()):
        yield f"/Properties/{key}"


def _types_of(row: Row, path: str) -> list[str]:
    """The types whose names a property takes."""
    of = row.get("of")
    if of is not None:
        return [of if isinstance(of, str) else of[path]]
    facts = catalog.find_property(row["type"], path)
    return [] if facts is None else list(dict.fromkeys(one.partition(".")[0] for one in facts.takes))


def _at(value: Any, steps: Steps, path: Steps) -> Iterator[tuple[Steps, Any]]:
    """All values at a path below a value, `MISSING` if there is none."""
    left = [(path, value, steps)]
    while left:
        place, part, rest = left.pop()
        if not rest:
            yield place, part
        elif rest[0] == "*" and is_list(part):
            left += reversed([((*place, index), item, rest[1:]) for index, item in enumerate(part)])
        elif rest[0] != "*" and is_mapping(part):
            left.append(((*place, rest[0]), part.get(str(rest[0]), MISSING), rest[1:]))
        elif part is not MISSING:
            yield place, part  # Everything below an unknown value is unknown.
        elif "*" not in rest:  # Nothing is missing below a list that does not exist.
            yield (*place, *rest), MISSING


def _key(value: Any) -> str:
    return (
        name_of(value) if isinstance(value, Unknown) else scalar_text(value)
    )  # Data is written as in Python.


def _conditions(values: Iterable[Any]) -> set[str]:
    """The unknown conditions that values depend on."""

    def is_condition(part: Any) -> bool:
        return isinstance(part, Unknown) and part.kind == "condition"

    return {
        name_of(part.condition)
        for value in values
        for part in parts(value, is_condition)
        if isinstance(part, Choice)
    }


def _resolved(value: Any, world: Mapping[str, bool]) -> Any:
    """A value with known conditions."""

    def resolved(part: Any) -> Any:
        if not isinstance(part, Choice):
            return part
        holds = world.get(name_of(part.condition))
        if holds is None:  # It is a part of another condition.
            return part
        return mapped(part.then if holds else part.otherwise, resolved)

    return mapped(value, resolved)


class _Grants:
    """All grants of one side, grouped by what is read as one set."""

    def __init__(self, view: _View, grants: list[Grant], world: Mapping[str, bool]) -> None:
        self.view = view
        self.world = world
        self.slots: dict[tuple[str, str, str], list[Grant]] = {}
        documents: dict[str, list[Grant]] = {}
        for grant in grants:
            self.slots.setdefault(grant.slot, []).append(grant)
            if grant.kind == "identity" and grant.target == f"in:{grant.logical_id}":
                documents.setdefault(grant.logical_id, []).append(grant)
        # A policy of this stack that is attached by its ARN is read like an inline policy.
        for grant in grants:
            if grant.form == "names" and grant.kind == "identity":
                for name in listed(grant.value):
                    logical_id = view.resource_of(name, ())
                    for document in documents.get(logical_id or "", ()):
                        if document.row.get("own"):
                            moved = attrs.evolve(document, target=grant.target)
                            self.slots.setdefault(moved.slot, []).append(moved)

    def exists(self, target: str) -> bool:
        """Whether a target exists on this side; one outside the stack does."""
        head, _, name = target.partition(":")
        if head != "in":
            return True
        return name in self.view.side.resources and self.view.exists(name, self.world)


# ---------------------------------------------------------------------------------------------
# Both sides


class _Comparison:
    """Compares everything that is read as one set."""

    def __init__(self, diff: Diff, before: _Grants, after: _Grants) -> None:
        self.diff = diff
        self.before = before
        self.after = after

    def run(self) -> Iterator[Finding]:
        for slot in dict.fromkeys([*self.after.slots, *self.before.slots]):
            kind, target, _ = slot
            if not self.after.exists(target):
                continue
            olds, news = self.before.slots.get(slot, []), self.after.slots.get(slot, [])
            existed = self.before.exists(target)
            if existed and _unchanged(olds, news):
                continue
            groups: dict[str, tuple[list[Grant], list[Grant]]] = {}
            for place, grants in enumerate((olds, news)):
                for grant in grants:
                    groups.setdefault(_READ_AS[grant.form], ([], []))[place].append(grant)
            for form, (old, new) in groups.items():
                yield from getattr(self, f"_{form}")(kind, existed, old, new)

    def _finding(
        self,
        grant: Grant,
        code: str,
        severity: Severity,
        words: str,
        place: int | None = None,
        *,
        gone: bool = False,
    ) -> Finding:
        steps: Steps = grant.path
        if place is not None:
            steps = (*steps, "Statement", place)
        path = ("Resources", grant.logical_id, *steps)
        template = self.diff.before if gone else self.diff.after
        side = self.diff.sides.before if gone else self.diff.sides.after
        origin = template.origin(side.place(grant.logical_id, steps))
        return Finding(code, "access", severity, grant.logical_id, words, pointer(path), origin)

    # -- policies

    def _documents(self, kind: str, existed: bool, old: list[Grant], new: list[Grant]) -> Iterator[Finding]:
        olds, unread_old = _lines(old)
        news, unread_new = _lines(new)
        if not existed:
            for grant, line in news:
                yield from self._of_new_target(kind, grant, line)
            return
        unread = [grant for grant, _ in unread_new if not _among(grant, [one for one, _ in unread_old])]
        for grant, why in unread_new:
            if grant in unread:
                yield self._finding(
                    grant, _CODES[kind], "warning", f"{_named(grant)} may be broader than before: {why}"
                )
        for grant, why in unread_old:
            # The default that applies without a policy denies nothing.
            if grant.value is MISSING or unread or _among(grant, [one for one, _ in unread_new]):
                continue
            words = f"{_named(grant)} changes, and may have denied something before: {why}"
            yield self._finding(grant, _CODES[kind], "warning", words, gone=True)
        denied = [line.statement for _, line in news if not line.allow]
        held = [*(line.statement for _, line in olds if line.allow), *denied]
        for grant, line in news:
            if not line.allow:
                continue
            left = left_over(line.statement, held)
            if not left:
                continue
            if grant.value is MISSING:
                words = f"{_named(grant)} is removed, and without it everything is allowed"
                yield self._finding(grant, _CODES[kind], "warning", words, gone=True)
                continue
            if _may_be_public(grant) and any(attrs.evolve(line, statement=box).public for box in left):
                words = f"{_named(grant, line)} allows everyone: {_list(left, line, kind)}"
                yield self._finding(grant, "PF405", "error", words, line.place)
                continue
            broader = _WORDS[kind][all(may_be_held(box, held) for box in left)]
            words = f"{_named(grant, line)} {broader}: {_list(left, line, kind)}{_why(left, held)}"
            yield self._finding(grant, _CODES[kind], "warning", words, line.place)
        for grant, line in olds:
            if line.allow or unread:
                continue
            left = left_over(line.statement, denied)
            if left:
                no_longer = (
                    "may no longer deny"
                    if all(may_be_held(box, denied) for box in left)
                    else "no longer denies"
                )
                words = f"{_named(grant, line)} {no_longer} {_list(left, line, kind)}"
                yield self._finding(grant, _CODES[kind], "warning", words, line.place, gone=True)

    def _of_new_target(self, kind: str, grant: Grant, line: Line) -> Iterator[Finding]:
        if grant.value is MISSING:
            return
        if _may_be_public(grant) and line.public:
            words = f"{_named(grant, line)} allows everyone: {_list([line.statement], line, kind)}"
            yield self._finding(grant, "PF405", "warning", words, line.place)
        elif kind == "identity" and line.unlimited:
            words = f"{_named(grant, line)} allows every action on every resource"
            yield self._finding(grant, "PF401", "warning", words, line.place)

    # -- names, limits, and what is not read

    def _names(self, kind: str, existed: bool, old: list[Grant], new: list[Grant]) -> Iterator[Finding]:
        had = {key: name for grant in old for key, name in _name_keys(grant).items()}
        now = {key for grant in new for key in _name_keys(grant)}
        may_be = any(_is_input(name) for key, name in had.items() if key not in now)
        for grant in new:
            for key, name in _name_keys(grant).items():
                if key in had or self._is_read(grant, name):
                    continue
                if existed:
                    adds = "may add" if had.keys() - now and (may_be or _is_input(name)) else "adds"
                    words = f"{_place(grant)} {adds} {shown(name)}"
                    if isinstance(name, dict):
                        words = f"{_place(grant)} grants something new: {clause(grant.row['reason'])}"
                    yield self._finding(grant, _CODES[kind], "warning", words)
                elif isinstance(name, str) and name.endswith(":policy/AdministratorAccess"):
                    words = f"{_place(grant)} has {name}: every action on every resource"
                    yield self._finding(grant, "PF401", "warning", words)

    def _is_read(self, grant: Grant, name: Any) -> bool:
        """Whether a name means a policy of this stack, whose statements have been read."""
        view = self.after.view
        logical_id = view.resource_of(name, ())
        if logical_id is None or grant.kind != "identity":
            return False
        return any(row.get("own") for row in view.rows.get(view.side.resources[logical_id]["Type"], ()))

    def _limits(self, kind: str, existed: bool, old: list[Grant], new: list[Grant]) -> Iterator[Finding]:
        """Limits that are removed or changed; a new limit only narrows."""
        if not existed:
            return
        now = {(grant.logical_id, grant.path): grant for grant in new}
        for grant in old:
            if grant.value is MISSING:
                continue
            other = now.get((grant.logical_id, grant.path))
            if other is None or other.value is MISSING:
                words = f"{_place(grant)} is removed, which limited access"
                yield self._finding(grant, _CODES[kind], "warning", words, gone=True)
            elif not same_as_text(grant.value, other.value):
                words = f"{_place(grant)} limits access and changes: access may be broader"
                yield self._finding(other, _CODES[kind], "warning", words)

    def _foreign(self, kind: str, existed: bool, old: list[Grant], new: list[Grant]) -> Iterator[Finding]:
        """Policies in other languages: any change of them may broaden access."""
        if not existed:
            return
        was = {(grant.logical_id, grant.path): grant for grant in old}
        now = {(grant.logical_id, grant.path): grant for grant in new}
        for key in dict.fromkeys([*now, *was]):
            one = was[key].value if key in was else MISSING
            other = now[key].value if key in now else MISSING
            if one is other or same_as_text(one, other):
                continue
            grant = now.get(key) or was[key]
            words = f"{_place(grant)} changes and may be broader: {grant.row['reason']}"
            yield self._finding(grant, _CODES[kind], "warning", words, gone=key not in now)

    def _settings(self, kind: str, existed: bool, old: list[Grant], new: list[Grant]) -> Iterator[Finding]:
        """Values that allow what the values before did not, regardless of their position in a list.

        If no value is given and no default is known, nothing is assumed to be allowed before the update, and
        everything after it.
        """
        for path in dict.fromkeys(grant.row["path"] for grant in new):
            olds = [grant for grant in old if grant.row["path"] == path]
            news: list[Grant] = []
            for grant in new:
                if grant.row["path"] == path:
                    stays = next((one for one in olds if same_as_text(_setting(one), _setting(grant))), None)
                    if stays is None:
                        news.append(grant)
                    else:
                        olds.remove(stays)
            had = {word for grant in olds for word in _lets(grant, unknown=False)}
            for grant in news:
                certain = not isinstance(_setting(grant), Unknown) and _setting(grant) is not MISSING
                public = grant.row.get("public", False)
                if not existed and not (public and certain and grant.value is not MISSING):
                    continue
                if not certain and not any(one.value is not MISSING for one in olds):
                    if _setting(grant) is MISSING:
                        continue  # There was no value before for a new item of a list.
                gained = [word for word in _lets(grant, unknown=True) if word not in had]
                if gained:
                    words = f"{_place(grant)} {_becomes(grant)}: {', '.join(gained)}"
                    code = "PF407" if public else _CODES[kind]
                    severity: Severity = "error" if public and certain and existed else "warning"
                    gone = grant.value is MISSING
                    yield self._finding(grant, code, severity, words, gone=gone)

    # -- networks

    def _rules(self, kind: str, existed: bool, old: list[Grant], new: list[Grant]) -> Iterator[Finding]:
        had = [rule for _, rule, _, _ in _all_rules(old)]
        same, wide = set(had), broad(had)
        unsure = [one for one in wide if one.unknown]
        for grant, rule, path, words in _all_rules(new):
            outgoing = grant.row.get("part") != "ingress"
            world = rule.peers == SPACE.get(rule.version) and not grant.row.get("filter")
            if not existed:
                if world and not outgoing and path:
                    yield self._finding(
                        attrs.evolve(grant, path=path),
                        "PF406",
                        "warning",
                        f"{_place(grant, path)} is open to the world: {words}",
                    )
                continue
            if rule in same or not rule_left_over(rule, wide):
                continue
            placed = attrs.evolve(grant, path=path or grant.path)
            if world and not outgoing:
                yield self._finding(placed, "PF406", "error", f"{_place(placed)} opens to the world: {words}")
            else:
                broader = _WORDS["network"][
                    any(may_let(rule, one) for one in (wide if rule.unknown else unsure))
                ]
                yield self._finding(placed, "PF404", "warning", f"{_place(placed)} {broader}: {words}")


# The function that compares the grants of each form.
_READ_AS = {
    "document": "documents",
    "statement": "documents",
    "permission": "documents",
    "names": "names",
    "bound": "limits",
    "foreign": "foreign",
    "rules": "rules",
    "setting": "settings",
}


def _unchanged(olds: list[Grant], news: list[Grant]) -> bool:
    return len(olds) == len(news) and all(
        one.logical_id == other.logical_id
        and one.path == other.path
        and (one.value is other.value or same_as_text(one.value, other.value))
        for one, other in zip(olds, news, strict=True)
    )


def _among(grant: Grant, others: list[Grant]) -> bool:
    return any(same_as_text(grant.value, other.value) for other in others)


def _lines(grants: list[Grant]) -> tuple[list[tuple[Grant, Line]], list[tuple[Grant, str]]]:
    """The statements of grants, and the grants that cannot be read, with the reason."""
    found: list[tuple[Grant, Line]] = []
    unread: list[tuple[Grant, str]] = []
    for grant in grants:
        if grant.value is MISSING:
            absent = grant.row.get("absent")
            if absent == "everything":
                found.append((grant, EVERYTHING))
            elif absent is not None:
                unread.append((grant, "its default depends on the service"))
            continue
        try:
            lines = _read(grant)
        except Unreadable as error:
            unread.append((grant, error.message))
            continue
        found += [(grant, line) for line in lines]
    return found, unread


def _read(grant: Grant) -> list[Line]:
    if grant.form == "document":
        return read(grant.value, identity=grant.kind == "identity")
    if grant.form == "statement":
        return [read_statement(grant.value)]
    if not is_mapping(grant.value):
        raise Unreadable("its properties are unknown")
    line = permission(grant.value, grant.row["fields"])
    return [] if line is None else [line]


def _setting(grant: Grant) -> Any:
    """The value of a setting, or its default; `MISSING` if neither is known."""
    return grant.row.get("default", MISSING) if grant.value is MISSING else grant.value


def _lets(grant: Grant, *, unknown: bool) -> list[str]:
    """What a setting allows; with `unknown`, an unknown setting allows everything that it may."""
    value, lets = _setting(grant), grant.row["lets"]
    if value is MISSING or isinstance(value, Unknown):
        return list(dict.fromkeys(word for words in lets.values() for word in words)) if unknown else []
    return list(lets.get(scalar_text(value).lower(), ()))


def _becomes(grant: Grant) -> str:
    value = _setting(grant)
    if isinstance(value, Unknown):
        return "may allow more than before"
    if value is MISSING:
        return "is removed, and the default may allow more"
    return (
        f"is {shown(value)}" if grant.value is not MISSING else f"is removed and defaults to {shown(value)}"
    )


def _is_input(value: Any) -> bool:
    """Whether a value is unknown and unrestricted."""
    return isinstance(value, Unknown) and value.kind not in NAMES


def _name_keys(grant: Grant) -> dict[str, Any]:
    if grant.value is MISSING:
        return {}
    found: dict[str, Any] = {}
    for name in listed(grant.value):
        found[_key(name)] = name
    return found


# ---------------------------------------------------------------------------------------------
# Network rules

FoundRule = tuple[Grant, Rule, Steps, str]


def _all_rules(grants: list[Grant]) -> Iterator[FoundRule]:
    """The rules of a target; for the defaults that apply without rules, the path is empty."""
    given = [grant for grant in grants if grant.value is not MISSING and not _is_default(grant)]
    for grant in given:
        if is_list(grant.value):
            for place, value in enumerate(grant.value):
                yield from _rules_of(grant, value, (*grant.path, place))
        else:
            yield from _rules_of(grant, grant.value, grant.path)
    for grant in grants:
        if _is_default(grant) and not given:
            for version, peers in SPACE.items():
                yield (
                    grant,
                    Rule(PROTOCOLS, PORTS, version, peers),
                    (),
                    "all traffic, because it has no rules",
                )


def _is_default(grant: Grant) -> bool:
    """Whether a security group allows everything because no rules are given. An empty list removes the default rule
    no more than an absent one does.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html
    """
    return grant.row.get("absent") == "everything" and (grant.value is MISSING or grant.value == [])


def _rules_of(grant: Grant, value: Any, path: Steps) -> Iterator[FoundRule]:
    fields: Mapping[str, Any] = grant.row["fields"]
    if not is_mapping(value):
        if fields:
            # One or more unknown rules.
            thing = Span(thing=_key(value))
            yield (
                grant,
                Rule(thing, thing, LIST, thing, unknown=True),
                path,
                f"an unknown rule ({shown(value)})",
            )
            return
        peers = [(value, "list")]
        protocols, ports, words = PROTOCOLS, PORTS, ""
    else:
        rule = value
        peers = [
            (one, kind)
            for name, kind in fields["peers"].items()
            for one in listed(_field(rule, name))
            if one is not None
        ]
        protocols = _protocol(_field(rule, fields.get("protocol")))
        ports = _ports(protocols, _field(rule, fields.get("from")), _field(rule, fields.get("to")))
        words = _traffic(rule, fields, protocols, ports)
    given = [_field(value, fields.get(name)) for name in ("protocol", "from", "to")] if fields else []
    for peer, kind in peers:
        version, span = _peer(peer, kind)
        unknown = any(map(_is_input, (peer, *given)))
        yield grant, Rule(protocols, ports, version, span, unknown), path, f"{words}{shown(peer)}"


def _field(rule: Mapping[str, Any], name: str | None) -> Any:
    value: Any = rule
    for step in (name or "").split("/"):
        value = mapping_or_empty(value).get(step)
    return value


def _protocol(value: Any) -> Span:
    if value is None:
        return PROTOCOLS
    if isinstance(value, Unknown):
        return Span(thing=name_of(value))
    text = scalar_text(value).lower()
    if text in ("-1", "all"):
        return PROTOCOLS
    number = _PROTOCOLS.get(text, index_of(text))
    return Span(thing=text) if number is None else Span(number, number)


def _ports(protocols: Span, first: Any, last: Any) -> Span:
    """The ports of a rule; for ICMP, the type and code, of which -1 means all."""
    if protocols == PROTOCOLS or (first is None and last is None):
        return PORTS
    if isinstance(first, Unknown) or isinstance(last, Unknown):
        return Span(thing=f"{_key(first)}-{_key(last)}")
    low, high = _whole(first), _whole(last)
    if low is None or high is None:
        return Span(thing=f"{first}-{last}")
    if protocols in (Span(1, 1), Span(58, 58)):
        if low == -1:
            return PORTS
        return Span(low * 256, low * 256 + 255) if high == -1 else Span(low * 256 + high, low * 256 + high)
    return PORTS if low == -1 else Span(low, high)


def _whole(value: Any) -> int | None:
    try:
        return int(scalar_text(value))
    except ValueError:
        return None


def _peer(value: Any, kind: str) -> tuple[int, Span]:
    """The version and the addresses of a peer; one that is not a known block equals only itself."""
    if isinstance(value, str):
        block = network(value)
        if block is not None:
            return block.version, Span(int(block.network_address), int(block.broadcast_address))
    return _VERSIONS[kind], Span(thing=_key(value))


def _traffic(rule: Mapping[str, Any], fields: Mapping[str, Any], protocols: Span, ports: Span) -> str:
    if protocols == PROTOCOLS:
        words = "all traffic"
    else:
        words = shown(_field(rule, fields.get("protocol")))
        first, last = _field(rule, fields.get("from")), _field(rule, fields.get("to"))
        if ports == PORTS:
            words += ", all ports"
        elif same_as_text(first, last):
            words += f" port {shown(first)}"
        else:
            words += f" ports {shown(first)}-{shown(last)}"
    return f"{words}, "


# ---------------------------------------------------------------------------------------------
# Words


def _place(grant: Grant, path: Steps | None = None) -> str:
    """A place in words: ``SecurityGroupIngress[1] of Web``."""
    words = ""
    for step in (grant.path if path is None else path)[1:]:
        words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else str(step)
    return f"{words} of {grant.logical_id}" if words else grant.logical_id


def _named(grant: Grant, line: Line | None = None) -> str:
    if line is None or line.place is None:
        return _place(grant)
    return f"statement {line.place + 1} in {_place(grant)}"


def _list(boxes: Sequence[Statement], line: Line, kind: str) -> str:
    """The contents of boxes, as the template writes them."""
    found: dict[str, None] = {}
    for box in boxes:
        words = _side(box.actions.patterns, box.actions.others, line)
        if not (box.resources.patterns == (ALL,) and kind != "identity"):
            words += f" on {_side(box.resources.patterns, box.resources.others, line)}"
        if kind != "identity":
            words += f" for {_side(box.principals.patterns, box.principals.others, line)}"
        found[words] = None
    parts = list(found)
    more = f", and {len(parts) - _LISTED} more" if len(parts) > _LISTED else ""
    return "; ".join(parts[:_LISTED]) + more


def _side(patterns: Sequence[Pattern], others: bool, line: Line) -> str:
    words = ", ".join(line.words.get(one) or _text(one) for one in patterns[:_LISTED])
    if len(patterns) > _LISTED:
        words += ", ..."
    return f"all but {words}" if others else words


def _text(tokens: Pattern) -> str:
    def one(token: Token) -> str:
        if isinstance(token, Symbol):
            return "{...}"
        return token if isinstance(token, str) else "*?"[token]

    return "*" if tokens == ALL or tokens == (0, ":", 0) else "".join(map(one, tokens))


def _why(left: Sequence[Statement], held: Sequence[Statement]) -> str:
    """Whether only the conditions have become wider."""
    if not may_move(20 * len(held)):
        return ""  # Too much to compare.
    free = [attrs.evolve(statement, conditions=()) for statement in held]
    return " (its conditions are broader)" if all(not left_over(box, free) for box in left) else ""


def _may_be_public(grant: Grant) -> bool:
    """Whether the principal ``*`` means everybody: it does not if a policy only filters what others grant."""
    return grant.kind != "identity" and not grant.row.get("filter")
