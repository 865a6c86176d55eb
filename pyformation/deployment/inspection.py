"""`pyformation.status`: what a stack is, what happened last, and what may be done next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from ..sources import LoadedTemplate, loaded
from . import stacks
from .connection import Connection, connect
from .diagnosis import NOTHING, Diagnosis, Named, diagnose, last_operation, state_of
from .events import Followed
from .failures import Failure, Left
from .progress import Progress
from .records import Event, Stack
from .statuses import NextStep, State, describe, next_steps
from .watching import Silent, Watcher
from .watching import follow as follow_events


class Callbacks(Silent):
    """A watcher that tells a function of each event."""

    def __init__(self, on_event: Callable[[Followed], None] | None = None) -> None:
        self.on_event = on_event

    def event(self, followed: Followed, progress: Progress) -> None:
        """Tell of an event."""
        if self.on_event is not None:
            self.on_event(followed)


@attrs.frozen(kw_only=True)
class StackStatus:
    """A stack as it is: its state in words, its last operation, and the steps that are legal now, the best first.

    `failure` is why the last operation failed, None if it did not. `orphans` is what the last operation could not
    delete and no stack has any more. `events` are those of the last operation.
    """

    stack: Stack
    words: str
    steps: tuple[NextStep, ...]
    failure: Failure | None = None
    orphans: tuple[Left, ...] = ()
    began: datetime | None = None
    ended: datetime | None = None
    events: tuple[Event, ...] = attrs.field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The name of the stack."""
        return self.stack.name

    @property
    def status(self) -> str:
        """AWS's status."""
        return self.stack.status

    @property
    def outputs(self) -> Mapping[str, str]:
        """The values of the stack's outputs."""
        return {name: output.value for name, output in self.stack.outputs.items()}

    @property
    def failed(self) -> bool:
        """Whether the last operation failed."""
        return self.failure is not None


def status(
    stack: str,
    *,
    region: str | None = None,
    session: Any = None,
    source: object = None,
    follow: bool = False,
    on_event: Callable[[Followed], None] | None = None,
) -> StackStatus:
    """What a stack is, what its last operation did, and what may be done next.

    `source` is what was deployed: then the lines are named that declare what failed. With `follow`, the end of a
    running operation is waited for, and `on_event` is called with each event of it. Raises `DeploymentError` if the
    stack does not exist.
    """
    connection = connect(region, session=session)
    template = None if source is None else loaded(source)
    named = Named(region is not None, source=source if isinstance(source, str) else None)
    if follow:
        follow_stack(connection, stack, Callbacks(on_event))
    return inspect(connection, stacks.existing(connection, stack), template=template, named=named)


def follow_stack(connection: Connection, name: str, watcher: Watcher) -> Stack:
    """Follow the operation that runs on a stack, from its beginning to its end."""
    stack = stacks.existing(connection, name)
    if not State.of(stack).in_progress:
        return stack
    began = _began(tuple(last_operation(connection, stack.id)))
    ended = follow_events(connection, stack.id, watcher=watcher, since=began, keep=False)
    if ended.choice == "detach":
        raise KeyboardInterrupt
    return ended.stack or stacks.existing(connection, stack.id)


def inspect(
    connection: Connection,
    stack: Stack,
    *,
    template: LoadedTemplate | None = None,
    named: Named = NOTHING,
) -> StackStatus:
    """The status of a stack that was read."""
    state = state_of(connection, stack, named)
    return _status_of(stack, diagnose(connection, stack, state, template=template))


def _status_of(stack: Stack, found: Diagnosis) -> StackStatus:
    ended = None if found.state.in_progress else _ended(found.events)
    return StackStatus(
        stack=stack,
        words=describe(stack.status),
        steps=next_steps(found.state),
        failure=found.failure,
        orphans=found.orphans,
        began=_began(found.events),
        ended=ended,
        events=found.events,
    )


def _began(events: tuple[Event, ...]) -> datetime | None:
    return events[0].time if events else None


def _ended(events: tuple[Event, ...]) -> datetime | None:
    return next((event.time for event in reversed(events) if event.about_stack), None)
