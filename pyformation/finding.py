"""The record of a finding: something that a reviewer must know about an update or a template."""

from __future__ import annotations

from typing import Literal

import attrs

from .errors import Origin
from .pointers import steps_of


@attrs.frozen
class Finding:
    """Something that a reviewer must know.

    `code` is stable and documented (``PF101``); `kind` is a word such as ``data-loss``. `path` is a JSON Pointer into
    the template, `origin` the line. `subject` is the beginning of the message up to a colon if a report has said the
    same already in the line of the resource: its name, and what happens to it.
    """

    code: str
    kind: str
    severity: Literal["error", "warning", "info"]
    resource: str | None
    message: str
    path: str | None = None
    origin: Origin | None = None
    subject: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.message}"

    @property
    def element(self) -> tuple[str, str] | None:
        """The section and name of its element, such as ``("Parameters", "Stage")``, or None."""
        if self.resource is not None:
            return "Resources", self.resource
        steps = steps_of(self.path or "")
        return None if len(steps) < 2 else (steps[0], steps[1])


@attrs.frozen
class Suppressed:
    """A finding that the user suppressed, and the reason."""

    finding: Finding
    reason: str
