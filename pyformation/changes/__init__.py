"""Two templates, and what CloudFormation would do to each resource: `diff`.

Data flows one way: both sides are evaluated (`sides`), compared (`comparison`), and classified, once as
AWS's change sets do (`changesets`), once by what really reaches a resource (`ours`). docs/classification.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

import attrs

from ..errors import EvaluationError, Origin, shown
from ..evaluation import not_too_deep, prepare
from ..evaluation.expressions import section
from ..sources import LoadedTemplate, loaded
from . import changesets
from .nested import Compare, Family, NestedStacks
from .ours import OurAnswer
from .records import (
    AwsOnly,
    Cause,
    ChangeSetEntry,
    Finding,
    PropertyChange,
    ResourceChange,
    Summary,
    Suppressed,
)
from .sides import Side, Sides

__all__ = [
    "AwsOnly",
    "Cause",
    "ChangeSetEntry",
    "Diff",
    "Finding",
    "PropertyChange",
    "ResourceChange",
    "Summary",
    "Suppressed",
    "compare",
]

ParameterMode = Literal["defaults", "previous"]


@attrs.frozen
class Diff:
    """What an update does.

    `resources` has every resource that changes or may, in the order of the template after, then the removed
    ones; `aws_only` what AWS would list beside them, with the reason why it does not change. `partial` says,
    in sentences, what could not be looked into (a macro): empty where all was. The two sides are kept for
    those who look closer: findings, reports, AWS's own answers.
    """

    resources: tuple[ResourceChange, ...]
    findings: tuple[Finding, ...]
    aws_only: tuple[AwsOnly, ...]
    summary: Summary
    partial: tuple[str, ...]
    parameter_mode: ParameterMode
    before: LoadedTemplate = attrs.field(repr=False, eq=False)
    after: LoadedTemplate = attrs.field(repr=False, eq=False)
    sides: Sides = attrs.field(repr=False, eq=False)
    # What answers for the values on both sides, with what resources will be after the update.
    answer: OurAnswer = attrs.field(repr=False, eq=False)
    # Findings that the user's settings took out, with the reason that they give.
    suppressed: tuple[Suppressed, ...] = ()

    def resource(self, logical_id: str) -> ResourceChange | None:
        """The change of one resource, or None where it stays as it is."""
        return next((found for found in self.resources if found.logical_id == logical_id), None)

    def stacks(self) -> Iterator[tuple[tuple[str, ...], Diff]]:
        """This diff and those of the nested stacks inside it, each with the logical IDs that lead there."""
        yield (), self
        for change in self.resources:
            if change.nested is not None:
                for path, diff in change.nested.stacks():
                    yield (change.logical_id, *path), diff

    def change_set(self, *, include_property_values: bool = False) -> dict[str, Any]:
        """What DescribeChangeSet would answer, in its own shape; physical IDs, which nobody knows, left out.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
        """
        from .description import describe

        return describe(self.sides, self.partial, include_property_values=include_property_values)


# A template, its parameters, the values behind SSM-typed ones, the tags and the name of its stack.
_Inputs = tuple[
    LoadedTemplate, Mapping[str, Any], Mapping[str, Any] | None, Mapping[str, Any] | None, str | None
]


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
    old, new = loaded(before), loaded(after)
    given = dict(parameters or {})
    declared_before = section(old.data, "Parameters")
    declared_after = section(new.data, "Parameters")
    if before_parameters is None:
        given_before = {name: value for name, value in given.items() if name in declared_before}
    else:
        given_before = dict(before_parameters)
    if parameter_mode == "previous":
        for name in declared_after:
            if name not in given and name in declared_before:
                previous = given_before.get(name, section(declared_before, name).get("Default"))
                if previous is not None:
                    given[name] = previous

    if before_resolved is None:
        declared_names = set(declared_before)
        before_resolved = {k: v for k, v in (resolved or {}).items() if k in declared_names}

    def side(
        template: LoadedTemplate,
        values: Mapping[str, Any],
        stored: Mapping[str, Any] | None,
        of_stack: Mapping[str, Any] | None,
        name: str | None,
        *,
        serverless: bool = True,
    ) -> Side:
        try:
            prepared = prepare(
                template.data,
                values,
                resolved=stored,
                region=region,
                account=account,
                stack_name=name,
                imports=imports,
                serverless=serverless,
            )
            return Side(prepared, values, of_stack)
        except EvaluationError as error:
            error.origin = error.origin or _origin(template, error.path)
            raise

    def both(before: _Inputs, after: _Inputs) -> Sides:
        one, other = side(*before), side(*after)
        # A serverless resource and what becomes of one cannot be compared: where one side stays, both do.
        if one.serverless is True and other.serverless is False:
            one = side(*before, serverless=False)
        elif one.serverless is False and other.serverless is True:
            other = side(*after, serverless=False)
        return Sides(one, other)

    def inside(family: Family, values_before: Mapping[str, Any], values: Mapping[str, Any]) -> Diff:
        # CloudFormation names a nested stack; its parameters have the values that its parent gives, or defaults.
        return _compared(
            family,
            both(
                (family.before, values_before, None, before_tags, None),
                (family.after, values, None, tags, None),
            ),
            parameter_mode,
            inside,
        )

    with not_too_deep():
        sides = both(
            (old, given_before, before_resolved, before_tags, stack_name),
            (new, given, resolved, tags, stack_name),
        )
        return _compared(Family(old, new), sides, parameter_mode, inside)


def _compared(family: Family, sides: Sides, parameter_mode: ParameterMode, inside: Compare) -> Diff:
    """The diff of two evaluated templates; `inside` gives that of a nested stack."""
    old, new = family.before, family.after
    answer = OurAnswer(sides, family)
    answer.nested = answer.live.nested = nested = NestedStacks(family, answer, inside)
    try:
        changes = answer.run()
        sides.changing_stacks = frozenset(
            change.logical_id
            for change in changes
            if change.nested is not None or change.logical_id in nested.one_sided
        )
        plain = changesets.plain(sides)
        # Nothing else asks for them here, but CloudFormation refuses a template whose outputs cannot be.
        _ = sides.before.outputs, sides.after.outputs
    except EvaluationError as error:
        error.origin = error.origin or _origin(new, error.path) or _origin(old, error.path)
        raise
    found = tuple(changes)
    return Diff(
        found,
        (),
        tuple(_aws_only(plain, found)),
        summarize(found),
        tuple(dict.fromkeys([*sides.before.partial, *sides.after.partial, *nested.sentences()])),
        parameter_mode,
        old,
        new,
        sides,
        answer,
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
        reason = "an expression is written otherwise and has the value that it had"
        if entities:
            reason = f"it refers to {' and '.join(entities)}, whose value stays as it is"
        found.append(AwsOnly(entry.logical_id, entry.type, entry.replacement, reason))
    return found


def summarize(changes: tuple[ResourceChange, ...]) -> Summary:
    """The changes in numbers."""

    def count(action: str, *replacements: str | None) -> int:
        return sum(
            change.action == action and (not replacements or change.replacement in replacements)
            for change in changes
        )

    return Summary(
        added=count("Add"),
        updated=count("Modify", "False"),
        replaced=count("Modify", "True"),
        perhaps_replaced=count("Modify", "Conditional"),
        removed=count("Remove"),
        imported=count("Import"),
        uncertain=count("Dynamic"),
    )
