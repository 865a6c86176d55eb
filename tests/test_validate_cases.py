"""`pyformation validate` with values of parameters, and without what cloudformation-validate gets wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import run_command

pytest.importorskip("cloudformation_validate", reason="pip install '.[validate]'")

from pyformation import validation

SIZES = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Memory: {Type: Number, Default: 128}
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/x
      Runtime: python3.13
      Handler: i.h
      Code: {ZipFile: x}
      MemorySize: !Ref Memory
"""

POLICY = """
from pyformation import Finding


def check_template(template):
    if template.resources["Function"].properties["MemorySize"] == "512":
        yield Finding("TEAM1", "policy", "error", "Function", "too much", "/Resources/Function")
"""


def errors(found: validation.Validation) -> list[str]:
    return [f"{one.code} {one.message}" for one in found.findings if one.severity == "error"]


def test_values_and_cases(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(SIZES)
    (tmp_path / "prod.json").write_text('{"Memory": "20000"}')
    (tmp_path / "test.json").write_text('[{"ParameterKey": "Memory", "ParameterValue": "512"}]')
    (tmp_path / "policy.py").write_text(POLICY)

    def run(*arguments: str) -> tuple[int, str]:
        done = run_command("validate", "t.yaml", *arguments, cwd=tmp_path)
        return done.returncode, done.stdout + done.stderr

    assert run()[0] == 0
    status, text = run("-P", "Memory=20000")
    assert status == 3 and "PF715: Function: MemorySize is at most 10,240 (t.yaml:" in text
    status, text = run("--parameters", "prod.json")
    assert status == 3 and "at most 10,240" in text
    # Later files and -P override.
    assert run("--parameters", "prod.json", "--parameters", "test.json")[0] == 0
    assert run("--parameters", "prod.json", "-P", "Memory=256")[0] == 0
    status, text = run("--case", "prod=prod.json", "--case", "test=test.json", "--policy", "policy.py")
    assert status == 3
    assert "MemorySize is at most 10,240 (in the case prod)" in text
    assert "too much (in the case test)" in text
    status, text = run("-P", "Memry=1")
    assert status == 3 and "did you mean 'Memory'?" in text
    status, text = run("--case", "prod")
    assert (status, text.count("\n")) == (1, 1) and "--case" in text
    status, text = run("--case", "prod=missing.json")
    assert status == 1 and "missing.json" in text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"Sise": "3"}, ["PF713 the template has no parameter 'Sise'; did you mean 'Size'?"]),
        ({"Size": "many"}, ["PF713 expected a number, found 'many'"]),
        (
            {"Sise": "3", "Size": "many", "Wide": "1", "Stage": "prod"},
            [
                "PF713 expected a number, found 'many'",
                "PF713 the template has no parameter 'Sise'; did you mean 'Size'?",
                "PF713 the template has no parameter 'Wide'",
                "PF713 Topic: Fn::FindInMap ['Names', 'prod', 'a']: there is no top-level key 'prod'",
            ],
        ),
    ],
)
def test_a_wrong_value_hides_and_makes_no_other_error(values: dict[str, str], expected: list[str]) -> None:
    template = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Stage": {"Type": "String"}, "Size": {"Type": "Number", "Default": "1"}},
        "Mappings": {"Names": {"dev": {"a": "b"}}},
        "Resources": {
            "Topic": {
                "Type": "AWS::SNS::Topic",
                "Properties": {"TopicName": {"Fn::FindInMap": ["Names", {"Ref": "Stage"}, "a"]}},
            },
            "Fn::ForEach::Queues": [
                "Name",
                ["A", "B"],
                {
                    "Queue${Name}": {
                        "Type": "AWS::SQS::Queue",
                        "Properties": {"DelaySeconds": {"Ref": "Size"}},
                    }
                },
            ],
        },
    }
    assert sorted(errors(validation.validate(template, parameters=values))) == sorted(expected)


def test_a_loop_over_nothing_is_one_error() -> None:
    queues = {"Queue${Name}": {"Type": "AWS::SQS::Queue"}}
    template = {
        "Transform": "AWS::LanguageExtensions",
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "AWS::Region"}}},
            "Fn::ForEach::Queues": ["Name", {"Ref": "Names"}, queues],
        },
    }
    assert errors(validation.validate(template)) == [
        "PF713 Fn::ForEach::Queues: the parameter or resource 'Names' does not exist in this template"
    ]


def test_values_for_the_templates_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "t.yaml").write_text(SIZES)
    (tmp_path / "infra" / "other.yaml").write_text('Resources: {Q: {Type: "AWS::SQS::Queue"}}')
    done = run_command("validate", "infra", "-P", "Memory=20000", cwd=tmp_path)
    assert done.returncode == 3 and done.stdout.count("at most 10,240") == 1
    done = run_command("validate", "infra", "-P", "Memry=20000", cwd=tmp_path)
    assert (
        done.returncode == 1 and "no template has a parameter 'Memry'; did you mean 'Memory'?" in done.stderr
    )


def template(resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources, **sections}


MACRO = {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/key"}}
TOPIC = {"Type": "AWS::SNS::Topic"}


@pytest.mark.parametrize(
    "data",
    [
        template({"Q": TOPIC}, Outputs={"Z": {"Value": {"Fn::Join": [",", {"Fn::GetAZs": ""}]}}}),
        template(
            {"T": TOPIC},
            Parameters={"Name": {"Type": "String", "Default": "TopicArn"}},
            Outputs={"A": {"Value": {"Fn::GetAtt": ["T", {"Ref": "Name"}]}}},
        ),
        template({"B": {"Type": "AWS::S3::Bucket", "Properties": {"Fn::Transform": MACRO}}}),
        template({"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "x-y", "Fn::Transform": MACRO}}}),
        template({"B": TOPIC, "Fn::Transform": MACRO}),
        template({"G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"Fn::Transform": MACRO}}}),
        template(
            {
                "R": {
                    "Type": "AWS::IAM::Role",
                    "Properties": {
                        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                        "ManagedPolicyArns": {
                            "Fn::If": ["Given", {"Ref": "Arn"}, {"Ref": "AWS::NoValue"}]
                        },
                    },
                }
            },
            Parameters={"Arn": {"Type": "CommaDelimitedList", "Default": ""}},
            Conditions={"Given": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Arn"}]}, ""]}]}},
        ),
        template(
            {
                "R": {
                    "Type": "AWS::IAM::Role",
                    "Condition": "Given",
                    "Properties": {
                        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                        "ManagedPolicyArns": {"Ref": "Arn"},
                    },
                }
            },
            Parameters={"Arn": {"Type": "CommaDelimitedList", "Default": ""}},
            Conditions={"Given": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Arn"}]}, ""]}]}},
        ),
    ],
)  # fmt: skip
def test_what_aws_deploys_is_no_error(data: dict[str, Any]) -> None:
    assert errors(validation.validate(data)) == []


def test_a_default_that_is_used_is_still_looked_at() -> None:
    data = template(
        {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Name"}}}},
        Parameters={"Name": {"Type": "String", "Default": "UP_PER"}},
    )
    found = validation.validate(data).findings
    assert any("'UP_PER' does not match" in one.message for one in found)


def test_a_reference_under_the_same_condition_is_no_warning() -> None:
    conditions = {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    same = template(
        {"T": {**TOPIC, "Condition": "C"}},
        Conditions=conditions,
        Outputs={"A": {"Condition": "C", "Value": {"Ref": "T"}}},
    )
    assert [one.code for one in validation.validate(same).findings if one.severity == "warning"] == []
    other = template(
        {"T": {**TOPIC, "Condition": "C"}}, Conditions=conditions, Outputs={"A": {"Value": {"Ref": "T"}}}
    )
    assert "PF704" in [one.code for one in validation.validate(other).findings]


def test_nested_stacks_get_their_parameters(tmp_path: Path) -> None:
    child = {
        "Parameters": {"A": {"Type": "String"}, "B": {"Type": "String", "Default": "x"}},
        "Resources": {"T": TOPIC},
    }
    (tmp_path / "child.json").write_text(json.dumps(child))

    def said(parameters: Any) -> list[str]:
        stack = {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": "child.json", **parameters},
        }
        (tmp_path / "parent.json").write_text(json.dumps(template({"S": stack})))
        found = validation.validate(str(tmp_path / "parent.json")).findings
        return [one.message for one in found if one.code == "PF716"]

    assert said({"Parameters": {"A": "x"}}) == []
    assert said({}) == ["S: the template child.json requires the parameter A"]
    assert said({"Parameters": {"A": "x", "Bb": "y"}}) == [
        "S: the template child.json has no parameter 'Bb'; did you mean 'B'?"
    ]
    assert said({"Parameters": {"Ref": "Everything"}}) == []
