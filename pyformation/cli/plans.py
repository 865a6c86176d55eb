"""A plan as lines: what is deployed, our prediction, AWS's answer beside it, and how a deployment ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..deployment.comparison import Outcome, Row
from ..deployment.deploying import Deployment
from ..deployment.planning import Plan
from ..deployment.progress import duration, short
from ..reports.harmless import harmless
from ..reports.terminal import Line, cells, wrap
from ..reports.wording import finding_counts, totals

if TYPE_CHECKING:
    from ..deployment.failures import Failure
    from ..deployment.statuses import NextStep

_SYMBOLS = {
    "replaced": ("-/+", "bad"),
    "removed": ("-", "bad"),
    "may be replaced": ("-?+", "maybe"),
    "uncertain": ("?", "maybe"),
    "updated": ("~", "change"),
    "added": ("+", "good"),
    "imported": ("<", "good"),
    "synced with its actual state": ("=", "change"),
}


def head(plan: Plan) -> Line:
    """``shop  eu-west-1  111111111111   create: 12 added, 0 findings   predicted in 0.3 s``."""
    findings = [found for _, diff in plan.prediction.stacks() for found in diff.findings]
    if plan.stack is None or plan.stack.status in ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"):
        verb = "create"
    else:
        verb = "update"
    return [
        ("title", harmless(plan.stack_name)),
        ("", f"  {plan.region}  {plan.account}   {verb}: "),
        *totals(plan.prediction.summary),
        ("", ", "),
        *(finding_counts(findings) or [("", "0 findings")]),
        ("dim", f"   predicted in {plan.predicted_in:.1f} s"),
    ]


def notes(plan: Plan, width: int) -> Iterator[Line]:
    """What the user must know of what is sent."""
    for name, why in plan.capabilities.items():
        yield from wrap([("dim", f"{name}: {harmless(why)}")], width, 2, 4)
    for note in plan.notes:
        yield from wrap([("dim", harmless(note))], width, 2, 4)


def answer(plan: Plan, width: int, *, table: bool) -> Iterator[Line]:
    """AWS's answer beside our prediction: a line a resource with `table`, otherwise the differences only."""
    change_set = plan.change_set
    if change_set is None:
        if plan.unplanned is not None:
            yield from wrap([("maybe", harmless(plan.unplanned))], width, 0, 2)
        return
    took = f"   {plan.planned_in:.1f} s"
    if change_set.no_changes:
        yield [("title", "no changes"), ("dim", took)]
        return
    if not change_set.ready:
        yield [("bad", "AWS refuses the change set"), ("dim", took)]
        yield from wrap([("", f"AWS: {harmless(change_set.reason or change_set.status)}")], width, 2, 4)
    comparison = plan.comparison
    if plan.saved:
        yield [
            ("title", harmless(plan.stack_name)),
            ("", f"  {plan.region}  {plan.account}   change set {harmless(change_set.name)}"),
        ]
    if comparison is not None and not plan.saved:
        count = len(comparison.differences)
        verdict: Line = [("good", "agrees")]
        if count:
            those = "1 resource" if count == 1 else f"{count:,} resources"
            verdict = [("bad" if plan.worse else "maybe", f"differs in {those}")]
        checks = change_set.checks or ()
        warnings = sum(not check.fails for check in checks)
        said = f", {warnings} warning{'' if warnings == 1 else 's'}" if warnings else ""
        yield [
            ("title", "AWS"),
            ("", "   "),
            *verdict,
            ("", f" (change set {change_set.name}{said})"),
            ("dim", took),
        ]
    for check in change_set.checks or ():
        style = "bad" if check.fails else "maybe"
        words = f"{harmless(check.resource)}: " if check.resource else ""
        told = f"{words}{harmless(check.reason or check.name)}"
        kind = "" if check.name in check.reason else f" ({check.kind} {harmless(check.name)})"
        origin = plan.prediction.after.origin(("Resources", check.resource)) if check.resource else None
        where: Line = [("", "  "), ("place", harmless(str(origin)))] if origin is not None else []
        yield from wrap([(style, "! "), ("", told + kind), *where], width, 2, 4)
    if change_set.checks_unread is not None:
        told = f"results of validations and hooks are not known: {harmless(change_set.checks_unread)}"
        yield from wrap([("maybe", told)], width, 2, 4)
    if comparison is not None:
        yield from rows(comparison.rows if table or plan.saved else comparison.differences, width)


def rows(found: Iterable[Row], width: int) -> Iterator[Line]:
    """A line for each resource with both answers, and a sentence where they differ."""
    listed = list(found)
    names = min(30, max((cells(harmless(row.name)) for row in listed), default=0))
    types = min(30, max((cells(harmless(short(row.type))) for row in listed), default=0))
    for row in listed:
        symbol, style = _SYMBOLS.get(str(row.aws or row.ours), ("~", "change"))
        name, type_ = harmless(row.name), harmless(short(row.type))
        line: Line = [
            (style, f"{symbol:>5} "),
            ("name", name + " " * max(0, names - cells(name))),
            ("type", f"  {type_}" + " " * max(0, types - cells(type_))),
        ]
        if row.kind is None and row.ours is None:
            line.append((style, f"  {_words(row.aws)}"))
        elif row.kind in (None, "hidden"):
            line.append((style, f"  both: {_words(row.ours)}"))
        else:
            line += [("", "  ours: "), (_style(row.ours), _words(row.ours)), ("", ", AWS: ")]
            line.append((_style(row.aws), _words(row.aws)))
        if row.origin is not None:
            line += [("", "  "), ("place", harmless(str(row.origin)))]
        yield from wrap(line, max(width, 40), 0, 10)
        if row.sentence is not None:
            yield from wrap([("bad" if row.stops else "dim", harmless(row.sentence))], width, 10, 12)


def _words(outcome: Outcome | None) -> str:
    if outcome is None:
        return "no change"
    policy = {"Retain": ", retained", "Snapshot": ", snapshot"}.get(
        (outcome.policy_action or "").removeprefix("ReplaceAnd"), ""
    )
    return f"{outcome}{policy}"


def _style(outcome: Outcome | None) -> str:
    return "" if outcome is None else _SYMBOLS.get(str(outcome), ("", ""))[1]


# ---------------------------------------------------------------------------------------------
# How a deployment ended


def ended(found: Deployment, width: int) -> Iterator[Line]:
    """The result of a deployment: outputs, or the failure and the next step."""
    name = harmless(found.stack_name)
    took = duration_of(found)
    if found.outcome == "no changes":
        yield [("good", "no changes")]
    elif found.outcome == "deployed":
        status = "" if found.stack is None else found.stack.status
        yield [("good", f"{name} {status}"), ("", took)]
    elif found.outcome in ("failed", "canceled"):
        if found.failure is not None:
            yield from failure(found.failure, width)
        status = "no longer exists" if found.stack is None else found.stack.status
        yield [("bad", f"x {name} {status}"), ("", took)]
        if found.failure is not None:
            yield from consequences(found.failure, width)
    elif found.reason is not None:
        yield from wrap([("maybe", harmless(found.reason))], width, 0, 2)
    for left in found.orphans:
        words = f"{harmless(left.name)} ({harmless(left.physical_id)}) could not be deleted, and no longer belongs to "
        words += f"the stack: {harmless(left.why)}"
        yield from wrap([("maybe", "! "), ("", words)], width, 0, 2)
    if found.succeeded:
        yield from outputs(found, width)


def duration_of(found: Deployment) -> str:
    """`` after 9m31s``."""
    from datetime import timedelta

    failure = found.failure
    took = timedelta(seconds=found.seconds) if failure is None or failure.took is None else failure.took
    return f" after {duration(took)}"


def failure(found: Failure, width: int) -> Iterator[Line]:
    """What failed first, in AWS's words, with its line and what usually helps."""
    cause = found.cause
    where: Line = [] if cause.origin is None else [("", "   "), ("place", harmless(str(cause.origin)))]
    about = f" {harmless(cause.property_path)}" if cause.property_path else ""
    yield [("bad", f"x {harmless(cause.name)} failed{about}"), *where]
    if cause.words:
        yield from wrap([("", f'AWS: "{harmless(cause.words)}"')], width, 2, 4)
    for sentence in cause.help:
        yield from wrap([("", harmless(sentence))], width, 2, 4)
    for line in cause.log:
        yield from wrap([("dim", harmless(line))], width, 4, 6)
    for other in found.others[:5]:
        yield from wrap([("", f"also failed: {harmless(other.name)}: {harmless(other.words)}")], width, 2, 4)
    for other in found.in_rollback[:5]:
        yield from wrap(
            [("bad", f"failed in the rollback: {harmless(other.name)}: {harmless(other.words)}")], width, 2, 4
        )
    if found.canceled:
        names = ", ".join(harmless(name) for name in found.canceled[:10])
        more = f" and {len(found.canceled) - 10} more" if len(found.canceled) > 10 else ""
        yield from wrap([("dim", f"canceled, not the cause: {names}{more}")], width, 2, 4)


def consequences(found: Failure, width: int) -> Iterator[Line]:
    """What was rolled back, what is left, whether data was lost, and the next step."""
    if found.rolled_back:
        count = len(found.rolled_back)
        yield [("dim", f"  rolled back: {count} resource{'' if count == 1 else 's'}")]
    for left in found.left[:10]:
        words = f"left: {harmless(left.name)} ({harmless(left.physical_id)}), {harmless(left.why)}"
        yield from wrap([("maybe", words)], width, 2, 4)
    for lost in found.lost:
        words = f"data lost: {harmless(lost.name)} ({harmless(lost.physical_id)}), {harmless(lost.why)}"
        yield from wrap([("bad", words)], width, 2, 4)
    # What is left and lost is known when the operation has ended, and nothing is left where it ended as it should.
    if not found.left and not found.lost and not found.status.endswith("_IN_PROGRESS"):
        nothing = "nothing left behind, " if found.status.endswith("_COMPLETE") else ""
        yield [("dim", f"  {nothing}no data lost")]
    origin = found.cause.origin
    fix = "" if origin is None else f"fix {harmless(str(origin))}, then "
    yield from next_lines(found.next, width, f"next: {fix}")


def next_lines(step: NextStep, width: int, start: str = "next: ") -> Iterator[Line]:
    """A legal step, with its command on a line of its own, so that it can be copied."""
    yield from wrap([("", f"{start}{harmless(step.words)}")], width, 2, 4)
    yield [("", "    "), ("change", harmless(step.command))]


def outputs(found: Deployment, width: int) -> Iterator[Line]:
    """The outputs of the stack."""
    if not found.outputs:
        return
    names = max(cells(harmless(name)) for name in found.outputs)
    for name, output in found.outputs.items():
        shown = harmless(name)
        yield [("name", f"  {shown}{' ' * (names - cells(shown))}"), ("", f"  {harmless(output)}")]


# ---------------------------------------------------------------------------------------------
# As JSON


def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan as data."""
    from ..reports.json import to_json

    change_set = plan.change_set
    comparison = plan.comparison
    return {
        "stack": plan.stack_name,
        "region": plan.region,
        "account": plan.account,
        "status": None if plan.stack is None else plan.stack.status,
        "prediction": None if plan.saved else to_json(plan.prediction),
        "change_set": None
        if change_set is None
        else {
            "id": change_set.id,
            "name": change_set.name,
            "type": change_set.type,
            "status": change_set.status,
            "reason": change_set.reason or None,
            "no_changes": change_set.no_changes,
            "checks": None
            if change_set.checks is None
            else [
                {
                    "kind": check.kind,
                    "name": check.name,
                    "fails": check.fails,
                    "reason": check.reason,
                    "resource": check.resource or None,
                    "path": check.path or None,
                }
                for check in change_set.checks
            ],
        },
        "unplanned": plan.unplanned,
        "comparison": None
        if comparison is None
        else [
            {
                "logical_id": row.name,
                "type": row.type,
                "ours": _outcome_json(row.ours),
                "aws": _outcome_json(row.aws),
                "difference": row.kind,
                "sentence": row.sentence,
                "worse": row.stops,
            }
            for row in comparison.rows
        ],
        "broken": [*plan.broken, *plan.broken_by_aws],
        "capabilities": dict(plan.capabilities),
        "notes": list(plan.notes),
    }


def _outcome_json(outcome: Outcome | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    return {
        "action": outcome.action,
        "replacement": outcome.replacement,
        "policy_action": outcome.policy_action,
    }


def deployment_json(found: Deployment) -> dict[str, Any]:
    """How a deployment ended, as data."""
    cause = None if found.failure is None else found.failure.cause
    data: dict[str, Any] = {
        "stack": found.stack_name,
        "region": found.region,
        "outcome": found.outcome,
        "status": None if found.stack is None else found.stack.status,
        "seconds": round(found.seconds, 1),
        "reason": found.reason,
        "outputs": dict(found.outputs),
        "orphans": [
            {"name": left.name, "type": left.type, "physical_id": left.physical_id, "reason": left.why}
            for left in found.orphans
        ],
    }
    if found.failure is not None and cause is not None:
        data["failure"] = {
            "name": cause.name,
            "type": cause.event.type,
            "reason": cause.words,
            "property": cause.property_path,
            "origin": None if cause.origin is None else str(cause.origin),
            "help": list(cause.help),
            "canceled": list(found.failure.canceled),
            "left": [left.name for left in found.failure.left],
            "lost": [left.name for left in found.failure.lost],
            "next": str(found.failure.next),
        }
    return data


def table(found: Mapping[str, tuple[str, str, str]]) -> Iterator[Line]:
    """A line for each region: how it ended, and a word on it."""
    width = max(map(len, found), default=0)
    styles = {"deployed": "good", "no changes": "good", "skipped": "dim"}
    for region, (outcome, took, words) in found.items():
        yield [
            ("name", f"{region:<{width}}"),
            (styles.get(outcome, "bad"), f"  {outcome:<10}"),
            ("dim", f"  {took:>7}"),
            ("", f"  {harmless(words)}"),
        ]
