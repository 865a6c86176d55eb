"""What a report lists, and in which order: the most dangerous first."""

from __future__ import annotations

import attrs

from .. import catalog
from ..changes.diff import AwsOnly
from ..changes.records import Finding, Suppressed
from .data import PropertyReport, RefreshedReport, Report, ResourceReport
from .reasons import Reasons
from .values import only_hashes
from .wording import LINKS, LONGEST, by_severity, effect


@attrs.frozen
class Listed:
    """A resource in a report: its name (``Network/Bucket`` in a nested stack), its change and its findings."""

    name: str
    change: ResourceReport
    findings: tuple[Finding, ...]
    reasons: Reasons


class Order:
    """What a report lists, with nested stacks, the most dangerous first."""

    def __init__(self, report: Report, *, links: int | None = LINKS, longest: int | None = LONGEST) -> None:
        self.elsewhere: list[Finding] = []
        self.aws_only: list[AwsOnly] = []
        self.suppressed: list[Suppressed] = []
        self.refreshed: list[RefreshedReport] = []
        # The path of a stack, its outputs that change by themselves, and the reasons.
        self.outputs: list[tuple[str, tuple[PropertyReport, ...], Reasons]] = []
        found: list[Listed] = []
        todo: list[tuple[str, Report, Reasons]] = [
            ("", report, Reasons(report, links=links, longest=longest))
        ]
        while todo:
            inside, one, reasons = todo.pop(0)
            findings = _of_resources(one)
            self.elsewhere += [_prefixed(inside, finding) for finding in findings.get(None, ())]
            self.aws_only += [attrs.evolve(a, logical_id=inside + a.logical_id) for a in one.aws_only]
            self.suppressed += [attrs.evolve(s, finding=_prefixed(inside, s.finding)) for s in one.suppressed]
            self.refreshed += [
                attrs.evolve(
                    value,
                    resources=tuple(
                        attrs.evolve(each, logical_id=inside + each.logical_id) for each in value.resources
                    ),
                )
                for value in one.refreshed
            ]
            if one.outputs:
                self.outputs.append((inside, one.outputs, reasons))
            for change in one.resources:
                own = tuple(findings.get(change.logical_id, ()))
                found.append(Listed(inside + change.logical_id, change, own, reasons))
                if change.nested is not None:
                    deeper = Reasons(change.nested, links=links, longest=longest, outer=(reasons, change))
                    todo.append((f"{inside}{change.logical_id}/", change.nested, deeper))
        # Errors, then lost data, then by effect, warnings first; otherwise as in the template.
        self.resources = sorted(found, key=_danger)
        self.elsewhere = by_severity(self.elsewhere)


def _of_resources(report: Report) -> dict[str | None, list[Finding]]:
    """Findings by resource, errors first; under None those of no listed resource."""
    listed = {change.logical_id for change in report.resources}
    found: dict[str | None, list[Finding]] = {}
    for one in by_severity(report.findings):
        if one.kind == "refresh" and one.severity == "info":
            continue  # The list of the values that are re-read says as much.
        found.setdefault(one.resource if one.resource in listed else None, []).append(one)
    return found


def _prefixed(inside: str, finding: Finding) -> Finding:
    return attrs.evolve(finding, message=f"in {inside[:-1]}: {finding.message}") if inside else finding


def warned(listed: Listed) -> bool:
    """Whether a resource has findings that a reviewer must see."""
    return any(found.severity != "info" for found in listed.findings)


def _danger(listed: Listed) -> tuple[int, int, bool]:
    danger = effect(listed.change).danger
    calm = not warned(listed)
    if any(found.severity == "error" for found in listed.findings):
        return 0, danger, calm
    return _holds(listed.change.type) if danger <= 2 else 3, danger, calm


def _holds(type_name: str) -> int:
    """What is lost with a resource of a type: data (1), an identity (2), or neither (3)."""
    record = catalog.find(type_name)
    stateful = None if record is None else record.stateful
    return {"data": 1, "identity": 2}.get(stateful or "", 3)


def is_noise(listed: Listed) -> bool:
    """Whether only hashes of assets change, in place."""
    change = listed.change
    return (
        change.action == "Modify"
        and change.replacement == "False"
        and bool(change.changes)
        and not listed.findings
        and all(only_hashes(found) for found in change.changes)
    )
