"""Updates that AWS refuses: reviewed rows, and what the documentation calls not supported."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from .. import catalog
from ..changes import Finding, PropertyChange, ResourceChange
from ..changes.decisions import Verdict, holds
from ..plain import is_mapping
from ..pointers import place_of, pointer
from .view import Certainty, View, clause, rows


def find(view: View, change: ResourceChange) -> Iterator[Finding]:
    """The findings on a resource that changes."""
    found: dict[str, Finding] = {}
    reviewed = rows("refused_updates", change.type)
    for row in reviewed:
        finding = _by_row(view, change, row)
        # Of several rows about one property, the one that holds for certain counts.
        if finding is not None and (row["property"] not in found or finding.code != "PF219"):
            found[row["property"]] = finding
    yield from found.values()
    # A row knows more than a label does.
    known = {f"/Properties/{row['property']}" for row in reviewed}
    said = {f"/Properties/{name}" for name in found}
    for item in change.changes:
        labeled = _labeled(change.type, item.path) or _labeled_below(change.type, item)
        if labeled is None or labeled in known or not said.isdisjoint([labeled, *_prefixes(item.path)]):
            continue
        said.add(labeled)
        if not _is_replaced(view, change, labeled):
            yield _not_supported(view, change, item, labeled)


def _by_row(view: View, change: ResourceChange, row: dict[str, Any]) -> Finding | None:
    """What a row says about a resource: an error where it certainly holds, a warning where it may."""
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
    if row.get("on") == "replacement":
        what = f"{name} {'is' if occurs == 'yes' else 'may be'} replaced"
    else:
        what = f"{name}: {row['property']} {'changes' if occurs == 'yes' else 'may change'}"
    return view.finding(
        code,
        name,
        f"{what}, which {'is' if certain else 'may be'} refused: {clause(row['reason'])}",
        _list_of(at),
    )


def _occurs(view: View, change: ResourceChange, row: dict[str, Any], at: str) -> Certainty:
    """Whether what a row is about occurs: a replacement, or an update in place of its property."""
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
    """Whether something else certainly replaces the resource, which then gets the new value at its creation."""
    cause = view.cause_of_replacement(change.logical_id, apart_from=[at])
    return cause is not None and cause.replacement == "True"


def _list_of(at: str) -> str:
    """The path of the list, where a path leads into an item that it names (``Attributes/Key=timeout/Value``)."""
    return at.partition("=")[0].rpartition("/")[0] if "=" in at else at


# -- labels of the documentation


def _labeled(type_name: str, path: str) -> str | None:
    """The nearest property at or above a path whose updates are documented as not supported."""
    for prefix in _prefixes(path):
        facts = catalog.find_property(type_name, prefix)
        if facts is not None and facts.update_not_supported:
            return prefix
    return None


def _labeled_below(type_name: str, item: PropertyChange) -> str | None:
    """The first such property in nested properties that are added or removed; whole items of a list may be."""

    def below(path: str, value: Any) -> Iterator[str]:
        if is_mapping(value):
            for key, inner in value.items():
                yield f"{path}{pointer((key,))}"
                yield from below(f"{path}{pointer((key,))}", inner)

    last = place_of(item.path)[-1]
    if item.change_type == "Modify" or isinstance(last, int):
        return None
    value = item.after if item.change_type == "Add" else item.before
    for path in below(item.path, value):
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
    # Items of a list are compared by their place where they have no name: one may be another one, which is allowed.
    in_list = any(isinstance(step, int) for step in place_of(labeled))
    sure = item.certain and item.requires_recreation == "Never" and change.replacement == "False"
    if sure and not in_list and labeled in _prefixes(item.path):
        return view.finding(
            "PF208", name, f"{name}: {what}, which AWS does not support: the update fails", item.path
        )
    return view.finding(
        "PF219",
        name,
        f"{name}: {what}, and AWS documents that updates of it are not supported",
        item.path,
    )
