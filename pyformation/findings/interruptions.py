"""Side effects of an update: interruptions, times without the resource, new credentials, changed order, and texts
that cannot be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import attrs

from .. import catalog
from ..changes import Finding, PropertyChange, ResourceChange
from ..changes.clauses import holds
from ..changes.records import Path, Replacement, worst
from ..plain import is_list, placed
from ..pointers import place_of, pointer
from .view import View, key_of, rows

_PROPERTIES = "/Properties/"


def find(view: View) -> Iterator[Finding]:
    """The findings on interruptions, credentials, order and unreadable texts."""
    for change in view.changes.values():
        if change.action not in ("Modify", "Dynamic"):
            continue
        orders = _orders(view, change)
        if change.replacement != "True":
            yield from _interrupted(view, change, [f"{at}/" for at, free in orders.items() if free])
        if any(item.replacement != "False" for item in change.changes):
            yield from _windows(view, change)
        yield from _ordered(view, change, orders)
        if change.action == "Modify" and change.replacement != "True":
            yield from _credentials(view, change)
    yield from _unreadable(view)


_MOST_PLACES = 3


def _unreadable(view: View) -> Iterator[Finding]:
    """One finding for all texts that GetTemplate did not let read."""
    restored = view.diff.sides.unreadable
    if restored is None or not restored.places:
        return
    count = len(restored.places)
    places = ", ".join(restored.places[:_MOST_PLACES]) + (", ..." if count > _MOST_PLACES else "")
    texts = "1 text" if count == 1 else f"{count:,} texts"
    yield view.finding(
        "PF507",
        None,
        f"{texts} of the deployed template cannot be read and {'is' if count == 1 else 'are'} taken for unchanged: "
        f"GetTemplate returns ? for characters outside of ASCII ({places})",
    )


def _interrupted(view: View, change: ResourceChange, reordered: list[str]) -> Iterator[Finding]:
    """One finding for each property of the resource, without lists whose new order has no meaning."""
    said: set[str] = set()
    for item in change.changes:
        found = _interrupts(change.type, item)
        if found is None or f"{item.path}/".startswith(tuple(reordered)):
            continue
        prop = "/".join(step for step in found.split("/")[2:] if not step.isdecimal())
        if prop in said:
            continue
        said.add(prop)
        what = "changes" if item.certain else "may change"
        how = "updated in place" if change.replacement == "False" else "updated in place or replaced"
        yield view.finding(
            "PF501",
            change.logical_id,
            f"{prop} {what}; it is {how}, and the update may interrupt it",
            item.path,
            subject=change.logical_id,
        )


def _interrupts(type_name: str, item: PropertyChange) -> str | None:
    """The path at, above or below a change whose update interrupts according to AWS."""
    steps = place_of(item.path)
    if steps[0] != "Properties":
        return None
    paths = ["/".join(["", *map(str, steps[:end])]) for end in range(2, len(steps) + 1)]
    for value in (item.before, item.after):
        if isinstance(value, (dict, list)):
            paths += [f"{item.path}{pointer(steps)}" for steps, _ in placed(value) if steps]
    for path in dict.fromkeys(paths):
        facts = catalog.find_property(type_name, path)
        if facts is not None and facts.interrupts:
            return path
    return None


def _credentials(view: View, change: ResourceChange) -> Iterator[Finding]:
    """The credentials that an update in place makes AWS generate."""
    name = change.logical_id
    for row in rows("credentials", change.type):
        prop = row["property"]
        at = f"{_PROPERTIES}{prop}"
        state = view.changed(name, at)
        verdict: bool | None = state != "no"
        if verdict and "when" in row:
            verdict = holds(row["when"], at, view.resource(name, "before"), view.resource(name, "after"))
        if verdict is False:
            continue
        happens = "changes; " if state == "yes" else "may change; "
        if not (verdict and state == "yes"):
            happens += "if the values that are not known offline make it so, "
        found = view.finding("PF508", name, f"{prop} {happens}{row['generates']}", at, subject=name)
        yield attrs.evolve(found, severity=row.get("severity", found.severity))


def _windows(view: View, change: ResourceChange) -> Iterator[Finding]:
    record = catalog.find(change.type)
    # Of what has data or an identity, it is said among the data at risk.
    if record is None or record.replacement_strategy != "delete_then_create" or record.stateful is not None:
        return
    name = change.logical_id
    is_deleted = "is deleted" if change.replacement == "True" else "may be replaced, and would be deleted"
    message = f"{name} ({change.type}) {is_deleted} before its replacement is created"
    yield view.on_replacement("PF504", name, message)


def _orders(view: View, change: ResourceChange) -> dict[str, bool]:
    """The lists of which only the order differs, and whether it has no meaning to AWS."""
    name = change.logical_id
    if name not in view.before.resources or name not in view.after.resources:
        return {}
    found: dict[str, bool] = {}
    looked_at: dict[Path, bool] = {}  # Each list once, however many of its items change.
    for item in change.changes:
        for path in _lists(item):
            if path not in looked_at:
                before, after = view.value(name, path, "before"), view.value(name, path, "after")
                looked_at[path] = (
                    is_list(before)
                    and is_list(after)
                    and len(before) == len(after)
                    and Counter(map(key_of, before)) == Counter(map(key_of, after))
                )
            if looked_at[path]:
                at = pointer(("Properties", *path))
                facts = catalog.find_property(change.type, at)
                found[at] = facts is not None and facts.unordered
                break
    return found


def _ordered(view: View, change: ResourceChange, orders: dict[str, bool]) -> Iterator[Finding]:
    for at, free in orders.items():
        severity: Replacement = "False"
        for item in change.changes:
            if f"{item.path}/".startswith(f"{at}/"):
                severity = worst(severity, item.replacement)
        means = ", which has no meaning to AWS" if free else ""
        replaced = {
            "True": "; this replaces the resource",
            "Conditional": "; this may replace the resource",
        }
        yield view.finding(
            "PF502" if free else "PF503",
            change.logical_id,
            f"only the order of {at.removeprefix(_PROPERTIES)} differs{means}{replaced.get(severity, '')}",
            at,
            subject=change.logical_id,
        )


def _lists(item: PropertyChange) -> Iterator[Path]:
    """The lists around a change, and a changed list itself, below Properties, outermost first."""
    steps = place_of(item.path)
    if steps[0] == "Properties":
        for index, step in enumerate(steps):
            if isinstance(step, int):
                yield steps[1:index]
        if is_list(item.before) and is_list(item.after):
            yield steps[1:]
