"""AWS::Serverless: what AWS's own translator makes, offline, and what is said without it."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from conftest import run_python

from pyformation import Template
from pyformation.aws import cognito, serverless
from pyformation.changes import Diff, compare
from pyformation.errors import EvaluationError
from pyformation.evaluation import Given, evaluate_data, prepare, sam

TRANSFORM = "AWS::Serverless-2016-10-31"
pytestmark = pytest.mark.skipif(not sam.installed(), reason="the extra sam is not installed")


@pytest.fixture(autouse=True)
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network and nothing from the environment."""

    def refuse(*_: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


def function(**properties: Any) -> dict[str, Any]:
    given = {"Runtime": "python3.13", "Handler": "a.b", "CodeUri": "./src", **properties}
    return {"Type": "AWS::Serverless::Function", "Properties": given}


def template(resources: dict[str, Any], transform: Any = TRANSFORM, **sections: Any) -> dict[str, Any]:
    return {"Transform": transform, "Resources": resources, **sections}


def test_a_function_becomes_what_it_stands_for() -> None:
    found = evaluate_data(
        template({"Fn": function(MemorySize={"Ref": "Size"})}, Parameters={"Size": {"Type": "Number"}})
    )
    assert found.partial == []
    assert {name: resource.type for name, resource in found.resources.items()} == {
        "Fn": "AWS::Lambda::Function",
        "FnRole": "AWS::IAM::Role",
    }
    properties = found.resources["Fn"].properties
    assert properties["Code"] == "./src"
    assert str(properties["MemorySize"]) == "Size"
    assert str(properties["Role"]) == "FnRole.Arn"


def test_references_and_their_values_survive() -> None:
    parameters = {
        "Stage": {"Type": "String", "Default": "dev"},
        "Password": {"Type": "String", "NoEcho": True, "Default": "hunter2"},
    }
    variables = {
        "STAGE": {"Ref": "Stage"},
        "PASSWORD": {"Ref": "Password"},
        "BOTH": {"Fn::Sub": "${Stage}/${Fn2}"},
    }
    data = template(
        {"Fn": function(Environment={"Variables": variables}), "Fn2": function()}, Parameters=parameters
    )
    prepared = prepare(data, Given({"Stage": "prod"}))
    assert prepared.data["Parameters"] == parameters
    assert prepared.data["Resources"]["Fn"]["Properties"]["Environment"] == {"Variables": variables}
    assert "hunter2" not in repr(prepared.data["Resources"])
    found = evaluate_data(data, {"Stage": "prod"}).resources["Fn"].properties["Environment"]["Variables"]
    assert found["STAGE"] == "prod"
    assert "hunter2" not in repr(found)


def test_the_template_that_was_given_stays_as_it_is() -> None:
    import copy

    data = template(
        {"Fn": function()},
        Globals={"Function": {"Timeout": 3}},
        Parameters={"A": {"Type": "String", "Default": "x"}},
    )
    given = copy.deepcopy(data)
    prepare(data)
    assert data == given


@pytest.mark.parametrize(
    ("after", "changes"),
    [
        (function(), {}),
        (function(MemorySize=512), {"Fn": ("Modify", "False")}),
        (function(FunctionName="named"), {"Fn": ("Modify", "True")}),
        (function(CodeUri="./other"), {"Fn": ("Modify", "False")}),
    ],
    ids=["nothing", "memory", "name", "code"],
)
def test_changes_are_those_of_what_is_made(after: Any, changes: dict[str, Any]) -> None:
    found: Diff = compare(template({"Fn": function()}), template({"Fn": after}))
    assert {c.logical_id: (c.action, c.replacement) for c in found.resources} == changes
    assert found.partial == ()


def test_a_published_version_is_another_one_when_its_code_is() -> None:
    def side(code: str) -> dict[str, Any]:
        return template({"Fn": function(CodeUri=code, AutoPublishAlias="live")})

    assert compare(side("s3://bucket/a"), side("s3://bucket/a")).resources == ()
    found: Diff = compare(side("s3://bucket/a"), side("s3://bucket/b"))
    versions = [(c.action, c.policy_action) for c in found.resources if c.type == "AWS::Lambda::Version"]
    assert versions == [("Add", None), ("Remove", "Retain")]
    alias = found.resource("FnAliaslive")
    assert alias is not None
    assert [change.path for change in alias.changes] == ["/Properties/FunctionVersion"]


def test_loops_are_written_out_before() -> None:
    body = {"Fn${Name}": function(FunctionName={"Fn::Sub": "${Name}-x"})}
    both = ["AWS::LanguageExtensions", TRANSFORM]
    found = evaluate_data(template({"Fn::ForEach::All": ["Name", ["A", "B"], body]}, both))
    assert found.partial == []
    assert sorted(found.resources) == ["FnA", "FnARole", "FnB", "FnBRole"]
    assert found.resources["FnB"].properties["FunctionName"] == "B-x"


def test_the_partition_follows_the_region() -> None:
    data = template({"Fn": function()})
    for region, partition in ((None, "aws"), ("cn-north-1", "aws-cn")):
        (arn,) = evaluate_data(data, region=region).resources["FnRole"].properties["ManagedPolicyArns"]
        assert arn == f"arn:{partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def test_an_application_from_the_repository_is_a_stack_that_nobody_knows() -> None:
    def side(version: str) -> dict[str, Any]:
        location = {"ApplicationId": "arn:aws:serverlessrepo:x", "SemanticVersion": version}
        application = {"Type": "AWS::Serverless::Application", "Properties": {"Location": location}}
        return template({"App": application, "Fn": function()})

    sentence = "the application of App is in AWS's repository, and its template is not known"
    same = compare(side("1.0.0"), side("1.0.0"))
    assert same.resources == ()
    assert sentence in same.partial
    (change,) = compare(side("1.0.0"), side("1.0.1")).resources
    assert (change.logical_id, change.type, change.action) == ("App", "AWS::CloudFormation::Stack", "Modify")


def test_a_local_application_is_a_nested_stack(tmp_path: Path) -> None:
    import json

    application = {"Type": "AWS::Serverless::Application", "Properties": {"Location": "child.json"}}
    for name, memory in (("before", 128), ("after", 256)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "main.json").write_text(json.dumps(template({"App": application})))
        (folder / "child.json").write_text(json.dumps(template({"Fn": function(MemorySize=memory)})))
    (change,) = compare(tmp_path / "before" / "main.json", tmp_path / "after" / "main.json").resources
    assert (change.logical_id, change.changes) == ("App", ())
    assert change.nested is not None
    assert [inside.logical_id for inside in change.nested.resources] == ["Fn"]


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        (
            {"Fn": {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "a"}}},
            "AWS::Serverless refuses the template: Resource with id [Fn] is invalid.",
        ),
        (
            {"Fn": function(Runtime=[])},
            "AWS::Serverless refuses the template: Resource with id [Fn] is invalid.",
        ),
        ({"Fn": {"Type": "AWS::Serverless::Function", "Properties": []}}, "AWS::Serverless"),
        ({"Fn": "x"}, "AWS::Serverless"),
    ],
    ids=str,
)
def test_what_the_translator_refuses_is_one_sentence(resources: Any, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        prepare(template(resources))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_the_extra_the_answer_is_partial_and_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sam, "installed", lambda: False)
    data = template(
        {
            "Fn": function(),
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "FnRole"}}},
        }
    )
    found = evaluate_data(data)
    assert found.resources["Fn"].type == "AWS::Serverless::Function"
    assert found.partial == [
        f"the resources that {TRANSFORM} makes are not known without the extra sam (run pip install '.[sam]' in a clone of pyformation)"
    ]
    assert str(found.resources["Topic"].properties["DisplayName"]) == "FnRole"
    (change,) = compare(data, template({**data["Resources"], "Fn": function(FunctionName="named")})).resources
    assert (change.logical_id, change.replacement) == ("Fn", "True")


# -- with AWS::LanguageExtensions before it

BOTH = ["AWS::LanguageExtensions", TRANSFORM]


def keyed(key: Any, transform: Any = BOTH, **sections: Any) -> dict[str, Any]:
    """A function with versions, whose code is at a key that some function gives."""
    code = {"Bucket": "code", "Key": key}
    return template({"Fn": function(CodeUri=code, AutoPublishAlias="live")}, transform, **sections)


def versions(given: dict[str, Any]) -> set[str]:
    found = evaluate_data(given)
    assert found.partial == []
    return {name for name, resource in found.resources.items() if resource.type == "AWS::Lambda::Version"}


@pytest.mark.parametrize(
    ("key", "sections"),
    [
        ({"Fn::FindInMap": ["Code", "Fn", "Key"]}, lambda key: {"Mappings": {"Code": {"Fn": {"Key": key}}}}),
        ({"Fn::Sub": "${Key}.zip"}, lambda key: {"Parameters": {"Key": {"Type": "String", "Default": key}}}),
        (
            {"Fn::If": ["Big", "big.zip", "small.zip"]},
            lambda key: {"Conditions": {"Big": {"Fn::Equals": [key, "one"]}}},
        ),
    ],
)
def test_known_functions_are_resolved_before_serverless(key: Any, sections: Any) -> None:
    one, two = (versions(keyed(key, **sections(value))) for value in ("one", "two"))
    assert len(one) == len(two) == 1 and one != two
    # Alone, AWS::Serverless takes a function as it is written.
    if "Fn::FindInMap" in key:
        alone = [versions(keyed(key, TRANSFORM, **sections(value))) for value in ("one", "two")]
        assert alone[0] == alone[1]


def test_globals_are_resolved_as_well() -> None:
    def given(key: str) -> dict[str, Any]:
        code = {"Bucket": "code", "Key": {"Fn::FindInMap": ["Code", "Fn", "Key"]}}
        fn = function(AutoPublishAlias="live")
        del fn["Properties"]["CodeUri"]
        sections = {"Globals": {"Function": {"CodeUri": code}}, "Mappings": {"Code": {"Fn": {"Key": key}}}}
        return template({"Fn": fn}, BOTH, **sections)

    assert versions(given("one.zip")) != versions(given("two.zip"))


def test_secrets_are_not_written_into_the_template() -> None:
    parameters = {"Secret": {"Type": "String", "NoEcho": True, "Default": "hunter2"}}
    fn = function(Environment={"Variables": {"S": {"Fn::Sub": "${Secret}!"}}})
    prepared = prepare(template({"Fn": fn}, BOTH, Parameters=parameters))
    assert "hunter2!" not in str(prepared.data)


UNKNOWN = {"Parameters": {"Alias": {"Type": "String"}}}


def aliased(alias: Any = None, **properties: Any) -> dict[str, Any]:
    given = function(AutoPublishAlias={"Ref": "Alias"} if alias is None else alias, **properties)
    return template({"Fn": given}, **UNKNOWN)


def test_a_parameter_without_a_value_makes_the_answer_partial() -> None:
    found = compare(aliased(), aliased(MemorySize=512))
    assert any("Alias" in sentence for sentence in found.partial)
    change = found.resource("Fn")
    assert change is not None and change.replacement in ("False", "Conditional")
    assert compare(aliased(), aliased()).resources == ()
    # With the value it is what it is.
    assert compare(aliased(), aliased(), parameters={"Alias": "live"}).partial == ()


def test_both_sides_are_compared_before_or_after_the_transform() -> None:
    for before, after in ((aliased("live"), aliased()), (aliased(), aliased("live"))):
        found = compare(before, after)
        change = found.resource("Fn")
        assert [c.logical_id for c in found.resources] == ["Fn"]
        assert change is not None and [c.path for c in change.changes] == ["/Properties/AutoPublishAlias"]


def test_what_is_refused_for_certain_is_still_an_error() -> None:
    with pytest.raises(EvaluationError, match="AutoPublishAlias"):
        compare(template({"Fn": function(AutoPublishAlias={"a": "b"})}), {})


@pytest.mark.parametrize("trigger", ["PreSignUp", ["PreSignUp", "PostConfirmation"]])
def test_triggers_of_a_user_pool_are_names(trigger: str | list[str]) -> None:
    """Those of the translator; its schema refers to the triggers of a pool itself."""
    event = {"Type": "Cognito", "Properties": {"UserPool": {"Ref": "Pool"}, "Trigger": trigger}}
    function = serverless.Function(handler="a.b", runtime="python3.13", inline_code="x", events={"E": event})
    template = Template(transform="AWS::Serverless-2016-10-31")
    template.add("Pool", cognito.UserPool())
    template.add("F", function)
    pool = prepare(template.to_dict()).data["Resources"]["Pool"]["Properties"]["LambdaConfig"]
    assert list(pool) == ([trigger] if isinstance(trigger, str) else trigger)


def test_the_log_of_the_translator_is_not_printed() -> None:
    program = """
import logging
from pyformation.evaluation import evaluate_data
topic = {"Type": "AWS::SNS::Topic"}
evaluate_data({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Topic": topic}})
logging.getLogger("samtranslator.plugins").warning("a plugin failed")
"""
    result = run_python("-c", program)
    assert (result.stdout, result.stderr) == ("", "")
