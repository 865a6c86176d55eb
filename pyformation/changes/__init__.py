"""Two templates, and what CloudFormation would do to each resource: `diff`.

Data flows one way: both sides are evaluated (`sides`), compared (`comparison`), and classified, once as
AWS's change sets do (`changesets`), once by what really reaches a resource (`ours`). docs/classification.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, get_args

import attrs

from ..budget import limited, without_collections
from ..errors import EvaluationError, Origin, shown
from ..evaluation import Given, not_too_deep, prepare
from ..evaluation.expressions import section
from ..evaluation.parameters import given_values, is_reference_text
from ..plain import is_mapping
from ..sources import LoadedTemplate, loaded
from . import changesets
from .cdk import without_cdk
from .code import with_code
from .comparison import same_as_text
from .diff import AwsOnly, Diff, ParameterMode, ResourceChange, Summary, nested_first, summarize
from .nested import Family
from .ours import OurAnswer
from .records import (
    Cause,
    ChangeSetEntry,
    Finding,
    PropertyChange,
    Reason,
    Refreshed,
    RefreshedResource,
    Suppressed,
)
from .refreshed import Settled, of_references, refreshed_values
from .sides import Side, Sides
from .unreadable import restored

__all__ = [
    "AwsOnly",
    "Cause",
    "ChangeSetEntry",
    "Diff",
    "Finding",
    "ParameterMode",
    "PropertyChange",
    "Reason",
    "Refreshed",
    "RefreshedResource",
    "ResourceChange",
    "Summary",
    "Suppressed",
    "compare",
    "nested_first",
    "summarize",
]


@without_collections()
def compare(
    before: object,
    after: object,
    *,
    before_parameters: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    before_resolved: Mapping[str, Any] | None = None,
    resolved: Mapping[str, Any] | None = None,
    region: str | None = None,
    account: str | None = None,
    stack_name: str | None = None,
    parameter_mode: ParameterMode = "defaults",
    imports: Mapping[str, Any] | None = None,
    before_tags: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    assume_unchanged: bool = False,
) -> Diff:
    """The changes between two templates, without findings (`pyformation.diff` adds those)."""
    if parameter_mode not in get_args(ParameterMode):
        raise EvaluationError(
            f"expected parameter_mode to be 'defaults' or 'previous', found {shown(parameter_mode)}"
        )
    for name, values in (
        ("parameters", parameters),
        ("before_parameters", before_parameters),
        ("resolved", resolved),
        ("before_resolved", before_resolved),
    ):
        if values is not None and not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise EvaluationError(f"expected {name} to be a mapping, found {shown(values)}")
    # The values of one side alone do not tell whether they have changed.
    settled = Settled(before_resolved or {}, resolved or {}, assume_unchanged)
    old, new = loaded(before), loaded(after)
    unreadable = restored(old.data, new.data) if old.deployed else None
    if unreadable is not None:
        old = attrs.evolve(old, data=unreadable.data)
    old, new = with_code(old, new)
    given = _given(old, new, parameters, before_parameters, parameter_mode)
    # If only one side has values, assume the same ones on the other side; values that may have changed are handled
    # separately.
    if before_resolved is None:
        before_resolved = _same_values(old, new, given, resolved or {})
    elif resolved is None:
        resolved = _same_values(old, new, given, before_resolved)
    context: dict[str, Any] = {
        "region": region,
        "account": account,
        "imports": {} if imports is None else imports,
    }
    one = Given(given[0], before_resolved, stack_name=stack_name, tags=before_tags or {}, **context)
    other = Given(given[1], resolved or {}, stack_name=stack_name, tags=tags or {}, **context)

    def inside(
        family: Family, values_before: Mapping[str, Any], values: Mapping[str, Any], *, refresh: bool = True
    ) -> Diff:
        # CloudFormation chooses the name of a nested stack. Its parameters have the values that the parent gives, or
        # their defaults. Exports that are missing may be those of a stack beside it, which is made first.
        inner = (
            attrs.evolve(
                side,
                parameters=its,
                resolved=of_references(side.resolved),
                stack_name=None,
                imports=dict(side.imports),
            )
            for side, its in ((one, values_before), (other, values))
        )
        known = settled.of_nested() if refresh else None
        return _compared(family, _sides(family, *inner), parameter_mode, inside, known)

    with limited(), not_too_deep():
        family = Family(old, new)
        sides = _sides(family, one, other)
        sides.unreadable = unreadable
        return _compared(family, sides, parameter_mode, inside, settled)


def _given(
    old: LoadedTemplate,
    new: LoadedTemplate,
    parameters: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
    mode: ParameterMode,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of the parameters before and after the update."""
    given = dict(parameters or {})
    given_before = _declared(old, given) if before is None else dict(before)
    if mode == "previous":
        declared = section(old.data, "Parameters")
        for name in section(new.data, "Parameters"):
            if name not in given and name in declared:
                previous = given_before.get(name, section(declared, name).get("Default"))
                if previous is not None:
                    given[name] = previous
    return given_before, given


def _same_values(
    old: LoadedTemplate,
    new: LoadedTemplate,
    given: tuple[dict[str, Any], dict[str, Any]],
    resolved: Mapping[str, Any],
) -> dict[str, Any]:
    """Those of one side's stored values that the other side has as well: a parameter must name the same one."""
    sent: list[dict[str, Any]] = []
    for template, values in zip((old, new), given, strict=True):
        declared = section(template.data, "Parameters")
        sent.append(given_values({name: one for name, one in declared.items() if is_mapping(one)}, values))
    return {
        name: value
        for name, value in resolved.items()
        if is_reference_text(name)
        or (all(name in side for side in sent) and same_as_text(sent[0][name], sent[1][name]))
    }


def _declared(template: LoadedTemplate, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some values whose parameters a template declares."""
    declared = section(template.data, "Parameters")
    return {name: value for name, value in values.items() if name in declared}


def _sides(family: Family, before: Given, after: Given) -> Sides:
    """Both templates, evaluated with what is given."""

    def side(template: LoadedTemplate, given: Given, serverless: bool = True) -> Side:
        try:
            return Side(prepare(template.data, given, serverless=serverless), given, template.live)
        except EvaluationError as error:
            error.origin = error.origin or _origin(template, error.path)
            raise

    one, other = side(family.before, before), side(family.after, after)
    # A serverless resource cannot be compared with the resources it expands to: if one side stays unexpanded, so does
    # the other.
    if one.serverless is True and other.serverless is False:
        one = side(family.before, before, serverless=False)
    elif one.serverless is False and other.serverless is True:
        other = side(family.after, after, serverless=False)
    return Sides(one, other)


def _compared(
    family: Family,
    sides: Sides,
    parameter_mode: ParameterMode,
    inside: Callable[..., Diff],
    settled: Settled | None,
) -> Diff:
    """The diff of two evaluated templates. `inside` compares a nested stack; without `settled`, re-read values are
    not examined."""
    old, new = family.before, family.after
    only_changes = partial(inside, refresh=False)
    answer = OurAnswer(sides, family, inside if settled is not None else only_changes)
    refreshed: tuple[Refreshed, ...] = ()
    try:
        changes = tuple(answer.run())
        if settled is not None:
            refreshed = (
                *refreshed_values(
                    sides, changes, settled, lambda moved: OurAnswer(moved, family, only_changes).run()
                ),
                *answer.nested.refreshed(changes),
            )
        sides.changing_stacks = frozenset(
            change.logical_id
            for change in changes
            if change.nested is not None or change.logical_id in answer.nested.one_sided
        )
        plain = changesets.plain(sides)
        # Not used here, but CloudFormation refuses a template whose outputs cannot be evaluated.
        _ = sides.before.outputs, sides.after.outputs
    except EvaluationError as error:
        error.origin = error.origin or _origin(new, error.path) or _origin(old, error.path)
        raise
    kept, of_cdk = without_cdk(changes)
    partial_because = [
        *_unsettled(old),
        *old.partial,
        *new.partial,
        *sides.before.partial,
        *sides.after.partial,
        *answer.nested.sentences(),
    ]
    return Diff(
        tuple(kept),
        (*_aws_only(plain, changes), *of_cdk),
        tuple(dict.fromkeys(partial_because)),
        parameter_mode,
        old,
        new,
        sides,
        (answer.live.engine, answer.engine),
        refreshed,
    )


def _unsettled(template: LoadedTemplate) -> Iterator[str]:
    """A warning if the resources of a live stack may differ from its template."""
    live = template.live
    if live is not None and not live.settled:
        yield (
            f"the stack {live.name} is in the state {live.status}, so its resources may not be as its template says"
        )


def _origin(template: LoadedTemplate, path: str | None) -> Origin | None:
    return None if path is None else template.origin(path.split("."))


def _aws_only(plain: list[ChangeSetEntry], ours: tuple[ResourceChange, ...]) -> list[AwsOnly]:
    listed = {change.logical_id for change in ours}
    found: list[AwsOnly] = []
    for entry in plain:
        if entry.logical_id in listed:
            continue
        entities = sorted({detail.causing_entity for detail in entry.details if detail.causing_entity})
        reason = "an expression is written differently but has the same value"
        if entities:
            reason = f"it refers to {' and '.join(entities)}, whose value does not change"
        found.append(AwsOnly(entry.logical_id, entry.type, entry.replacement, reason))
    return found
