"""What the stack itself forbids: ``prevent_replacement`` and ``prevent_deletion``."""

from __future__ import annotations

from collections.abc import Iterator

from ..changes import Finding
from .data import fates
from .view import View


def find(view: View) -> Iterator[Finding]:
    """Guards that would be broken. A removal's guard is in the template before, as the one after has none."""
    before, after = view.diff.before.guards, view.diff.after.guards
    for fate in fates(view):
        name = fate.name
        if fate.how == "removed" and "prevent_deletion" in before.get(name, ()):
            kept = f"; {fate.attribute} {fate.policy} keeps it, outside of the stack" if fate.kept else ""
            yield view.finding(
                "PF602", name, f"{name} {fate.happens}, and prevent_deletion forbids it{kept}", which="before"
            )
        guarded = [*before.get(name, ()), *after.get(name, ())]
        if fate.how == "replaced" and "prevent_replacement" in guarded:
            cause = view.cause_of_replacement(name)
            because = ""
            if cause is not None:
                prop = cause.path.removeprefix("/Properties/")
                because = f", because {prop} {'changes' if cause.certain else 'may change'}"
            yield view.finding(
                "PF601",
                name,
                f"{name} {fate.happens}{because}, and prevent_replacement forbids it",
                "" if cause is None else cause.path,
            )
