"""The records of an explanation: what there is to say, before anybody lays it out."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import attrs

from .snippets import Snippet

Behaviour = Literal["Always", "Conditionally", "Never"]


@attrs.frozen
class Update:
    """What an update of a property does, and why we say so."""

    behaviour: Behaviour
    # In words, the condition included.
    summary: str
    # Why, as a sentence, and where that is from.
    because: str
    source: str
    # The path of the property that decides: itself, or a block around it.
    decided_by: str
    # The id of the reviewed row behind it, and what that says.
    rule: str | None = None
    replaced_if: str | None = None
    in_place_if: str | None = None
    in_practice: str | None = None
    # Whether the conditions can be decided from both templates alone.
    exact: bool = False
    interrupts: bool = False
    not_supported: bool = False
    # What stands below it and replaces, or may, though it does not itself: path and behaviour.
    below: dict[str, Behaviour] = attrs.field(factory=dict[str, Behaviour])


@attrs.frozen
class Place:
    """Where a property type, or a property of it, stands, and what an update does there."""

    path: str
    update: Update


@attrs.frozen
class PropertyLine:
    """A property in a table."""

    name: str
    python_name: str
    kind: str
    required: bool
    update: Behaviour
    # The strongest of what stands below it.
    below: Behaviour
    read_only: bool
    deprecated: bool


@attrs.frozen
class AttributeLine:
    """What GetAtt can ask for, in a table."""

    name: str
    python_name: str
    kind: str
    mirrors: str | None


@attrs.frozen
class TypeLine:
    """A resource type in a table."""

    name: str
    python: str
    properties: int
    stateful: str | None


@attrs.frozen
class Fact:
    """A heading and what is to be said under it."""

    heading: str
    text: str


@attrs.frozen
class Explanation:
    """What all explanations have: CloudFormation's name and Python's, and a page of AWS's."""

    kind: ClassVar[str] = ""

    name: str
    python: str
    documentation: str


@attrs.frozen
class TypeExplanation(Explanation):
    """A resource type."""

    kind = "type"

    import_line: str
    ref: list[str]
    ref_returns: str
    identifier: list[str]
    physical_name: str | None
    collision: str | None
    stateful: str | None
    on_delete: str | None
    snapshot: bool
    deletion_default: dict[str, str]
    deletion_protection: str | None
    unique_by: list[str] | None
    replacement_strategy: str | None
    no_update: bool
    becomes: str | None
    tags: dict[str, Any] | None
    facts: list[Fact]
    required: list[str]
    properties: list[PropertyLine]
    property_types: list[str]
    attributes: list[AttributeLine]
    any_attribute: str | None
    example: Snippet
    # Other types that the same short name could mean.
    also: list[str]


@attrs.frozen
class PropertyExplanation(Explanation):
    """A property where it stands on a resource."""

    kind = "property"

    type: str
    path: str
    python_name: str
    value: str
    required: bool
    read_only: bool
    write_only: bool
    deprecated: bool
    update: Update
    values: list[Any] | None
    limits: list[str]
    pattern: str | None
    key_pattern: str | None
    default: Any
    takes: list[str]
    facts: list[Fact]
    properties: list[PropertyLine]
    # The same name as an attribute, for GetAtt.
    attribute: str | None
    example: Snippet | None


@attrs.frozen
class BlockExplanation(Explanation):
    """A property type: a block that stands in one or several places of a resource."""

    kind = "property type"

    type: str
    required: list[str]
    properties: list[PropertyLine]
    places: list[Place]
    more_places: bool
    example: Snippet | None


@attrs.frozen
class BlockPropertyExplanation(Explanation):
    """A property of a property type, in all the places where that stands."""

    kind = "property of a property type"

    type: str
    python_name: str
    value: str
    required: bool
    deprecated: bool
    # The strongest that it has in some place.
    update: Update
    places: list[Place]
    more_places: bool
    values: list[Any] | None
    limits: list[str]
    pattern: str | None
    default: Any
    takes: list[str]
    properties: list[PropertyLine]


@attrs.frozen
class AttributeExplanation(Explanation):
    """What Fn::GetAtt gives."""

    kind = "attribute"

    type: str
    value: str
    mirrors: str | None
    text: str


@attrs.frozen
class OptionExplanation(Explanation):
    """A resource attribute such as DeletionPolicy, or an option of ours."""

    kind = "option"

    type: str
    text: str


@attrs.frozen
class ServiceExplanation(Explanation):
    """A service and its types."""

    kind = "service"

    import_line: str
    types: list[TypeLine]
