"""What CloudFormation deploys is no error to `validate`, nor what its references and macros may come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyformation.evaluation import sam
from pyformation.validation import validate

ROWS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "fixtures" / "validate" / "deployable.json").read_text(encoding="utf-8")
)
SAM = "AWS::Serverless-2016-10-31"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_no_errors(row: dict[str, Any]) -> None:
    if SAM in json.dumps(row["template"].get("Transform")) and not sam.installed():
        pytest.skip("needs the extra sam")
    found = validate(row["template"]).findings
    assert [f"{one.code} {one.path} {one.message}" for one in found if one.severity == "error"] == []


def errors(template: dict[str, Any]) -> set[tuple[str, str | None]]:
    return {(one.code, one.path) for one in validate(template).findings if one.severity == "error"}


@pytest.mark.skipif(not sam.installed(), reason="needs the extra sam")
def test_every_reference_to_nothing_is_an_error_beside_what_serverless_makes() -> None:
    function = {
        "InlineCode": "x",
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "AutoPublishAlias": "a",
    }
    template = {
        "Transform": SAM,
        "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": function}},
        "Outputs": {
            "Made": {"Value": {"Ref": "F.Alias"}},
            "One": {"Value": {"Ref": "Nope"}},
            "Two": {"Value": {"Fn::GetAtt": ["Fx", "Arn"]}},
            "Three": {"Value": {"Fn::Sub": "${Fx.Arn}"}},
        },
    }
    found = {(code, path.split("/")[2]) for code, path in errors(template) if path}
    assert {name for code, name in found if code == "PF713"} == {"One", "Two", "Three"}
    assert "Made" not in {name for _, name in found}


def test_every_branch_has_references_that_exist() -> None:
    value = {"Fn::If": ["C", {"Ref": "One"}, {"Fn::Join": ["", [{"Ref": "AWS::Region"}, {"Ref": "Two"}]]}]}
    template = {
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": value}}},
    }
    assert {code for code, _ in errors(template)} == {"PF217"}


def test_a_property_that_a_macro_gives_does_not_hide_references_elsewhere() -> None:
    template = {
        "Resources": {
            "Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Nope"}}},
            "B": {"Type": "AWS::S3::Bucket", "Properties": {"Fn::Transform": {"Name": "AWS::Include"}}},
        }
    }
    assert errors(template) == {("F1020", "/Resources/Q/Properties/QueueName")}


def test_a_macro_of_aws_hides_nothing_in_other_resources() -> None:
    template = {
        "Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/key"}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"Wrong": 1}}},
    }
    assert [path for _, path in errors(template)] == ["/Resources/Q/Properties/Wrong"]


def test_a_macro_may_use_what_nothing_else_uses() -> None:
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/key"}}}
    template: dict[str, Any] = {
        "Parameters": {"P": {"Type": "String"}},
        "Mappings": {"M": {"a": {"b": "c"}}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}},
        "Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": include}},
    }
    assert {one.severity for one in validate(template).findings} == {"info"}
    template["Resources"]["B"]["Properties"] = {}
    codes = {one.code for one in validate(template).findings if one.severity == "warning"}
    assert codes == {"PF701", "PF702", "PF703"}
