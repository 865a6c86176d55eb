"""What a stack policy denies: a case a row in `fixtures/access/stack_policies.json`.

Each is held against the same update: `Changed` is updated, `Replaced` is replaced, `Perhaps` may be, `Removed`
goes, `Added` is new, `Same` stays.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyformation.changes import Diff, compare
from pyformation.findings import stack_policy
from pyformation.findings.stack_policy import StackPolicyError

CASES = json.loads(
    (Path(__file__).parent / "fixtures" / "access" / "stack_policies.json").read_text(encoding="utf-8")
)


def statement(words: str) -> dict[str, Any]:
    """``Deny Update:Replace on LogicalResourceId/A, LogicalResourceId/B if StringLike ResourceType=a|b & ...``"""
    words, _, conditions = words.partition(" if ")
    words, _, resources = words.partition(" on ")
    effect, _, actions = words.partition(" ")
    made: dict[str, Any] = {"Effect": effect, "Principal": "*"}
    for name, listed in (("Action", actions), ("Resource", resources)):
        prefix = "Not" if listed.startswith("not ") else ""
        parts = listed.removeprefix("not ").split(", ")
        made[prefix + name] = parts[0] if len(parts) == 1 else parts
    for condition in conditions.split(" & ") if conditions else ():
        operator, _, rest = condition.partition(" ")
        key, _, values = rest.partition("=")
        made.setdefault("Condition", {})[operator] = {key: values.split("|")}
    return made


def table(name: str) -> dict[str, Any]:
    return {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": name}}


@pytest.fixture(scope="module")
def update() -> Diff:
    same = {"Type": "AWS::SQS::Queue"}
    # AWS publishes no condition for when a new launch type replaces.
    perhaps = {"Type": "AWS::ECS::Service", "Properties": {"LaunchType": "EC2", "Cluster": "c"}}
    before = {
        "Changed": {"Type": "AWS::Kinesis::Stream", "Properties": {"RetentionPeriodHours": 24}},
        "Replaced": table("a"),
        "Perhaps": perhaps,
        "Removed": {"Type": "AWS::EFS::FileSystem"},
        "Same": same,
    }
    after = {
        "Changed": {"Type": "AWS::Kinesis::Stream", "Properties": {"RetentionPeriodHours": 48}},
        "Replaced": table("b"),
        "Perhaps": {**perhaps, "Properties": {"LaunchType": "FARGATE", "Cluster": "c"}},
        "Added": {"Type": "AWS::SNS::Topic"},
        "Same": same,
    }
    found = compare({"Resources": before}, {"Resources": after})
    said = {change.logical_id: (change.action, change.replacement) for change in found.resources}
    assert said == {
        "Changed": ("Modify", "False"),
        "Replaced": ("Modify", "True"),
        "Perhaps": ("Modify", "Conditional"),
        "Added": ("Add", None),
        "Removed": ("Remove", None),
    }
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_what_a_policy_denies(update: Diff, case: dict[str, Any]) -> None:
    policy = {"Statement": [statement(words) for words in case["policy"]]}
    found = [
        f"{finding.severity} {finding.resource} {finding.message.partition('denies ')[2].partition(' (')[0]}"
        for finding in stack_policy.find(update, policy)
    ]
    assert sorted(found) == sorted(case["denies"])


def test_a_finding_says_which_statement_and_what_happens(update: Diff) -> None:
    policy = {"Statement": [statement("Allow Update:* on *"), statement("Deny Update:Delete on *")]}
    (found,) = stack_policy.find(update, policy)
    assert (found.code, found.kind, found.resource) == ("PF211", "failure", "Removed")
    assert found.message == "the stack policy denies Update:Delete (statement 2), and Removed is deleted"
    (found, *_) = stack_policy.find(update, {"Statement": statement("Allow Update:Modify on *")})
    assert found.message == (
        "the stack policy denies Update:Replace (no statement allows it), and Replaced is replaced"
    )


def test_what_follows_from_a_replacement_is_checked() -> None:
    def template(name: str) -> dict[str, Any]:
        topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}
        alarm = {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 1,
                "AlarmActions": [{"Ref": "Topic"}],
            },
        }
        return {"Resources": {"Topic": topic, "Alarm": alarm}}

    policy = {
        "Statement": [statement("Allow Update:* on *"), statement("Deny Update:* on LogicalResourceId/Alarm")]
    }
    (found,) = stack_policy.find(compare(template("a"), template("b")), policy)
    assert found.resource == "Alarm"


def test_a_resource_that_may_go_may_be_denied() -> None:
    def template(value: str) -> dict[str, Any]:
        return {
            "Parameters": {"P": {"Type": "String"}},
            "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, value]}},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Condition": "C"}},
        }

    policy = {"Statement": [statement("Allow Update:Modify on *")]}
    (found,) = stack_policy.find(compare(template("a"), template("b")), policy)
    assert found.severity == "warning"
    assert "may be" in found.message and "deleted" in found.message


GOOD = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
BAD: list[tuple[Any, str]] = [
    ([], "expected a stack policy, a mapping with Statement, found []"),
    ({}, "expected a stack policy, a mapping with Statement, found none in it"),
    ({"Statements": [GOOD]}, "a stack policy has no 'Statements'; did you mean 'Statement'?"),
    ({"Statement": "x"}, "Statement: expected a list of statements, found 'x'"),
    ({"Statement": ["x"]}, "Statement[0]: expected a statement, found 'x'"),
    (
        {"Statement": [{**GOOD, "Effect": "allow"}]},
        "Statement[0].Effect: expected Allow or Deny, found 'allow'",
    ),
    (
        {"Statement": [GOOD, {**GOOD, "Resources": "*"}]},
        "Statement[1]: a statement of a stack policy has no 'Resources'; did you mean 'Resource'?",
    ),
    (
        {"Statement": [{**GOOD, "Principal": {"AWS": "111122223333"}}]},
        "Statement[0].Principal: a stack policy takes only the Principal '*', found {'AWS': '111122223333'}",
    ),
    (
        {"Statement": [{**GOOD, "Action": "Update:Remove"}]},
        "expected Update:Modify, Update:Replace, Update:Delete or Update:*, found 'Update:Remove'",
    ),
    (
        {"Statement": [{**GOOD, "NotAction": "Update:*"}]},
        "Statement[0]: expected either Action or NotAction, found both",
    ),
    (
        {"Statement": [{key: item for key, item in GOOD.items() if key != "Resource"}]},
        "Statement[0]: expected either Resource or NotResource, found none",
    ),
    (
        {"Statement": [{**GOOD, "Resource": "Database"}]},
        "Statement[0].Resource: expected LogicalResourceId/ and a logical ID, or *, found 'Database'",
    ),
    ({"Statement": [{**GOOD, "Action": []}]}, "Statement[0].Action: expected at least one text, found none"),
    ({"Statement": [{**GOOD, "Action": [3]}]}, "Statement[0].Action: expected a text, found 3"),
    (
        {"Statement": [{**GOOD, "Condition": {"StringNotEquals": {"ResourceType": "x"}}}]},
        "a stack policy takes the conditions StringEquals and StringLike, found 'StringNotEquals'",
    ),
    (
        {"Statement": [{**GOOD, "Condition": {"StringEquals": {"aws:username": "x"}}}]},
        "a condition of a stack policy asks for ResourceType, found {'aws:username': 'x'}",
    ),
]


@pytest.mark.parametrize(("policy", "words"), BAD, ids=[words for _, words in BAD])
def test_what_is_no_policy_is_said(update: Diff, policy: Any, words: str) -> None:
    with pytest.raises(StackPolicyError) as caught:
        list(stack_policy.find(update, policy))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
