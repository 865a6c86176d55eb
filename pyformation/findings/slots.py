"""What may exist only once: names that are taken, and slots without a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..catalog import ResourceType
from ..changes import Finding, ResourceChange
from ..changes.comparison import same
from ..changes.records import MISSING
from ..evaluation.unknowns import Unknown, is_known
from .view import Certainty, View, is_set, is_true, key_of, record_of, rows, shown, words


def kept_by_replacement(view: View, change: ResourceChange, record: ResourceType) -> Iterator[Finding]:
    """A replacement in the slot that the old one is still in."""
    unique = record.unique_by
    if unique is None or record.replacement_strategy == "delete_then_create":
        return
    name = change.logical_id
    used = [path for path in unique if is_set(view.value(name, tuple(path.split("/")), "after")) != "no"]
    if (unique and not used) or any(view.changed(name, f"/Properties/{path}") == "yes" for path in unique):
        return
    if _switched_off(view, name, record, "after"):
        return
    cause = view.cause_of_replacement(name)
    happens = "is replaced" if change.replacement == "True" else "may be replaced"
    keeps = f"keeps {words(used)}" if used else "is one an account and region"
    yield view.finding(
        "PF203",
        name,
        f"{name} {happens} and {keeps}: {_reason(record)}, and the old one is deleted last",
        "" if cause is None else cause.path,
    )


def _reason(record: ResourceType) -> str:
    reason: str = rows("uniqueness", record.name)[0]["reason"].rstrip(".")
    return reason[:1].lower() + reason[1:]


def _switched_off(view: View, name: str, record: ResourceType, which: Any) -> bool:
    """Whether the flag in the slot is off: one private DNS name a VPC, for those that have one."""
    unique = record.unique_by or []
    flags = [
        path
        for path in unique
        if path in record.properties and record.properties[path].type.text == "boolean"
    ]
    return any(is_true(view.value(name, (flag,), which)) == "no" for flag in flags)


def taken(view: View, change: ResourceChange, record: ResourceType) -> Iterator[Finding]:
    """A new resource, or a new name, where another resource has the name or the slot before the update."""
    name = change.logical_id
    comes = change.action == "Add" or (change.action == "Dynamic" and view.before.lives(name) is not True)
    prop = record.physical_name
    wanted: Any = MISSING if prop is None else view.value(name, (prop,), "after")
    if comes and record.unique_by is not None:
        found = _same_place(view, name, change, record)
        if found is not None:
            yield found
            return
    identity = identity_of(record)
    if prop is not None and (comes or view.changed(name, f"/Properties/{prop}") != "no"):
        scope = [part for part in identity if part != prop]
        for other in _holders(view, change.type, prop).get(key_of(wanted), ()):
            if other == name or is_set(wanted) == "no":
                continue
            if all(_may_equal(view, other, name, part) for part in scope):
                yield _taken(view, change, other, f"the {prop} {shown(wanted)}")
                return
    elif comes and record.identity_is_given:
        for other in _holders(view, change.type, identity[0]).get(
            key_of(view.value(name, (identity[0],), "after")), ()
        ):
            if other != name and all(
                same(view.value(other, (part,), "before"), view.value(name, (part,), "after"))
                for part in identity
            ):
                had = words([f"{part} {shown(view.value(name, (part,), 'after'))}" for part in identity])
                yield _taken(view, change, other, f"the {had}")
                return


def identity_of(record: ResourceType) -> list[str]:
    """The properties that make a resource another one than those of its name: parts of the identifier, and what
    names are scoped to."""
    scopes = [part for row in rows("name_scopes", record.name) for part in row["properties"]]
    parts = [part.split("/")[0] for part in record.identifier]
    return list(dict.fromkeys([part for part in parts if part in record.properties] + scopes))


def _same_place(view: View, name: str, change: ResourceChange, record: ResourceType) -> Finding | None:
    """A new resource in the slot of another one."""
    if _switched_off(view, name, record, "after"):
        return None
    for other in _others(view, change):
        state = "no" if _switched_off(view, other, record, "before") else same_slot(view, record, other, name)
        if state == "no":
            continue
        has = "has" if state == "yes" else "may have"
        used = [
            path
            for path in record.unique_by or []
            if is_set(view.value(name, tuple(path.split("/")), "after")) != "no"
        ]
        there = f"{has} the same {words(used)}" if used else "is there"
        gone = view.after.lives(other) is not True
        kept = ((view.changes[other].policy_action if other in view.changes else None) or "").startswith(
            "Retain"
        )
        if gone and not kept and rows("one_slot", record.name):
            return view.finding(
                "PF303", name, f"{name} is new, {other} goes and {there}: {_one_slot(record)}"
            )
        last = f", and {other} is deleted last" if gone and not kept else ""
        return view.finding("PF203", name, f"{name} is new, and {other} {there}: {_reason(record)}{last}")
    return None


def _one_slot(record: ResourceType) -> str:
    reason: str = rows("one_slot", record.name)[0]["reason"].rstrip(".")
    return reason[:1].lower() + reason[1:]


def _taken(view: View, change: ResourceChange, other: str, what: str) -> Finding:
    name = change.logical_id
    verb = {"Add": "is new with", "Modify": "gets"}.get(change.action, "may come with")
    tail = ""
    if view.after.lives(other) is False:
        kept = (view.changes[other].policy_action if other in view.changes else None) or ""
        tail = "; it is kept" if kept.startswith("Retain") else "; it is deleted last"
    record = record_of(change.type)
    prop = () if record is None or record.physical_name is None else ("Properties", record.physical_name)
    return view.finding(
        "PF204", name, f"{name} {verb} {what}, which {other} has{tail}: the update fails", prop
    )


def _others(view: View, change: ResourceChange) -> Iterator[str]:
    """The other resources of the type that are there before the update."""
    for other in _by_type(view).get(change.type, ()):
        if other != change.logical_id:
            yield other


def _by_type(view: View) -> dict[str, list[str]]:
    found: dict[str, list[str]] | None = view.cache.get("before by type")
    if found is None:
        found = view.cache["before by type"] = {}
        for name, resource in view.before.resources.items():
            if view.before.lives(name) is not False:
                found.setdefault(resource["Type"], []).append(name)
    return found


def _holders(view: View, type_name: str, prop: str) -> dict[Any, list[str]]:
    """Who has which name before the update."""
    key = f"holders of {prop} of {type_name}"
    found: dict[Any, list[str]] | None = view.cache.get(key)
    if found is None:
        found = view.cache[key] = {}
        for other in _by_type(view).get(type_name, ()):
            found.setdefault(key_of(view.value(other, (prop,), "before")), []).append(other)
    return found


def _may_equal(view: View, other: str, name: str, part: str) -> bool:
    one, two = view.value(other, (part,), "before"), view.value(name, (part,), "after")
    return same(one, two) or not (is_known(one) and is_known(two))


def same_slot(view: View, record: ResourceType, other: str, name: str) -> Certainty:
    """Whether a resource before and another one after are in the same slot: scalars are equal, and of the lists
    that are given at least one has an item in common."""
    unique = record.unique_by or []
    state: Certainty = "yes"
    lists: list[Certainty] = []
    something = not unique
    for path in unique:
        steps = tuple(path.split("/"))
        one, two = view.value(other, steps, "before"), view.value(name, steps, "after")
        if is_set(one) == "no" and is_set(two) == "no":
            continue
        something = True
        if isinstance(one, list) or isinstance(two, list):
            items: list[Any] = one if isinstance(one, list) else [one]  # pyright: ignore[reportUnknownVariableType]
            others: list[Any] = two if isinstance(two, list) else [two]  # pyright: ignore[reportUnknownVariableType]
            lists.append(_best([_equal(a, b) for a in items for b in others]))
            continue
        found = _equal(one, two)
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


def _best(found: list[Certainty]) -> Certainty:
    return "yes" if "yes" in found else ("maybe" if "maybe" in found else "no")


def _equal(one: Any, two: Any) -> Certainty:
    if same(one, two):
        return "yes"
    if one is MISSING or two is MISSING:
        return "no"
    # Two resources that stay are two things; what is given from outside may be anything.
    if all(
        isinstance(value, Unknown) and value.kind in ("reference", "attribute", "new") for value in (one, two)
    ):
        return "no"
    return "no" if is_known(one) and is_known(two) else "maybe"
