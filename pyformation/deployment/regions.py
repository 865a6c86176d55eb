"""One deployment in one or several regions: prepared at once, approved once, carried out a few at a time.

A single region is worked on in the caller's thread. Several have a thread each, which end with the call: what they wait
for ends when somebody presses Ctrl-C, and then each deletes the change set that it has made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from typing import Generic, Literal, TypeVar

import attrs

from ..errors import PyformationError
from .deploying import Ready
from .events import Followed
from .progress import Progress, Step
from .watching import Choice, Watcher, undisturbed

T = TypeVar("T")
R = TypeVar("R")

OnFailure = Literal["stop", "continue"]
CONCURRENCY = 4
_JOIN_SECONDS = 60.0
_TICK = 0.2


class Stopped(BaseException):
    """Raised in the thread of a region when the command ends."""


@attrs.frozen
class Failed:
    """A region whose work raised an error."""

    region: str
    error: PyformationError


class Shared:
    """What the threads of several regions share: one watcher, told by one thread at a time."""

    def __init__(self, watcher_of: Callable[[str], Watcher]) -> None:
        self.watcher_of = watcher_of
        self.lock = threading.RLock()
        self.stop = threading.Event()
        # Set when the updates are to be canceled; each region does that once.
        self.cancel = threading.Event()
        self.progress: dict[str, Progress] = {}


class _Watcher:
    """The watcher of one region among several."""

    def __init__(self, shared: Shared, region: str) -> None:
        self.shared = shared
        self.region = region
        self.inner = shared.watcher_of(region)
        self.canceled = False

    def told(self, sentence: str) -> None:
        with self.shared.lock:
            self.inner.told(sentence)

    def event(self, followed: Followed, progress: Progress) -> None:
        with self.shared.lock:
            self.inner.event(followed, progress)

    def step(self, step: Step) -> None:
        with self.shared.lock:
            self.inner.step(step)

    def tick(self, progress: Progress) -> None:
        # The thread that waits for all of them shows what is running.
        self.shared.progress[self.region] = progress

    def sleep(self, seconds: float) -> None:
        if self.shared.stop.wait(seconds):
            raise Stopped
        if self.shared.cancel.is_set() and not self.canceled:
            self.canceled = True
            raise KeyboardInterrupt

    def interrupted(self, status: str) -> Choice:
        if status != "UPDATE_IN_PROGRESS":
            self.told("there is no update to cancel")
            return "wait"
        return "cancel"


def in_regions(
    items: Sequence[tuple[str, T]],
    work: Callable[[T, Watcher], R],
    watcher_of: Callable[[str], Watcher],
    *,
    concurrency: int = CONCURRENCY,
    on_failure: OnFailure = "stop",
    failed: Callable[[R], bool] = lambda _result: False,
    show: Callable[[dict[str, Progress]], None] = lambda _running: None,
    interrupted: Callable[[], Choice] | None = None,
    discard: Callable[[R], object] = lambda _result: None,
) -> dict[str, R | Failed | None]:
    """The results of some work in each region, by region; None for what was not begun because another one failed.

    `show` is called with what is running. On Ctrl-C `interrupted` says whether to wait, or to cancel every update; else
    the threads are stopped, and `KeyboardInterrupt` is raised when they have ended. Where nothing is returned, `discard`
    gets each result that there is.
    """
    if len(items) == 1:
        region, item = items[0]
        try:
            return {region: work(item, watcher_of(region))}
        except PyformationError as error:
            return {region: Failed(region, error)}
    threads = _Threads(items, work, Shared(watcher_of), failed, on_failure)
    try:
        return threads.run(concurrency, show, interrupted)
    except BaseException:
        threads.discard(discard)
        raise


@attrs.define
class _Threads(Generic[T, R]):
    items: Sequence[tuple[str, T]]
    work: Callable[[T, Watcher], R]
    shared: Shared
    failed: Callable[[R], bool]
    on_failure: OnFailure
    results: dict[str, R | Failed | None] = attrs.field(factory=dict[str, "R | Failed | None"])
    crashed: list[BaseException] = attrs.field(factory=list[BaseException])

    def run(
        self,
        concurrency: int,
        show: Callable[[dict[str, Progress]], None],
        interrupted: Callable[[], Choice] | None,
    ) -> dict[str, R | Failed | None]:
        self.results = {region: None for region, _ in self.items}
        waiting = list(self.items)
        running: dict[str, threading.Thread] = {}
        while waiting or running:
            try:
                while waiting and len(running) < max(1, concurrency) and not self.ends_early():
                    region, item = waiting.pop(0)
                    running[region] = threading.Thread(target=self.one, args=(region, item), daemon=True)
                    running[region].start()
                for region in [region for region, thread in running.items() if not thread.is_alive()]:
                    running.pop(region).join()
                    self.shared.progress.pop(region, None)
                if self.ends_early() or self.shared.cancel.is_set():
                    waiting = []
                with self.shared.lock:
                    show(dict(self.shared.progress))
                if running:
                    time.sleep(_TICK)
            except KeyboardInterrupt:
                with self.shared.lock:
                    choice = "detach" if interrupted is None else interrupted()
                if choice == "cancel":
                    self.shared.cancel.set()
                elif choice == "detach":
                    self.end(running.values())
                    raise
            except BaseException:
                self.end(running.values())
                raise
        if self.crashed:
            raise self.crashed[0]
        return self.results

    def ends_early(self) -> bool:
        """Whether no further region is begun."""
        if self.crashed:
            return True
        return self.on_failure == "stop" and any(
            isinstance(found, Failed) or (found is not None and self.failed(found))
            for found in self.results.values()
        )

    def one(self, region: str, item: T) -> None:
        try:
            self.results[region] = self.work(item, _Watcher(self.shared, region))
        except PyformationError as error:
            self.results[region] = Failed(region, error)
        except Stopped:
            pass
        except BaseException as error:
            self.crashed.append(error)

    def discard(self, discard: Callable[[R], object]) -> None:
        """Undo what has succeeded; what stopped the others is what the user must see."""
        for found in self.results.values():
            if found is not None and not isinstance(found, Failed):
                with suppress(PyformationError):
                    discard(found)

    def end(self, threads: Iterable[threading.Thread]) -> None:
        """Let the threads end: each deletes what it has made."""
        self.shared.stop.set()
        end = time.monotonic() + _JOIN_SECONDS
        with undisturbed():
            for thread in threads:
                thread.join(max(0.0, end - time.monotonic()))


def closing(stack: ExitStack, found: Iterable[object]) -> None:
    """Delete the change sets of those that are ready, when a block ends, unless they were executed."""
    for one in found:
        if isinstance(one, Ready):
            stack.callback(one.close)
