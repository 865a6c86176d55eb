"""The record of a finding: what a reviewer must know, of an update or of a template."""

from __future__ import annotations

from typing import Literal

import attrs

from .errors import Origin


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

    @property
    def element(self) -> tuple[str, str] | None:
        """The section and the name of the element that it is about (``("Parameters", "Stage")``), if it is one."""
        if self.resource is not None:
            return "Resources", self.resource
        steps = (self.path or "").split("/", 3)
        return None if len(steps) < 3 else (steps[1], steps[2].replace("~1", "/").replace("~0", "~"))


@attrs.frozen
class Suppressed:
    """A finding that the user took out of the list, and why."""

    finding: Finding
    reason: str


def steps_of(path: str) -> list[str | int]:
    """The steps of a JSON pointer below a template; places in lists are numbers."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    return [int(step) if step.isdecimal() and number > 1 else step for number, step in enumerate(steps)]
