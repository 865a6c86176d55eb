"""What a deployment is doing, from its events: what runs, how long it took, what failed, what was canceled."""

from __future__ import annotations

import functools
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal

import attrs

from . import reasons
from .events import Followed
from .tables import table

State = Literal["running", "done", "failed", "canceled", "skipped"]

_SYMBOLS = {"CREATE": "+", "UPDATE": "~", "DELETE": "-", "IMPORT": "<"}
_VERBS = {"CREATE": "creating", "UPDATE": "updating", "DELETE": "deleting", "IMPORT": "importing"}
_REPLACED = "requires the creation of a new physical resource"


@attrs.frozen
class Step:
    """What happens to one resource: from when, until when, and how it went.

    `verb` is AWS's (``CREATE``, ``UPDATE``, ``DELETE``, ``IMPORT``). Times are AWS's. `reason` is AWS's.
    """

    name: str
    depth: int
    type: str
    verb: str
    state: State
    started: datetime
    ended: datetime | None = None
    reason: str = ""
    replaces: bool = False

    @property
    def symbol(self) -> str:
        """``+``, ``~``, ``-``, ``-/+`` for a replacement, ``x`` for a failure, ``.`` for what did not happen."""
        if self.state in ("failed", "canceled", "skipped"):
            return "x" if self.state == "failed" else "."
        return "-/+" if self.replaces and self.verb == "UPDATE" else _SYMBOLS.get(self.verb, "~")

    @property
    def doing(self) -> str:
        """``creating``."""
        return _VERBS.get(self.verb, "changing")

    @property
    def took(self) -> timedelta | None:
        """How long it took."""
        return None if self.ended is None else max(self.ended - self.started, timedelta())

    @property
    def usual(self) -> str | None:
        """How long that usually takes, where it is known to be slow."""
        return usual_time(self.type, self.verb)


class Progress:
    """What is going on, after each event. What has ended is counted and no longer kept."""

    def __init__(self, expected: Collection[str] = ()) -> None:
        # The resources that are expected to change, and those of them of which nothing was heard yet.
        self.total = len(expected) or None
        self.waiting = dict.fromkeys(expected)
        # Those that have not ended yet: what is deleted at the end of its replacement is not counted twice.
        self._missing = set(expected)
        self.running: dict[str, Step] = {}
        self.done = 0
        self.failed = 0
        self.status = ""
        self.rolling_back = False
        self.started: datetime | None = None
        self.latest: datetime | None = None

    def apply(self, followed: Followed) -> Step | None:
        """Take an event in; the step that it ends, if it ends one."""
        event = followed.event
        if self.started is None:
            self.started = event.time
        self.latest = event.time if self.latest is None else max(self.latest, event.time)
        if followed.about_root:
            self.status = event.status
            if "ROLLBACK" in event.status:
                self.rolling_back = True
            return None
        verb, _, phase = event.status.rpartition("_")
        if event.status.endswith("_IN_PROGRESS"):
            verb, phase = event.status.removesuffix("_IN_PROGRESS"), "IN_PROGRESS"
        if not event.logical_id or phase not in ("IN_PROGRESS", "COMPLETE", "FAILED", "SKIPPED"):
            return None
        verb = verb.rpartition("_")[0] or verb if "ROLLBACK" in verb else verb
        name = followed.name
        self.waiting.pop(name, None)
        known = self.running.get(name)
        step = Step(
            name,
            len(followed.path),
            event.type,
            verb,
            "running",
            event.time if known is None or known.verb != verb else known.started,
            None,
            event.reason or ("" if known is None else known.reason),
            _REPLACED in event.reason or (known is not None and known.verb == verb and known.replaces),
        )
        if phase == "IN_PROGRESS":
            self.running[name] = step
            return None
        self.running.pop(name, None)
        state: State = "done"
        if phase == "FAILED":
            state = "canceled" if reasons.is_canceled(event.reason) else "failed"
        elif phase == "SKIPPED":
            state = "skipped"
        if state == "failed":
            self.failed += 1
        elif state == "done" and not self.rolling_back and (self.total is None or name in self._missing):
            self._missing.discard(name)
            self.done += 1
        return attrs.evolve(step, state=state, ended=event.time, reason=event.reason)

    def slowest(self) -> list[Step]:
        """What runs, in the order of nested stacks, and there the longest first."""
        return sorted(self.running.values(), key=lambda step: (step.name.split(".")[:-1], step.started))


def duration(length: timedelta) -> str:
    """``4s``, ``4m58s``, ``1h04m``."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return f"{seconds}s"
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes}m{seconds:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


def short(type_name: str) -> str:
    """``RDS::DBInstance`` for a type of AWS."""
    return type_name.removeprefix("AWS::")


def usual_time(type_name: str, verb: str) -> str | None:
    """``usually 5-10 min``, for what takes long."""
    row = _usual_times().get(type_name)
    found = None if row is None else row.get(verb.lower())
    if not found:
        return None
    least, most = found
    return f"usually {least}-{most} min" if least != most else f"usually {most} min"


@functools.cache
def _usual_times() -> dict[str, Any]:
    return {row["type"]: row for row in table("usual_times")["rows"]}
