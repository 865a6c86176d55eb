"""The record of a finding: what a reviewer must know, of an update or of a template."""

from __future__ import annotations

from typing import Literal

import attrs

from .errors import Origin
from .pointers import steps_of


@attrs.frozen
class Finding:
    """Something that a reviewer must know.

    `code` is stable and documented (``PF101``); `kind` is a word such as ``data-loss``. `path` is a JSON
    pointer into the template, `origin` the line.
    """

    code: str
    kind: str
    severity: Literal["error", "warning", "info"]
    resource: str | None
    message: str
    path: str | None = None
    origin: Origin | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.message}"

    @property
    def element(self) -> tuple[str, str] | None:
        """The section and the name of the element that it is about (``("Parameters", "Stage")``), if it is one."""
        if self.resource is not None:
            return "Resources", self.resource
        steps = steps_of(self.path or "")
        return None if len(steps) < 2 else (steps[0], steps[1])


@attrs.frozen
class Suppressed:
    """A finding that the user took out of the list, and why."""

    finding: Finding
    reason: str
