"""Identifiers that templates give: two resources cannot have the same one, and CloudFormation deletes last.

Each type of the catalog whose whole identifier is made of properties is replaced under the same identifier, and moved
to another logical ID with it. Both must be a finding, but for the types in the tables below.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pyformation import catalog
from pyformation.catalog import ResourceType
from pyformation.changes import compare
from pyformation.findings import find

COLLISIONS = {"PF201", "PF202", "PF203", "PF204", "PF303"}

# Kept through a replacement without a collision.
NO_COLLISION_WHEN_REPLACED: dict[str, str] = {}
# Moved to another logical ID without a collision.
NO_COLLISION_WHEN_MOVED: dict[str, str] = {}


def identified() -> Iterator[ResourceType]:
    for name in catalog.types():
        record = catalog.resource_type(name)
        if not record.is_sam and record.identity_can_be_given:
            yield record


def with_value(properties: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Properties in which a value stands at a path (``A/B/*/C``)."""
    first, *rest = path.split("/")
    here: Any = properties
    steps = [first, *rest]
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        made: Any = value if following is None else [] if following == "*" else {}
        if step == "*":
            here.append(made)
            here = here[-1]
        else:
            here = here.setdefault(step, made) if following is not None else here.__setitem__(step, made)
    return properties


def properties_of(record: ResourceType) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for number, part in enumerate(record.identifier):
        with_value(properties, part, f"name-{number}")
    return properties


def codes(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {finding.code for finding in find(compare({"Resources": before}, {"Resources": after}))}


def replacing(record: ResourceType) -> str | None:
    """A property outside the identifier whose change replaces a resource of the type."""
    given = {part.partition("/")[0] for part in [*record.identifier, *(record.unique_by or [])]}
    behaviors = catalog.create_only_paths(record.name)
    always_first = sorted(behaviors, key=lambda path: behaviors[path] != "Always")
    paths = [path.removeprefix("/Properties/") for path in always_first]
    free = [path for path in paths if path.partition("/")[0] not in given | {record.physical_name}]
    return next((path for path in free if not record.properties[path.partition("/")[0]].read_only), None)


def silent_when_replaced() -> set[str]:
    found: set[str] = set()
    for record in identified():
        path = replacing(record)
        if path is None or record.replacement_strategy == "delete_then_create":
            continue
        before, after = (
            {"R": {"Type": record.name, "Properties": with_value(properties_of(record), path, value)}}
            for value in ("one", "two")
        )
        if not COLLISIONS & codes(before, after):
            found.add(record.name)
    return found


def silent_when_moved() -> set[str]:
    found: set[str] = set()
    for record in identified():
        resource = {"Type": record.name, "Properties": properties_of(record)}
        if not COLLISIONS & codes({"Old": resource}, {"New": resource}):
            found.add(record.name)
    return found


def test_a_replacement_under_the_same_identifier_is_a_finding() -> None:
    assert silent_when_replaced() == set(NO_COLLISION_WHEN_REPLACED)


def test_the_same_identifier_under_another_logical_id_is_a_finding() -> None:
    assert silent_when_moved() == set(NO_COLLISION_WHEN_MOVED)


@pytest.mark.parametrize("table", ["identity_defaults", "name_scopes"])
def test_the_tables_of_identities_name_properties(table: str) -> None:
    for row in catalog.reviewed(table):
        record = catalog.resource_type(row["type"])
        assert row["reason"].endswith(".")
        assert row["source"]
        assert {path.partition("/")[0] for path in row["properties"]} <= set(record.properties)
        if table == "identity_defaults":
            assert set(row["properties"]) <= set(record.identifier) - set(record.required)
