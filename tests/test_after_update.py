"""What stays, what may change and what is new after an update, as far as our own answer goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pyformation
from pyformation import catalog
from pyformation.changes import Cause


def template(**resources: Any) -> dict[str, Any]:
    return {
        "Resources": {name: {"Type": kind, "Properties": given} for name, (kind, given) in resources.items()}
    }


def test_the_id_of_a_security_group_stays_when_its_rules_change() -> None:
    def side(port: int) -> dict[str, Any]:
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"}
        return template(
            Group=("AWS::EC2::SecurityGroup", {"GroupDescription": "web", "SecurityGroupIngress": [rule]}),
            Server=("AWS::EC2::Instance", {"SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}]}),
        )

    diff = pyformation.diff(side(80), side(8080))
    assert [change.logical_id for change in diff.resources] == ["Group"]
    assert [found.logical_id for found in diff.aws_only] == ["Server"]


def test_the_arn_of_something_else_may_change() -> None:
    def side(view: str) -> dict[str, Any]:
        return template(
            Table=("AWS::DynamoDB::Table", {"StreamSpecification": {"StreamViewType": view}}),
            Mapping=(
                "AWS::Lambda::EventSourceMapping",
                {"FunctionName": "f", "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]}},
            ),
            Policy=("AWS::SNS::Topic", {"DisplayName": {"Fn::GetAtt": ["Table", "Arn"]}}),
        )

    diff = pyformation.diff(side("KEYS_ONLY"), side("NEW_IMAGE"))
    found = {change.logical_id: change for change in diff.resources}
    assert set(found) == {"Table", "Mapping"}
    assert found["Mapping"].replacement == "Conditional"
    assert not found["Mapping"].changes[0].certain


def test_what_moved_in_the_parameter_store_is_the_cause() -> None:
    side = {
        "Parameters": {
            "Image": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/images/web"}
        },
        **template(Server=("AWS::EC2::Instance", {"ImageId": {"Ref": "Image"}})),
    }
    diff = pyformation.diff(side, side, before_resolved={"Image": "ami-1"}, resolved={"Image": "ami-2"})
    (change,) = diff.resources
    assert change.replacement == "True"
    assert change.changes[0].causes == (Cause("parameter", "Image"),)
    # AWS has no parameter reference here: what was sent is the same.
    (entry,) = diff.change_set()["Changes"]
    (detail,) = entry["ResourceChange"]["Details"]
    assert (detail["ChangeSource"], detail["Evaluation"]) == ("DirectModification", "Static")


def test_what_has_no_update_handler_is_never_called_in_place() -> None:
    looked_at = 0
    for type_name in catalog.types():
        record = catalog.resource_type(type_name)
        if not record.no_update or not type_name.startswith("AWS::"):
            continue
        for name, found in record.properties.items():
            path = f"/Properties/{name}"
            if found.read_only or catalog.requires_recreation(type_name, path) != "Never":
                continue
            looked_at += 1
            before, after = (
                {"Resources": {"It": {"Type": type_name, "Properties": {name: v}}}} for v in "ab"
            )
            (change,) = pyformation.diff(before, after).resources
            assert change.replacement == "Conditional", f"{type_name} {name}"
            assert "no update handler" in (change.changes[0].condition or "")
    assert looked_at >= 10


# -- what a reviewed table says to stay ------------------------------------------------------------


def test_the_address_of_a_bucket_stays_while_the_bucket_does() -> None:
    def side(name: str, status: str) -> dict[str, Any]:
        return template(
            Bucket=("AWS::S3::Bucket", {"BucketName": name, "VersioningConfiguration": {"Status": status}}),
            Zone=("AWS::Route53::RecordSet", {"Name": {"Fn::GetAtt": ["Bucket", "RegionalDomainName"]}}),
        )

    diff = pyformation.diff(side("shop", "Enabled"), side("shop", "Suspended"))
    assert [change.logical_id for change in diff.resources] == ["Bucket"]
    assert [found.logical_id for found in diff.aws_only] == ["Zone"]
    diff = pyformation.diff(side("shop", "Enabled"), side("store", "Enabled"))
    assert [change.replacement for change in diff.resources] == ["True", "True"]


CASES: list[list[Any]] = json.loads(
    (Path(__file__).parent / "fixtures" / "attributes.json").read_text(encoding="utf-8")
)["rows"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}.{case[1]}-{case[4]}")
def test_an_attribute_stays_or_may_move(case: list[Any]) -> None:
    type_name, attribute, before, after, stays = case

    def side(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
        read = {"Fn::GetAtt": ["It", attribute]} if attribute else {"Ref": "It"}
        found = template(
            It=(type_name, properties), Reader=("AWS::SSM::Parameter", {"Type": "String", "Value": read})
        )
        found["Resources"]["It"].update(more)
        return found

    diff = pyformation.diff(side(before), side(after))
    changed = diff.resource("It")
    assert changed is not None and changed.replacement == "False"
    assert [change.logical_id for change in diff.resources] == ["It"] + ["Reader"] * (not stays)
    # What is no property moves nothing.
    diff = pyformation.diff(side(before), side(before, Metadata={"A": "1"}, UpdateReplacePolicy="Retain"))
    assert [change.logical_id for change in diff.resources] == ["It"]


@pytest.mark.parametrize("row", catalog.reviewed("stable"), ids=lambda row: row["type"])
def test_what_stays_is_an_attribute_that_no_property_gives(row: dict[str, Any]) -> None:
    record = catalog.resource_type(row["type"])
    for name in row["attributes"]:
        assert record.attribute(name).mirrors is None
        assert name not in record.identifier
        moves_with = row.get("moves_with", [])
        assert record.attribute(name).moves_with == (None if "*" in moves_with else tuple(moves_with))


@pytest.mark.parametrize(
    ("type_name", "properties", "attribute"),
    [
        ("Custom::Lookup", {"ServiceToken": "t"}, "Zone"),
        ("AWS::CloudFormation::CustomResource", {"ServiceToken": "t"}, "Zone"),
        ("AWS::CloudFormation::Stack", {"TemplateURL": "https://example.com/a.yaml"}, "Outputs.Zone"),
        ("AWS::Cassandra::Table", {"KeyspaceName": "k", "PartitionKeyColumns": []}, "TableName"),
        ("Vendor::Cloud::Thing", {"Size": 1}, "Zone"),
    ],
)
def test_nothing_reads_what_is_not_a_property(
    type_name: str, properties: dict[str, Any], attribute: str
) -> None:
    def side(**given: Any) -> dict[str, Any]:
        found = template(
            Source=(type_name, properties),
            Queue=("AWS::SQS::Queue", {}),
            Net=("AWS::EC2::Subnet", {"VpcId": {"Fn::GetAtt": ["Source", attribute]}}),
        )
        found["Resources"]["Source"].update(given)
        return found

    for key, value in (
        ("Metadata", {"comment": "a"}),
        ("DependsOn", "Queue"),
        ("DeletionPolicy", "Retain"),
        ("UpdateReplacePolicy", "Retain"),
    ):
        changed = {change.logical_id for change in pyformation.diff(side(), side(**{key: value})).resources}
        assert changed <= {"Source"}, key
    moved = pyformation.diff(side(), side(Properties={**properties, "Extra": "a"}))
    assert "Net" in {change.logical_id for change in moved.resources} or type_name.startswith(
        "AWS::Cassandra"
    )


def test_a_registered_type_keeps_its_identifier_and_its_arn() -> None:
    """The rules of the builder hold for the schema of a private type, too."""
    properties = {
        name: {"type": "string"} for name in ("Name", "Path", "Size", "ThingArn", "Url", "CreatedAt")
    }
    record = catalog.register(
        {
            "typeName": "Acme::Attributes::Thing",
            "properties": properties,
            "primaryIdentifier": ["/properties/Name"],
            "createOnlyProperties": ["/properties/Name"],
            "readOnlyProperties": ["/properties/ThingArn", "/properties/Url", "/properties/CreatedAt"],
        }
    )
    moves_with = {name: record.attribute(name).moves_with for name in ("ThingArn", "Url", "CreatedAt")}
    assert moves_with == {"ThingArn": ("Path",), "Url": None, "CreatedAt": ()}


# -- inputs that nobody gave -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "literal", "may_be"),
    [
        ("shop-${P}", "shop-1", True),
        ("shop-${P}", "shop-", True),
        ("shop-${P}", "store-1", False),
        ("${P}-shop", "1-shop", True),
        ("${P}-shop", "1-shop-2", False),
        ("${P}-shop", "op", False),
        ("a${P}a", "a", False),
        ("a${P}a", "aa", True),
        ("${P}-${Q}-${P}", "1-2-3", True),
        ("${P}-${Q}-${P}", "1-2", False),
        ("x${P}-${Q}y", "x1-y", True),
        ("x${P}-${Q}y", "xy-1", False),
        # A search that tried all ways would not end.
        ("${P}a" * 500 + "${P}b", "a" * 5_000, False),
        ("${P}a" * 500 + "${P}b", "a" * 5_000 + "b", True),
    ],
)
def test_a_text_of_inputs_may_be_what_has_its_known_pieces(text: str, literal: str, may_be: bool) -> None:
    inputs = {"Parameters": {name: {"Type": "String"} for name in "PQ"}}
    before, after = (
        inputs | template(Stream=("AWS::Kinesis::Stream", {"Name": name}))
        for name in (literal, {"Fn::Sub": text})
    )
    for one, other in ((before, after), (after, before)):
        (change,) = pyformation.diff(one, other).resources
        assert change.replacement == ("Conditional" if may_be else "True")


@pytest.mark.parametrize(
    ("attribute", "certain"),
    [
        pytest.param("MaxBatchSize", False, id="a property: the new one has the same default"),
        pytest.param("CachingConfig.Ttl", True, id="a nested property: whoever makes the new one decides"),
    ],
)
def test_a_default_of_what_is_replaced(attribute: str, certain: bool) -> None:
    def side(field: str) -> dict[str, Any]:
        return template(
            Resolver=("AWS::AppSync::Resolver", {"ApiId": "a", "TypeName": "Query", "FieldName": field}),
            Topic=("AWS::SNS::Topic", {"DisplayName": {"Fn::GetAtt": ["Resolver", attribute]}}),
        )

    found = pyformation.diff(side("one"), side("other"))
    (resolver, topic) = found.resources
    assert resolver.replacement == "True"
    assert [change.certain for change in topic.changes] == [certain]


def test_a_function_of_an_attribute_that_may_stay_may_stay() -> None:
    """The default of a property that is no longer given may be the value that it had."""

    def side(**queue: Any) -> dict[str, Any]:
        attribute = {"Fn::GetAtt": ["Queue", "KmsMasterKeyId"]}
        return {
            "Resources": {
                "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue},
                "Instance": {
                    "Type": "AWS::EC2::Instance",
                    "Properties": {"SubnetId": {"Fn::Base64": attribute}},
                },
            }
        }

    change = pyformation.diff(side(KmsMasterKeyId="a"), side()).resource("Instance")
    assert change is not None and change.replacement == "Conditional"
