"""What a reviewer must know about a diff: data at risk, failures, renames, access, interruptions, guards.

`find` gives the findings on a diff, each with a code of `codes`; `with_findings` adds them to it. `Settings` has
severities and suppressions. docs/findings.md has a paragraph on every code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..budget import MOVES, may_move
from ..errors import shortened
from ..finding import Finding, Suppressed
from .codes import CODES, Code, explain
from .settings import Settings, Suppression, settings_from

if TYPE_CHECKING:
    from ..changes import Diff
    from .exports import Importing
    from .renames import Rename, intermediate_template, refactor_mapping

__all__ = [
    "CODES",
    "Code",
    "Rename",
    "Settings",
    "Suppression",
    "arranged",
    "explain",
    "find",
    "intermediate_template",
    "refactor_mapping",
    "settings_from",
    "with_findings",
]

_RANK = {"error": 0, "warning": 1, "info": 2}
_NOT_COMPARED = (
    f"policies and rules have too much to compare, more than {MOVES:,} comparisons: access of which it is said that it is "
    "broader may be the same"
)


def __getattr__(name: str) -> Any:
    # A validation uses the codes and the settings of findings, and compares nothing.
    if name in ("Rename", "intermediate_template", "refactor_mapping"):
        from . import renames

        return getattr(renames, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def find(
    diff: Diff,
    settings: Settings | None = None,
    *,
    importers: Mapping[str, Importing] | None = None,
    stack_policy: Any = None,
) -> tuple[Finding, ...]:
    """The findings on a diff: errors first, then in the order of the template.

    `importers` are other templates that may import the exports of the stack, by the names to show; each is one
    template, or two if it is updated as well. `stack_policy` is the stack policy as plain data.
    """
    return with_findings(diff, settings, importers=importers, stack_policy=stack_policy).findings


def with_findings(
    diff: Diff,
    settings: Settings | None = None,
    *,
    importers: Mapping[str, Importing] | None = None,
    stack_policy: Any = None,
    more: Iterable[Finding] = (),
) -> Diff:
    """The diff with its findings, including `more` (those of users' own policies). Findings that the settings or
    declarations suppress are kept apart."""
    found = [*_all(diff, importers or {}, stack_policy), *more]
    kept, suppressed = arranged(diff, found, settings or Settings())
    unsure = () if may_move(0) else (_NOT_COMPARED,)
    return attrs.evolve(
        diff, findings=kept, suppressed=suppressed, partial=tuple(dict.fromkeys((*diff.partial, *unsure)))
    )


def _all(diff: Diff, importers: Mapping[str, Importing], stack_policy: Any) -> Iterator[Finding]:
    from . import access, data, failures, interruptions, refresh, renames
    from . import stack_policy as policies_of_stacks
    from .view import View

    view = View(diff)
    yield from data.find(view)
    yield from failures.find(view, importers)
    yield from renames.find(view)
    yield from interruptions.find(view)
    yield from refresh.find(view)
    yield from data.broken_guards(view)
    yield from access.find(diff)
    if stack_policy is not None:
        yield from policies_of_stacks.find(diff, stack_policy)


def arranged(
    diff: Diff, findings: Iterable[Finding], settings: Settings
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...]]:
    """Findings under the settings, in order: those that count, and those that are suppressed."""
    places = {
        name: index for index, name in enumerate([*diff.sides.after.resources, *diff.sides.before.resources])
    }
    for index, name in enumerate(diff.sides.after.resources):
        places[name] = index

    def key(finding: Finding) -> tuple[int, int, str, str]:
        place = -1 if finding.resource is None else places.get(finding.resource, len(places))
        return _RANK[finding.severity], place, finding.code, finding.path or ""

    # Elements that stay are declared in the template after the update; for removed ones, the declaration before
    # counts.
    there = diff.after.data
    declared = {
        **{
            key: reasons
            for key, reasons in diff.before.suppressions.items()
            if (step := key.split(".", 1))[1] not in (there.get(step[0]) or {})
        },
        **diff.after.suppressions,
    }
    kept: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        severity = settings.severities.get(finding.code, finding.severity)
        message = shortened(finding.message)
        if severity != finding.severity or message != finding.message:
            finding = attrs.evolve(finding, severity=severity, message=message)
        reason = settings.reason_to_suppress(finding, declared)
        if reason is None:
            kept.append(finding)
        else:
            suppressed.append(Suppressed(finding, reason))
    return tuple(sorted(kept, key=key)), tuple(sorted(suppressed, key=lambda item: key(item.finding)))
