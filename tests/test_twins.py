"""Twins: types of which one is an older, newer or near version of the other know the same facts, or a reason why not.

fixtures/twins.json has the pairs. A reviewed row that is added for one of them fails here until the other has it, too,
or the fixture says why not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyformation import catalog

TWINS: list[tuple[str, str, dict[str, str]]] = json.loads(
    (Path(__file__).parent / "fixtures" / "twins.json").read_text(encoding="utf-8")
)["twins"]
_SAME = ("stateful", "snapshot", "deletion_default", "no_update", "replacement", "version")
# Each of the two has its own property for it.
_PRESENT = ("protection", "name", "unique_by")


def reviewed(type_name: str) -> dict[str, Any]:
    """What the catalog says of a type, whatever its properties are."""
    facts = catalog.resource_type(type_name).facts
    found = {key: facts[key] for key in _SAME if key in facts}
    found |= {key: True for key in _PRESENT if key in facts}
    for table in ("deletion", "one_slot"):
        for row in catalog.reviewed(table):
            if row["type"] == type_name:
                found[f"{table}: {row.get('effect', '')}"] = True
    return found


def differences(one: str, other: str) -> Iterator[str]:
    mine, theirs = reviewed(one), reviewed(other)
    yield from (key for key in {*mine, *theirs} if mine.get(key) != theirs.get(key))
    first, second = catalog.resource_type(one), catalog.resource_type(other)
    for name in {*first.properties} & {*second.properties}:
        given = (first.properties[name], second.properties[name])
        if not any(found.read_only for found in given) and given[0].update != given[1].update:
            yield f"update of {name}"
    for name in {*first.attributes} & {*second.attributes}:
        read = (first.attributes[name], second.attributes[name])
        known = {found.mirrors is not None or found.moves_with is not None for found in read}
        if len(known) > 1:
            yield f"attribute {name}"


@pytest.mark.parametrize(("one", "other", "reasons"), TWINS, ids=lambda value: str(value)[:60])
def test_twins_differ_only_with_a_reason(one: str, other: str, reasons: dict[str, str]) -> None:
    assert sorted(differences(one, other)) == sorted(reasons)
    assert all(reasons.values())


def test_a_row_that_only_one_twin_has_is_found() -> None:
    assert "snapshot" in set(differences("AWS::Neptune::DBInstance", "AWS::RDS::DBInstance"))
