"""Resources that change only if a value has moved that AWS re-reads on an update."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from .. import catalog
from ..changes import Diff, Finding, Refreshed
from ..changes.behavior import deletion_policy
from ..changes.records import RefreshedResource
from .refusals import is_always_refused
from .view import View


def find(view: View) -> Iterator[Finding]:
    """One finding for each resource, about the worst that may happen to it."""
    found: dict[str, list[tuple[Refreshed, RefreshedResource]]] = {}
    for value in view.diff.refreshed:
        for resource in value.resources:
            found.setdefault(resource.logical_id, []).append((value, resource))
    for logical_id, effects in found.items():
        replaced = [(value, one) for value, one in effects if one.would_be_replaced]
        values = list(dict.fromkeys(told(value) for value, _ in replaced or effects))
        certain = any(value.certain for value, _ in replaced or effects)
        _, resource = (replaced or effects)[0]
        refused = not replaced and any(
            one.path is not None and is_always_refused(one.type, one.path) for _, one in effects
        )
        happens = (
            "cannot be updated"
            if refused
            else _happens(resource.action, {one.replacement for _, one in effects})
        )
        # What is inside of a nested stack has the place of that stack.
        declared = logical_id.partition(".")[0]
        finding = view.finding(
            "PF505" if replaced else "PF506",
            declared,
            f"{logical_id} ({resource.type}) {happens} if {' or '.join(values)} has moved, which AWS "
            f"{'re-reads on every update' if certain else 'may re-read when it updates the resource'}"
            f"{': then the update fails' if refused else ''}",
            (resource.path or "") if declared == logical_id else "",
        )
        yield attrs.evolve(finding, severity="warning") if refused else finding


def told(value: Refreshed) -> str:
    """A value that is re-read, in words."""
    if value.kind == "parameter":
        return f"the parameter {value.name} ({value.source})"
    return f"the output {value.name}" if value.kind == "stack output" else value.name


def _happens(action: str, replacements: set[str | None]) -> str:
    if action != "Modify":
        return "may be added or removed"
    if "True" in replacements:
        return "is replaced"
    return "may be replaced" if "Conditional" in replacements else "is updated"


def loses_data(diff: Diff, resource: RefreshedResource) -> bool:
    """Whether a resource that would be replaced stores data which no policy keeps."""
    record = catalog.find(resource.type)
    if not resource.would_be_replaced or record is None or record.stateful != "data":
        return False
    if resource.logical_id not in diff.sides.after.resources:
        return True  # Inside of a nested stack, whose policies are not looked at here.
    return deletion_policy(diff.sides.after, resource.logical_id, "UpdateReplacePolicy") != "Retain"
