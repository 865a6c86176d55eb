"""A diff, and what happens to each resource in it. A nested stack has a diff of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import attrs

from ..errors import Origin
from ..evaluation.engine import Engine
from ..finding import Finding, Suppressed
from ..sources import LoadedTemplate
from .description import describe
from .records import Action, Place, PolicyAction, PropertyChange, Refreshed, Replacement
from .sides import Sides, Which

ParameterMode = Literal["defaults", "previous"]


@attrs.frozen
class ResourceChange:
    """What happens to a resource. `policy_action` is what happens to the old one, as AWS names it."""

    logical_id: str
    type: str
    action: Action
    replacement: Replacement | None = None
    policy_action: PolicyAction | None = None
    changes: tuple[PropertyChange, ...] = ()
    place: Place | None = attrs.field(default=None, repr=False, eq=False)
    # The diff of a nested stack.
    nested: Diff | None = attrs.field(default=None, repr=False)

    @property
    def origin(self) -> Origin | None:
        """The line of the resource, or None if it is not in a file."""
        return None if self.place is None else self.place.origin


@attrs.frozen
class AwsOnly:
    """A resource that AWS lists in its plain answer although it does not change, or changes only `without_effect`."""

    logical_id: str
    type: str
    replacement: Replacement | None
    reason: str
    without_effect: bool = False


@attrs.frozen
class Summary:
    """The number of resources for each kind of change; replacements do not count as updates.

    `refreshed` counts values that are re-read, and is not part of the total.
    """

    added: int = 0
    updated: int = 0
    replaced: int = 0
    may_be_replaced: int = 0
    removed: int = 0
    imported: int = 0
    uncertain: int = 0
    refreshed: int = 0

    @property
    def total(self) -> int:
        """All resources."""
        counts: tuple[int, ...] = attrs.astuple(self)
        return sum(counts) - self.refreshed


@attrs.frozen
class Diff:
    """What an update does.

    `resources` are all resources that change or may change, in the order of the template after the update, then the
    removed ones. `aws_only` are those that AWS would list as well, with the reason why they do not change. `partial`
    says in sentences what could not be examined (a macro), and is empty if everything was. `refreshed` are the values
    that AWS re-reads, and what changes if they have changed; they are not changes of this update. The two sides are
    kept for findings, reports and AWS's own answers.
    """

    resources: tuple[ResourceChange, ...]
    aws_only: tuple[AwsOnly, ...]
    partial: tuple[str, ...]
    parameter_mode: ParameterMode
    before: LoadedTemplate = attrs.field(repr=False, eq=False)
    after: LoadedTemplate = attrs.field(repr=False, eq=False)
    sides: Sides = attrs.field(repr=False, eq=False)
    # The engines before and after the update; the latter knows what resources will be.
    engines: tuple[Engine, Engine] = attrs.field(repr=False, eq=False)
    refreshed: tuple[Refreshed, ...] = ()
    findings: tuple[Finding, ...] = ()
    # Findings that the user's settings suppress, with the given reason.
    suppressed: tuple[Suppressed, ...] = ()

    @property
    def summary(self) -> Summary:
        """The changes in numbers."""
        return summarize(self.resources, self.refreshed)

    def values(self, which: Which) -> Engine:
        """The engine that gives the value of any expression on one side: before or after the update."""
        return self.engines[which == "after"]

    def resource(self, logical_id: str) -> ResourceChange | None:
        """The change of one resource, or None if it does not change."""
        return next((found for found in self.resources if found.logical_id == logical_id), None)

    def stacks(self) -> Iterator[tuple[tuple[str, ...], Diff]]:
        """This diff and those of its nested stacks, each with the logical IDs that lead there."""
        yield (), self
        for change in self.resources:
            if change.nested is not None:
                for path, diff in change.nested.stacks():
                    yield (change.logical_id, *path), diff

    def change_set(self, *, include_property_values: bool = False) -> dict[str, Any]:
        """The predicted response of DescribeChangeSet; physical IDs are in it if BEFORE is a live stack.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
        """
        return describe(self.sides, self.partial, include_property_values=include_property_values)


def nested_first(
    diff: Diff, change: Callable[[Diff, tuple[str, ...]], Diff], path: tuple[str, ...] = ()
) -> Diff:
    """Apply a function to the diffs of the nested stacks in a diff, and then to the diff itself.

    The function also gets the logical IDs that lead to the stack.
    """
    resources = tuple(
        one
        if one.nested is None
        else attrs.evolve(one, nested=nested_first(one.nested, change, (*path, one.logical_id)))
        for one in diff.resources
    )
    return change(attrs.evolve(diff, resources=resources), path)


def summarize(changes: tuple[ResourceChange, ...], refreshed: tuple[Refreshed, ...] = ()) -> Summary:
    """The changes in numbers, and the values that are re-read."""

    def count(action: str, *replacements: str | None) -> int:
        return sum(
            change.action == action and (not replacements or change.replacement in replacements)
            for change in changes
        )

    return Summary(
        added=count("Add"),
        updated=count("Modify", "False"),
        replaced=count("Modify", "True"),
        may_be_replaced=count("Modify", "Conditional"),
        removed=count("Remove"),
        imported=count("Import"),
        uncertain=count("Dynamic"),
        refreshed=len(refreshed),
    )
