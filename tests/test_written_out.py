"""A reference to a resource and the ARN, URL or name that it stands for are one value, whichever is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyformation.changes import Diff, compare
from pyformation.findings import find

PLACE: dict[str, Any] = {"region": "eu-west-1", "account": "111122223333"}
STREAM = ("AWS::Kinesis::Stream", {"Name": "s"})
MAPPING = ("AWS::Lambda::EventSourceMapping", "EventSourceArn")
ARN = {"Fn::GetAtt": ["It", "Arn"]}
LITERAL = "arn:aws:kinesis:eu-west-1:111122223333:stream/s"


def change(diff: Diff, name: str = "User") -> str | None:
    found = diff.resource(name)
    return None if found is None else found.replacement


def written(resource: tuple[str, dict[str, Any]], user: tuple[str, str], value: Any) -> dict[str, Any]:
    one, (type_name, name) = resource, user
    return {
        "Resources": {
            "It": {"Type": one[0], "Properties": one[1]},
            "User": {"Type": type_name, "Properties": {name: value}},
        }
    }


def swapped(
    resource: tuple[str, dict[str, Any]], user: tuple[str, str], one: Any, other: Any, **given: Any
) -> str | None:
    """What happens to a resource that gets the other value, which must be the same in both directions."""
    templates = [written(resource, user, value) for value in (one, other)]
    there, back = (change(compare(*pair, **given)) for pair in (templates, templates[::-1]))
    assert there == back
    return there


@pytest.mark.parametrize(
    ("resource", "user", "one", "other"),
    [
        (STREAM, MAPPING, LITERAL, ARN),
        (
            ("AWS::SNS::Topic", {"TopicName": "t"}),
            ("AWS::SNS::Subscription", "TopicArn"),
            {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:t"},
            {"Ref": "It"},
        ),
        (
            ("AWS::SQS::Queue", {"QueueName": "q"}),
            ("AWS::SQS::QueueInlinePolicy", "Queue"),
            "https://sqs.eu-west-1.amazonaws.com/111122223333/q",
            {"Ref": "It"},
        ),
        (
            ("AWS::IAM::Role", {"RoleName": "r", "Path": "/app/"}),
            ("AWS::EKS::Nodegroup", "NodeRole"),
            "arn:aws:iam::111122223333:role/app/r",
            ARN,
        ),
        (
            ("AWS::S3::Bucket", {"ObjectLockEnabled": False}),
            ("AWS::IAM::ManagedPolicy", "Description"),
            {"Fn::Sub": "arn:aws:s3:::${It}/*"},
            {"Fn::Sub": "${It.Arn}/*"},
        ),
        (
            ("AWS::S3::Bucket", {"BucketName": "b"}),
            ("AWS::S3::BucketPolicy", "Bucket"),
            "b",
            {"Ref": "It"},
        ),
    ],
    ids=["ARN", "Sub", "URL", "path", "generated name", "name"],
)
def test_the_same_resource_is_no_change(
    resource: tuple[str, dict[str, Any]], user: tuple[str, str], one: Any, other: Any
) -> None:
    assert swapped(resource, user, one, other, **PLACE) is None


def test_what_is_not_given_may_be_another() -> None:
    assert swapped(STREAM, MAPPING, LITERAL, ARN) == "Conditional"
    assert swapped(STREAM, MAPPING, LITERAL, ARN, region="eu-west-1") == "Conditional"
    # The partition is that of the literal, and an account is not in the ARN.
    bucket = ("AWS::S3::Bucket", {"BucketName": "b"})
    assert swapped(bucket, MAPPING, "arn:aws:s3:::b", ARN) is None


@pytest.mark.parametrize(
    "literal",
    [
        "arn:aws:kinesis:eu-west-1:111122223333:stream/other",
        "arn:aws:kinesis:us-east-1:111122223333:stream/s",
        "arn:aws-cn:kinesis:eu-west-1:111122223333:stream/s",
    ],
)
def test_another_resource_is_a_change(literal: str) -> None:
    assert swapped(STREAM, MAPPING, literal, ARN, **PLACE) == "True"


def test_a_generated_name_is_no_literal() -> None:
    assert swapped(("AWS::Kinesis::Stream", {}), MAPPING, LITERAL, ARN, **PLACE) == "True"


def test_a_replaced_resource_is_another_one() -> None:
    # It has the same ARN, but none of the subscriptions.
    before, after = (
        written(("AWS::SNS::Topic", topic), ("AWS::SNS::Subscription", "TopicArn"), {"Ref": "It"})
        for topic in ({"TopicName": "t.fifo"}, {"TopicName": "t.fifo", "FifoTopic": True})
    )
    assert change(compare(before, after, **PLACE)) == "True"


def test_a_new_resource_takes_the_name_of_the_literal() -> None:
    before = written(STREAM, MAPPING, LITERAL)
    del before["Resources"]["It"]
    diff = compare(before, written(STREAM, MAPPING, ARN), **PLACE)
    assert change(diff) is None
    assert [one.logical_id for one in diff.aws_only] == ["User"]  # AWS compares the texts of the template.


def test_the_parameters_of_a_nested_stack(tmp_path: Path) -> None:
    inside = {
        "Parameters": {"Source": {"Type": "String"}},
        "Resources": {"User": {"Type": MAPPING[0], "Properties": {MAPPING[1]: {"Ref": "Source"}}}},
    }
    (tmp_path / "child.json").write_text(json.dumps(inside))
    for side, value in (("one", LITERAL), ("two", ARN)):
        template = written(STREAM, ("AWS::CloudFormation::Stack", "TemplateURL"), "child.json")
        template["Resources"]["User"]["Properties"]["Parameters"] = {"Source": value}
        (tmp_path / f"{side}.json").write_text(json.dumps(template))
    one, two = (str(tmp_path / f"{side}.json") for side in ("one", "two"))
    assert change(compare(one, two, **PLACE)) is None
    nested = compare(one, two).resource("User")
    assert nested is not None and nested.nested is not None
    assert change(nested.nested) == "Conditional"


def test_the_value_of_an_export() -> None:
    before, after = written(STREAM, MAPPING, LITERAL), written(STREAM, MAPPING, LITERAL)
    for template, value in ((before, LITERAL), (after, ARN)):
        template["Outputs"] = {"Stream": {"Value": value, "Export": {"Name": "stream"}}}
    assert find(compare(before, after, **PLACE)) == ()
    assert [one.code for one in find(compare(before, after))] == ["PF212"]


@pytest.mark.parametrize(
    ("resource", "attribute", "expected"),
    [
        (("AWS::EC2::SecurityGroup", {"VpcId": "vpc-1"}), "GroupId", None),
        # Without a VPC, Ref is the name of the group.
        (("AWS::EC2::SecurityGroup", {"GroupDescription": "d"}), "GroupId", "True"),
        (("AWS::EC2::SecurityGroup", {"VpcId": {"Ref": "AWS::NoValue"}}), "GroupId", "True"),
        (("AWS::EC2::SecurityGroup", {"VpcId": "vpc-1"}), "VpcId", "True"),
        (("AWS::EC2::NetworkAcl", {"VpcId": "vpc-1"}), "Id", None),
        (("AWS::AutoScaling::AutoScalingGroup", {"MinSize": "1"}), "AutoScalingGroupName", None),
        (("AWS::Lambda::Alias", {"Name": "a"}), "AliasArn", None),
        (("AWS::Backup::BackupPlan", {"BackupPlanTags": {"a": "b"}}), "BackupPlanId", None),
        (("AWS::Backup::BackupPlan", {"BackupPlanTags": {"a": "b"}}), "BackupPlanArn", "True"),
        # The documentation does not say that both are the same.
        (
            ("AWS::AppRunner::AutoScalingConfiguration", {"MaxSize": 2}),
            "AutoScalingConfigurationArn",
            "Conditional",
        ),
    ],
)
def test_a_reference_and_the_attribute_that_it_returns(
    resource: tuple[str, dict[str, Any]], attribute: str, expected: str | None
) -> None:
    user = ("AWS::EC2::SecurityGroupIngress", "GroupId")
    assert swapped(resource, user, {"Ref": "It"}, {"Fn::GetAtt": ["It", attribute]}) == expected


def test_a_policy_with_a_new_logical_id_and_a_reference() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}

    def template(name: str, value: Any) -> dict[str, Any]:
        policy: dict[str, Any] = {"Queues": [value], "PolicyDocument": {"Statement": []}}
        return {"Resources": {"Queue": queue, name: {"Type": "AWS::SQS::QueuePolicy", "Properties": policy}}}

    url = "https://sqs.eu-west-1.amazonaws.com/111122223333/q"
    pair = template("Old", url), template("New", {"Ref": "Queue"})
    elsewhere: dict[str, Any] = {**PLACE, "region": "us-east-1"}
    for before, after in (pair, pair[::-1]):
        assert "PF303" in [one.code for one in find(compare(before, after, **PLACE))]
        assert "PF303" not in [one.code for one in find(compare(before, after, **elsewhere))]


def test_a_policy_that_moves_inline_and_gets_a_reference() -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}}
    arn = "arn:aws:sns:eu-west-1:111122223333:t"
    document: dict[str, Any] = {"PolicyDocument": {"Statement": []}}

    def template(**policies: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        made = {
            name: {"Type": kind, "Properties": {**document, **by}} for name, (kind, by) in policies.items()
        }
        return {"Resources": {"Topic": topic, **made}}

    for old, new in ((arn, {"Ref": "Topic"}), ({"Ref": "Topic"}, arn)):
        before = template(Old=("AWS::SNS::TopicPolicy", {"Topics": [old]}))
        after = template(New=("AWS::SNS::TopicInlinePolicy", {"TopicArn": new}))
        assert "PF303" in [one.code for one in find(compare(before, after, **PLACE))]
