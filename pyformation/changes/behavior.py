"""What a change means according to the catalog: whether it replaces the resource, and what happens to the old one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import catalog
from ..evaluation.unknowns import NO_VALUE, Choice, Unknown
from ..plain import leaves
from ..pointers import pointer
from .comparison import PLAIN, differences, pairs
from .live import property_value
from .records import (
    MISSING,
    Difference,
    Path,
    PolicyAction,
    RequiresRecreation,
    strongest,
)
from .sides import Side

# Change sets report Conditional for every property of a custom resource, even ServiceToken, which its schema lists as
# create-only: the handler decides, and a changed token is refused only during execution.
_CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"


def recreation(type_name: str, path: Path, difference: Difference | None = None) -> RequiresRecreation:
    """What a change at a path means for the resource, including what is added or removed below it."""
    if path[0] == "Tags":
        return recreation_of_tags(type_name)
    if path[0] != "Properties":
        return "Never"
    if type_name.partition("::")[0] == "Custom" or type_name == _CUSTOM_RESOURCE:
        return "Conditionally"
    found: RequiresRecreation = catalog.requires_recreation(type_name, pointer(path))
    if difference is not None and found != "Always":
        for below, certain in touched(type_name, difference):
            if below == path and certain:
                continue
            deeper: RequiresRecreation = catalog.requires_recreation(type_name, pointer(below))
            found = strongest(found, "Conditionally" if deeper == "Always" and not certain else deeper)
    return found


def may_replace(type_name: str, path: Path) -> bool:
    """Whether any change at or below a path may replace the resource."""
    record = catalog.find(type_name)
    at = pointer(path)
    return (
        record is None
        or record.no_update
        or catalog.requires_recreation(type_name, at) != "Never"
        or bool(catalog.create_only_paths(type_name, at))
    )


def recreation_of_tags(type_name: str) -> RequiresRecreation:
    """What a change of the stack's tags means; a type whose own tags cannot change may be replaced."""
    record = catalog.find(type_name)
    if record is None:
        return "Conditionally"
    tagging = record.tags
    if (
        tagging is None
        or catalog.requires_recreation(type_name, f"/Properties/{tagging['property']}") == "Never"
    ):
        return "Never"
    return "Conditionally"


def touched(type_name: str, difference: Difference) -> Iterator[tuple[Path, bool]]:
    """The leaves that a difference certainly or possibly changes, and which of both.

    An object that is added or removed changes everything in it; an unknown object may change everything in it. Walks
    both sides at once, in each of their cases, so it is not built on the passes over one value.
    """
    if difference.before.__class__ in PLAIN and difference.after.__class__ in PLAIN:
        yield difference.path, True
        return
    found = pairs(difference.before, difference.after)
    for old, new in found:
        for each in differences(old, new, difference.path):
            if isinstance(each.before, Choice) or isinstance(each.after, Choice):
                yield from ((path, False) for path, _ in touched(type_name, each))
                continue
            for value in (each.before, each.after):
                if value is not MISSING:
                    for path, certain in _touched_in(type_name, value, each.path):
                        yield path, certain and len(found) == 1


def _touched_in(type_name: str, value: Any, path: Path) -> Iterator[tuple[Path, bool]]:
    for place, leaf in leaves(value, path):
        if isinstance(leaf, Choice):
            # Each of its cases is added or removed.
            yield place, False
            yield from ((below, False) for below, _ in touched(type_name, Difference(place, MISSING, leaf)))
            continue
        yield place, True
        if isinstance(leaf, Unknown) and catalog.find(type_name) is not None:
            known = catalog.create_only_paths(type_name, pointer(place))
            yield from ((tuple(below.split("/")[1:]), False) for below in known)


def deletion_policy(side: Side, name: str, attribute: str) -> str:
    """The DeletionPolicy or UpdateReplacePolicy of a resource, or its default. If it is not known, Delete, the worst
    case."""
    resource = side.resources[name]
    if attribute in resource:
        value = side.engine.value(resource[attribute])
        if isinstance(value, str):
            return value
        if value is not NO_VALUE:
            return "Delete"
    if attribute == "UpdateReplacePolicy":
        return "Delete"
    record = catalog.find(resource["Type"])
    if record is None:
        return "Delete"
    default = record.deletion_default
    unless = default.get("unless")
    given = unless is not None and property_value(side.engine, resource, (unless,)) not in (MISSING, NO_VALUE)
    return "Delete" if given else default["policy"]


def policy_action(side: Side, name: str, attribute: str) -> PolicyAction:
    """What happens to a resource that is removed or replaced, as AWS names it."""
    found = deletion_policy(side, name, attribute)
    if found.startswith("Retain"):
        found = "Retain"  # RetainExceptOnCreate as well: it differs only while a stack is being created.
    elif found != "Snapshot" or (attribute == "UpdateReplacePolicy" and not _takes_snapshots(side, name)):
        found = "Delete"
    replaced = attribute == "UpdateReplacePolicy"
    actions: dict[str, tuple[PolicyAction, PolicyAction]] = {
        "Delete": ("Delete", "ReplaceAndDelete"),
        "Retain": ("Retain", "ReplaceAndRetain"),
        "Snapshot": ("Snapshot", "ReplaceAndSnapshot"),
    }
    return actions[found][replaced]


def _takes_snapshots(side: Side, name: str) -> bool:
    record = catalog.find(side.resources[name]["Type"])
    return record is not None and record.snapshot


def has_update_handler(type_name: str) -> bool:
    """Whether the type can be updated at all, as far as its schema says."""
    record = catalog.find(type_name)
    return record is None or not record.no_update  # Every change of an unknown type is Conditional anyway.
