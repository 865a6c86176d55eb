"""What `status`, `recover`, `delete` and `drift` print: lines for people, and data for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..deployment.progress import duration, short
from ..reports.harmless import harmless
from ..reports.terminal import Line, cells, wrap
from .plans import consequences, failure, next_lines

if TYPE_CHECKING:
    from ..deployment.causes import Cause
    from ..deployment.deletion import Deletion, DeletionPlan
    from ..deployment.drifting import DriftReport, PropertyDrift, ResourceDrift
    from ..deployment.failures import Failure, Left
    from ..deployment.inspection import StackStatus
    from ..deployment.records import Stack
    from ..deployment.recovery import Recovery, RecoveryPlan, Skipped

_MANY = 20
_MARKS = {
    "deleted": ("-", "bad"),
    "snapshot": ("-", "maybe"),
    "retained": (".", "good"),
    "kept": (".", "maybe"),
}
_FATES = {
    "deleted": "",
    "snapshot": "deleted after a snapshot",
    "retained": "retained by its deletion policy",
    "kept": "left behind",
}


def heading(stack: Stack) -> Line:
    """``shop  eu-west-1  111111111111``."""
    return [("name", harmless(stack.name)), ("dim", f"  {harmless(stack.region)}  {harmless(stack.account)}")]


# ---------------------------------------------------------------------------------------------
# status


def status_lines(found: StackStatus, width: int) -> Iterator[Line]:
    """A stack: its state, why the last operation failed, its outputs, and what may be done."""
    yield heading(found.stack)
    style = "bad" if found.failed else "change" if found.status.endswith("IN_PROGRESS") else "good"
    line: Line = [(style, harmless(found.status)), ("", f"  it {harmless(found.words)}")]
    yield from wrap(line, width, 0, 2)
    if found.began is not None:
        yield [("dim", _period(found.began, found.ended))]
    if found.failure is not None:
        yield []
        yield from failure(found.failure, width)
        yield from consequences(found.failure, width)
        for step in found.steps[1:]:
            yield from next_lines(step, width, "or: ")
    for left in found.orphans:
        words = f"{harmless(left.name)} ({harmless(left.physical_id)}) still exists, and no stack has it: "
        yield from wrap([("maybe", f"! {words}{harmless(left.why)}")], width, 0, 2)
    if found.outputs:
        yield []
        yield [("heading", "Outputs")]
        names = max(cells(harmless(name)) for name in found.outputs)
        for name, output in found.stack.outputs.items():
            shown = harmless(name)
            told: Line = [
                ("name", f"  {shown}{' ' * (names - cells(shown))}"),
                ("", f"  {harmless(output.value)}"),
            ]
            if output.export is not None:
                told.append(("dim", f"  exported as {harmless(output.export)}"))
            yield told
    if found.failure is None:
        yield []
        for step in found.steps:
            yield from next_lines(step, width, "or: " if step is not found.steps[0] else "next: ")


def _period(began: datetime, ended: datetime | None) -> str:
    start = began.astimezone(UTC)
    if ended is None:
        return f"since {start:%Y-%m-%d %H:%M:%S} UTC"
    took = duration(ended - began)
    return f"{start:%Y-%m-%d %H:%M:%S} UTC, {took}"


# ---------------------------------------------------------------------------------------------
# recover


def recovery_lines(plan: RecoveryPlan, width: int) -> Iterator[Line]:
    """What `recover` will do, before it is approved."""
    yield heading(plan.stack)
    if plan.operation is None:
        yield from wrap([("good", f"nothing to recover: {harmless(plan.words)}")], width, 0, 2)
        return
    yield [("bad", harmless(plan.stack.status))]
    if plan.failure is not None:
        yield from failure(plan.failure, width)
    yield from wrap([("name", "will "), ("", harmless(plan.words))], width, 0, 2)
    yield from _skipped(plan.skipped, width)
    if plan.operation == "ContinueUpdateRollback" and (plan.skipped or plan.forced):
        words = (
            "what is skipped stays as it is, although the stack says that it was rolled back: bring both in line "
            "before the next update"
        )
        yield from wrap([("maybe", f"! {words}")], width, 2, 4)
    for name in plan.change_sets:
        yield [("dim", f"  with the change set {harmless(name)}")]


def _skipped(found: Iterable[Skipped], width: int) -> Iterator[Line]:
    for each in found:
        why = f": {harmless(each.reason)}" if each.reason else ""
        line: Line = [("name", harmless(each.name)), ("dim", f"  {harmless(short(each.type))}"), ("", why)]
        yield from wrap(line, width, 4, 6)


def recovered_lines(found: Recovery, width: int) -> Iterator[Line]:
    """How a recovery ended."""
    stack = found.plan.stack
    name = harmless(stack.name)
    if found.outcome == "recovered":
        state = (
            "no longer exists"
            if found.stack is None or found.stack.status == "DELETE_COMPLETE"
            else harmless(found.stack.status)
        )
        yield [("good", f"{name} {state}")]
    elif found.outcome == "failed":
        assert found.stack is not None
        if found.failure is not None:
            yield from failure(found.failure, width)
        yield [("bad", f"x {name} {harmless(found.stack.status)}")]
    elif found.outcome == "detached":
        yield [("maybe", f"the recovery of {name} goes on at AWS")]
    if found.next is not None and found.outcome in ("recovered", "failed"):
        yield from next_lines(found.next, width)


# ---------------------------------------------------------------------------------------------
# delete


def deletion_lines(plan: DeletionPlan, width: int, *, verbose: bool = False) -> Iterator[Line]:
    """What goes with a stack, what is lost first."""
    yield heading(plan.stack)
    if plan.stack.status == "DELETE_IN_PROGRESS":
        yield [("maybe", "the deletion is already running")]
        return
    yield _deletion_totals(plan)
    for sentence in plan.unknown:
        yield from wrap([("maybe", f"! what is lost is not known: {harmless(sentence)}")], width, 0, 2)
    for path, finding in plan.findings:
        where = "".join(f"{step}." for step in path)
        style = {"error": "error", "warning": "warning"}.get(finding.severity, "info")
        place: Line = [] if finding.origin is None else [("place", f"  {harmless(str(finding.origin))}")]
        line: Line = [(style, f"{finding.code} "), ("", harmless(f"{where}{finding.message}")), *place]
        yield from wrap(line, width, 0, 2)
    shown = plan.resources if verbose else plan.resources[:_MANY]
    for each in shown:
        mark, style = _MARKS[each.fate]
        words = _FATES[each.fate]
        line = [
            (style, f"{mark} "),
            ("name", harmless(each.name)),
            ("dim", f"  {harmless(short(each.type))}  {harmless(each.physical_id)}"),
            ("", f"  {words}" if words else ""),
        ]
        yield from wrap(line, width, 2, 6)
    if len(shown) < len(plan.resources):
        yield [("dim", f"  and {len(plan.resources) - len(shown)} more (--verbose lists them)")]
    yield from _skipped(plan.kept, width)


def _deletion_totals(plan: DeletionPlan) -> Line:
    """How many resources go, how many of them with a loss, and how many stay."""
    if not plan.resources:
        return [("heading", "nothing to delete but the stack itself")]
    kept = sum(each.fate in ("retained", "kept") for each in plan.resources)
    count = len(plan.resources) - kept
    lost = len({(path, finding.resource) for path, finding in plan.findings})
    line: Line = [("heading", f"{count or 'no'} resource{'' if count < 2 else 's'} to delete")]
    if lost:
        line.append(("bad", f", {lost} with a finding"))
    elif count and not plan.unknown:
        line.append(("", "; nothing is known to be lost for good"))
    if kept:
        line.append(("", f"; {kept} {'is' if kept == 1 else 'are'} kept"))
    return line


def deleted_lines(found: Deletion, width: int) -> Iterator[Line]:
    """How a deletion ended."""
    name = harmless(found.plan.stack.name)
    if found.outcome == "deleted":
        yield [("good", f"{name} is deleted")]
    elif found.outcome == "detached":
        yield [("maybe", f"the deletion of {name} goes on at AWS")]
    elif found.outcome == "failed":
        assert found.stack is not None
        if found.failure is not None:
            yield from failure(found.failure, width)
        yield [("bad", f"x {name} {harmless(found.stack.status)}")]
        if found.failure is not None:
            yield from consequences(found.failure, width)
        elif found.next is not None:
            yield from next_lines(found.next, width)


# ---------------------------------------------------------------------------------------------
# drift


def drift_lines(found: DriftReport, width: int) -> Iterator[Line]:
    """Where resources are not as the template says, property by property."""
    yield heading(found.stack)
    drifted = len(found.drifted)
    total = drifted + found.in_sync
    counts = (
        f"{drifted} of {total} resource{'' if total == 1 else 's'} drifted"
        if drifted
        else f"no drift in {total} resource{'' if total == 1 else 's'}"
    )
    more = f", {found.unchecked} not checked (AWS cannot, or skipped them)" if found.unchecked else ""
    yield [("bad" if drifted else "good", counts), ("dim", more)]
    for each in found.resources:
        yield from _drifted(each, width)
    for sentence in found.incomplete:
        yield from wrap([("maybe", f"! incomplete: {harmless(sentence)}")], width, 0, 2)


def _drifted(found: ResourceDrift, width: int) -> Iterator[Line]:
    mark, style = {"MODIFIED": ("~", "change"), "DELETED": ("-", "bad")}.get(found.status, ("?", "maybe"))
    words = {"MODIFIED": "", "DELETED": "  was deleted outside of CloudFormation"}.get(
        found.status, "  could not be checked"
    )
    if found.reason:
        words += f": {harmless(found.reason)}"
    place: Line = [] if found.origin is None else [("place", f"  {harmless(str(found.origin))}")]
    head: Line = [
        (style, f"{mark} "),
        ("name", harmless(found.name)),
        ("dim", f"  {harmless(short(found.type))}"),
        ("", words),
        *place,
    ]
    yield from wrap(head, width, 0, 4)
    for each in found.properties:
        yield from _property(each, width)


def _property(found: PropertyDrift, width: int) -> Iterator[Line]:
    path = harmless(found.path.removeprefix("/").replace("/", "."))
    place: Line = [] if found.origin is None else [("place", f"  {harmless(str(found.origin))}")]
    if found.kind == "ADD":
        change: Line = [("good", f"+ {path}: "), ("", _shown(found.actual))]
    elif found.kind == "REMOVE":
        change = [("bad", f"- {path}: "), ("", _shown(found.expected))]
    else:
        change = [("change", f"~ {path}: "), ("", f"{_shown(found.expected)} -> {_shown(found.actual)}")]
    yield from wrap([*change, *place], width, 4, 6)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return harmless(text)


# ---------------------------------------------------------------------------------------------
# JSON. docs/deployment.md lists the keys.


def status_json(found: StackStatus) -> dict[str, Any]:
    """A status as data."""
    return {
        **_stack_json(found.stack),
        "words": found.words,
        "began": _time(found.began),
        "ended": _time(found.ended),
        "failure": None if found.failure is None else failure_json(found.failure),
        "orphans": [_left_json(each) for each in found.orphans],
        "outputs": dict(found.outputs),
        "next": [{"words": step.words, "command": step.command} for step in found.steps],
        "events": [
            {
                "time": _time(event.time),
                "name": event.logical_id,
                "type": event.type,
                "physical_id": event.physical_id or None,
                "status": event.status,
                "reason": event.reason or None,
            }
            for event in found.events
        ],
    }


def failure_json(found: Failure) -> dict[str, Any]:
    """A failure as data."""
    return {
        "cause": _cause_json(found.cause),
        "others": [_cause_json(each) for each in found.others],
        "in_rollback": [_cause_json(each) for each in found.in_rollback],
        "canceled": list(found.canceled),
        "rolled_back": list(found.rolled_back),
        "left": [_left_json(each) for each in found.left],
        "lost": [_left_json(each) for each in found.lost],
    }


def _cause_json(found: Cause) -> dict[str, Any]:
    return {
        "name": found.name,
        "kind": found.kind,
        "type": found.event.type,
        "reason": found.words,
        "property": found.property_path,
        "origin": None if found.origin is None else str(found.origin),
        "help": list(found.help),
        "log": list(found.log),
    }


def _left_json(found: Left) -> dict[str, Any]:
    return {"name": found.name, "type": found.type, "physical_id": found.physical_id, "why": found.why}


def drift_json(found: DriftReport) -> dict[str, Any]:
    """Drift as data."""
    return {
        **_stack_json(found.stack),
        "drifted": len(found.drifted),
        "in_sync": found.in_sync,
        "unchecked": found.unchecked,
        "incomplete": list(found.incomplete),
        "resources": [
            {
                "name": each.name,
                "type": each.type,
                "physical_id": each.physical_id,
                "status": each.status,
                "reason": each.reason,
                "origin": None if each.origin is None else str(each.origin),
                "properties": [
                    {
                        "path": part.path,
                        "kind": part.kind,
                        "expected": part.expected,
                        "actual": part.actual,
                        "origin": None if part.origin is None else str(part.origin),
                    }
                    for part in each.properties
                ],
            }
            for each in found.resources
        ],
    }


def _stack_json(found: Stack) -> dict[str, Any]:
    return {
        "stack": found.name,
        "id": found.id,
        "region": found.region,
        "account": found.account,
        "status": found.status,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
