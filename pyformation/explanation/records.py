"""The records of an explanation: the facts, before a report lays them out."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import attrs

from .snippets import Snippet

Behavior = Literal["Always", "Conditionally", "Never"]


@attrs.frozen
class Update:
    """What an update of a property does, and why we say so."""

    behavior: Behavior
    # In words, with the condition.
    summary: str
    # The reason as a sentence, and its source.
    because: str
    source: str
    # The path of the property that decides: this one, or one that contains it.
    decided_by: str
    # The id of the reviewed row behind it, and what the row says.
    rule: str | None = None
    replaced_if: str | None = None
    in_place_if: str | None = None
    in_practice: str | None = None
    # Whether both templates alone decide the conditions.
    exact: bool = False
    interrupts: bool = False
    not_supported: bool = False
    # The type has no update handler, so that an update may fail, or replace the resource.
    no_update: bool = False
    # The nested properties that replace the resource, or may, although this one does not: path and behavior.
    below: dict[str, Behavior] = attrs.field(factory=dict[str, Behavior])


@attrs.frozen
class Place:
    """A path at which a property type, or a property of it, is used, and what an update does there."""

    path: str
    update: Update


@attrs.frozen
class PropertyLine:
    """A property in a table."""

    name: str
    python_name: str
    kind: str
    required: bool
    update: Behavior
    # The strongest behavior of its nested properties.
    below: Behavior
    read_only: bool
    deprecated: bool
    # What it means, in a few words, as far as we say it.
    meaning: str | None


@attrs.frozen
class AttributeLine:
    """An attribute for Fn::GetAtt in a table."""

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
    """A fact under its heading."""

    heading: str
    text: str


@attrs.frozen
class Explanation:
    """What all explanations have: CloudFormation's name and Python's, and a page of AWS's documentation."""

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
    # Other types with the same short name.
    also: list[str]


@attrs.frozen
class PropertyExplanation(Explanation):
    """A property at one path of a resource."""

    kind = "property"

    type: str
    path: str
    python_name: str
    meaning: str | None
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
    # The attribute with the same name, for Fn::GetAtt.
    attribute: str | None
    example: Snippet | None


@attrs.frozen
class PropertyTypeExplanation(Explanation):
    """A property type, which one or several properties of a resource use."""

    kind = "property type"

    type: str
    required: list[str]
    properties: list[PropertyLine]
    places: list[Place]
    more_places: bool
    example: Snippet | None


@attrs.frozen
class PropertyTypeMemberExplanation(PropertyExplanation):
    """A property of a property type: that of the place with the strongest update behavior, and all places."""

    kind = "property of a property type"

    places: list[Place]
    more_places: bool


@attrs.frozen
class AttributeExplanation(Explanation):
    """An attribute for Fn::GetAtt."""

    kind = "attribute"

    type: str
    value: str
    mirrors: str | None
    text: str


@attrs.frozen
class OptionExplanation(Explanation):
    """A resource attribute such as DeletionPolicy, or an option of pyformation."""

    kind = "option"

    type: str
    text: str


@attrs.frozen
class ServiceExplanation(Explanation):
    """A service and its types."""

    kind = "service"

    import_line: str
    types: list[TypeLine]
