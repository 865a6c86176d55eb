"""What may exist only once: names that are taken, and slots without a name."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

from .. import catalog
from ..budget import take_moves
from ..catalog import ResourceType
from ..changes import Finding, ResourceChange
from ..changes.certainty import may_be_same
from ..changes.clauses import holds
from ..changes.comparison import same_as_text
from ..changes.records import MISSING
from ..errors import join_words
from ..evaluation.secrets import like, opened
from ..evaluation.unknowns import Choice, Unknown, is_known, negated, unknowns
from ..plain import is_list
from ..pointers import place_of
from .access.containment import Network, network
from .view import Certainty, View, Which, clause, is_set, key_of, rows, shown

# The kinds of what is one certain resource.
_RESOURCES = ("reference", "attribute", "new")

# A resource, and the side on which it is meant.
Place = tuple[str, Which]


def kept_by_replacement(view: View, change: ResourceChange, record: ResourceType) -> Iterator[Finding]:
    """A replacement in the slot that the old one is still in."""
    unique = record.unique_by
    if unique is None or record.replacement_strategy == "delete_then_create":
        return
    name = change.logical_id
    if same_slot(view, record, name, name) == "no" or is_switched_off(view, name, record, "after"):
        return
    happens = "is replaced" if change.replacement == "True" else "may be replaced"
    used = _used(view, name, record)
    keeps = f"keeps {join_words(used)}" if used else "is unique in its account and region"
    if any(view.changed(name, f"/Properties/{path}") == "yes" for path in unique):
        keeps += ", at least in part"
    message = f"{name} {happens} and {keeps}: {_reason(record)}, and the old resource is deleted last"
    yield view.on_replacement("PF203", name, message)


def _used(view: View, name: str, record: ResourceType) -> list[str]:
    """The properties of its slot that a resource gives."""
    return [
        path for path in record.unique_by or [] if is_set(view.value(name, place_of(path), "after")) != "no"
    ]


def _reason(record: ResourceType, table: str = "uniqueness") -> str:
    return clause(rows(table, record.name)[0]["reason"])


def is_switched_off(view: View, name: str, record: ResourceType, which: Which) -> bool:
    """Whether a resource claims no slot: only endpoints with a private DNS name claim that of their VPC."""
    resource = view.resource(name, which)
    return any(
        holds(row.get("unless", ()), "/Properties", resource, resource) is True
        for row in rows("uniqueness", record.name)
    )


def taken(view: View, change: ResourceChange, record: ResourceType) -> Iterator[Finding]:
    """A new resource, or a new name, while another resource has or gets the same name or slot."""
    name = change.logical_id
    comes = change.action == "Add" or (change.action == "Dynamic" and view.before.exists(name) is not True)
    prop = record.physical_name

    def gets(path: str) -> bool:
        return comes or view.changed(name, f"/Properties/{path}") != "no"

    if record.unique_by is not None and (comes or any(map(gets, record.unique_by))):
        found = _same_place(view, name, change, record)
        if found is not None:
            yield found
            return
    identity = identity_of(record)
    if prop is not None and gets(prop):
        wanted = view.value(name, (prop,), "after")
        scope = [part for part in identity if part != prop]
        for other, which in _holders(view, change, prop) if is_set(wanted) != "no" else ():
            if all(_may_equal(view, other, which, name, part) for part in scope):
                yield _taken(view, change, other, which, f"the {prop} {shown(wanted)}")
                return
    elif (comes or any(map(gets, identity))) and is_identified(view, name, record, "after") != "no":
        for other, which in _rivals(view, change, _identical(view, name, record)):
            if is_identified(view, other, record, which) != "no":
                yield _taken(view, change, other, which, f"the {described(view, name, identity)}")
                return


def identity_of(record: ResourceType) -> list[str]:
    """The properties that distinguish resources with the same name: parts of the identifier, and the scope of the
    name."""
    scopes = [part for row in rows("name_scopes", record.name) for part in row["properties"]]
    parts = [part for part in record.identifier if part.partition("/")[0] in record.properties]
    return list(dict.fromkeys([*parts, *scopes]))


def is_identified(view: View, name: str, record: ResourceType, which: Which) -> Certainty:
    """Whether the template gives the whole identity of a resource, so that AWS generates no part of it."""
    if not record.identity_can_be_given:
        return "no"
    defaults = {part for row in rows("identity_defaults", record.name) for part in row["properties"]}
    found = {
        is_set(view.value(name, place_of(part), which)) for part in record.identifier if part not in defaults
    }
    return "no" if "no" in found else ("maybe" if "maybe" in found else "yes")


def described(view: View, name: str, parts: list[str]) -> str:
    """Those of some properties that a resource has after the update, with their values."""
    values = {part: view.value(name, place_of(part), "after") for part in parts}
    return join_words([f"{part} {shown(value)}" for part, value in values.items() if is_set(value) != "no"])


def _identical(view: View, name: str, record: ResourceType) -> list[Place]:
    """The resources with the same identity as a resource has after the update."""
    index = _indexed(view, record.name, ",".join(identity_of(record)), _identity)
    return index.get(_identity(view, name, ",".join(identity_of(record)), "after"), [])


def _identity(view: View, name: str, parts: str, which: Which) -> Any:
    values = [view.value(name, place_of(part), which) for part in parts.split(",")]
    return tuple(MISSING if is_set(value) == "no" else key_of(value) for value in values)


def _same_place(view: View, name: str, change: ResourceChange, record: ResourceType) -> Finding | None:
    """A resource that takes the slot of another one, or one that another resource takes as well."""
    if is_switched_off(view, name, record, "after"):
        return None
    new = "changes" if change.action == "Modify" else "is added"
    for other, which in _rivals(view, change, _near(view, change, record)):
        if is_switched_off(view, other, record, which):
            continue
        state = same_slot(view, record, other, name, which)
        # Two resources in the same new template are meant to be different, whatever their values.
        if state == "no" or (state == "maybe" and (which == "after" or _stays(view, other))):
            continue
        has = ("has" if state == "yes" else "may have") if which == "before" else "gets"
        used = _used(view, name, record)
        there = f"{has} the same {join_words(used)}" if used else "exists"
        gone = view.after.exists(other) is not True
        if gone and not view.kept(other) and rows("one_slot", record.name) and change.action != "Modify":
            return view.finding(
                "PF303",
                name,
                f"{name} is added, and {other}, which is removed, {there}: {_reason(record, 'one_slot')}",
            )
        last = f", and {other} is deleted last" if gone and not view.kept(other) else ""
        return view.finding("PF203", name, f"{name} {new}, and {other} {there}: {_reason(record)}{last}")
    return None


def _stays(view: View, name: str) -> bool:
    """Whether a resource that exists before the update certainly exists after it, and is not replaced."""
    change = view.changes.get(name)
    replaced = change is not None and view.cause_of_replacement(name) is not None
    return view.after.exists(name) is True and not replaced


def _taken(view: View, change: ResourceChange, other: str, which: Which, what: str) -> Finding:
    name = change.logical_id
    verb = {"Add": "is added with", "Modify": "gets"}.get(change.action, "may be added with")
    has = "has" if which == "before" else "gets too"
    if view.after.exists(other) is False:
        has += ", and is retained" if view.kept(other) else " until it is deleted at the end"
    record = catalog.find(change.type)
    prop = () if record is None or record.physical_name is None else ("Properties", record.physical_name)
    return view.finding("PF204", name, f"{name} {verb} {what}, which {other} {has}: the update fails", prop)


def _rivals(view: View, change: ResourceChange, found: list[Place]) -> Iterator[Place]:
    """Those of some resources that exist before the update, then those that come before this one in the template
    after.

    Resources that both only may exist are left out, as they often exclude each other.
    """
    name = change.logical_id
    order: dict[str, int] | None = view.cache.get("order after")
    if order is None:
        order = view.cache["order after"] = {one: place for place, one in enumerate(view.after.resources)}
    who = f"the {change.type} that may be the same as {name}"
    take_moves(len(found) // 4, who)
    for other, which in sorted(found, key=lambda place: place[1] == "after"):
        if other == name or exclude_each_other(
            _conditions(view, other, which), _conditions(view, name, "after")
        ):
            continue
        if which == "before" or (
            order[other] < order[name] and True in (view.after.exists(other), view.after.exists(name))
        ):
            take_moves(20, who)
            yield other, which


def _conditions(view: View, name: str, which: Which) -> tuple[Unknown, ...]:
    """The condition under which a resource exists, as far as it is not known."""
    exists = view.side(which).exists(name)
    return (exists,) if isinstance(exists, Unknown) else ()


def exclude_each_other(some: Iterable[Unknown], others: Iterable[Unknown]) -> bool:
    """Whether some conditions exclude others."""
    return any(_opposite(one, other) for one in some for other in others)


def _opposite(one: Unknown, other: Unknown) -> bool:
    if same_as_text(one, negated(other)) or same_as_text(negated(one), other):
        return True
    if not one.name == other.name == "Fn::Equals" or not len(one.parts) == len(other.parts) == 2:
        return False
    # One unknown value does not equal two known ones.
    return any(
        same_as_text(one.parts[1 - mine], other.parts[1 - theirs])
        and is_known(one.parts[mine])
        and is_known(other.parts[theirs])
        and not same_as_text(one.parts[mine], other.parts[theirs])
        for mine, theirs in product(range(2), range(2))
    )


def _near(view: View, change: ResourceChange, record: ResourceType) -> list[Place]:
    """The candidates for the slot of a resource: by the property that leaves the fewest, so that many resources stay
    cheap."""
    name = change.logical_id
    ranges = _special(record, "overlapping")
    firm, loose = (_by_type(view).get((change.type, which)) or [] for which in ("firm", "loose"))
    for path in record.unique_by or ():
        block = _block(view, name, path, "after") if path in ranges else None
        if block is not None:
            found = _ranges(view, change.type, path, "firm").overlapping(block)
            firm = found if len(found) < len(firm) else firm
            blocks = _ranges(view, change.type, path, "loose")
            found = [*blocks.overlapping(block), *blocks.others]
            loose = found if len(found) < len(loose) else loose
            continue
        mine = _exact(view, name, path, "after")
        if mine is not None:
            sure = _indexed(view, change.type, path, _exact, "firm")
            found = [*sure.get(mine, ()), *sure.get(None, ())]
            firm = found if len(found) < len(firm) else firm
        kind = _kind_and_key(view, name, path, "after")
        if kind is not None:
            # Two values of one kind are only the same where their keys are.
            found = [*_indexed(view, change.type, path, _kind_and_key, "loose").get(kind, ())]
            for other, places in _by_kind(view, change.type, path).items():
                if other != kind[0]:
                    found += places
            loose = found if len(found) < len(loose) else loose
    return [*firm, *loose]


def _kind_and_key(view: View, name: str, path: str, which: Which) -> tuple[Any, Any] | None:
    """A value by its kind (known, a resource, made of certain inputs) and a key; None if it may equal any other."""
    value = domain(view.value(name, place_of(path), which))
    if isinstance(value, (Choice, list, dict)):
        return None
    if isinstance(value, Unknown):
        if value.kind in _RESOURCES:
            return "resource", key_of(value)
        if value.kind not in ("text", "parameter"):
            return None
        return tuple(found.name for found in unknowns(value)), key_of(value)
    return "known", MISSING if is_set(value) == "no" else key_of(value)


def _by_kind(view: View, type_name: str, path: str) -> dict[Any, list[Place]]:
    """The resources of a type by the kind of what a property of them is."""
    at = f"{type_name} by kind {path}"
    found: dict[Any, list[Place]] | None = view.cache.get(at)
    if found is None:
        found = view.cache[at] = {}
        for kind, places in _indexed(view, type_name, path, _kind_and_key, "loose").items():
            found.setdefault(None if kind is None else kind[0], []).extend(places)
    return found


def _block(view: View, name: str, path: str, which: Which) -> Network | None:
    value = view.value(name, place_of(path), which)
    return network(opened(value)) if isinstance(value, str) else None


class _Ranges:
    """Resources by the block of addresses that a property of them is, to find those that overlap one.

    Of two blocks that overlap, one holds the other.
    """

    def __init__(self, places: Iterable[tuple[Network | None, Place]]) -> None:
        self.others: list[Place] = []
        """Those whose block is not known."""
        self._by_block: dict[Network, list[Place]] = {}
        for block, place in places:
            (self.others if block is None else self._by_block.setdefault(block, [])).append(place)
        self._lengths = {(block.version, block.prefixlen) for block in self._by_block}
        ordered = sorted(self._by_block, key=_start)
        self._starts = [_start(block) for block in ordered]
        self._ordered = ordered

    def overlapping(self, block: Network) -> list[Place]:
        """The resources whose block overlaps one."""
        found: list[Place] = []
        for version, length in self._lengths:
            if version == block.version and length < block.prefixlen:
                found += self._by_block.get(block.supernet(new_prefix=length), ())
        first = bisect_left(self._starts, (block.version, int(block.network_address)))
        last = bisect_right(self._starts, (block.version, int(block.broadcast_address)))
        for inner in self._ordered[first:last]:
            if inner.prefixlen >= block.prefixlen:
                found += self._by_block[inner]
        return found


def _start(block: Network) -> tuple[int, int]:
    return block.version, int(block.network_address)


def _ranges(view: View, type_name: str, path: str, kind: str) -> _Ranges:
    """The resources of a type by the block of addresses that a property of them is."""
    at = f"{type_name} {kind} by block {path}"
    found: _Ranges | None = view.cache.get(at)
    if found is None:
        places = _by_type(view).get((type_name, kind), ())
        found = view.cache[at] = _Ranges((_block(view, place[0], path, place[1]), place) for place in places)
    return found


def _by_type(view: View) -> dict[tuple[str, str], list[Place]]:
    """The resources of each type on both sides: the ``firm`` ones, which count where a slot is the same for certain,
    and the ``loose`` ones, where it may be the same."""
    found: dict[tuple[str, str], list[Place]] | None = view.cache.get("by type")
    if found is None:
        found = view.cache["by type"] = {}
        sides: tuple[Which, Which] = ("before", "after")
        for which in sides:
            side = view.side(which)
            for name, resource in side.resources.items():
                if side.exists(name) is not False:
                    kind = "firm" if which == "after" or _stays(view, name) else "loose"
                    found.setdefault((resource["Type"], kind), []).append((name, which))
    return found


def _indexed(
    view: View, type_name: str, path: str, key: Callable[[View, str, str, Which], Any], *kinds: str
) -> dict[Any, list[Place]]:
    """The resources of a type by what a property of them is."""
    at = f"{type_name} {kinds} by {key.__name__} {path}"
    found: dict[Any, list[Place]] | None = view.cache.get(at)
    if found is None:
        found = view.cache[at] = {}
        for kind in kinds or ("firm", "loose"):
            for name, which in _by_type(view).get((type_name, kind), ()):
                found.setdefault(key(view, name, path, which), []).append((name, which))
    return found


def _exact(view: View, name: str, path: str, which: Which) -> Any:
    """A key of a value that equals that of each value that is the same for certain; None for a list, one of whose
    items is enough."""
    value = domain(view.value(name, place_of(path), which))
    return None if is_list(value) else MISSING if is_set(value) == "no" else key_of(value)


def _holders(view: View, change: ResourceChange, prop: str) -> Iterator[Place]:
    """Who else has, or gets, the value that a property of a resource gets."""
    found = _indexed(view, change.type, prop, _same)
    return _rivals(view, change, found.get(_same(view, change.logical_id, prop, "after"), []))


def _same(view: View, name: str, path: str, which: Which) -> Any:
    return key_of(view.value(name, (path,), which))


def _may_equal(view: View, other: str, which: Which, name: str, part: str) -> bool:
    one, two = view.value(other, place_of(part), which), view.value(name, place_of(part), "after")
    return same_as_text(one, two) or not (is_known(one) and is_known(two))


def same_slot(view: View, record: ResourceType, other: str, name: str, which: Which = "before") -> Certainty:
    """Whether a resource, by default before the update, and another one after it are in the same slot: scalars are
    equal, or overlap if they are address ranges, and lists have a common item."""
    unique = record.unique_by or []
    state: Certainty = "yes"
    lists: list[Certainty] = []
    something = not unique
    ranges, domains = _special(record, "overlapping"), _special(record, "domain_names")

    def same(one: Any, two: Any) -> Certainty:
        # A literal and a reference may be the same resource.
        if which == "before" and isinstance(one, Unknown) is not isinstance(two, Unknown):
            one, two = view.written_out.pair(one, two)
        return equal(one, two)

    for path in unique:
        steps = place_of(path)
        one, two = view.value(other, steps, which), view.value(name, steps, "after")
        if is_set(one) == "no" and is_set(two) == "no":
            continue
        something = True
        if is_list(one) or is_list(two):
            items, others = (value if is_list(value) else [value] for value in (one, two))
            lists.append(_best([same(a, b) for a in items for b in others]))
            continue
        if path in domains:
            one, two = domain(one), domain(two)
        found = "yes" if path in ranges and _overlap(one, two) else same(one, two)
        if found == "no":
            return "no"
        if found == "maybe":
            state = "maybe"
    if not something:
        return "no"
    if lists:
        best = _best(lists)
        return "no" if best == "no" else ("maybe" if "maybe" in (best, state) else "yes")
    return state


def _special(record: ResourceType, what: str) -> list[str]:
    """The properties of a slot that are not compared as they stand."""
    return [path for row in rows("uniqueness", record.name) for path in row.get(what, ())]


def domain(value: Any) -> Any:
    """A domain name as DNS compares it."""
    return like(opened(value).lower().removesuffix("."), value) if isinstance(value, str) else value


def _overlap(one: Any, two: Any) -> bool:
    """Whether two address ranges have an address in common."""
    if not (isinstance(one, str) and isinstance(two, str)):
        return False
    first, second = network(opened(one)), network(opened(two))
    return first is not None and second is not None and first.overlaps(second)


def _best(found: list[Certainty]) -> Certainty:
    return "yes" if "yes" in found else ("maybe" if "maybe" in found else "no")


def equal(one: Any, two: Any) -> Certainty:
    """Whether two values, the first before or after and the second after the update, are equal."""
    if same_as_text(one, two):
        return "yes"
    if one is MISSING or two is MISSING:
        return "no"
    # Two resources that both stay are different; a value from outside may be anything.
    if all(isinstance(value, Unknown) and value.kind in _RESOURCES for value in (one, two)):
        return "no"
    if is_known(one) and is_known(two):
        return "no"
    # Two texts contain the same unknown value; or a text may or may not equal a known one.
    inputs = [[found.name for found in unknowns(value)] for value in (one, two)]
    if inputs[0] == inputs[1] or not all(inputs):
        take_moves(60, "values that are not known")
        return "maybe" if may_be_same(one, two) else "no"
    return "maybe"
