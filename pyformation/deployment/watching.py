"""Following an operation to its end: who is told, and what Ctrl-C does. docs/deployment.md."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Any, Literal, Protocol

import attrs

from ..errors import DeploymentError
from . import stacks
from .connection import Connection
from .events import Followed, Following
from .progress import Progress, Step
from .records import Stack
from .statuses import State

Choice = Literal["wait", "detach", "cancel"]

# A stack without news is looked at, in case its last event is never listed.
_LOOK_AFTER = 10.0
_TICK = 0.25
# For so many seconds a signal does not disturb a deletion; a network that is gone must not make it last.
_UNDISTURBED = 10.0


class Watcher(Protocol):
    """What is told of a deployment while it runs; every method may be called often."""

    def told(self, sentence: str) -> None:
        """Something that the user should know."""

    def event(self, followed: Followed, progress: Progress) -> None:
        """A new event, which `progress` has taken in."""

    def step(self, step: Step) -> None:
        """Something ended that happened to a resource."""

    def tick(self, progress: Progress) -> None:
        """Time passes."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def interrupted(self, status: str) -> Choice:
        """Somebody pressed Ctrl-C while the stack has a status."""
        ...


class Silent:
    """A watcher that shows nothing. Ctrl-C detaches, and is raised."""

    def told(self, sentence: str) -> None: ...

    def event(self, followed: Followed, progress: Progress) -> None: ...

    def step(self, step: Step) -> None: ...

    def tick(self, progress: Progress) -> None: ...

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def interrupted(self, status: str) -> Choice:
        raise KeyboardInterrupt


@attrs.frozen
class Ended:
    """How following a stack ended: its status, and what happened."""

    stack: Stack | None
    choice: Choice
    canceled: bool
    events: tuple[Followed, ...]
    undeleted: tuple[Followed, ...]


@contextmanager
def undisturbed() -> Generator[None]:
    """Let no further Ctrl-C and no other signal disturb the deletion of what must not be left behind, for some seconds."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Signals arrive in the main thread.
        return
    end = time.monotonic() + _UNDISTURBED
    before: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def handle(number: int, frame: FrameType | None) -> None:
        if time.monotonic() >= end:
            before[number](number, frame)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        handler = None if number is None else signal.getsignal(number)
        if number is not None and callable(handler):
            before[number] = handler
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def follow(
    connection: Connection,
    stack_id: str,
    *,
    watcher: Watcher,
    until: str | None = None,
    since: datetime | None = None,
    expected: Collection[str] = (),
    keep: bool = True,
) -> Ended:
    """Follow a stack until its operation ends, or until the user detaches.

    With `keep` the events are returned, too. Only read rights are needed.
    """
    progress = Progress(expected)
    following = Following(connection, stack_id, until=until, since=since, on_trouble=_trouble(watcher))
    kept: list[Followed] = []
    undeleted: dict[tuple[str, str], Followed] = {}
    canceled = False
    looked = time.monotonic()
    # The stack at the end of an operation whose last event was not seen yet.
    over: Stack | None = None
    while True:
        try:
            calls = following.calls
            new = 0
            for followed in following.poll():
                looked, new = time.monotonic(), new + 1
                step = progress.apply(followed)
                watcher.event(followed, progress)
                if step is not None:
                    watcher.step(step)
                if keep:
                    kept.append(followed)
                _note_deletion(followed, undeleted)
            if over is not None and following.calls > calls and not new:
                return Ended(over, "wait", canceled, tuple(kept), tuple(undeleted.values()))
            waited = time.monotonic() - looked
            if (following.finished and following.calls > calls) or waited > _LOOK_AFTER:
                looked = time.monotonic()
                try:
                    stack = stacks.describe(connection, stack_id)
                except DeploymentError as error:
                    if error.kind not in ("unreachable", "throttled"):
                        raise
                    continue  # It is looked at again, and the operation goes on.
                if stack is None or (following.finished and not State.of(stack).in_progress):
                    return Ended(stack, "wait", canceled, tuple(kept), tuple(undeleted.values()))
                over = None if State.of(stack).in_progress else stack
            watcher.tick(progress)
            watcher.sleep(min(following.wait, _TICK) or 0.01)
        except KeyboardInterrupt:
            choice = watcher.interrupted(progress.status)
            if choice == "detach":
                return Ended(None, "detach", canceled, tuple(kept), tuple(undeleted.values()))
            if choice == "cancel":
                canceled = _cancel(connection, stack_id, watcher) or canceled


def _note_deletion(followed: Followed, undeleted: dict[tuple[str, str], Followed]) -> None:
    """Keep the last failure of each deletion; AWS tries it again, which may succeed."""
    event = followed.event
    if event.status.startswith("DELETE_"):
        undeleted.pop((followed.name, event.physical_id), None)
    if event.status == "DELETE_FAILED":
        undeleted[followed.name, event.physical_id] = followed


def _trouble(watcher: Watcher) -> Callable[[str | None], None]:
    def tell(sentence: str | None) -> None:
        watcher.told(
            "AWS answers again"
            if sentence is None
            else f"{sentence}; waiting, while the operation goes on at AWS"
        )

    return tell


def _cancel(connection: Connection, stack_id: str, watcher: Watcher) -> bool:
    """Cancel an update; AWS then rolls it back, which is followed like everything else."""
    try:
        connection.call("cancel_update_stack", StackName=stack_id)
    except DeploymentError as error:
        watcher.told(f"the update cannot be canceled: {error.message}")
        return False
    watcher.told("canceled; the stack is being rolled back")
    return True
