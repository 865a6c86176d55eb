"""How a deployment is shown while it runs: live in a terminal, as lines with times elsewhere, or as JSON.

In a terminal, what has ended is printed above the live part and stays there; so nothing overwrites an error. There are
no threads: whoever follows the stack calls `tick`.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import attrs

from ..deployment.events import Followed
from ..deployment.progress import Progress, Step, duration, short
from ..reports.harmless import harmless, in_json, without_commands
from ..reports.terminal import Line, cells, print_lines, styled, wrap

if TYPE_CHECKING:
    from ..changes import Diff

HEARTBEAT = 60.0
_REFRESH = 0.5
_STYLES = {"running": "change", "done": "good", "failed": "bad", "canceled": "dim", "skipped": "dim"}
_CTRL_C = "Ctrl-C: detach, cancel, wait"


class View(Protocol):
    """What shows a deployment. `label` is the region or stack, where there are several."""

    def lines(self, lines: Iterable[Line]) -> None:
        """Print lines that stay."""

    def event(self, followed: Followed, progress: Progress, label: str = "") -> None:
        """Show an event that `progress` has taken in, and the step that it ended."""

    def step(self, step: Step, label: str = "") -> None:
        """Show a step that has ended."""

    def tick(self, running: Sequence[tuple[str, Progress]]) -> None:
        """Show what is running."""

    def note(self, sentence: str, style: str = "dim") -> None:
        """Print a sentence that stays."""

    def expect(self, diffs: Iterable[Diff]) -> None:
        """Know what is going to change."""

    def pause(self) -> None:
        """Take the live part away, because somebody is asked or it is over."""


@attrs.frozen
class Columns:
    """How wide names and types are."""

    name: int = 22
    type: int = 24

    @classmethod
    def of(cls, diffs: Iterable[Diff]) -> Columns:
        """As wide as what is expected needs, within bounds."""
        found = [
            (f"{'.'.join((*path, change.logical_id))}{' ' * 2 * len(path)}", short(change.type))
            for diff in diffs
            for path, inner in diff.stacks()
            for change in inner.resources
        ]
        name = max((cells(harmless(name)) for name, _ in found), default=cls().name)
        type_ = max((cells(harmless(type_)) for _, type_ in found), default=cls().type)
        return cls(min(max(name, 8), 40), min(max(type_, 8), 40))


def step_line(step: Step, columns: Columns, *, label: str = "") -> Line:
    """``  + Vpc   EC2::VPC   4s``."""
    indent = 2 * step.depth
    words = {"failed": "failed", "canceled": "canceled", "skipped": "retained"}.get(step.state, "")
    style = _STYLES[step.state]
    line: Line = [("", " " * indent)]
    if label:
        line.append(("dim", f"{harmless(label)}  "))
    line += [
        (style, f"{step.symbol:>3} "),
        ("name", _column(harmless(step.name), columns.name - indent)),
        ("", "  "),
        ("type", _column(harmless(short(step.type)), columns.type)),
    ]
    if step.took is not None:
        line.append(("dim", f"  {duration(step.took):>6}"))
    if words:
        line.append((style, f"  {words}"))
    return line


def reason_lines(step: Step, width: int, indent: int = 0) -> list[Line]:
    """AWS's words under a failure."""
    if step.state != "failed" or not step.reason:
        return []
    return wrap([("", f"AWS: {harmless(step.reason)}")], width, indent + 6, indent + 8)


def _column(text: str, width: int) -> str:
    return text + " " * max(0, width - cells(text))


def _elapsed(step: Step, now: datetime) -> timedelta:
    return max(now - step.started, timedelta())


class Clock:
    """The time at AWS: that of the newest event, and what has passed here since."""

    def __init__(self) -> None:
        self._latest: datetime | None = None
        self._read = time.monotonic()

    def saw(self, latest: datetime | None) -> None:
        """Note the time of an event that has just been read, if it is newer than what has passed."""
        if latest is not None and (self._latest is None or latest > self.now()):
            self._latest, self._read = latest, time.monotonic()

    def now(self) -> datetime:
        """The time at AWS, as far as known."""
        if self._latest is None:
            return datetime.now(UTC)
        return self._latest + timedelta(seconds=time.monotonic() - self._read)


class Plain:
    """Lines with AWS's times, and a heartbeat each minute."""

    def __init__(self, file: TextIO | None = None) -> None:
        self.file = sys.stdout if file is None else file
        self._spoke = time.monotonic()
        self._clock = Clock()

    def lines(self, lines: Iterable[Line]) -> None:
        print_lines(lines, self.file)
        self.file.flush()
        self._spoke = time.monotonic()

    def event(self, followed: Followed, progress: Progress, label: str = "") -> None:
        event = followed.event
        self._clock.saw(event.time)
        if not event.logical_id:
            return
        head = [event.time.astimezone(UTC).strftime("%H:%M:%S")]
        if label:
            head.append(harmless(label))
        told = [*head, harmless(followed.name), harmless(short(event.type)), harmless(event.status)]
        if event.reason:
            told.append(harmless(event.reason))
        self.lines([[("", "  ".join(told))]])

    def step(self, step: Step, label: str = "") -> None:
        """Its event has been printed."""

    def tick(self, running: Sequence[tuple[str, Progress]]) -> None:
        if time.monotonic() - self._spoke < HEARTBEAT:
            return
        now = self._clock.now()
        for label, progress in running:
            slow = [
                f"{harmless(step.name)} {duration(_elapsed(step, now))}"
                + (f" ({step.usual})" if step.usual else "")
                for step in progress.slowest()[:5]
            ]
            more = len(progress.running) - 5
            told = ", ".join(slow) + (f" and {more} more" if more > 0 else "")
            self.lines(
                [
                    [
                        (
                            "",
                            f"{now.astimezone(UTC):%H:%M:%S}  "
                            + (f"{harmless(label)}  " if label else "")
                            + f"still running: {told or harmless(progress.status or 'the stack')}; {_count(progress)}",
                        )
                    ]
                ]
            )

    def note(self, sentence: str, style: str = "dim") -> None:
        self.lines([[(style, harmless(sentence))]])

    def expect(self, diffs: Iterable[Diff]) -> None: ...

    def pause(self) -> None: ...


class Json:
    """One object a line: what was predicted, events, heartbeats, and the result."""

    def __init__(self, file: TextIO | None = None) -> None:
        self.file = sys.stdout if file is None else file
        self._spoke = time.monotonic()

    def write(self, type_: str, **data: Any) -> None:
        """Print an object. Characters outside of ASCII are escaped."""
        line = without_commands(json.dumps({"type": type_, **data}, default=str), in_json)
        print(line, file=self.file, flush=True)
        self._spoke = time.monotonic()

    def lines(self, lines: Iterable[Line]) -> None:
        """Text for people is left out."""

    def event(self, followed: Followed, progress: Progress, label: str = "") -> None:
        event = followed.event
        data: dict[str, Any] = {
            "time": event.time.astimezone(UTC).isoformat(),
            "id": event.id,
            "stack": event.stack,
            "name": followed.name,
            "resource_type": event.type,
            "physical_id": event.physical_id,
            "status": event.status,
            "reason": event.reason or None,
        }
        self.write("event", **({"region": label} if label else {}), **data)

    def step(self, step: Step, label: str = "") -> None:
        """Its event has been printed."""

    def tick(self, running: Sequence[tuple[str, Progress]]) -> None:
        if time.monotonic() - self._spoke < HEARTBEAT:
            return
        for label, progress in running:
            self.write(
                "heartbeat",
                **({"region": label} if label else {}),
                status=progress.status,
                done=progress.done,
                total=progress.total,
                running=[step.name for step in progress.slowest()],
            )

    def note(self, sentence: str, style: str = "dim") -> None:
        self.write("note", message=sentence)

    def expect(self, diffs: Iterable[Diff]) -> None: ...

    def pause(self) -> None: ...


class Terminal:
    """A line for each running resource below what has ended, drawn again twice a second."""

    def __init__(self, file: TextIO | None = None) -> None:
        self.file = sys.stdout if file is None else file
        self._live: Any = None
        self._drawn = 0.0
        self._clock = Clock()
        self.columns = Columns()

    @property
    def width(self) -> int:
        """The columns of the terminal."""
        return max(40, shutil.get_terminal_size((80, 24)).columns)

    def lines(self, lines: Iterable[Line]) -> None:
        """Print lines above the live part."""
        if self._live is None:
            print_lines(lines, self.file)
            return
        for line in lines:
            self._live.console.print(styled(line), soft_wrap=True)

    def event(self, followed: Followed, progress: Progress, label: str = "") -> None:
        event = followed.event
        self._clock.saw(event.time)
        if followed.about_root and event.reason and event.reason != "User Initiated":
            told = harmless(f"{label + '  ' if label else ''}{event.status}: {event.reason}")
            style = "bad" if "ROLLBACK" in event.status or "FAILED" in event.status else "dim"
            self.lines(wrap([(style, told)], self.width, 2, 4))

    def step(self, step: Step, label: str = "") -> None:
        line = step_line(step, self.columns, label=label)
        self.lines([line, *reason_lines(step, self.width, 2 * step.depth)])

    def tick(self, running: Sequence[tuple[str, Progress]]) -> None:
        now = time.monotonic()
        if now - self._drawn < _REFRESH:
            return
        self._drawn = now
        if self._live is None:
            self._live = self._started()
        self._live.update(self._drawing(running), refresh=True)

    def note(self, sentence: str, style: str = "dim") -> None:
        self.lines(wrap([(style, harmless(sentence))], self.width, 2, 4))

    def expect(self, diffs: Iterable[Diff]) -> None:
        self.columns = Columns.of(diffs)

    def pause(self) -> None:
        """The live part disappears; what was printed above it stays."""
        if self._live is not None:
            self._live.stop()
            self._live = None
            self._drawn = 0.0

    def _started(self) -> Any:
        from rich.console import Console
        from rich.live import Live

        console = Console(file=self.file, highlight=False, markup=False, emoji=False)
        # Drawn by `tick` only, so that there is no thread; gone at the end, as its lines are printed by then.
        live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        live.start()
        return live

    def _drawing(self, running: Sequence[tuple[str, Progress]]) -> Any:
        from rich.text import Text

        now = self._clock.now()
        room = max(3, shutil.get_terminal_size((80, 24)).lines - 3 - 2 * len(running))
        steps = [(label, step) for label, progress in running for step in progress.slowest()]
        shown = steps[:room]
        lines: list[Line] = []
        for label, step in shown:
            line = step_line(step, self.columns, label=label if len(running) > 1 else "")
            line.append(("", f"  {duration(_elapsed(step, now)):>6}"))
            if step.usual:
                line.append(("dim", f"  {step.usual}"))
            lines.append(line)
        if len(steps) > len(shown):
            lines.append([("dim", f"    and {len(steps) - len(shown)} more")])
        for label, progress in running:
            waiting = list(progress.waiting)
            if waiting and not progress.rolling_back:
                names = ", ".join(harmless(name) for name in waiting[:3]) + (
                    ", ..." if len(waiting) > 3 else ""
                )
                where = f"{harmless(label)}  " if len(running) > 1 else ""
                lines.append([("dim", f"  . {where}{names}   {len(waiting)} not started")])
            began = progress.started
            took = "" if began is None else duration(max(now - began, timedelta()))
            status = progress.status if progress.rolling_back else ""
            left = "  ".join(harmless(part) for part in (label, took, _count(progress), status) if part)
            gap = max(2, self.width - 2 - cells(left) - len(_CTRL_C))
            lines.append([("dim", f"  {left}{' ' * gap}{_CTRL_C}")])
        drawn = [styled(line) for line in lines]
        for text in drawn:
            text.no_wrap, text.overflow = True, "ellipsis"
        return Text("\n", no_wrap=True, overflow="ellipsis").join(drawn)


def _count(progress: Progress) -> str:
    if progress.total is None:
        return f"{progress.done} done"
    return f"{progress.done} of {progress.total}"


def view_for(*, as_json: bool = False, file: TextIO | None = None) -> View:
    """The view that fits the output."""
    out = sys.stdout if file is None else file
    if as_json:
        return Json(out)
    import os

    if out.isatty() and os.environ.get("TERM") != "dumb":
        return Terminal(out)
    return Plain(out)
