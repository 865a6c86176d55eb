"""Why an operation on a stack failed: its first real failure, through nested stacks, and what is left behind.

Most events of a failure are consequences: resources that were canceled, nested stacks that say only that something
in them failed, the rollback. `analyze` finds the one that came first and is none of these. docs/deployment.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import attrs

from .. import catalog
from ..changes.records import STACK
from ..sources import LoadedTemplate
from . import reasons
from .causes import Cause, Explaining, Phase, deletion_policy
from .records import Event
from .statuses import NextStep, State, next_step

# What gives the events of a nested stack since its root's operation began; empty if they cannot be read.
Nested = Callable[[str], Sequence[Event]]
_DEPTH = 10
# What AWS says of the new resource of a replacement, whose status is that of an update.
_CREATED = "Resource creation Initiated"
_BEGINNINGS = ("CREATE", "UPDATE", "DELETE", "IMPORT")


@attrs.frozen
class Left:
    """A resource that the operation left behind or took away, and why."""

    name: str
    type: str
    physical_id: str
    why: str


@attrs.frozen(kw_only=True)
class Failure:
    """A failed operation on a stack.

    `cause` came first, `others` failed by themselves as well, `canceled` did not. `in_rollback` is what the rollback
    failed on. `rolled_back` was undone, `left` still exists although the stack does not need it, and `lost` was
    deleted with data that existed before. `next` is the next legal step.
    """

    stack: str
    status: str
    cause: Cause
    others: tuple[Cause, ...] = ()
    in_rollback: tuple[Cause, ...] = ()
    canceled: tuple[str, ...] = ()
    rolled_back: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    lost: tuple[Left, ...] = ()
    began: datetime | None = None
    ended: datetime | None = None
    next: NextStep

    @property
    def took(self) -> timedelta | None:
        """How long the operation took, if it has ended."""
        return None if self.began is None or self.ended is None else self.ended - self.began


def analyze(
    events: Iterable[Event],
    stack: State,
    *,
    nested: Nested = lambda _stack_id: (),
    template: LoadedTemplate | None = None,
) -> Failure | None:
    """The failure that the events of an operation tell of, or None if nothing failed.

    `events` are those of DescribeStackEvents since the operation began, and those of DescribeEvents if there are any,
    in any order. `template` is what was deployed.
    """
    found = merged(events)
    if not found:
        return None
    collected = _Collected(nested)
    collected.stack(found, ())
    cause, others = collected.first("forward")
    in_rollback = _of_last_attempt(collected.all("backward"), found)
    if cause is None:
        cause, others = in_rollback[0] if in_rollback else None, ()
    if not _failed(found, stack.status):
        return None
    waits = stack.status == "REVIEW_IN_PROGRESS" or (
        stack.in_progress and "ROLLBACK" not in (stack.status or "")
    )
    if cause is None and not waits:
        cause = _unexplained(found)
    if cause is None:
        return None
    causes = Explaining(template, stack)
    ended = next(
        (e.time for e in reversed(found) if e.about_stack and not e.status.endswith("_IN_PROGRESS")), None
    )
    fates = _Fates(collected.events, stack, template)
    return Failure(
        stack=stack.name,
        status=stack.status or "",
        cause=causes.explained(cause),
        others=tuple(causes.explained(other) for other in others),
        in_rollback=tuple(causes.explained(other) for other in in_rollback if other is not cause),
        canceled=tuple(dict.fromkeys(collected.canceled)),
        rolled_back=fates.rolled_back,
        left=fates.left,
        lost=fates.lost,
        began=found[0].time,
        ended=None if stack.in_progress else ended,
        next=next_step(stack),
    )


def orphans(events: Iterable[Event], path: tuple[str, ...] = ()) -> tuple[Left, ...]:
    """What a successful operation could not delete in its cleanup: it still exists, but no stack has it."""
    last: dict[tuple[str, str], Event] = {}
    for event in merged(events):
        if not event.about_stack and event.physical_id and event.status.startswith("DELETE_"):
            last[event.logical_id, event.physical_id] = event
    return tuple(
        Left(".".join((*path, event.logical_id)), event.type, event.physical_id, _why(event))
        for event in last.values()
        if event.status == "DELETE_FAILED"
    )


def merged(events: Iterable[Event]) -> list[Event]:
    """Events in their order, each once: DescribeEvents repeats some of DescribeStackEvents under other identifiers."""
    found: dict[tuple[str, ...], Event] = {}
    for event in events:
        own = (event.hook or "", event.hook_status or "", event.validation or "", event.validation_path or "")
        moment = "" if event.status.endswith("_FAILED") else event.id
        key = (event.stack_id, event.logical_id, event.physical_id, event.status, event.reason, *own, moment)
        known = found.get(key)
        if known is None or (known.kind and not event.kind):
            found[key] = event
    return sorted(found.values(), key=lambda event: event.time)


def _failed(events: list[Event], status: str | None) -> bool:
    """Whether the operation failed, or is being rolled back: a failed cleanup is no failure of the operation."""
    state = status or ""
    if "ROLLBACK" in state or "FAILED" in state:
        return True
    begin = next((event.status for event in events if event.about_stack), "")
    kind = begin.partition("_")[0]
    if state.endswith("_IN_PROGRESS") and "CLEANUP" not in state:
        return True
    return kind in _BEGINNINGS and not state.startswith(f"{kind}_COMPLETE") and "CLEANUP" not in state


def _of_last_attempt(causes: list[Cause], events: list[Event]) -> list[Cause]:
    """What the last attempt to roll back failed on: each one tries again what failed before."""
    starts = [event.time for event in events if event.about_stack and "ROLLBACK_IN_PROGRESS" in event.status]
    return [cause for cause in causes if cause.event.time >= starts[-1]] or causes if starts else causes


def _unexplained(events: list[Event]) -> Cause | None:
    """The end of an operation that failed, for which no event gives a reason."""
    last = next((event for event in reversed(events) if event.about_stack), None)
    return None if last is None else Cause(last, "stack", (), last.reason or "AWS gives no reason")


# ---------------------------------------------------------------------------------------------
# Causes and consequences


def _by_phase() -> dict[Phase, list[Cause]]:
    return {"forward": [], "backward": []}


@attrs.define
class _Collected:
    """What failed in a stack and its nested stacks, before the rollback began and after."""

    nested: Nested
    strong: dict[Phase, list[Cause]] = attrs.field(factory=_by_phase)
    # What only says that something else failed: counts where nothing else is known.
    weak: dict[Phase, list[Cause]] = attrs.field(factory=_by_phase)
    canceled: list[str] = attrs.field(factory=list[str])
    events: dict[tuple[str, ...], list[Event]] = attrs.field(factory=dict[tuple[str, ...], list[Event]])
    seen: set[str] = attrs.field(factory=set[str])
    told: set[tuple[object, ...]] = attrs.field(factory=set[tuple[object, ...]])

    def all(self, phase: Phase) -> list[Cause]:
        """The causes of a phase, the first one first."""
        return sorted(self.strong[phase], key=lambda cause: cause.event.time)

    def first(self, phase: Phase) -> tuple[Cause | None, tuple[Cause, ...]]:
        """The cause, and what else failed by itself."""
        found = self.all(phase)
        if found:
            return found[0], tuple(found[1:])
        weak = sorted(self.weak[phase], key=lambda cause: (reasons.is_derived(cause.words), cause.event.time))
        return (weak[0] if weak else None), ()

    def stack(self, events: Sequence[Event], path: tuple[str, ...]) -> bool:
        """Collect from a stack's events; whether anything in it failed by itself."""
        self.events[path] = list(events)
        before = sum(map(len, self.strong.values()))
        phase: Phase = "forward"
        hooked: set[str] = set()
        for index, event in enumerate(events):
            if event.about_stack:
                self._about_stack(event, path, phase)
                # A nested stack that was created is deleted when its parent is rolled back.
                if "ROLLBACK_IN_PROGRESS" in event.status or (index and event.status == "DELETE_IN_PROGRESS"):
                    phase = "backward"
                continue
            found = _own_failure(event)
            if found is not None:
                hooked.add(event.logical_id)
                self._add(phase, Cause(event, found[0], path, found[1]))
            elif event.status.endswith("_FAILED"):
                self._resource(event, path, phase, hooked)
        return sum(map(len, self.strong.values())) > before

    def _resource(self, event: Event, path: tuple[str, ...], phase: Phase, hooked: set[str]) -> None:
        name = ".".join((*path, event.logical_id))
        words = reasons.plain_words(event.reason)
        if event.type == STACK and self._inside(event, path):
            return
        if reasons.is_canceled(event.reason):
            self.canceled.append(name)
        elif "hook(s)" in event.reason and event.logical_id in hooked:
            return
        elif reasons.is_derived(event.reason):
            self.weak[phase].append(Cause(event, "resource", path, words))
        else:
            self._add(phase, Cause(event, "resource", path, words))

    def _inside(self, event: Event, path: tuple[str, ...]) -> bool:
        """Look into a nested stack that failed; whether the cause is there."""
        # An event may lack the identifier; others of the same resource have it.
        same = (each for each in self.events[path] if each.logical_id == event.logical_id)
        child = event.physical_id or next((each.physical_id for each in same if each.physical_id), "")
        if not child.startswith("arn:") or child == event.stack_id or len(path) >= _DEPTH:
            return False
        if child in self.seen:
            return (*path, event.logical_id) in self.events and not reasons.is_canceled(event.reason)
        self.seen.add(child)
        began = next((each.time for each in self.events[path] if each.about_stack), event.time)
        events = [each for each in merged(self.nested(child)) if each.time >= began]
        return bool(events) and self.stack(events, (*path, event.logical_id))

    def _about_stack(self, event: Event, path: tuple[str, ...], phase: Phase) -> None:
        found = _own_failure(event)
        if found is not None:
            self._add(phase, Cause(event, found[0], path, found[1]))
        elif event.reason and (
            event.status.endswith("_FAILED") or "ROLLBACK_IN" in event.status or not _running(event)
        ):
            self.weak[phase].append(Cause(event, "stack", path, reasons.plain_words(event.reason)))

    def _add(self, phase: Phase, cause: Cause) -> None:
        """Note a cause; AWS may tell of a resource's failure several times, in other words."""
        event = cause.event
        key = (phase, cause.path, event.logical_id, event.status)
        if cause.kind == "resource":
            if key in self.told:
                return
            self.told.add(key)
        self.strong[phase].append(cause)


def _running(event: Event) -> bool:
    return event.status.endswith("_IN_PROGRESS")


def _own_failure(event: Event) -> tuple[Literal["hook", "validation"], str] | None:
    """What a hook or a validation says, if it made the operation fail; a warning did not."""
    if event.mode == "WARN":
        return None
    if event.validation and (event.validation_status or "FAILED") == "FAILED":
        return "validation", reasons.plain_words(event.validation_reason or event.reason)
    if event.hook and "FAILED" in (event.hook_status or ""):
        return "hook", reasons.plain_words(event.hook_reason or event.reason)
    return None


# ---------------------------------------------------------------------------------------------
# What is left, and what is lost


@attrs.define
class _Fates:
    """What became of each physical resource."""

    events: dict[tuple[str, ...], list[Event]]
    state: State
    template: LoadedTemplate | None
    rolled_back: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    lost: tuple[Left, ...] = ()

    def __attrs_post_init__(self) -> None:
        rolled_back: list[str] = []
        left: list[Left] = []
        lost: list[Left] = []
        for path, events in self.events.items():
            backward = False
            history: dict[tuple[str, str], list[tuple[bool, Event]]] = {}
            for event in events:
                if event.about_stack:
                    backward = backward or "ROLLBACK_IN_PROGRESS" in event.status
                elif event.physical_id:
                    history.setdefault((event.logical_id, event.physical_id), []).append((backward, event))
            for (logical_id, physical_id), steps in history.items():
                event = steps[-1][1]
                name = ".".join((*path, logical_id))
                made = any(
                    step.status.startswith("CREATE_") or step.reason.startswith(_CREATED) for _, step in steps
                )
                if steps[-1][0] and event.status in ("DELETE_COMPLETE", "UPDATE_COMPLETE"):
                    rolled_back.append(name)
                if event.status == "DELETE_COMPLETE":
                    # A rollback deletes only what the operation has created.
                    why = None if made or steps[-1][0] else self._loss(path, event)
                    if why is not None:
                        lost.append(Left(name, event.type, physical_id, why))
                elif (reason := self._kept(event, made)) is not None:
                    left.append(Left(name, event.type, physical_id, reason))
        self.rolled_back = tuple(dict.fromkeys(rolled_back))
        self.left = tuple(left)
        self.lost = tuple(lost)

    def _kept(self, event: Event, made: bool) -> str | None:
        if event.status == "DELETE_FAILED":
            return "could not be deleted"
        if event.status == "DELETE_SKIPPED":
            return "retained"
        kept = self.state.status in (
            "CREATE_FAILED",
            "UPDATE_FAILED",
            "ROLLBACK_FAILED",
            "UPDATE_ROLLBACK_FAILED",
        )
        if made and kept and event.type != STACK:
            return (
                "created, and kept because rollback is disabled"
                if "ROLLBACK" not in (self.state.status or "")
                else "created, and not deleted"
            )
        return None

    def _loss(self, path: tuple[str, ...], event: Event) -> str | None:
        """What was lost with a resource that existed before the operation, or None."""
        record = catalog.find(event.type)
        if record is None or record.stateful != "data":
            return None
        policy = deletion_policy(self.template, path, event.logical_id) if self.template else None
        if policy == "Snapshot" or (policy is None and record.snapshot):
            return "deleted; there may be a final snapshot"
        return "deleted with its data"


def _why(event: Event) -> str:
    words = reasons.plain_words(event.reason)
    return f"could not be deleted: {words}" if words else "could not be deleted"
