"""Our own answer against the checker that acts updates out: they must agree, on small templates."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from conftest import examples
from hypothesis import HealthCheck, Phase, given, settings

sys.path.insert(0, str(Path(__file__).parent))

import brute_force
from brute_force import Outcome, TooMany, outcomes
from template_pairs import pairs

from pyformation.changes import ResourceChange, compare

Pair = tuple[dict[str, Any], dict[str, Any]]


def test_they_agree() -> None:
    listed: dict[str, list[bool]] = {}  # by pair, since some are drawn more than once

    # Without shrinking, which would take minutes: `--slow` does it.
    @settings(
        max_examples=examples(250, 500),
        derandomize=True,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(pairs(split=False))
    def agree(pair: Pair) -> None:
        drawn = json.dumps(pair)
        if drawn not in listed:
            listed[drawn] = check(pair)

    agree()
    happens = [found for each in listed.values() for found in each]
    # What is listed happens in some world. Conditions that depend on each other may exclude all of them, which
    # our answer does not see: then it says that it is not certain.
    assert len(happens) > examples(250, 500)
    assert happens.count(False) <= len(happens) / 100


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(pairs(most=6, split=False))
def test_they_agree_on_many(pair: Pair) -> None:
    check(pair)


def check(pair: Pair) -> list[bool]:
    """Hold our answer against every world; of each resource that it lists, whether that happens in any."""
    try:
        found = outcomes(*pair)
    except TooMany:
        return []
    ours = {change.logical_id: change for change in compare(*pair).resources}
    happens = {name for outcome in found for name in outcome.happened}
    assert happens <= ours.keys(), "missed"
    for name, change in ours.items():
        check_resource(change, {outcome.happened.get(name) for outcome in found}, found)
    return [name in happens for name in ours]


def check_resource(change: ResourceChange, what: set[str | None], found: list[Outcome]) -> None:
    if change.action == "Add":
        assert what == {"add"}
    elif change.action == "Remove":
        assert what == {"remove"}
    elif change.action == "Modify":
        assert what <= {"update", "replace", None}
        if change.replacement == "True":
            assert what == {"replace"}
        elif change.replacement == "False":
            assert "replace" not in what
        check_values(change, found)
    else:
        assert change.action == "Dynamic"
        assert what & {"add", "remove", None}, "it is there on both sides, in every world"
        if change.replacement is None:
            assert "replace" not in what


def check_values(change: ResourceChange, found: list[Outcome]) -> None:
    """The properties that may differ are listed; what is listed as certain differs in every world."""
    listed: dict[tuple[str, ...], bool] = defaultdict(bool)
    for each in change.changes:
        steps = each.path.split("/")[1:]
        listed[tuple(steps[:2]) if steps[0] == "Properties" else (steps[0],)] |= each.certain
    differs = [outcome.changed.get(change.logical_id, set[tuple[str, ...]]()) for outcome in found]
    assert set[tuple[str, ...]]().union(*differs) <= set(listed)
    for path, certain in listed.items():
        if certain:
            assert all(path in each for each in differs), path


# -- the checker itself


def _template(**resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "Parameters": {"Hidden": {"Type": "String"}},
        "Mappings": {"Map": {"on": {"x": "1"}, "off": {"x": "2"}}},
        "Conditions": {"Open": {"Fn::Equals": [{"Ref": "Hidden"}, "on"]}},
        "Resources": resources,
    }


def _queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def _happened(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, str]]:
    return [outcome.happened for outcome in outcomes(before, after)]


def test_the_checker_acts_out_a_cascade() -> None:
    def made(name: str) -> dict[str, Any]:
        return _template(
            Queue=_queue(QueueName=name),
            Next=_queue(KmsMasterKeyId={"Fn::Sub": "k-${Queue.Arn}"}),
            Other=_queue(QueueName={"Ref": "Queue"}),
            Last=_queue(QueueName={"Fn::GetAtt": ["Next", "Arn"]}),
        )

    assert _happened(made("a"), made("b")) == [{"Queue": "replace", "Next": "update", "Other": "replace"}]
    assert _happened(made("a"), made("a")) == [{}]


def test_the_checker_looks_into_every_world() -> None:
    before = _template(Queue=_queue(KmsMasterKeyId={"Fn::If": ["Open", "a", "b"]}))
    after = _template(Queue=_queue(KmsMasterKeyId={"Fn::FindInMap": ["Map", {"Ref": "Hidden"}, "x"]}))
    assert _happened(before, after) == [{"Queue": "update"}] * 2
    after["Mappings"]["Map"] = {"on": {"x": "a"}, "off": {"x": "c"}}
    assert _happened(before, after) == [{}, {"Queue": "update"}]
    template = {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"ImageId": "a"}}}
    edited = {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"ImageId": "b"}}}
    reads = _queue(KmsMasterKeyId={"Fn::GetAtt": ["Template", "LatestVersionNumber"]})
    found = _happened(_template(Template=template, Queue=reads), _template(Template=edited, Queue=reads))
    assert sorted(found, key=len) == [{"Template": "update"}, {"Template": "update", "Queue": "update"}]


def test_the_checker_knows_nothing_of_what_it_checks() -> None:
    source = Path(brute_force.__file__).read_text(encoding="utf-8")
    assert "evaluation" not in source.partition('"""')[2].partition('"""')[2]
    assert [line for line in source.splitlines() if "pyformation" in line and "import" in line] == [
        "from pyformation import catalog"
    ]
