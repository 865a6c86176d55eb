"""Data at risk: what really happens to the data and the identity of a resource that is removed or replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs

from .. import catalog
from ..catalog import ResourceType
from ..changes import Finding, ResourceChange
from ..changes.behavior import deletion_policy
from ..changes.clauses import holds
from ..changes.records import MISSING
from ..errors import join_words
from ..evaluation.unknowns import Choice, Unknown, is_symbol
from ..plain import is_list, mapping_or_empty
from .view import Certainty, View, Which, because, is_one_of, is_set, is_true, rows, shown

# How much of the old resource each policy keeps: the policies of both templates are compared by it.
_KEEPS = {"Delete": 0, "Snapshot": 1, "RetainExceptOnCreate": 2, "Retain": 2}


@attrs.frozen
class Fate:
    """The end of a physical resource: how, how certainly, and under which policy."""

    name: str
    change: ResourceChange
    how: Literal["removed", "replaced"]
    certain: bool
    policy: str

    @property
    def attribute(self) -> str:
        """The policy that counts."""
        return "DeletionPolicy" if self.how == "removed" else "UpdateReplacePolicy"

    @property
    def happens(self) -> str:
        """``is replaced``, ``may be removed``."""
        return f"is {self.how}" if self.certain else f"may be {self.how}"

    @property
    def kept(self) -> bool:
        """Whether the policy keeps the old resource; an invalid policy keeps nothing."""
        allowed = ("Retain", "RetainExceptOnCreate") if self.how == "removed" else ("Retain",)
        return self.policy in allowed


def fates(view: View) -> Iterator[Fate]:
    """All ways in which resources are or may be deleted or retained; a resource that may exist has two."""
    for name, change in view.changes.items():
        if view.before.exists(name) is False:
            continue
        if change.action == "Remove" or (change.action == "Dynamic" and view.after.exists(name) is not True):
            yield Fate(
                name,
                change,
                "removed",
                change.action == "Remove",
                deletion_policy(view.before, name, "DeletionPolicy"),
            )
        if change.action not in ("Modify", "Dynamic") or name not in view.after.resources:
            continue
        if view.before.resources[name]["Type"] != change.type:
            continue  # Refused as a whole.
        if any(item.replacement != "False" for item in change.changes):
            yield Fate(
                name,
                change,
                "replaced",
                change.replacement == "True",
                deletion_policy(view.after, name, "UpdateReplacePolicy"),
            )


def find(view: View) -> Iterator[Finding]:
    """The findings on data at risk."""
    for fate in fates(view):
        yield from _late(view, fate)
        record = catalog.find(fate.change.type)
        if record is None or record.open:
            if fate.how == "removed" and not fate.kept:
                yield view.finding(
                    "PF113",
                    fate.name,
                    "what its deletion does is not known offline",
                    which="before",
                    subject=f"{fate.name} ({fate.change.type}) {fate.happens}",
                )
        elif record.is_version and (
            fate.how == "replaced"
            or any(
                change.action == "Add" and change.type == fate.change.type for change in view.changes.values()
            )
        ):
            continue  # A new version takes the place of an old one.
        elif fate.how == "removed" and _is_seen_inside(fate.change):
            continue  # The resources of a nested stack have findings and policies of their own.
        elif record.stateful is not None:
            # If the protection is certainly on, the deletion fails, which is another finding.
            if fate.kept or protected(view, fate.name, record) != "yes":
                yield view.unlikely(fate.name, _of(view, fate, record))


def _is_seen_inside(change: ResourceChange) -> bool:
    """Whether a change is of a nested stack all of whose resources are known."""
    return change.nested is not None and not change.nested.partial


def _of(view: View, fate: Fate, record: ResourceType) -> Finding:
    what = f"{fate.name} ({fate.change.type}) {fate.happens}"
    why = because(view.cause_of_replacement(fate.name)) if fate.how == "replaced" else ""
    it, new_one = (
        ("it", "") if fate.how == "removed" else ("the old resource", f"; {_start(view, fate.name)}")
    )
    place, side = _place(view, fate)

    def finding(code: str, rest: str) -> Finding:
        return view.finding(code, fate.name, rest, place, side, f"{what}{why}")

    if fate.kept:
        earlier = _earlier_policy(view, fate)
        if earlier is not None:
            return finding(
                "PF112",
                f"its UpdateReplacePolicy {fate.policy} should retain the old resource, but was {earlier} before this update; "
                "to be safe, set it in an earlier update",
            )
        return finding("PF104", f"{fate.attribute} {fate.policy} retains {it} outside the stack{new_one}")
    if fate.how == "replaced" and record.replacement_strategy == "delete_then_create":
        lost = "its data is" if record.stateful == "data" else "it is"
        return finding("PF109", f"{lost} deleted before the replacement exists")
    effects = {row["effect"]: row for row in rows("deletion", fate.change.type)}

    def old(prop: str) -> Any:
        return view.value(fate.name, (prop,), "before")

    if "copy" in effects:
        named = effects["copy"]["properties"]
        if not named or any(is_set(old(prop)) == "yes" for prop in named):
            return finding("PF110", "its data is a copy, and no final snapshot is taken")
    if "fails_unless_empty" in effects:
        emptied = effects["fails_unless_empty"].get("unless")
        if emptied is None or is_true(old(emptied)) == "no":
            return finding(
                "PF107",
                f"{it} is deleted only if it is empty, and stays outside the stack otherwise{new_one}",
            )
    if "scheduled" in effects:
        row = effects["scheduled"]
        given = old(row["property"])
        days = row["default"] if given is MISSING else given
        return finding(
            "PF108",
            f"it is disabled at once and deleted after {shown(days)} days; then nothing that it encrypted can be decrypted",
        )
    snapshot = fate.policy == "Snapshot" and record.snapshot
    refused = ""
    if snapshot and "no_snapshot" in effects:
        row = effects["no_snapshot"]
        value = old(row["property"])
        if value is not MISSING and is_one_of(value, row["values"]) != "no":
            snapshot, refused = False, f"; snapshots are not supported for {row['property']} {shown(value)}"
    elif fate.policy == "Snapshot" and not record.snapshot:
        refused = "; its type does not support snapshots, so the policy means Delete"
    if snapshot:
        earlier = _earlier_policy(view, fate)
        late = "" if earlier is None else f"; its {fate.attribute} was {earlier} before this update"
        return finding("PF103", f"a final snapshot is taken, then {it} is deleted{new_one}{late}")
    if record.stateful == "identity":
        return finding(
            "PF105" if fate.certain else "PF106",
            f"{it} cannot be restored, and references to it from outside this stack break",
        )
    more = f"; {effects['note']['note']}" if "note" in effects else ""
    if fate.policy not in _KEEPS:
        refused = f"; its {fate.attribute} is not known offline"
    elif fate.how == "replaced" and deletion_policy(view.after, fate.name, "DeletionPolicy") not in (
        "Delete",
        fate.policy,
    ):
        if "DeletionPolicy" in view.after.resources[fate.name]:
            refused += "; its DeletionPolicy does not apply to replacements, UpdateReplacePolicy does"
    remedy = refused or f"; to keep it, set {fate.attribute} to Retain in an earlier update"
    return finding(
        "PF101" if fate.certain else "PF102", f"{it} is deleted with its data{new_one}{more}{remedy}"
    )


def _start(view: View, name: str) -> str:
    """What a replacement holds when it is created."""
    verdicts = {
        path: holds([{"after": "set"}], f"/Properties/{path}", {}, view.resource(name, "after"))
        for row in rows("restored", view.changes[name].type)
        for path in row["properties"]
    }
    given = [path for path, verdict in verdicts.items() if verdict]
    if given:
        return f"the replacement starts with the data from {join_words(given)}, without later changes"
    perhaps = [path for path, verdict in verdicts.items() if verdict is None]
    return (
        f"the replacement starts empty{f', or with the data from {join_words(perhaps)}' if perhaps else ''}"
    )


def _place(view: View, fate: Fate) -> tuple[str, Literal["before", "after"]]:
    if fate.how == "removed":
        return "", "before"
    cause = view.cause_of_replacement(fate.name)
    return ("" if cause is None else cause.path), "after"


def _earlier_policy(view: View, fate: Fate) -> str | None:
    """The policy before, where it kept less than the one after does."""
    if fate.how != "replaced":
        return None
    earlier = deletion_policy(view.before, fate.name, "UpdateReplacePolicy")
    return earlier if _KEEPS.get(earlier, 0) < _KEEPS.get(fate.policy, 0) else None


def _late(view: View, fate: Fate) -> Iterator[Finding]:
    """A DeletionPolicy that only the template which removes the resource contains."""
    if fate.how != "removed" or fate.name not in view.after.resources:
        return
    new = deletion_policy(view.after, fate.name, "DeletionPolicy")
    if _KEEPS.get(new, 0) > _KEEPS.get(fate.policy, 0):
        old = "policy" if "DeletionPolicy" in view.before.resources[fate.name] else "default"
        yield view.finding(
            "PF111",
            fate.name,
            f"{fate.name} {fate.happens}, and its DeletionPolicy {new} is new: the {old} of the template before, "
            f"{fate.policy}, applies; add the policy in an earlier update",
            ("DeletionPolicy",),
            "after",
        )


def protected(view: View, name: str, record: ResourceType, which: Which = "before") -> Certainty:
    """Whether the deletion protection of a resource is on; by default, before the update."""
    path = record.deletion_protection
    if path is None:
        return "no"
    default = catalog.lookup(record.name, f"/Properties/{path}").default
    found = [
        is_one_of(default if value is MISSING else value, record.deletion_protection_values)
        for value in _at(view.properties(name, which), path.split("/"), record.deletion_protection_where)
    ]
    if not found or all(value == "no" for value in found):
        return "no"
    return "yes" if all(value == "yes" for value in found) else "maybe"


def _at(value: Any, steps: list[str], where: Mapping[str, str]) -> list[Any]:
    """The values at a path, in all items of lists that match `where`, certainly or possibly; `MISSING` if there is
    none."""
    found = [value]
    for step in steps:
        found = [item for each in found for item in _items(_below(each, step), where)]
    return found


def _below(value: Any, step: str) -> Any:
    if isinstance(value, Choice):
        return value.condition  # Which of both is there is unknown, and so is what is in it.
    return value if isinstance(value, Unknown) else mapping_or_empty(value).get(step, MISSING)


def _items(value: Any, where: Mapping[str, str]) -> Iterator[Any]:
    for item in value if is_list(value) else ():
        fits = _fits(item, where)
        if fits != "no":
            # If it is unknown whether an item matches, its values are unknown.
            yield item if fits == "yes" else Unknown("item", "")
    if not is_list(value):
        yield value


def _fits(item: Any, where: Mapping[str, str]) -> Certainty:
    """Whether an item of a list has certain values."""
    given = mapping_or_empty(item)
    found = [is_one_of(given.get(key, MISSING), [wanted]) for key, wanted in where.items()]
    if is_symbol(item) and where:
        return "maybe"
    return "no" if "no" in found else "maybe" if "maybe" in found else "yes"


def broken_guards(view: View) -> Iterator[Finding]:
    """Broken ``prevent_replacement`` and ``prevent_deletion``. The guard of a removed resource is in the template
    before the update, as the one after has none."""
    before, after = view.diff.before.guards, view.diff.after.guards
    for fate in fates(view):
        name = fate.name
        if fate.how == "removed" and "prevent_deletion" in before.get(name, ()):
            kept = f"; {fate.attribute} {fate.policy} retains it outside the stack" if fate.kept else ""
            yield view.finding(
                "PF602", name, f"{name} {fate.happens} despite prevent_deletion{kept}", which="before"
            )
        guarded = [*before.get(name, ()), *after.get(name, ())]
        if fate.how == "replaced" and "prevent_replacement" in guarded:
            why = because(view.cause_of_replacement(name))
            message = f"{name} {fate.happens}{why}{',' if why else ''} despite prevent_replacement"
            yield view.on_replacement("PF601", name, message)
