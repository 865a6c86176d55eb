"""Values that AWS re-reads on every update: what changes if one has moved is told, and is no change."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import run_command

import pyformation
from pyformation.changes import Diff
from pyformation.gates import broken

IMAGE = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
OUTPUT = {"Fn::GetStackOutput": {"StackName": "Network", "OutputName": "Subnet"}}


def template(**resources: Any) -> dict[str, Any]:
    parameters = {"Image": {"Type": IMAGE, "Default": "/images/latest"}}
    return {"Parameters": parameters, "Resources": resources}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def moved(diff: Diff) -> dict[str, dict[str, str | None]]:
    """By the name of a value: the replacement of each resource that changes with it."""
    return {
        value.name: {one.logical_id: one.replacement for one in value.resources} for value in diff.refreshed
    }


INSTANCE = resource("AWS::EC2::Instance", ImageId={"Ref": "Image"})
BASE = template(
    Instance=INSTANCE,
    Address=resource("AWS::EC2::EIPAssociation", InstanceId={"Ref": "Instance"}),
    Topic=resource("AWS::SNS::Topic", DisplayName={"Fn::Sub": "${Image}!"}),
    Queue=resource("AWS::SQS::Queue"),
)


def test_a_parameter_whose_value_ssm_stores_is_re_read() -> None:
    found = pyformation.diff(BASE, BASE)
    assert found.resources == ()
    assert found.summary.total == 0 and found.summary.refreshed == 1
    assert moved(found) == {"Image": {"Instance": "True", "Address": "True", "Topic": "False"}}
    (value,) = found.refreshed
    assert (value.kind, value.source, value.certain) == ("parameter", "/images/latest", True)
    assert [(f.code, f.kind, f.severity, f.resource) for f in found.findings] == [
        ("PF505", "refresh", "warning", "Instance"),
        ("PF505", "refresh", "warning", "Address"),
        ("PF506", "refresh", "info", "Topic"),
    ]


@pytest.mark.parametrize(
    "kind", ["List<AWS::EC2::Subnet::Id>", "List<String>", "CommaDelimitedList", "String"]
)
def test_lists_are_re_read_as_well(kind: str) -> None:
    given = template(Group=resource("AWS::RDS::DBSubnetGroup", SubnetIds={"Ref": "Image"}))
    given["Parameters"]["Image"]["Type"] = f"AWS::SSM::Parameter::Value<{kind}>"
    assert moved(pyformation.diff(given, given)) == {"Image": {"Group": "False"}}


@pytest.mark.parametrize(
    "change",
    [
        {"Type": "AWS::SSM::Parameter::Name"},  # The name itself is the value.
        {"Type": "String"},
    ],
)
def test_what_is_not_fetched_is_not_re_read(change: dict[str, Any]) -> None:
    given = copy.deepcopy(BASE)
    given["Parameters"]["Image"].update(change)
    assert pyformation.diff(given, given).refreshed == ()


def test_another_name_is_a_change_and_not_told_twice() -> None:
    found = pyformation.diff(BASE, BASE, before_parameters={"Image": "/images/old"}, parameters={})
    assert found.resource("Instance") is not None
    assert found.refreshed == ()


def test_outputs_of_other_stacks_are_re_read() -> None:
    given = template(Instance=resource("AWS::EC2::Instance", SubnetId=OUTPUT))
    found = pyformation.diff(given, given)
    assert moved(found) == {"Network.Subnet": {"Instance": "True"}}
    assert found.refreshed[0].kind == "stack output"


def test_a_condition_over_such_a_value_makes_resources_come_or_go() -> None:
    given = template(Queue={**resource("AWS::SQS::Queue"), "Condition": "Special"})
    given["Conditions"] = {"Special": {"Fn::Equals": [{"Ref": "Image"}, "ami-1"]}}
    found = pyformation.diff(given, given, resolved={"Image": "ami-1"})
    (value,) = found.refreshed
    assert [(one.logical_id, one.action) for one in value.resources] == [("Queue", "Dynamic")]


# -- dynamic references

SECRET = "{{resolve:secretsmanager:shop:SecretString:password}}"
STORED = "{{resolve:ssm:/shop/name}}"


def with_texts(tags: str = "a") -> dict[str, Any]:
    return {
        "Resources": {
            "Database": resource(
                "AWS::RDS::DBInstance",
                Engine="postgres",
                DBName=STORED,
                MasterUserPassword=SECRET,
                Tags=[{"Key": "stage", "Value": tags}],
            ),
            "Other": resource("AWS::RDS::DBInstance", Engine="postgres", DBName=STORED),
        }
    }


def test_dynamic_references_may_be_re_read_where_the_resource_is_updated() -> None:
    found = pyformation.diff(with_texts(), with_texts("b"))
    assert moved(found) == {STORED: {"Database": "True"}, SECRET: {"Database": "False"}}
    assert not any(value.certain for value in found.refreshed)
    assert all("may re-read" in f.message for f in found.findings if f.kind == "refresh")
    # What is not updated does not send it.
    assert pyformation.diff(with_texts(), with_texts()).refreshed == ()


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("{{resolve:ssm:/shop/name:3}}", True),
        ("{{resolve:ssm-secure:/shop/name:12}}", True),
        ("{{resolve:ssm-secure:/shop/name}}", False),
        ("x-{{resolve:ssm:/shop/name}}-y", False),
        ("{{resolve:ssm:arn:aws:ssm:eu-west-1:111111111111:parameter/shop}}", False),
        ("{{resolve:ssm:arn:aws:ssm:eu-west-1:111111111111:parameter/shop:2}}", True),
        ("{{resolve:secretsmanager:shop:SecretString:name::0a1b}}", True),
        ("{{resolve:secretsmanager:shop:SecretString:name:AWSPREVIOUS}}", False),
        ("{{resolve:secretsmanager:shop}}", False),
        (
            "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:111111111111:secret:shop-a1:SecretString:name}}",
            False,
        ),
        (
            "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:111111111111:secret:shop-a1:SecretString:name::v}}",
            True,
        ),
    ],
)
@pytest.mark.parametrize("function", [lambda text: text, lambda text: {"Fn::Sub": text}])
def test_a_version_keeps_a_value(text: str, fixed: bool, function: Any) -> None:
    def side(tag: str) -> dict[str, Any]:
        tags = [{"Key": "a", "Value": tag}]
        return {"Resources": {"Topic": resource("AWS::SNS::Topic", DisplayName=function(text), Tags=tags)}}

    assert bool(pyformation.diff(side("a"), side("b")).refreshed) is not fixed


def test_names_in_a_reference_are_filled_in() -> None:
    def side(tag: str) -> dict[str, Any]:
        name = {"Fn::Sub": "${Stage}-{{resolve:ssm:/${Stage}/name}}"}
        topic = resource("AWS::SNS::Topic", TopicName=name, Tags=[{"Key": "a", "Value": tag}])
        parameters = {"Stage": {"Type": "String", "Default": "prod"}}
        return {"Parameters": parameters, "Resources": {"Topic": topic}}

    found = pyformation.diff(side("a"), side("b"))
    assert moved(found) == {"{{resolve:ssm:/prod/name}}": {"Topic": "True"}}
    same = {"{{resolve:ssm:/prod/name}}": "orders"}
    assert pyformation.diff(side("a"), side("b"), before_resolved=same, resolved=same).refreshed == ()


@pytest.mark.parametrize(
    "inner",
    [
        # Labeled in the documentation, and known from a reviewed row.
        resource("AWS::EC2::Volume", Size=8, AvailabilityZone={"Ref": "Image"}),
        resource("AWS::KMS::Key", KeyPolicy={}, KeySpec={"Ref": "Image"}),
    ],
)
def test_what_cannot_be_updated_fails_where_it_has_moved(inner: dict[str, Any]) -> None:
    (finding,) = pyformation.diff(template(It=inner), template(It=inner)).findings
    assert (finding.code, finding.severity, finding.resource) == ("PF506", "warning", "It")
    assert finding.message == (
        f"It ({inner['Type']}) cannot be updated if the parameter Image (/images/latest) has moved, which AWS "
        "re-reads on every update: then the update fails"
    )


# -- what settles it


def test_values_of_both_sides_settle_it() -> None:
    same = {"Image": "ami-1"}
    assert pyformation.diff(BASE, BASE, before_resolved=same, resolved=same).refreshed == ()
    found = pyformation.diff(BASE, BASE, before_resolved=same, resolved={"Image": "ami-2"})
    assert found.refreshed == ()
    change = found.resource("Instance")
    assert change is not None and change.replacement == "True"
    # One side alone does not say what the other has.
    for given in ({"resolved": same}, {"before_resolved": same}):
        found = pyformation.diff(BASE, BASE, **given)
        assert "Image" in moved(found)
        assert found.resources == ()


def test_equal_texts_settle_references() -> None:
    same = {STORED: "shop", SECRET: "x"}
    found = pyformation.diff(with_texts(), with_texts("b"), before_resolved=same, resolved=same)
    assert found.refreshed == ()
    other = {**same, STORED: "store"}
    found = pyformation.diff(with_texts(), with_texts("b"), before_resolved=same, resolved=other)
    assert list(moved(found)) == [STORED]
    given = template(Instance=resource("AWS::EC2::Instance", SubnetId=OUTPUT))
    same = {"Network.Subnet": "subnet-1"}
    assert pyformation.diff(given, given, before_resolved=same, resolved=same).refreshed == ()
    found = pyformation.diff(given, given, before_resolved=same, resolved={"Network.Subnet": "subnet-2"})
    change = found.resource("Instance")
    assert change is not None and change.replacement == "True"


def test_it_may_be_assumed() -> None:
    assert pyformation.diff(BASE, BASE, assume_unchanged=True).refreshed == ()
    assert pyformation.diff(with_texts(), with_texts("b"), assume_unchanged=True).refreshed == ()


# -- beside what changes anyway


def test_what_changes_anyway_is_told_only_where_it_becomes_worse() -> None:
    replaced = copy.deepcopy(BASE)
    replaced["Resources"]["Instance"]["Properties"]["KeyName"] = "other"  # Replaced anyway.
    assert moved(pyformation.diff(BASE, replaced)) == {"Image": {"Topic": "False"}}
    updated = copy.deepcopy(BASE)
    updated["Resources"]["Instance"]["Properties"]["Monitoring"] = True
    assert moved(pyformation.diff(BASE, updated))["Image"]["Instance"] == "True"
    new = copy.deepcopy(BASE)
    new["Resources"]["Second"] = INSTANCE  # It is created with the present value.
    assert "Second" not in moved(pyformation.diff(BASE, new))["Image"]


def test_several_values_are_told_apart() -> None:
    given = template(
        Instance=INSTANCE, Second=resource("AWS::EC2::Instance", SubnetId=OUTPUT, ImageId={"Ref": "Image"})
    )
    assert moved(pyformation.diff(given, given)) == {
        "Image": {"Instance": "True", "Second": "True"},
        "Network.Subnet": {"Second": "True"},
    }


@pytest.mark.parametrize("parameters", [{"Image": {"Ref": "Image"}}, {}])
def test_nested_stacks_are_looked_into(parameters: dict[str, Any], tmp_path: Path) -> None:
    child = template(Inner=INSTANCE)
    if parameters:
        child["Parameters"]["Image"] = {"Type": "String"}
    (tmp_path / "child.json").write_text(json.dumps(child))
    parent = template(
        Child=resource("AWS::CloudFormation::Stack", TemplateURL="child.json", Parameters=parameters)
    )
    (tmp_path / "parent.json").write_text(json.dumps(parent))
    found = pyformation.diff(tmp_path / "parent.json", tmp_path / "parent.json")
    assert found.resources == ()
    ((_, resources),) = moved(found).items()
    assert resources["Child.Inner"] == "True"


def test_an_import_that_becomes_a_stack_output_is_unknown() -> None:
    imported = template(Instance=resource("AWS::EC2::Instance", SubnetId={"Fn::ImportValue": "Subnet"}))
    asked = template(Instance=resource("AWS::EC2::Instance", SubnetId=OUTPUT))
    for imports in ({}, {"Subnet": "subnet-1"}):
        found = pyformation.diff(imported, asked, imports=imports)
        change = found.resource("Instance")
        assert change is not None and change.replacement == "Conditional"
        assert found.refreshed == ()


# -- gates and reports


def gates(before: Any, after: Any, *wanted: str) -> list[str]:
    return [one.partition(" ")[0] for one in broken(pyformation.diff(before, after), wanted)]


def test_gates_count_it_where_something_else_changes() -> None:
    every = ("replacement", "conditional", "deletion", "data-loss", "failure", "access")
    assert gates(BASE, BASE, *every) == []
    changed = copy.deepcopy(BASE)
    changed["Resources"]["Queue"]["Properties"]["DelaySeconds"] = 1
    assert gates(BASE, changed, "replacement") == []
    assert gates(BASE, changed, "data-loss") == ["data-loss:"]  # The address holds nothing.
    assert gates(BASE, changed, "conditional") == ["conditional:", "conditional:"]
    before, after = with_texts(), with_texts("b")
    assert gates(before, after, "data-loss") == ["data-loss:"]
    for side in (before, after):
        side["Resources"]["Database"]["UpdateReplacePolicy"] = "Retain"
    assert gates(before, after, "data-loss") == []


@pytest.mark.parametrize("format_", ["text", "markdown", "html", "json"])
def test_every_report_lists_it(format_: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(BASE))
    command = ("diff", "a.json", "a.json", "--format", format_, "--exit-code")
    result = run_command(*command, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    if format_ == "json":
        found = json.loads(result.stdout)
        assert found["resources"] == [] and found["summary"]["refreshed"] == 1
        assert found["refreshed"][0]["name"] == "Image"
        assert [one["logical_id"] for one in found["refreshed"][0]["resources"]] == [
            "Instance", "Address", "Topic",
        ]  # fmt: skip
    else:
        assert "/images/latest" in result.stdout and "re-read" in result.stdout
    settled = run_command(*command, "--assume-unchanged", cwd=tmp_path)
    assert "/images/latest" not in settled.stdout


def test_a_change_set_with_equal_values_lists_none() -> None:
    assert pyformation.diff(BASE, BASE).change_set()["Changes"] == []


def test_the_command_takes_texts_of_references(tmp_path: Path) -> None:
    for name, data in (("a", with_texts()), ("b", with_texts("b"))):
        (tmp_path / f"{name}.json").write_text(json.dumps(data))
    (tmp_path / "values.json").write_text(json.dumps({STORED: "shop", SECRET: "x"}))
    command = ("diff", "a.json", "b.json", "--format", "json")
    given = ("--before-resolved", "values.json", "--resolved", "values.json")
    result = run_command(*command, *given, cwd=tmp_path)
    assert json.loads(result.stdout)["refreshed"] == []
    assert len(json.loads(run_command(*command, cwd=tmp_path).stdout)["refreshed"]) == 2
