"""The gates of ``--fail-on`` and the guards of a stack: what makes a pipeline fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .changes import Diff, ResourceChange
from .changes.behavior import deletion_policy
from .changes.description import makes_a_change_set
from .findings.refresh import loses_data, told

# The first three concern resources, the others are kinds of findings; `conditional` includes `replacement`.
GATES = ("replacement", "conditional", "deletion", "data-loss", "failure", "access")


def broken(diff: Diff, gates: Iterable[str]) -> Iterator[str]:
    """A sentence for each failed gate or guard, including those of nested stacks."""
    wanted = tuple(dict.fromkeys(gates))
    for path, inner in diff.stacks():
        where = "".join(f"{step}." for step in path)
        for gate in wanted:
            for change in inner.resources:
                what = _breaks(gate, change, inner)
                if what is not None:
                    yield f"{gate}: {where}{change.logical_id} {what}"
        for finding in inner.findings:
            if finding.kind in wanted and finding.severity != "info":
                yield f"{finding.kind}: {where and f'in {where[:-1]}: '}{finding}"
            elif finding.kind == "guard" and finding.severity == "error":
                yield f"{where and f'in {where[:-1]}: '}{finding}"
        if changes(diff):
            for one in _refreshed(inner, wanted):
                yield f"{one[0]}: {where}{one[1]}"
    if "conditional" in wanted and diff.partial and changes(diff):
        yield f"conditional: the answer is partial, so anything may be replaced ({diff.partial[0]})"


def _refreshed(diff: Diff, wanted: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The gates that break if a re-read value has changed, each with the effect."""
    for value in diff.refreshed:
        for resource in value.resources:
            if not resource.would_be_replaced:
                continue
            happens = "is" if resource.replacement == "True" else "may be"
            sentence = f"{resource.logical_id} {happens} replaced if {told(value)} has moved"
            if "conditional" in wanted:
                yield "conditional", sentence
            if "data-loss" in wanted and loses_data(diff, resource):
                yield "data-loss", sentence


def changes(diff: Diff) -> bool:
    """Whether an update changes anything, outputs included, as far as known."""
    return bool(diff.resources) or makes_a_change_set(diff.sides)


def _breaks(gate: str, change: ResourceChange, diff: Diff) -> str | None:
    parts = {part.replacement for part in change.changes}
    if gate in ("replacement", "conditional"):
        if change.action == "Modify" and change.replacement == "True":
            return "is replaced"
        uncertain = change.action == "Dynamic" and parts - {"False"}
        if gate == "conditional" and (uncertain or change.replacement == "Conditional"):
            return "may be replaced"
    if gate == "deletion":
        before, after = diff.sides.before, diff.sides.after
        goes = before.exists(change.logical_id) is not False and after.exists(change.logical_id) is not True
        if goes and not deletion_policy(before, change.logical_id, "DeletionPolicy").startswith("Retain"):
            return "is deleted" if change.action == "Remove" else "may be deleted"
    return None
