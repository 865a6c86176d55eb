"""The events of a stack and its nested stacks while something happens to them, each once and in order.

No time of this computer is compared with one of AWS: what is new is what was not there at a mark, which is the newest
event before the operation began. One call a second at most, however many stacks there are; of what was seen, only the
newest identifiers are kept. docs/deployment.md.
"""

from __future__ import annotations

import collections
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import attrs

from ..changes.records import STACK
from ..errors import DeploymentError
from .connection import Connection
from .records import Event, event_of

# Seconds between two calls: while something happens, and while nothing does.
BUSY = 1.0
QUIET = 3.0
_QUIET_AFTER = 60.0
# How many identifiers of events are kept for each stack: more than the events of one page.
_REMEMBERED = 500
# How long a network that is gone is waited for.
PATIENCE = 900.0


def mark(connection: Connection, stack: str) -> str | None:
    """The identifier of a stack's newest event, or None if the stack does not exist or has none."""
    try:
        page = connection.call("describe_stack_events", StackName=stack)
    except DeploymentError as error:
        if error.kind == "missing":
            return None
        raise
    found = page.get("StackEvents") or ()
    return str(found[0]["EventId"]) if found else None


def last_operation(connection: Connection, stack: str) -> Iterator[Event]:
    """The events of a stack's last operation, the newest first; a rollback belongs to what failed."""
    for found in connection.items("describe_stack_events", "StackEvents", StackName=stack):
        event = event_of(found)
        yield event
        if begins(event):
            return


def since(connection: Connection, stack: str, began: datetime) -> list[Event]:
    """The events of a stack since a time of AWS, in their order: those of a nested stack since its parent's operation
    began, which may have updated it and then rolled it back."""
    found: list[Event] = []
    for item in connection.items("describe_stack_events", "StackEvents", StackName=stack):
        event = event_of(item)
        if event.time < began:
            break
        found.append(event)
    return found[::-1]


def begins(event: Event) -> bool:
    """Whether an event is the first one of an operation on its stack."""
    return event.about_stack and event.status in (
        "CREATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "DELETE_IN_PROGRESS",
        "IMPORT_IN_PROGRESS",
        "REVIEW_IN_PROGRESS",
    )


def ends(event: Event) -> bool:
    """Whether an event is the last one of an operation on its stack."""
    return event.about_stack and not event.status.endswith("_IN_PROGRESS")


def of_operation(connection: Connection, stack_id: str, operation_id: str | None = None) -> tuple[Event, ...]:
    """The failed events of DescribeEvents, which has the results of validations and hooks; empty where AWS or boto3
    cannot say."""
    if not hasattr(connection.client("cloudformation"), "describe_events"):
        return ()
    where = {"OperationId": operation_id} if operation_id else {"StackName": stack_id}
    try:
        found = [
            event_of(item)
            for item in connection.items(
                "describe_events", "OperationEvents", Filters={"FailedEvents": True}, **where
            )
        ]
    except DeploymentError as error:
        if error.kind in ("expired", "credentials"):
            raise
        return ()
    return tuple(reversed(found))


@attrs.define
class _Source:
    """A stack whose events are followed. `backlog` has the pages, the newest first, between the newest event and the
    newest known one."""

    stack_id: str
    depth: int
    path: tuple[str, ...]
    until: str | None = None
    since: datetime | None = None
    seen: collections.deque[str] = attrs.field(factory=lambda: collections.deque[str](maxlen=_REMEMBERED))
    backlog: list[Event] = attrs.field(factory=list[Event])
    token: str | None = None
    read: float = 0.0
    done: bool = False

    def page(self, connection: Connection) -> list[Event] | None:
        """Read a page: the new events in order, or None if there are more pages to read."""
        answer = connection.call("describe_stack_events", StackName=self.stack_id, NextToken=self.token)
        known = set(self.seen)
        known.update(event.id for event in self.backlog)
        reached = False
        for item in answer.get("StackEvents") or ():
            event = event_of(item)
            if event.id == self.until or (self.since is not None and event.time < self.since):
                reached = True
                break
            if event.id in self.seen:
                # Events may arrive out of order: those behind a known one on this page may be new.
                reached = True
            elif event.id not in known:
                self.backlog.append(event)
        following = answer.get("NextToken")
        if not reached and following and following != self.token:
            self.token = str(following)
            return None
        self.token = None
        self.backlog.reverse()
        new = sorted(self.backlog, key=lambda event: event.time)
        self.backlog = []
        self.seen.extend(event.id for event in new)
        return new


@attrs.frozen
class Followed:
    """An event and where it happened: the logical IDs of the nested stacks that lead to it."""

    event: Event
    path: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The logical ID, behind those of the nested stacks: ``Network.Vpc``."""
        return ".".join((*self.path, self.event.logical_id))

    @property
    def about_root(self) -> bool:
        """Whether it is about the stack that is followed."""
        return not self.path and self.event.about_stack


class Following:
    """Follows a stack and its nested stacks.

    `poll` makes at most one call, and none before `wait` seconds have passed. `until` is the mark behind which the
    operation began. `on_trouble` is told when AWS cannot be reached, and with None when it can be again.
    """

    def __init__(
        self,
        connection: Connection,
        stack_id: str,
        *,
        until: str | None = None,
        since: datetime | None = None,
        on_trouble: Callable[[str | None], None] = lambda _sentence: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connection = connection
        self.stack_id = stack_id
        self.on_trouble = on_trouble
        self.clock = clock
        self.calls = 0
        self.last: Event | None = None
        self._root = _Source(stack_id, 0, (), until, since)
        self._sources = {stack_id: self._root}
        self._began: datetime | None = since
        self._next = clock()
        self._news = clock()
        self._trouble_since: float | None = None
        # When the last event of the operation was read.
        self._ended: float | None = None

    @property
    def wait(self) -> float:
        """The seconds before the next call may be made."""
        return max(0.0, self._next - self.clock())

    @property
    def finished(self) -> bool:
        """Whether the operation has ended, and everything that happened before in nested stacks was read."""
        if self._ended is None:
            return False
        return all(source.done or source.read > self._ended for source in self._sources.values())

    def poll(self) -> list[Followed]:
        """The new events of one stack, in their order. The stack's last event comes when its nested stacks are read."""
        if self.wait > 0:
            return []
        source = self._chosen()
        self.calls += 1
        try:
            new = source.page(self.connection)
        except DeploymentError as error:
            self._fail(error)
            return []
        now = self.clock()
        if self._trouble_since is not None:
            self._trouble_since = None
            self.on_trouble(None)
        source.read = now
        if new:
            self._news = now
        quiet = new is not None and now - self._news > _QUIET_AFTER
        self._next = now + (QUIET if quiet else BUSY)
        found: list[Followed] = []
        for event in new or ():
            found += self._follow(source, event)
        if new and source is self._root:
            source.done = any(ends(event) for event in new) and not begins(new[-1])
            self._ended = now if source.done else None
        return found

    def _chosen(self) -> _Source:
        """The stack to read next: one with pages left, else the one that was read longest ago."""
        active = [source for source in self._sources.values() if not source.done] or [self._root]
        unfinished = [source for source in active if source.token is not None]
        return min(unfinished or active, key=lambda source: source.read)

    def _follow(self, source: _Source, event: Event) -> Iterator[Followed]:
        if source is self._root:
            self.last = event
            if self._began is None:
                self._began = event.time
        if event.about_stack and source is not self._root:
            # Its parent has an event of its own for each of these.
            source.done = ends(event)
            return
        if (
            event.type == STACK
            and event.physical_id.startswith("arn:")
            and event.physical_id != event.stack_id
            and event.status.endswith("_IN_PROGRESS")
        ):
            self._add(source, event)
        yield Followed(event, source.path)

    def _add(self, parent: _Source, event: Event) -> None:
        known = self._sources.get(event.physical_id)
        if known is not None:
            known.done = False  # It is updated, and then rolled back.
            return
        self._sources[event.physical_id] = _Source(
            event.physical_id, parent.depth + 1, (*parent.path, event.logical_id), since=self._began
        )

    def _fail(self, error: DeploymentError) -> None:
        """Wait for a network that is gone, and for a service that has too much to do: the operation goes on."""
        now = self.clock()
        if error.kind not in ("unreachable", "throttled"):
            raise error
        if self._trouble_since is None:
            self._trouble_since = now
            self.on_trouble(error.message)
        elif now - self._trouble_since > PATIENCE:
            raise error
        self._next = now + 5 * BUSY
