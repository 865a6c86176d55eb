"""The records of a diff: what changes, why, and what CloudFormation would say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from ..errors import Origin
from ..evaluation.expressions import Reference
from ..evaluation.unknowns import MISSING as MISSING
from ..evaluation.unknowns import Missing as Missing
from ..finding import Finding as Finding
from ..finding import Suppressed as Suppressed
from ..sentences import reason_sentence

if TYPE_CHECKING:
    from ..sources import LoadedTemplate

Action = Literal["Add", "Modify", "Remove", "Import", "Dynamic", "SyncWithActual"]
Replacement = Literal["True", "False", "Conditional"]
RequiresRecreation = Literal["Never", "Conditionally", "Always"]
PolicyAction = Literal[
    "Delete", "Retain", "Snapshot", "ReplaceAndDelete", "ReplaceAndRetain", "ReplaceAndSnapshot"
]
Source = Literal[
    "ResourceReference", "ParameterReference", "ResourceAttribute", "DirectModification", "Automatic"
]

Path = tuple[str | int, ...]

# The one type whose template is another's.
STACK = "AWS::CloudFormation::Stack"

_STRENGTH: dict[RequiresRecreation, int] = {"Never": 0, "Conditionally": 1, "Always": 2}
_SEVERITY: dict[Replacement, int] = {"False": 0, "Conditional": 1, "True": 2}


def strongest(one: RequiresRecreation, other: RequiresRecreation) -> RequiresRecreation:
    """The stronger of two requirements."""
    return other if _STRENGTH[other] > _STRENGTH[one] else one


def worst(one: Replacement, other: Replacement) -> Replacement:
    """The worse of two outcomes."""
    return other if _SEVERITY[other] > _SEVERITY[one] else one


@attrs.frozen
class Difference:
    """A leaf that differs, and its value on each side (`MISSING` if it does not exist there).

    `path` has the positions after the update, or before it for a removed item. If items of lists are compared by key,
    `path_before` and `path_after` lead to the value on each side; on the side that lacks the item, the position is
    behind the last one.
    """

    path: Path
    before: Any
    after: Any
    path_before: Path | None = None
    path_after: Path | None = None

    @property
    def is_by_key(self) -> bool:
        """Whether the value is in an item of a list that is compared by its key."""
        return self.path_after is not None

    @property
    def change_type(self) -> Literal["Add", "Remove", "Modify"]:
        """What AWS calls it."""
        if self.before is MISSING:
            return "Add"
        return "Remove" if self.after is MISSING else "Modify"


@attrs.frozen
class Detail:
    """One cause of one change, as DescribeChangeSet lists it."""

    attribute: str
    name: str | None
    requires_recreation: RequiresRecreation
    evaluation: Literal["Static", "Dynamic"]
    change_source: Source | None
    causing_entity: str | None = None
    difference: Difference | None = None


@attrs.frozen
class ChangeSetEntry:
    """What AWS says of one resource."""

    action: Action
    logical_id: str
    type: str
    replacement: Replacement | None = None
    policy_action: PolicyAction | None = None
    scope: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    before_context: dict[str, Any] | None = None
    after_context: dict[str, Any] | None = None


@attrs.frozen
class Place:
    """A place in a template. Its line is looked up on demand, as that means parsing the text again."""

    template: LoadedTemplate
    path: Path

    @property
    def origin(self) -> Origin | None:
        """The file and the line."""
        return self.template.origin(self.path)


@attrs.frozen
class Cause:
    """Why a value changes: an edit of the expression, or something that it refers to.

    `kind` is ``edit``, ``tags`` (those of the stack), ``parameter``, ``mapping``, ``condition`` or
    ``resource``; `name` says which parameter, mapping, condition, resource or attribute (``Queue.Arn``).
    """

    kind: Literal["edit", "tags", "parameter", "mapping", "condition", "resource"]
    name: str = ""


ReasonKind = Literal[
    "type_changes",
    "replaced",
    "in_place",
    "replaced_if",
    "in_place_if",
    "unpublished",
    "unknown_type",
    "unknown_property",
    "attribute_may_change",
    "value_unknown",
    "existence_unknown",
    "text_unreadable",
    "no_update_handler",
]


@attrs.frozen
class Reason:
    """Why a change replaces a resource, why it does not, or when it would.

    `facts` are what AWS publishes or the catalog has reviewed, the type or property that the catalog does not
    know, or the attributes that may change.
    """

    kind: ReasonKind
    facts: tuple[str, ...] = ()


@attrs.frozen
class ValueChange:
    """The facts of a changed value, both in a diff and in a report."""

    path: str
    change_type: Literal["Add", "Remove", "Modify"]
    before: Any
    after: Any
    certain: bool
    requires_recreation: RequiresRecreation
    replacement: Replacement
    reason: Reason | None
    causes: tuple[Cause, ...]

    @property
    def condition(self) -> str | None:
        """The reason in words."""
        return None if self.reason is None else reason_sentence(self.reason.kind, self.reason.facts)


@attrs.frozen
class PropertyChange(ValueChange):
    """A value of a resource that changes.

    `path` is a JSON pointer; `before` and `after` are None where `change_type` says that there is nothing.
    `replacement` is what this change alone means, `reason` why or when. `certain` is False where
    it only may change.
    """

    place: Place | None = attrs.field(default=None, repr=False, eq=False)

    @property
    def origin(self) -> Origin | None:
        """The line of the value, or None if it is not in a file."""
        return None if self.place is None else self.place.origin


@attrs.frozen
class RefreshedResource:
    """A resource that changes if a value that AWS re-reads has changed.

    `action` and `replacement` say what happens then. `path` is a JSON Pointer to the value that decides, None if the
    resource is added or removed.
    """

    logical_id: str
    type: str
    action: Action
    replacement: Replacement | None
    path: str | None
    place: Place | None = attrs.field(default=None, repr=False, eq=False)

    @property
    def would_be_replaced(self) -> bool:
        """Whether it is or may be replaced."""
        return self.replacement in ("True", "Conditional")

    @property
    def origin(self) -> Origin | None:
        """The line of the value, or None if it is not in a file."""
        return None if self.place is None else self.place.origin


@attrs.frozen
class Refreshed:
    """A value that AWS re-reads on every update, so that it may have changed.

    `kind` says what is re-read: the SSM parameter behind a ``parameter`` of the template, a ``stack output``
    (``Fn::GetStackOutput``), or a ``dynamic reference`` without a version. `name` is the parameter, or the text of
    the reference; `source` is where the value is read from. `certain` is False if it is unclear whether AWS re-reads
    it. `resources` are those that change if the value has changed.
    """

    kind: Literal["parameter", "stack output", "dynamic reference"]
    name: str
    source: str
    certain: bool
    resources: tuple[RefreshedResource, ...]


def entity_of(reference: Reference) -> str:
    """What AWS calls a resource or an attribute that causes a change."""
    return reference.name if reference.attribute is None else f"{reference.name}.{reference.attribute}"
