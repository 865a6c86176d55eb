"""Conditional replacements that both sides of a resource decide, row by row, and what nobody can decide.

The cases are in fixtures/decisions.json: properties before and after, the replacement, a phrase of the condition,
and the UpdatePolicy where it matters.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyformation import catalog
from pyformation.changes import Diff, compare
from pyformation.changes.decisions import decide

DATA = json.loads((Path(__file__).parent / "fixtures" / "decisions.json").read_text(encoding="utf-8"))
GROUPS: list[dict[str, Any]] = [*DATA["rows"], *DATA["others"]]
CASES = [
    pytest.param(group, case, id=f"{group.get('rule', group['type'])}-{number}")
    for group in GROUPS
    for number, case in enumerate(group["cases"])
]
ABSENT: dict[str, Any] = {"Ref": "AWS::NoValue"}


def template(type_name: str, properties: dict[str, Any], policy: object = None) -> dict[str, Any]:
    resource: dict[str, Any] = {"Type": type_name, "Properties": properties}
    if policy is not None:
        resource["UpdatePolicy"] = policy
    return {
        "Parameters": {
            "U": {"Type": "String"},
            "Hidden": {"Type": "String", "NoEcho": True, "Default": "aurora"},
        },
        "Conditions": {"Maybe": {"Fn::Equals": [{"Ref": "U"}, "x"]}},
        "Resources": {"It": resource},
    }


def sides(group: dict[str, Any], case: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    policy = case[4] if len(case) > 4 else None
    return template(group["type"], case[0], policy), template(group["type"], case[1], policy)


def verdict(diff: Diff) -> str | None:
    found = diff.resource("It")
    return None if found is None else found.replacement


@pytest.mark.parametrize(("group", "case"), CASES)
def test_a_replacement_and_its_condition(group: dict[str, Any], case: list[Any]) -> None:
    before, after = sides(group, case)
    diff = compare(before, after)
    found = diff.resource("It")
    assert found is not None
    assert (found.action, found.replacement) == ("Modify", case[2])
    worst = [change for change in found.changes if change.replacement == case[2]]
    if case[3] is None:
        assert [change.condition for change in worst] == [None] * len(worst)
    else:
        assert any(case[3] in (change.condition or "") for change in worst), worst


@pytest.mark.parametrize(("group", "case"), CASES)
def test_the_policy_alone_never_replaces(group: dict[str, Any], case: list[Any]) -> None:
    policy = case[4] if len(case) > 4 else {"AutoScalingRollingUpdate": {"MaxBatchSize": 1}}
    before, after = template(group["type"], case[1]), template(group["type"], case[1], policy)
    diff = compare(before, after)
    # A policy that may be none, by a condition that is not known, is still one that changes.
    assert verdict(diff) == "False"


@pytest.mark.parametrize(("group", "case"), CASES)
def test_what_aws_says_stays_conditional(group: dict[str, Any], case: list[Any]) -> None:
    """The change set knows the type and the path alone."""
    before, after = sides(group, case)
    for values in (False, True):
        diff = compare(before, after).change_set(include_property_values=values)
        said = diff["Changes"][0]["ResourceChange"]["Replacement"]
        custom = group["type"].startswith("Custom::") or group["type"].endswith("::CustomResource")
        if custom or ("rule" in group and case[3] is not None):
            # Of custom resources it says so of every property, the token included.
            assert said == "Conditional"
        elif case[2] != "Conditional":
            assert said == case[2]


def test_every_row_is_there_on_each_of_its_sides() -> None:
    tested = {group["rule"]: group for group in DATA["rows"]}
    rows = {row["id"]: row for row in catalog.reviewed("updates") if "decide" in row}
    assert tested.keys() == rows.keys()
    assert rows.keys() == {
        row["id"]
        for row in catalog.reviewed("updates")
        if row.get("exact") and row["update"] == "Conditionally"
    }
    for name, row in rows.items():
        group = tested[name]
        assert group["type"] == row["type"]
        verdicts = {case[2] for case in group["cases"]}
        if row["decide"] == {"replaced": []}:  # It is never replaced, whatever is unknown.
            assert verdicts == {"False"}
            continue
        named = {"True": "replaced_if", "False": "in_place_if"}
        assert verdicts == {"Conditional", *(says for says, key in named.items() if key in row)}
        unknown = [case for case in group["cases"] if case[2] == "Conditional"]
        assert any('"U"' in json.dumps(case) or '"Maybe"' in json.dumps(case) for case in unknown), name


ROW_PATHS = [(row, path) for row in catalog.reviewed("updates") if "decide" in row for path in row["paths"]]


@pytest.mark.parametrize(("row", "path"), ROW_PATHS, ids=[f"{row['id']}-{path}" for row, path in ROW_PATHS])
def test_every_path_of_a_row_leads_to_it(row: dict[str, Any], path: str) -> None:
    asked: list[str] = []

    def side(name: str) -> dict[str, Any]:
        asked.append(name)
        return {}

    found = decide(row["type"], tuple(path.split("/")[1:]), lambda: side("before"), lambda: side("after"))
    assert asked == ["before", "after"]
    assert found.reason


def unsure(value: Any) -> Iterator[Any]:
    """A value and, one at a time, with everything in it made unknown in several ways."""
    if isinstance(value, dict) and not {*value} & {"Ref", "Fn::If"}:  # pyright: ignore[reportUnknownArgumentType]
        members: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        for key, item in members.items():
            for changed in unsure(item):
                yield {**members, key: changed}
    elif isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        for index, item in enumerate(items):
            for changed in unsure(item):
                yield [*items[:index], changed, *items[index + 1 :]]
    yield {"Ref": "U"}
    yield {"Fn::If": ["Maybe", value, ABSENT]}
    yield {"Fn::If": ["Maybe", value, "other"]}


SURE = [
    pytest.param(group, case, id=f"{group['rule']}-{number}")
    for group in DATA["rows"]
    for number, case in enumerate(group["cases"])
    if case[2] != "False" and not {'"U"', '"Maybe"'} & {*re.findall(r'"\w+"', json.dumps(case))}
]


@pytest.mark.parametrize(("group", "case"), SURE)
def test_raising_uncertainty_never_makes_it_safe(group: dict[str, Any], case: list[Any]) -> None:
    for number in (0, 1, 4):
        if number >= len(case):
            continue
        for changed in unsure(case[number]):
            if number != 4 and {*changed} & {"Ref", "Fn::If"}:
                continue  # Properties as a whole are no expression.
            other = [*case]
            other[number] = changed
            before, after = sides(group, other)
            assert verdict(compare(before, after)) != "False", changed


def test_a_secret_is_not_in_the_words() -> None:
    before = template("AWS::RDS::DBInstance", {"Engine": {"Ref": "Hidden"}})
    after = template("AWS::RDS::DBInstance", {"Engine": "postgres"})
    diff = compare(before, after)
    found = diff.resource("It")
    assert found is not None
    assert found.changes[0].condition == "the engine becomes one that the service cannot convert it to"
    assert "aurora" not in str(found)


def test_an_engine_through_a_parameter() -> None:
    """The value decides, not how it is written."""
    before = template("AWS::RDS::DBInstance", {"Engine": {"Ref": "U"}})
    diff = compare(
        before, copy.deepcopy(before), before_parameters={"U": "aurora"}, parameters={"U": "aurora-mysql"}
    )
    assert verdict(diff) == "False"
    diff = compare(
        before, copy.deepcopy(before), before_parameters={"U": "aurora"}, parameters={"U": "mysql"}
    )
    assert verdict(diff) == "True"


def test_the_worst_of_several_changes_counts() -> None:
    before = template("AWS::RDS::DBInstance", {"Engine": "aurora", "DBSnapshotIdentifier": "monday"})
    after = template("AWS::RDS::DBInstance", {"Engine": "aurora-mysql", "DBSnapshotIdentifier": "friday"})
    found = compare(before, after).resource("It")
    assert found is not None
    assert {change.path: change.replacement for change in found.changes} == {
        "/Properties/Engine": "False",
        "/Properties/DBSnapshotIdentifier": "True",
    }
    assert found.replacement == "True"
    assert found.policy_action == "ReplaceAndDelete"
