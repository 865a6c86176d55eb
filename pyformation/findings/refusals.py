"""Updates that AWS refuses: reviewed rows, and updates that are documented as not supported."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import accumulate
from typing import Any

from .. import catalog
from ..changes import Finding, PropertyChange, ResourceChange
from ..changes.clauses import holds
from ..evaluation.verdicts import Verdict
from ..plain import is_list, list_or_empty, placed
from ..pointers import place_of, pointer
from .view import Certainty, View, clause, rows


def find(view: View, change: ResourceChange) -> Iterator[Finding]:
    """The findings on a resource that changes."""
    found: dict[str, Finding] = {}
    reviewed = rows("refused_updates", change.type)
    for row in reviewed:
        finding = _by_row(view, change, row)
        # If several rows are about the same property, the certain one counts.
        if finding is not None and (row["property"] not in found or finding.code != "PF219"):
            found[row["property"]] = finding
    yield from found.values()
    # A row knows more than a label does.
    known = {f"/Properties/{row['property']}" for row in reviewed}
    said = {f"/Properties/{name}" for name in found}
    for path in dict.fromkeys(
        filter(None, (_list_with_keys(change.type, item.path) for item in change.changes))
    ):
        if said.isdisjoint(_prefixes(path)):
            yield from _in_items(view, change, path, known)
    for item in change.changes:
        if _list_with_keys(change.type, item.path) is not None:
            continue
        labeled = _labeled(change.type, item.path) or _labeled_below(change.type, item)
        if labeled is None or labeled in known or not said.isdisjoint([labeled, *_prefixes(item.path)]):
            continue
        said.add(labeled)
        if not _is_replaced(view, change, labeled):
            yield _not_supported(view, change, item, labeled)


def is_always_refused(type_name: str, path: str) -> bool:
    """Whether AWS refuses every update of a property, regardless of all values."""
    reviewed = [
        row
        for row in rows("refused_updates", type_name)
        if f"/Properties/{row['property']}" in _prefixes(path)
    ]
    # A row knows more than a label does.
    if not reviewed:
        return _labeled(type_name, path) is not None
    return any(row.keys().isdisjoint(("when", "on", "certainty", "code")) for row in reviewed)


def _by_row(view: View, change: ResourceChange, row: dict[str, Any]) -> Finding | None:
    """The finding of a row on a resource: an error if the row certainly applies, a warning if it may."""
    name = change.logical_id
    at = f"/Properties/{row['property']}"
    occurs = _occurs(view, change, row, at)
    if occurs == "no":
        return None
    verdict: Verdict = True
    if "when" in row:
        verdict = holds(row["when"], at, view.resource(name, "before"), view.resource(name, "after"))
    if verdict is False:
        return None
    certain = verdict is True and row.get("certainty") != "may_fail"
    code = row.get("code", "PF208") if certain and occurs == "yes" else "PF219"
    replaces = row.get("on") == "replacement"
    if replaces:
        what = f"{name} {'is' if occurs == 'yes' else 'may be'} replaced"
    else:
        what = f"{row['property']} {'changes' if occurs == 'yes' else 'may change'}"
    found = view.finding(
        code,
        name,
        f"{what}, which {'is' if certain else 'may be'} refused: {clause(row['reason'])}",
        _list_of(at),
        subject="" if replaces else name,
    )
    return view.unlikely(name, found) if replaces else found


def _occurs(view: View, change: ResourceChange, row: dict[str, Any], at: str) -> Certainty:
    """Whether the event of a row occurs: a replacement, or an update of its property in place."""
    name = change.logical_id
    if row.get("on") == "replacement":
        cause = view.cause_of_replacement(name)
        return "no" if cause is None else ("yes" if change.replacement == "True" else "maybe")
    place = _list_of(at)
    if "alone" in row and row["alone"] == any(place not in _prefixes(item.path) for item in change.changes):
        return "no"
    state = view.changed(name, place)
    if state == "no" or row.get("before_replacement"):
        return state
    if _is_replaced(view, change, at):
        return "no"
    other = view.cause_of_replacement(name, apart_from=[at])
    return "maybe" if other is not None or change.action != "Modify" else state


def _is_replaced(view: View, change: ResourceChange, at: str) -> bool:
    """Whether another change certainly replaces the resource, which then gets the new value on creation."""
    cause = view.cause_of_replacement(change.logical_id, apart_from=[at])
    return cause is not None and cause.replacement == "True"


def _list_of(at: str) -> str:
    """The path of the list, if a path selects an item by name (``Attributes/Key=timeout/Value``)."""
    return at.partition("=")[0].rpartition("/")[0] if "=" in at else at


# -- labels of the documentation


def _labeled(type_name: str, path: str) -> str | None:
    """The nearest property at or above a path whose updates are documented as not supported."""
    for prefix in _prefixes(path):
        facts = catalog.find_property(type_name, prefix)
        if facts is not None and facts.update_not_supported:
            return prefix
    return None


def _list_with_keys(type_name: str, path: str) -> str | None:
    """The list that contains a path, if its items have keys and the list itself has no label."""
    prefixes = _prefixes(path)
    for index, step in enumerate(place_of(path)[1:]):
        if isinstance(step, int) and prefixes:  # Metadata has lists, too, and no prefixes.
            found = prefixes[index - 1]
            keyed = _labeled(type_name, found) is None and catalog.item_key(type_name, found) is not None
            return found if keyed else None
    return None


def _in_items(view: View, change: ResourceChange, path: str, known: Container[str]) -> Iterator[Finding]:
    """Labels in the items of a list that is compared by key: an item may be added, removed or moved."""
    name = change.logical_id
    by = catalog.item_key(change.type, path)
    inside: dict[str, None] = {}
    for side in ("before", "after"):
        for item in list_or_empty(view.value(name, place_of(path)[1:], side)):
            for rest in _below("", item):
                facts = catalog.find_property(change.type, f"{path}/0{rest}")
                if facts is not None and facts.update_not_supported:
                    inside[rest[1:]] = None
    for rest in inside:
        at = f"{path}/{rest}"
        if (
            at in known
            or any(rest.startswith(f"{other}/") for other in inside)
            or _is_replaced(view, change, at)
        ):
            continue
        before, after = view.resource(name, "before"), view.resource(name, "after")
        verdict = holds([{"by": by, "some": [rest]}], path, before, after)
        if verdict is not False:
            what = f"{at.removeprefix('/Properties/')} {'changes' if verdict else 'may change'}"
            sure = verdict is True and change.replacement == "False" and change.action == "Modify"
            yield _finding(view, name, what, path, sure=sure)


def _below(path: str, value: Any) -> Iterator[str]:
    """The paths of the nested properties of a value; the items of lists are none."""
    for steps, _ in placed(value, is_leaf=is_list):
        if steps:
            yield f"{path}{pointer(steps)}"


def _labeled_below(type_name: str, item: PropertyChange) -> str | None:
    """The first such property in nested properties that are added or removed; whole items of a list are allowed."""
    last = place_of(item.path)[-1]
    if item.change_type == "Modify" or isinstance(last, int):
        return None
    value = item.after if item.change_type == "Add" else item.before
    for path in _below(item.path, value):
        facts = catalog.find_property(type_name, path)
        if facts is not None and facts.update_not_supported:
            return path
    return None


def _prefixes(path: str) -> list[str]:
    """``/Properties/A/B`` -> ``/Properties/A``, ``/Properties/A/B``."""
    steps = [f"/{step}" for step in path.split("/")[1:]]
    return list(accumulate(steps))[1:] if steps[:1] == ["/Properties"] else []


def _not_supported(view: View, change: ResourceChange, item: PropertyChange, labeled: str) -> Finding:
    name = change.logical_id
    what = f"{labeled.removeprefix('/Properties/')} {'changes' if item.certain else 'may change'}"
    # Items without a name are compared by position: another item may be in that place, which is allowed.
    in_list = any(isinstance(step, int) for step in place_of(labeled))
    sure = item.certain and item.requires_recreation == "Never" and change.replacement == "False"
    return _finding(
        view, name, what, item.path, sure=sure and not in_list and labeled in _prefixes(item.path)
    )


def _finding(view: View, name: str, what: str, path: str, *, sure: bool) -> Finding:
    rest = (
        "which AWS does not support: the update fails"
        if sure
        else "and AWS documents that updates of it are not supported"
    )
    return view.finding("PF208" if sure else "PF219", name, f"{what}, {rest}", path, subject=name)
