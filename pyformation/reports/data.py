"""What every report shows, as records of plain data.

A `Report` has the resources in the order of the template, values as JSON has them (an unknown value is
``{"unknown": "Queue.Arn", "kind": "attribute"}``), and beside them the parameters, mappings and conditions
that cause changes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, Union, overload

import attrs

from ..changes import Diff, ParameterMode, summarize
from ..changes.comparison import differences, same_as_text
from ..changes.diff import AwsOnly, ResourceChange, Summary
from ..changes.records import MISSING, Action, Cause, Finding, Refreshed, Replacement, Suppressed, ValueChange
from ..changes.sides import Side
from ..errors import EvaluationError, Origin
from ..evaluation.expressions import section
from ..evaluation.references import uses
from ..evaluation.secrets import MASK, Secret
from ..evaluation.unknowns import Choice, Unknown, folded, is_symbol, mapped, masked, unknowns
from ..plain import is_list, is_mapping, is_sequence
from ..pointers import pointer
from ..sources import LoadedTemplate, split_revision

CauseKind = Literal["parameter", "mapping", "condition"]


@attrs.frozen
class CausingEntity:
    """A parameter, mapping or condition that changes, and so changes resources.

    `before` and `after` are its values, None where it does not exist. Each changed value of a mapping is an
    entity of its own, and `path` the JSON Pointer to it. `causes` say why a condition changes.
    """

    kind: CauseKind
    name: str
    before: Any = None
    after: Any = None
    causes: tuple[Cause, ...] = ()
    origin: Origin | None = None
    path: str | None = None


@attrs.frozen
class PropertyReport(ValueChange):
    """A changed value, as in `PropertyChange`, with its line."""

    origin: Origin | None = None


@attrs.frozen
class ResourceReport:
    """What happens to a resource, as in `ResourceChange`; `nested` is the report of a nested stack."""

    logical_id: str
    type: str
    action: Action
    replacement: Replacement | None = None
    policy_action: str | None = None
    changes: tuple[PropertyReport, ...] = ()
    origin: Origin | None = None
    nested: Report | None = None


@attrs.frozen
class RefreshedResourceReport:
    """A resource that changes if a value has moved that AWS re-reads, as a `RefreshedResource` says it."""

    logical_id: str
    type: str
    action: Action
    replacement: Replacement | None
    path: str | None
    origin: Origin | None = None


@attrs.frozen
class RefreshedReport:
    """A value that AWS re-reads, as a `Refreshed` says it."""

    kind: Literal["parameter", "stack output", "dynamic reference"]
    name: str
    source: str
    certain: bool
    resources: tuple[RefreshedResourceReport, ...]


@attrs.frozen
class ComparedTemplate:
    """One of the two templates that a report compares.

    `file` is the file of the template or of its stack module, None for one in memory; `revision` its git revision,
    and `stack` the name of the stack in a module. `deployed` is True for the answer of GetTemplate, `exists` False
    for the template of a stack that does not exist.
    """

    file: str | None = None
    stack: str | None = None
    revision: str | None = None
    deployed: bool = False
    exists: bool = True


@attrs.frozen
class Compared:
    """What a report compares, and the region, account and name of the stack if they were given.

    `before` and `after` are None in the report of a change set.
    """

    before: ComparedTemplate | None = None
    after: ComparedTemplate | None = None
    region: str | None = None
    account: str | None = None
    stack_name: str | None = None


@attrs.frozen
class Report:
    """A diff as records of plain data.

    `outputs` are the values of outputs that change by themselves, not only with a resource; `refreshed` the values
    that AWS re-reads.
    """

    resources: tuple[ResourceReport, ...]
    findings: tuple[Finding, ...] = ()
    aws_only: tuple[AwsOnly, ...] = ()
    summary: Summary = attrs.field(factory=Summary)
    partial: tuple[str, ...] = ()
    parameter_mode: ParameterMode | None = None
    causing_entities: tuple[CausingEntity, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    outputs: tuple[PropertyReport, ...] = ()
    refreshed: tuple[RefreshedReport, ...] = ()
    compared: Compared = attrs.field(factory=Compared)

    def nested(self) -> Iterator[Report]:
        """The reports of the nested stacks, at any depth."""
        for change in self.resources:
            if change.nested is not None:
                yield change.nested
                yield from change.nested.nested()


# What reports are made of: one diff, or several by the path of their template.
Subject = Union[Diff, Report, Mapping[str, Union[Diff, Report]]]  # noqa: UP007


def report(subject: Diff | Report) -> Report:
    """The records of a diff, ready to be shown."""
    if isinstance(subject, Report):
        return subject
    after, before = subject.after.data, subject.before.data
    place = {
        name: number
        for number, name in enumerate(
            dict.fromkeys([*section(after, "Resources"), *section(before, "Resources")])
        )
    }
    # Resources made by loops come last, in the order of the diff.
    resources = sorted(subject.resources, key=lambda change: place.get(change.logical_id, len(place)))
    return Report(
        tuple(_plain_resource(change) for change in resources),
        tuple(_plain_finding(found) for found in subject.findings),
        tuple(subject.aws_only),
        subject.summary,
        tuple(subject.partial),
        subject.parameter_mode,
        tuple(_entities(subject)),
        tuple(Suppressed(_plain_finding(one.finding), one.reason) for one in subject.suppressed),
        tuple(_outputs(subject)),
        tuple(map(_plain_refreshed, subject.refreshed)),
        _compared(subject),
    )


def reports(subject: Subject) -> dict[str | None, Report]:
    """One report under None, or each under its path."""
    if isinstance(subject, (Diff, Report)):
        return {None: report(subject)}
    return {path: report(found) for path, found in subject.items()}


def changed(found: Report) -> bool:
    """Whether a report has any change."""
    return bool(found.resources or found.outputs)


def total(found: Mapping[Any, Report]) -> Summary:
    """The sum over several reports."""
    counts = [attrs.astuple(one.summary) for one in found.values()]
    return Summary(*(sum(column) for column in zip(*counts, strict=True))) if counts else Summary()


def plain(value: Any) -> Any:
    """A value as JSON has it, with `{"unknown": ...}` for unknown values; secrets stay hidden."""
    return folded(value, _plain, is_symbol)


def _plain(value: Any, inner: list[Any]) -> Any:
    if isinstance(value, Secret):
        return MASK
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if is_mapping(value):
        found = {str(plain(key)): item for key, item in zip(value, inner, strict=True)}
        return {"literal": found} if "unknown" in found or "literal" in found else found
    if is_sequence(value):
        return inner
    if is_symbol(value):
        # The reader must see whether it certainly changes, or only may.
        kinds = [found.kind for found in unknowns(value)]
        own = value.kind if isinstance(value, Unknown) else "choice"
        kind = next((state for state in ("new", "may") if state in kinds), own)
        return {"unknown": _unknown_text(masked(value)), "kind": kind}
    return str(value)


def _unknown_text(value: Any) -> str:
    return str(folded(value, _spelled, lambda part: is_mapping(part) or is_list(part)))


def _spelled(value: Any, inner: list[str]) -> str:
    """The text of an unknown value, or of what is in it, by the texts of its own parts."""
    if isinstance(value, Choice):
        condition, then, otherwise = inner
        return f"{then} or {otherwise}, by the condition {condition}"
    if isinstance(value, Unknown):
        if value.kind == "text":
            pieces = zip(value.parts, inner, strict=True)
            return "".join(text if isinstance(part, str) else f"{{{text}}}" for part, text in pieces)
        return f"{value.name}({', '.join(inner)})" if value.kind == "function" else value.name
    if isinstance(value, str):
        return str(plain(value))
    return json.dumps(_inner(value), ensure_ascii=False)


def _inner(value: Any) -> Any:
    """Data within the text of an unknown value, with unknown values in braces."""

    def spelled(part: Any) -> Any:
        if is_symbol(part):
            return f"{{{_unknown_text(part)}}}"
        return part if is_mapping(part) or is_list(part) else plain(part)

    return mapped(value, spelled)


def _compared(diff: Diff) -> Compared:
    inputs = diff.sides.after.engine.inputs
    before, after = _compared_template(diff.before), _compared_template(diff.after)
    return Compared(before, after, inputs.region, inputs.account, inputs.stack_name)


def _compared_template(template: LoadedTemplate) -> ComparedTemplate:
    in_file = template.document is not None or template.module is not None or bool(template.origins)
    file, revision = template.file if in_file else None, None
    if file is not None and file.startswith("git:"):
        revision, file = split_revision(file)
    elif file is not None:
        file = _short(Origin(file, 1)).file
    stack = template.name if in_file and template.document is None else None
    return ComparedTemplate(file, stack, revision, template.deployed, bool(template.data))


@overload
def _short(origin: Origin) -> Origin: ...
@overload
def _short(origin: None) -> None: ...
def _short(origin: Origin | None) -> Origin | None:
    """A place with a path from the current directory."""
    if origin is None:
        return None
    return Origin(str(origin).rpartition(":")[0], origin.line, _short(origin.caller))


def _plain_finding(found: Finding) -> Finding:
    return attrs.evolve(found, origin=_short(found.origin))


def _plain_refreshed(value: Refreshed) -> RefreshedReport:
    return RefreshedReport(
        value.kind,
        str(plain(value.name)),
        str(plain(value.source)),
        value.certain,
        tuple(
            RefreshedResourceReport(
                one.logical_id, one.type, one.action, one.replacement, one.path, _short(one.origin)
            )
            for one in value.resources
        ),
    )


def _plain_resource(change: ResourceChange) -> ResourceReport:
    return ResourceReport(
        change.logical_id,
        change.type,
        change.action,
        change.replacement,
        change.policy_action,
        tuple(
            PropertyReport(
                found.path,
                found.change_type,
                plain(found.before),
                plain(found.after),
                found.certain,
                found.requires_recreation,
                found.replacement,
                found.reason,
                found.causes,
                _short(found.origin),
            )
            for found in change.changes
        ),
        _short(change.origin),
        None if change.nested is None else report(change.nested),
    )


def _entities(diff: Diff) -> Iterator[CausingEntity]:
    """The parameters, mappings and conditions among the causes of a diff, each once, with their own causes."""
    done: set[tuple[str, str]] = set()
    todo = [cause for change in diff.resources for found in change.changes for cause in found.causes]
    todo.reverse()
    while todo:
        cause = todo.pop()
        if cause.kind == "edit" or cause.kind == "tags" or cause.kind == "resource":
            continue
        if (cause.kind, cause.name) in done:
            continue
        done.add((cause.kind, cause.name))
        if cause.kind == "mapping":
            yield from _of_mapping(diff, cause.name)
            continue
        found = _entity(diff, cause.kind, cause.name)
        todo += reversed(found.causes)
        yield attrs.evolve(found, origin=_short(found.origin))


def _of_mapping(diff: Diff, name: str) -> Iterator[CausingEntity]:
    old, new = (section(side.data, "Mappings").get(name) for side in (diff.sides.before, diff.sides.after))
    for found in differences(old, new, ("Mappings", name)):
        before, after = (None if value is MISSING else plain(value) for value in (found.before, found.after))
        origin = _short(diff.after.origin(found.path))
        yield CausingEntity("mapping", name, before, after, origin=origin, path=pointer(found.path))


def _outputs(diff: Diff) -> Iterator[PropertyReport]:
    before, after = diff.sides.before.outputs, diff.sides.after.outputs
    for found in differences(before, after, ("Outputs",), lambda path: len(path) > 2):
        change_type = found.change_type
        side = diff.before if change_type == "Remove" else diff.after
        old, new = (None if value is MISSING else plain(value) for value in (found.before, found.after))
        yield PropertyReport(
            pointer(found.path),
            change_type,
            old,
            new,
            True,
            "Never",
            "False",
            None,
            (),
            _short(side.origin(found.path)),
        )


def _entity(diff: Diff, kind: Literal["parameter", "condition"], name: str) -> CausingEntity:
    before, after = diff.sides.before, diff.sides.after
    if kind == "parameter":
        old, new = before.engine.inputs.parameters.get(name), after.engine.inputs.parameters.get(name)
        declared = section(section(after.data, "Parameters"), name)
        # A given value is on no line of the template.
        default = "Default" in declared and same_as_text(after.sent.get(name), declared["Default"])
        origin = diff.after.origin(["Parameters", name, "Default"]) if default else None
        return CausingEntity(kind, name, plain(old), plain(new), (), origin)
    old, new = _condition(before, name), _condition(after, name)
    return CausingEntity(
        kind,
        name,
        plain(old),
        plain(new),
        tuple(_condition_causes(diff, name)),
        diff.after.origin(["Conditions", name]),
    )


def _condition(side: Side, name: str) -> Any:
    if name not in section(side.data, "Conditions"):
        return None
    try:
        return side.engine.condition(name)
    except EvaluationError:  # pragma: no cover - the diff itself would have failed.
        return None


def _condition_causes(diff: Diff, name: str) -> Iterator[Cause]:
    """Why a condition changes: a parameter, a mapping, another condition, or an edit."""
    before, after = diff.sides.before, diff.sides.after
    one = section(before.data, "Conditions").get(name)
    other = section(after.data, "Conditions").get(name)
    found: dict[Cause, None] = {}
    for use in uses(other, is_condition=True):
        used: Any = use.name
        if not isinstance(used, str):  # It is computed.
            continue
        if use.kind == "reference" and used in diff.sides.changed_parameters:
            found[Cause("parameter", used)] = None
        elif use.kind == "condition" and not same_as_text(_condition(before, used), _condition(after, used)):
            found[Cause("condition", used)] = None
        elif use.kind == "mapping":
            mappings = (section(side.data, "Mappings").get(used) for side in (before, after))
            if not same_as_text(*mappings):
                found[Cause("mapping", used)] = None
    if one != other or not found:
        found[Cause("edit")] = None
    yield from found


def counted(resources: Iterable[ResourceReport]) -> Summary:
    """The summary of some resources."""
    return summarize(
        tuple(ResourceChange(one.logical_id, one.type, one.action, one.replacement) for one in resources)
    )
