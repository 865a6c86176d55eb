"""Places that only one resource can fill, across types, lists and nested stacks, and resources that take a place
which is taken.

The table ``slots`` says which properties of which types fill a place; names and identifiers fill one by themselves.
`slots` handles what stays within one type of one template.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice, product
from operator import eq
from typing import Any

import attrs

from .. import catalog
from ..catalog import ResourceType
from ..changes import Finding, ResourceChange
from ..changes.certainty import may_be_same
from ..changes.comparison import same_as_text
from ..changes.nested import outside
from ..changes.records import MISSING
from ..errors import EvaluationError, join_words
from ..evaluation.unknowns import NO_VALUE, Unknown, cases_when, is_symbol
from ..plain import is_list, is_mapping
from .slots import domain, equal, exclude_each_other, identity_of, is_identified, is_switched_off
from .view import View, Which, clause, is_set, key_of, rows, shown, waits_for

# Limits: resources that fill more places are not examined further, nor are more pairs of unknown values.
_PLACES = 500
_PAIRS = 5_000

Stack = tuple[str, ...]
# The conditions under which a value stands somewhere.
When = tuple[Unknown, ...]
_RESOURCES = ("reference", "attribute", "new")


@attrs.frozen(eq=False)
class Claim:
    """A resource fills a place on one side. `given` are the properties that identify the place, for messages."""

    slot: str
    key: tuple[Any, ...]
    row: Mapping[str, Any]
    stack: Stack
    name: str
    type: str
    given: tuple[tuple[str, Any], ...] = ()
    by: Any = MISSING
    when: When = ()
    # The key as something to look it up by.
    index: tuple[Any, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "index", tuple(map(key_of, self.key)))

    @property
    def is_open(self) -> bool:
        """Whether the key has something that may turn out to be another one."""
        return any(isinstance(part, Unknown) and not _is_resource(part) for part in self.key)

    @property
    def owner(self) -> tuple[Stack, str]:
        """The resource."""
        return self.stack, self.name

    @property
    def path(self) -> str:
        """The resource as reports call it: ``Network/Bucket``."""
        return "/".join((*self.stack, self.name))


def find(view: View) -> Iterator[Finding]:
    """The findings on places that are taken twice in this template and the stacks nested in it."""
    stacks = _Stacks(view)
    said: set[tuple[str, str]] = set()
    for claim, change in stacks.new_claims():
        for holder, which in stacks.rivals(claim):
            found = stacks.judged(claim, change, holder, which)
            if found is not None and (found.code, claim.path + holder.path) not in said:
                said.add((found.code, claim.path + holder.path))
                yield found
                if found.severity != "info":
                    break


class _Stacks:
    """A template and the stacks nested in it, and who fills which place there."""

    def __init__(self, view: View) -> None:
        self.root = view
        self.views: dict[Stack, View] = {}
        for path, diff in view.diff.stacks():
            self.views[path] = view if not path else View(diff)
        self._rows: dict[str, list[Mapping[str, Any]]] = {}
        self._slots_by_type: dict[str, frozenset[str]] = {}
        self._claims: dict[tuple[Stack, str, Which], list[Claim]] = {}
        self._before: dict[str, dict[Any, list[Claim]]] = {}
        self._open: dict[str, list[Claim]] = {}
        self._new: dict[tuple[str, Any], list[Claim]] = defaultdict(list)
        self._pairs = 0

    # -- who claims what

    def rows(self, type_name: str) -> list[Mapping[str, Any]]:
        """The places that resources of a type fill; names only matter if there is another stack."""
        found = self._rows.get(type_name)
        if found is None:
            found = self._rows[type_name] = list(rows("slots", type_name))
            record = catalog.find(type_name)
            if record is not None and len(self.views) > 1:
                found += _implied(record, found)
        return found

    def _slots(self, type_name: str) -> frozenset[str]:
        found = self._slots_by_type.get(type_name)
        if found is None:
            slots = frozenset(row["slot"] for row in self.rows(type_name))
            found = self._slots_by_type[type_name] = slots
        return found

    def claims(self, stack: Stack, name: str, which: Which) -> list[Claim]:
        """The places that a resource fills on one side."""
        key = (stack, name, which)
        found = self._claims.get(key)
        if found is None:
            view = self.views[stack]
            resource = view.side(which).resources.get(name)
            found = self._claims[key] = []
            if resource is not None and view.side(which).exists(name) is not False:
                for row in self.rows(resource["Type"]):
                    places = _places(view, name, which, row)
                    found += islice((self._outside(claim, stack) for claim in places), _PLACES)
        return found

    def _outside(self, claim: Claim, stack: Stack) -> Claim:
        """A claim of a nested stack as this one sees it."""
        if not stack:
            return claim
        key, by, when = claim.key, claim.by, claim.when
        for step in reversed(stack):
            key = tuple(outside(part, step) for part in key)
            by = outside(by, step)
            when = tuple(outside(part, step) for part in when)
        return attrs.evolve(claim, key=key, by=by, when=when, stack=stack)

    def new_claims(self) -> list[tuple[Claim, ResourceChange]]:
        """The claims of the update: to places that were free before, or filled by the old resource of a replacement."""
        found: list[tuple[Claim, ResourceChange]] = []
        for stack, view in self.views.items():
            for name, change in view.changes.items():
                if change.action not in ("Add", "Modify", "Dynamic") or not self.rows(change.type):
                    continue
                if name in view.before.resources and view.cause_of_replacement(name) is None:
                    if not any(_changes(view, name, row) for row in self.rows(change.type)):
                        continue
                    had = {(claim.slot, claim.index) for claim in self.claims(stack, name, "before")}
                    claims = [
                        claim
                        for claim in self.claims(stack, name, "after")
                        if (claim.slot, claim.index) not in had
                    ]
                else:
                    claims = self.claims(stack, name, "after")
                for claim in claims:
                    found.append((claim, change))
                    self._new[claim.slot, claim.index].append(claim)
        return found

    def rivals(self, claim: Claim) -> Iterator[tuple[Claim, Which]]:
        """The claims to the same place: of resources that fill it before the update, or take it and come before this
        one."""
        index = self._index(claim.slot)
        for holder in index.get(claim.index, ()):
            yield holder, "before"
        for other in self._new[claim.slot, claim.index]:
            if other is claim:
                break
            yield other, "after"
        if len(claim.key) > 1:
            unsettled = chain.from_iterable(index.values()) if claim.is_open else self._open[claim.slot]
            for holder in unsettled:
                self._pairs += 1
                if self._pairs > _PAIRS:
                    return
                if _may_be_one(claim, holder):
                    yield holder, "before"

    def _index(self, slot: str) -> dict[Any, list[Claim]]:
        """The claims on a slot before the update by their keys."""
        found = self._before.get(slot)
        if found is None:
            found = self._before[slot] = {}
            self._open[slot] = []
            for stack, view in self.views.items():
                for name, resource in view.before.resources.items():
                    if slot not in self._slots(resource["Type"]):
                        continue
                    for claim in self.claims(stack, name, "before"):
                        if claim.slot == slot:
                            found.setdefault(claim.index, []).append(claim)
                            if claim.is_open:
                                self._open[slot].append(claim)
        return found

    # -- what follows

    def judged(self, claim: Claim, change: ResourceChange, holder: Claim, which: Which) -> Finding | None:
        """The finding on a place that two resources take, or that one takes while another fills it."""
        if self._is_elsewhere(claim, holder) or exclude_each_other(claim.when, holder.when):
            return None
        if holder.type in claim.row.get("takes_over", ()) or _share(claim, holder):
            return None
        record = catalog.find(claim.type)
        if claim.stack == holder.stack and claim.type == holder.type and record is not None:
            if _is_within_type(record, claim, holder):
                return None
            if claim.owner == holder.owner:
                view = self.views[claim.stack]
                if (
                    which == "after"
                    or view.cause_of_replacement(claim.name) is None
                    or _deletes_first(record)
                ):
                    return None
                kept = all(
                    view.changed(claim.name, f"/Properties/{part}") == "no" for part in record.identifier
                )
                if kept and record.identity_can_be_given:
                    return None  # The same identifier is a finding already.
        if which == "after" and claim.when and holder.when:
            return None  # Of two that each may be there, one often is where the other is not.
        fate = "comes" if which == "after" else self._fate(claim, holder)
        sure = self._is_sure(claim, change, holder, fate)
        if not _is_exact(claim, holder) and fate not in ("removed", "replaced", "retained"):
            return None  # Two that stand side by side are meant to be two.
        if fate == "retained" and claim.row.get("create") == "overwrites":
            return None
        return self._said(claim, change, holder, fate, sure)

    def _is_elsewhere(self, claim: Claim, holder: Claim) -> bool:
        """Whether both are in one nested stack, whose own findings say it."""
        return bool(claim.stack) and claim.stack[:1] == holder.stack[:1]

    def _fate(self, claim: Claim, holder: Claim) -> str:
        """What becomes of what is in a place before the update."""
        view = self.views[holder.stack]
        if view.after.exists(holder.name) is False:
            return "retained" if view.kept(holder.name) else "removed"
        if holder.name in view.changes and view.cause_of_replacement(holder.name) is not None:
            record = catalog.find(holder.type)
            if record is None or not _deletes_first(record):
                return "replaced"
        after = self.claims(holder.stack, holder.name, "after")
        if any((other.slot, other.index) == (holder.slot, holder.index) for other in after):
            return "stays"
        if self._needs(claim, holder):
            return "lingers" if holder.row.get("lingers") else "gives it up first"
        return "gives it up last" if self._needs(holder, claim) else "gives it up"

    def _needs(self, one: Claim, other: Claim) -> bool:
        """Whether the update of one resource waits for that of another."""
        mine, theirs = (claim.stack[0] if claim.stack else claim.name for claim in (one, other))
        return waits_for(self.root.diff, mine, theirs)

    def _is_sure(self, claim: Claim, change: ResourceChange, holder: Claim, fate: str) -> bool:
        if claim.when or holder.when or not _is_exact(claim, holder) or change.action == "Dynamic":
            return False
        if claim.owner == holder.owner:
            return change.replacement == "True"
        other = self.views[holder.stack].changes.get(holder.name)
        return fate not in ("removed", "replaced") or (
            other is not None and (other.action == "Remove" or other.replacement == "True")
        )

    def _said(self, claim: Claim, change: ResourceChange, holder: Claim, fate: str, sure: bool) -> Finding:
        row, other = claim.row, f"{holder.path} ({holder.type})"
        same_name = row.get("name") and claim.type == holder.type
        why = "" if same_name else clause(row["reason"])
        overwrites = row.get("create") == "overwrites"
        what = _what(claim, holder)
        has = "has" if sure else "may have"
        code = "PF203"
        if claim.owner == holder.owner:
            happens = "is replaced" if sure else "may be replaced"
            text = (
                f"{claim.path} {happens} and keeps {what}, which the old resource still has: {why}, and the old "
                "resource is deleted last"
            )
            if overwrites:
                text += ", which may remove it"
            found = self._finding(code, claim, text)
            return found if claim.stack else self.root.unlikely(claim.name, found)
        text = f"{claim.path} {_comes(change)} {what}, which {other}"
        if fate == "comes":
            end = f" gets as well: {why}" if why else " gets as well"
            code = "PF204" if row.get("name") and sure else code
            end += "; keep one of them" if overwrites else ", so the update fails"
        elif overwrites and fate in ("removed", "replaced"):
            code = "PF303" if sure else code
            policy = "DeletionPolicy" if fate == "removed" else "UpdateReplacePolicy"
            end = (
                f" {has} as well: {why}, and {'the deletion' if sure else 'a deletion'} of {holder.path} comes last "
                f"and removes it; set {policy} to Retain on {holder.path} in an earlier update"
            )
        elif overwrites and fate == "stays":
            end = f" {has} as well: {why}, and the last one to be updated wins; keep one of them"
        elif fate == "gives it up first":
            done = "added" if change.action == "Add" else "updated"
            text += f" gives up first: it is missing until {claim.path} is {done} ({why})"
            return attrs.evolve(self._finding(code, claim, text), severity="info")
        elif overwrites and fate == "gives it up last":
            code = "PF303" if sure else code
            end = f" gives up later in this update: {why}, and that removes it; split this into two updates"
        elif overwrites and fate == "gives it up":
            end = (
                f" gives up in the same update: {why}, and if that comes last, it removes it; let {claim.path} depend "
                f"on {holder.path}"
            )
        elif fate == "lingers":
            end = f" gives up, though that may leave it there: {why}, so the update may fail"
        else:
            until = {
                "removed": " until it is deleted at the end",
                "replaced": " until the old resource is deleted at the end",
                "retained": " and keeps, as it is retained",
                "gives it up": " until it is updated, and nothing says which comes first",
                "gives it up last": " until it is updated after that",
            }.get(fate, "")
            code = "PF204" if row.get("name") and sure else code
            fails = "the update fails" if sure and fate != "gives it up" else "the update may fail"
            end = f" {has}{until}: {why}, so {fails}" if why else f" {has}{until}: {fails}"
        return self._finding(code, claim, text + end)

    def _finding(self, code: str, claim: Claim, text: str) -> Finding:
        """A finding about the resource of this template that makes the claim, or contains the one that does."""
        if claim.stack:
            return self.root.finding(code, claim.stack[0], text)
        prop = claim.row.get("items") or next((path for path, _ in claim.given), "")
        top = prop.partition("/")[0]
        return self.root.finding(code, claim.name, text, ("Properties", top) if top else ())


def _changes(view: View, name: str, row: Mapping[str, Any]) -> bool:
    """Whether an update in place changes the place that a row describes, or whether the resource exists."""
    paths = [row["items"]] if "items" in row else []
    paths += [part for path in row["key"] for part in path.rstrip("?").split("|") if part[0] not in "*@"]
    return view.before.exists(name) is not True or any(
        view.changed(name, f"/Properties/{path.partition('/')[0]}") != "no" for path in paths
    )


def _comes(change: ResourceChange) -> str:
    return {"Add": "is added with", "Modify": "gets"}.get(change.action, "may be added with")


def _what(claim: Claim, holder: Claim) -> str:
    """The place in words."""
    given = join_words([f"{path} {shown(value)}" for path, value in claim.given]) if claim.given else ""
    if "implied" in claim.row or (claim.row.get("name") and claim.type == holder.type):
        return f"the {given}" if given else f"the one {claim.type} of its account and region"
    return f"the {claim.slot} ({given})" if given else f"the {claim.slot}"


def _implied(record: ResourceType, explicit: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The places that follow from a name, an identifier or the table of unique properties."""
    slot = {"type": record.name, "implied": True}
    prop = record.physical_name
    if not any(row.get("name") for row in explicit):
        identity = [f"{part}?" for part in identity_of(record) if part != prop]
        if prop is not None:
            yield {**slot, "slot": f"name of {record.name}", "key": [prop, *identity], "name": True}
        elif record.identity_can_be_given and record.unique_by is None:
            yield {**slot, "slot": f"name of {record.name}", "key": identity, "name": True}
    if record.unique_by is not None and not any("name" not in row and "by" not in row for row in explicit):
        (unique,) = rows("uniqueness", record.name)
        one = rows("one_slot", record.name)
        yield {
            **slot,
            "slot": f"place of {record.name}",
            "key": [f"{path}?" for path in record.unique_by],
            "reason": (one or [unique])[0]["reason"],
            "create": "overwrites" if one else "fails",
        }


def _deletes_first(record: ResourceType) -> bool:
    """Whether a replacement deletes the old resource before it creates the new one."""
    return record.replacement_strategy == "delete_then_create"


def _is_within_type(record: ResourceType, claim: Claim, holder: Claim) -> bool:
    """Whether `slots` or the comparison of names examines two resources of the same type already."""
    row = claim.row
    if row.get("name") or "implied" in row:
        return True
    if row.get("by") or row is not holder.row:
        return False
    used = {path.rstrip("?") for path in row["key"] if path[0] not in "*@"} | {
        *filter(None, [row.get("items")])
    }
    if record.unique_by is not None and used <= set(record.unique_by):
        return True
    return used == set(record.identifier) and claim.owner != holder.owner


def _share(claim: Claim, holder: Claim) -> bool:
    """Whether two claims may be to the same place: both belong to the same thing, or neither excludes the other."""
    alone: Any = claim.row.get("alone")
    if claim.by is MISSING and holder.by is MISSING:
        return alone is not None
    if same_as_text(claim.by, holder.by):
        return True
    return alone is not None and not any(
        is_symbol(value) or (None if value is MISSING else value) in alone for value in (claim.by, holder.by)
    )


def _is_exact(claim: Claim, holder: Claim) -> bool:
    """Whether two certainly fill one place, and do not share it."""
    return claim.index == holder.index and (claim.by is MISSING or not may_be_same(holder.by, claim.by))


def _is_resource(value: Any) -> bool:
    """Whether a value is a resource of the templates, which no value from outside can be."""
    return isinstance(value, Unknown) and value.kind in _RESOURCES


def _may_be_one(claim: Claim, holder: Claim) -> bool:
    """Whether two different keys may turn out to be equal: where they differ, a value comes from outside."""
    if len(claim.key) != len(holder.key) or claim.index == holder.index:
        return False
    if sum(map(eq, claim.index, holder.index)) == 0:
        return False
    exact = 0
    for mine, theirs in zip(claim.key, holder.key, strict=True):
        if mine is MISSING or theirs is MISSING:
            if mine is not theirs:
                return False
        elif same_as_text(mine, theirs):
            exact += 1
        elif _is_resource(mine) or _is_resource(theirs) or equal(theirs, mine) == "no":
            return False
    return exact > 0


# -- the places of one resource


def _places(view: View, name: str, which: Which, row: Mapping[str, Any]) -> Iterator[Claim]:
    """The places that a row says a resource fills."""
    exists = view.side(which).exists(name)
    when: When = (exists,) if isinstance(exists, Unknown) else ()
    type_name = view.side(which).resources[name]["Type"]
    record = catalog.find(type_name)
    if "implied" in row and record is not None:
        if (
            row.get("name")
            and record.physical_name is None
            and is_identified(view, name, record, which) == "no"
        ):
            return
        if is_switched_off(view, name, record, which):
            return
    # What is the same for every item is found once.
    fixed = {
        path: _part(view, name, which, row, path, MISSING, when) for path in row["key"] if "*" not in path
    }
    for element, element_when in _filling(view, name, which, row, when):
        parts = [
            fixed.get(path) or _part(view, name, which, row, path, element, element_when)
            for path in row["key"]
        ]
        for chosen in product(*parts):
            values = [value for value, _ in chosen]
            needed = [value for value, path in zip(values, row["key"], strict=True) if not path.endswith("?")]
            if any(is_set(value) == "no" for value in needed):
                continue
            if values and all(is_set(value) == "no" for value in values):
                continue
            conditions = dict.fromkeys(map(_Hashable, (c for _, part in chosen for c in part)))
            by = _by(view, name, which, row, element)
            if by is NO_VALUE:
                continue
            key = tuple(MISSING if is_set(value) == "no" else value for value in values)
            given = tuple(
                (_label(path), value)
                for path, value in zip(row["key"], key, strict=True)
                if value is not MISSING and path != "@"
            )
            given = tuple((label or row["items"].rpartition("/")[2], value) for label, value in given)
            found = tuple(each.value for each in conditions)
            yield Claim(row["slot"], key, row, (), name, type_name, given, by, found)


def _filling(
    view: View, name: str, which: Which, row: Mapping[str, Any], when: When
) -> Iterator[tuple[Any, When]]:
    """The items of a list that each fill a place, or a single None if the resource itself does."""
    if "items" not in row:
        yield MISSING, when
        return
    for items, conditions in _given(view, name, which, row["items"], when):
        yield from _elements(items, conditions)


class _Hashable:
    """An unknown condition that can be looked up."""

    __slots__ = ("key", "value")

    def __init__(self, value: Unknown) -> None:
        self.value = value
        self.key = key_of(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashable) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _label(path: str) -> str:
    """The property that a path of a key names; empty for an item as a whole."""
    return path.partition("|")[0].rstrip("?").removeprefix("*").removeprefix("/")


def _part(
    view: View, name: str, which: Which, row: Mapping[str, Any], path: str, item: Any, when: When
) -> list[tuple[Any, When]]:
    """The values that a part of a key has, each with its conditions."""
    if path == "@":
        return [(value, when) for value in _itself(view, name, which, row)]
    for alternative in path.rstrip("?").split("|"):
        if alternative.startswith("*"):
            steps = alternative.split("/")[1:]
            found = list(_values(item, steps, when)) if steps else list(_cases(item, when))
        else:
            found = list(_given(view, name, which, alternative, when))
        if any(is_set(value) != "no" for value, _ in found):
            break
    else:
        found = [(MISSING, when)]
    if path in row.get("domain_names", ()):
        found = [(domain(value), conditions) for value, conditions in found]
    # A literal means the resource that has this ARN or URL.
    return [(view.written_out.as_reference(value), conditions) for value, conditions in found]


def _itself(view: View, name: str, which: Which, row: Mapping[str, Any]) -> Iterator[Any]:
    """What references to a resource give."""
    for reference in row.get("itself", ["Ref"]):
        node = {"Ref": name} if reference == "Ref" else {"Fn::GetAtt": [name, reference]}
        try:
            yield view.engine(which).value(node)
        except EvaluationError:
            continue  # A reference to nothing is a finding of its own.


def _by(view: View, name: str, which: Which, row: Mapping[str, Any], item: Any) -> Any:
    """The scope of a place, such as the VPC; NO_VALUE if it cannot be found."""
    path = row.get("by")
    if path is None:
        return MISSING
    first, _, rest = path.partition(">")
    if first.startswith("*/"):
        value = item.get(first[2:], MISSING) if is_mapping(item) else MISSING
    else:
        value = view.value(name, (first,), which)
    if rest and isinstance(value, Unknown) and value.kind in _RESOURCES:
        found = view.value(value.name.partition(".")[0], (rest,), which)
        return NO_VALUE if found is MISSING else found
    return NO_VALUE if rest else value


def _cases(value: Any, when: When) -> Iterator[tuple[Any, When]]:
    """What a value may be, and under which conditions."""
    for case, conditions in cases_when(value):
        yield (MISSING if case is NO_VALUE else case), (*when, *conditions)


def _values(value: Any, steps: Iterable[str], when: When) -> Iterator[tuple[Any, When]]:
    """The values at a path, through every item where it says ``*``."""
    found = list(_cases(value, when))
    for step in steps:
        found = [one for case, conditions in found for one in _step(case, step, conditions)]
    yield from found


def _step(case: Any, step: str, when: When) -> Iterable[tuple[Any, When]]:
    if step == "*":
        return _elements(case, when)
    return _cases(case[step], when) if is_mapping(case) and step in case else ()


def _given(view: View, name: str, which: Which, path: str, when: When) -> Iterator[tuple[Any, When]]:
    """The values at a path below the properties of a resource."""
    first, *rest = path.split("/")
    value = view.value(name, (first,), which)
    if value is not MISSING:
        yield from _values(value, rest, when) if rest else _cases(value, when)


def _elements(value: Any, when: When) -> Iterator[tuple[Any, When]]:
    """The items of a list; CloudFormation takes a single value for a list of one."""
    for case, conditions in _cases(value, when):
        if isinstance(case, Unknown) or case is MISSING:
            continue
        for item in case if is_list(case) else [case]:
            yield from _cases(item, conditions)
