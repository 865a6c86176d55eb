"""What only AWS knows of a template: macro calls, modules, what GetTemplate answers. It is unknown, never an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import pyformation
from pyformation import Template
from pyformation.document import parse
from pyformation.evaluation import evaluate_data

CALL = {"Fn::Transform": {"Name": "Shared", "Parameters": {"Key": "x"}}}
TOPIC = "AWS::SNS::Topic"


def topic(**properties: Any) -> dict[str, Any]:
    return {"Type": TOPIC, "Properties": properties}


def with_value(value: Any) -> dict[str, Any]:
    return {"Resources": {"Topic": topic(DisplayName=value), "Queue": {"Type": "AWS::SQS::Queue"}}}


# Where a macro call may stand: as the argument of a function, or as one of its arguments.
ARGUMENTS = [
    {"Ref": CALL},
    {"Fn::Base64": CALL},
    {"Fn::Cidr": CALL},
    {"Fn::Cidr": [CALL, 2, 8]},
    {"Fn::FindInMap": CALL},
    {"Fn::FindInMap": ["Names", CALL, "en"]},
    {"Fn::GetAtt": CALL},
    {"Fn::GetAtt": ["Queue", CALL]},
    {"Fn::GetAtt": [CALL, "Arn"]},
    {"Fn::GetAZs": CALL},
    {"Fn::If": CALL},
    {"Fn::If": [CALL, "a", "b"]},
    {"Fn::If": ["Big", CALL, "b"]},
    {"Fn::ImportValue": CALL},
    {"Fn::Join": CALL},
    {"Fn::Join": ["-", CALL]},
    {"Fn::Join": ["-", ["a", CALL]]},
    {"Fn::Length": CALL},
    {"Fn::Select": CALL},
    {"Fn::Select": [0, CALL]},
    {"Fn::Split": CALL},
    {"Fn::Split": ["-", CALL]},
    {"Fn::Sub": CALL},
    {"Fn::Sub": [CALL, {"Name": "x"}]},
    {"Fn::Sub": ["${Name}-${Queue}", CALL]},
    {"Fn::Sub": ["${Name}", {"Name": CALL}]},
    {"Fn::ToJsonString": CALL},
    {"Fn::GetStackOutput": CALL},
    CALL,
]


@pytest.mark.parametrize(
    "value", ARGUMENTS, ids=lambda value: json.dumps(value).replace(json.dumps(CALL), "CALL")
)
def test_a_macro_may_make_every_argument(value: Any) -> None:
    template = with_value(value)
    template["Mappings"] = {"Names": {"a": {"en": "x"}, "b": {"en": "y"}}}
    template["Conditions"] = {"Big": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    same = pyformation.diff(template, template)
    assert same.resources == () and "Shared" in " ".join(same.partial)
    other = json.loads(json.dumps(template).replace('"Key": "x"', '"Key": "y"'))
    changed = pyformation.diff(template, other).resource("Topic")
    assert changed is not None and changed.action == "Modify"


# By section: an element that a macro makes, and the element beside it that stays.
ELEMENTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Resources", {"Made": CALL}, {"Topic": topic(DisplayName="x")}),
    ("Resources", {"Made": {"Type": CALL, "Properties": {"A": 1}}}, {"Topic": topic(DisplayName="x")}),
    ("Resources", {"Made": {"Type": TOPIC, "Properties": CALL}}, {"Topic": topic(DisplayName="x")}),
    ("Resources", {"Made": {"Type": TOPIC, **CALL}}, {"Topic": topic(DisplayName="x")}),
    ("Resources", {"Made": {"Type": TOPIC, "Condition": CALL}}, {"Topic": topic(DisplayName="x")}),
    ("Resources", {"Made": {"Type": TOPIC, "DeletionPolicy": CALL, "DependsOn": CALL}}, {"Topic": topic()}),
    ("Parameters", {"Made": CALL}, {"Stage": {"Type": "String", "Default": "x"}}),
    ("Conditions", {"Made": CALL}, {"Big": {"Fn::Equals": ["a", "a"]}}),
    ("Rules", {"Made": CALL}, {"Rule": {"Assertions": []}}),
    ("Outputs", {"Made": CALL}, {"Name": {"Value": "x"}}),
    ("Mappings", {"Made": CALL}, {"Names": {"a": {"en": "x"}}}),
]


@pytest.mark.parametrize(("section", "made", "stays"), ELEMENTS, ids=lambda value: json.dumps(value)[:60])
def test_a_macro_may_make_every_element(section: str, made: dict[str, Any], stays: dict[str, Any]) -> None:
    template: dict[str, Any] = {"Resources": {"Other": topic(DisplayName={"Ref": "AWS::Region"})}}
    template[section] = {**template.get(section, {}), **stays, **made}
    found = pyformation.diff(template, template)
    assert found.resources == () and found.partial
    assert pyformation.diff({}, template).resource("Other") is not None
    values = evaluate_data(template)
    assert set(stays) <= set(getattr(values, section.lower(), stays))


def test_a_reference_to_what_a_macro_makes_is_unknown() -> None:
    template = {"Resources": {"Made": CALL, "Topic": topic(DisplayName={"Fn::GetAtt": ["Made", "Arn"]})}}
    assert pyformation.diff(template, template).resources == ()


# -- modules

STORE = {"Type": "My::S3::Bucket::MODULE", "Properties": {"Name": "orders"}}


@pytest.mark.parametrize(
    "reference",
    [
        {"Ref": "StoreBucket"},
        {"Ref": "Store.Bucket"},
        {"Fn::GetAtt": "Store.Bucket.Arn"},
        {"Fn::GetAtt": ["Store", "Bucket.Arn"]},
        {"Fn::GetAtt": ["Store.Bucket", "Arn"]},
        {"Fn::GetAtt": "StoreBucket.Arn"},
        {"Fn::Sub": "${StoreBucket}/${AWS::Region}"},
        {"Fn::Sub": "${Store.Bucket.Arn}/*"},
        {"Fn::Sub": ["${StoreBucket.Arn}/${A}", {"A": "x"}]},
        {"Fn::Sub": ["${A}", {"A": {"Ref": "StoreBucket"}}]},
        {"Fn::Join": ["-", [{"Ref": "StoreBucket"}, "x"]]},
    ],
    ids=json.dumps,
)
def test_references_into_a_module_follow_it(reference: Any) -> None:
    before = {"Resources": {"Store": STORE, "Topic": topic(TopicName=reference)}}
    found = pyformation.diff(before, before)
    assert found.resources == ()
    assert any("Store" in sentence for sentence in found.partial)
    # The module may be another one, and so may what is in it; nothing else is.
    after = {"Resources": {**before["Resources"], "Store": {**STORE, "Properties": {"Name": "returns"}}}}
    moved = pyformation.diff(before, after).resource("Topic")
    assert moved is not None and moved.replacement == "Conditional"
    after = {"Resources": {**before["Resources"], "Queue": {"Type": "AWS::SQS::Queue"}}}
    assert pyformation.diff(before, after).resource("Topic") is None


def test_names_beside_a_module_are_still_checked() -> None:
    template = {"Resources": {"Store": STORE, "Topic": topic(TopicName={"Ref": "Stor"})}}
    with pytest.raises(pyformation.EvaluationError, match="Stor"):
        pyformation.diff(template, template)


def test_a_name_of_the_template_wins_over_a_module() -> None:
    template = {
        "Parameters": {"StoreBucket": {"Type": "String", "Default": "x"}},
        "Resources": {"Store": STORE, "Topic": topic(TopicName={"Ref": "StoreBucket"})},
    }
    assert evaluate_data(template).resources["Topic"].properties == {"TopicName": "x"}


# -- what AWS's translator of serverless resources writes


def test_a_condition_may_be_written_as_a_condition() -> None:
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}, "Same": {"Condition": "Never"}},
        "Resources": {"Topic": {**topic(), "Condition": {"Condition": "Same"}}},
        "Outputs": {"Name": {"Value": "x", "Condition": {"Condition": "Never"}}},
    }
    found = evaluate_data(template)
    assert found.resources["Topic"].exists is False
    assert found.outputs["Name"].exists is False


# -- the answer of GetTemplate

BODY: dict[str, Any] = {"Resources": {"Topic": topic(DisplayName="Orders")}}
ANSWERS = {
    "json": {"TemplateBody": BODY, "StagesAvailable": ["Original", "Processed"]},
    "yaml": {"TemplateBody": yaml.safe_dump(BODY), "StagesAvailable": ["Original"]},
    "bare": {"TemplateBody": BODY},
    "boto3": {"TemplateBody": BODY, "ResponseMetadata": {"HTTPStatusCode": 200}},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answer_of_get_template_is_read_as_the_template(name: str, tmp_path: Path) -> None:
    path = tmp_path / "deployed.json"
    path.write_text(json.dumps(ANSWERS[name], indent=4))
    assert Template.load(path).to_dict() == BODY
    assert pyformation.diff(path, BODY).resources == ()
    changed = {"Resources": {"Topic": topic(DisplayName="Returns")}}
    assert pyformation.diff(path, changed).resource("Topic") is not None


def test_lines_are_those_of_the_answer() -> None:
    text = json.dumps(ANSWERS["json"], indent=1)
    found = parse(text)
    assert found.deployed
    position = found.position(["Resources", "Topic", "Properties", "DisplayName"])
    assert position is not None
    assert text.splitlines()[position[0] - 1].strip() == '"DisplayName": "Orders"'
    # A template in a string is on the line of that string.
    text = json.dumps(ANSWERS["yaml"], indent=1)
    assert parse(text).position(["Resources", "Topic"]) == (2, 2)


def test_only_an_answer_of_get_template_is_taken_for_one() -> None:
    assert parse('{"TemplateBody": {}, "Other": 1}').data == {"TemplateBody": {}, "Other": 1}
    assert parse('{"TemplateBody": 1}').data == {"TemplateBody": 1}
    assert not parse(json.dumps(BODY)).deployed


# -- texts that GetTemplate does not let read

GERMAN: dict[str, Any] = {
    "Description": "Für alle",
    "Parameters": {"Name": {"Type": "String", "Default": "Größe"}},
    "Conditions": {"Large": {"Fn::Equals": [{"Ref": "Name"}, "Größe"]}},
    "Mappings": {"Names": {"de": {"Für": "Müller"}}},
    "Resources": {
        "Topic": topic(DisplayName="Größe"),
        "Named": {**topic(TopicName={"Ref": "Name"}), "Condition": "Large"},
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": {"Fn::Sub": "Zugriff für ${Name}"},
                "Tags": [{"Key": "Größe", "Value": {"Fn::FindInMap": ["Names", "de", "Für"]}}],
            },
        },
        "Plain": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "Plain?"}},
    },
}


def answered(template: dict[str, Any]) -> str:
    """A template as GetTemplate answers it."""
    text = json.dumps(template, ensure_ascii=False)
    return "".join(c if c.isascii() else "?" for c in text)


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    path = tmp_path / "deployed.json"
    path.write_text(f'{{"TemplateBody": {answered(GERMAN)}, "StagesAvailable": ["Original"]}}')
    return path


def test_unreadable_texts_are_unchanged_unless_they_replace(deployed: Path) -> None:
    found = pyformation.diff(deployed, GERMAN)
    assert {one.logical_id: (one.action, one.replacement) for one in found.resources} == {
        "Named": ("Modify", "Conditional"),
        "Group": ("Modify", "Conditional"),
    }
    (change,) = found.resources[1].changes
    assert (change.path, change.before, change.after, change.certain) == (
        "/Properties/GroupDescription", "Zugriff f?r Gr??e", "Zugriff für Größe", False,
    )  # fmt: skip
    (note,) = [one for one in found.findings if one.code == "PF507"]
    assert note.severity == "info" and "9 texts" in note.message
    # AWS compares the texts themselves.
    assert found.change_set()["Changes"] == []


def test_an_unreadable_text_in_base64_may_replace(tmp_path: Path) -> None:
    data = {"Fn::Base64": {"Fn::Sub": "echo Größe ${AWS::Region}"}}
    properties = {"ImageId": "ami-1", "UserData": data, "KeyName": "operators"}
    launch = {
        "Resources": {"It": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": properties}}
    }
    path = tmp_path / "deployed.json"
    path.write_text(f'{{"TemplateBody": {answered(launch)}}}')
    for region in (None, "eu-west-1"):
        (found,) = pyformation.diff(path, launch, region=region).resources
        (change,) = found.changes
        assert (change.path, change.replacement) == ("/Properties/UserData", "Conditional")
        assert change.before != change.after


def test_a_text_that_reads_otherwise_is_a_change(deployed: Path) -> None:
    after = json.loads(json.dumps(GERMAN).replace("Gr\\u00f6\\u00dfe", "Grösse"))
    change = pyformation.diff(deployed, after).resource("Topic")
    assert change is not None and change.changes[0].certain


def test_only_an_answer_of_get_template_is_read_that_way(tmp_path: Path) -> None:
    path = tmp_path / "written.json"
    path.write_text(answered(GERMAN))
    found = pyformation.diff(path, GERMAN)
    group = found.resource("Group")
    assert group is not None and group.replacement == "True"
    assert found.resource("Topic") is not None
    # Of the template after nothing is unreadable.
    path.write_text(f'{{"TemplateBody": {answered(GERMAN)}}}')
    group = pyformation.diff(GERMAN, path).resource("Group")
    assert group is not None and group.replacement == "True"
