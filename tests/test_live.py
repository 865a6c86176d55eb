"""Live stacks as sources: what AWS says of a stack counts in every command, and nothing but reads is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_endpoint import Endpoint, Failure, denied
from aws_servers import Account
from conftest import run_command, run_python

import pyformation
from pyformation import DeploymentError, Diff, SourceError
from pyformation.changes.comparison import same_as_text
from pyformation.sources import load

ID = "arn:aws:cloudformation:eu-west-1:111111111111:stack/shop/1"
TEMPLATE = """
Parameters:
  Name: {Type: String, Default: orders}
  Secret: {Type: String, NoEcho: true, Default: hush}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /ami}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}
  Topic: {Type: AWS::SNS::Topic}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: !ImportValue role
      Description: !Ref Secret
      Environment: {Variables: {IMAGE: !Ref Image, TOPIC: !Ref Topic, QUEUE: !GetAtt Queue.Arn}}
Outputs:
  Url: {Value: !Sub "queue ${Topic.TopicName}.", Export: {Name: !Sub "${AWS::StackName}-topic"}}
"""
TOPIC = "arn:aws:sns:eu-west-1:111111111111:shop-Topic-1"
STACK: dict[str, Any] = {
    "StackId": ID,
    "StackName": "shop",
    "StackStatus": "UPDATE_COMPLETE",
    "CreationTime": 0,
    "Parameters": [
        {"ParameterKey": "Name", "ParameterValue": "other"},
        {"ParameterKey": "Secret", "ParameterValue": "****"},
        {"ParameterKey": "Image", "ParameterValue": "/ami", "ResolvedValue": "ami-1"},
    ],
    "Tags": [{"Key": "team", "Value": "a"}],
    "Outputs": [{"OutputKey": "Url", "OutputValue": "queue shop-Topic-1.", "ExportName": "shop-topic"}],
}
RESOURCES = {
    "Queue": ("AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/111111111111/other"),
    "Topic": ("AWS::SNS::Topic", TOPIC),
    "Function": ("AWS::Lambda::Function", "shop-Function-1"),
}
READS = ("Describe", "Get", "List")


def deploy(endpoint: Endpoint, template: str = TEMPLATE, **changed: Any) -> None:
    """Let the endpoint have one stack."""

    def describe(request: Any) -> Any:
        if request.arguments.get("StackName") in ("shop", ID):
            return {"Stacks": [{**STACK, **changed}]}
        return Failure("ValidationError", f"Stack with id {request.arguments['StackName']} does not exist")

    endpoint.answer("DescribeStacks", describe)
    # GetTemplate has no character outside of ASCII.
    text = "".join(c if c.isascii() else "?" for c in template)
    endpoint.answer("GetTemplate", {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]})
    endpoint.answer("GetStackPolicy", {})
    listed = [
        {
            "LogicalResourceId": name,
            "ResourceType": kind,
            "PhysicalResourceId": physical,
            "ResourceStatus": "CREATE_COMPLETE",
            "LastUpdatedTimestamp": 0,
        }
        for name, (kind, physical) in RESOURCES.items()
    ]
    endpoint.answer("ListStackResources", {"StackResourceSummaries": listed})
    export = {"ExportingStackId": ID, "Name": "role", "Value": "arn:aws:iam::111111111111:role/r"}
    endpoint.answer("ListExports", {"Exports": [export]})
    endpoint.answer(
        "ListImports", Failure("ValidationError", "Export 'shop-topic' is not imported by any stack.")
    )
    endpoint.answer(
        "ListStacks", {"StackSummaries": [{k: v for k, v in STACK.items() if "Stack" in k or "Time" in k}]}
    )


def diff(after: object, **options: Any) -> Diff:
    return pyformation.diff("live:shop@eu-west-1", after, **options)


def file(tmp_path: Path, text: str) -> str:
    path = tmp_path / "stack.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def changes(found: Diff) -> dict[str, list[tuple[str, Any, Any, bool]]]:
    return {
        one.logical_id: [(part.path, str(part.before), str(part.after), part.certain) for part in one.changes]
        for one in found.resources
    }


def test_the_same_template_changes_nothing(endpoint: Endpoint, tmp_path: Path) -> None:
    deploy(endpoint)
    found = diff(file(tmp_path, TEMPLATE))
    assert changes(found) == {}
    assert found.parameter_mode == "previous"
    inputs = found.sides.before.engine.inputs
    assert (inputs.region, inputs.account, inputs.stack_name) == ("eu-west-1", "111111111111", "shop")
    assert inputs.parameters["Name"] == "other" and inputs.parameters["Image"] == "ami-1"
    assert all(request.operation.startswith(READS) for request in endpoint.requests)


def test_what_aws_knows_makes_the_unknown_known(endpoint: Endpoint, tmp_path: Path) -> None:
    """Exports, outputs and physical names: the values that replace the references are equal, or are not."""
    deploy(endpoint)
    literal = (
        TEMPLATE.replace("!ImportValue role", "arn:aws:iam::111111111111:role/r")
        .replace("TOPIC: !Ref Topic", f"TOPIC: '{TOPIC}'")
        .replace('!Sub "queue ${Topic.TopicName}."', "queue shop-Topic-1.")
    )
    found = diff(file(tmp_path, literal))
    assert changes(found) == {}
    assert same_as_text(found.sides.before.outputs, found.sides.after.outputs)
    # The ARN and the name follow from the physical ID.
    literal = literal.replace("QUEUE: !GetAtt Queue.Arn", "QUEUE: 'arn:aws:sqs:eu-west-1:111111111111:other'")
    assert changes(diff(file(tmp_path, literal.replace("!Ref Name}", "other}")))) == {}
    wrong = diff(file(tmp_path, literal.replace(TOPIC, f"{TOPIC}2")))
    assert changes(wrong) == {
        "Function": [("/Properties/Environment/Variables/TOPIC", TOPIC, f"{TOPIC}2", True)]
    }


def test_a_resource_that_is_updated_keeps_its_name(endpoint: Endpoint, tmp_path: Path) -> None:
    """What is known of a resource is not another thing once the resource is updated in place."""
    deploy(endpoint)
    edited = TEMPLATE.replace(
        "Topic: {Type: AWS::SNS::Topic}", "Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: x}}"
    )
    assert list(changes(diff(file(tmp_path, edited)))) == ["Topic"]
    replaced = TEMPLATE.replace(
        "Topic: {Type: AWS::SNS::Topic}", "Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: x}}"
    )
    found = changes(diff(file(tmp_path, replaced)))
    assert found["Function"] == [("/Properties/Environment/Variables/TOPIC", TOPIC, "Topic", True)]
    listed = diff(file(tmp_path, replaced + "\n  New: {Value: x}\n")).change_set()["Changes"]
    ids = {
        one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"]["PhysicalResourceId"]
        for one in listed
    }
    assert ids == {"Topic": TOPIC, "Function": "shop-Function-1"}


def test_a_hidden_value_is_unknown(endpoint: Endpoint, tmp_path: Path) -> None:
    """NoEcho: kept, it is equal; another one may be the same. **** is never a value, nor is the default."""
    deploy(endpoint)
    same = file(tmp_path, TEMPLATE)
    for given in ("****", "hush", "new"):
        found = diff(same, parameters={"Secret": given})
        assert changes(found) == {"Function": [("/Properties/Description", "Secret", "****", False)]}
    assert changes(diff(same, parameter_mode="defaults"))["Function"][0][3] is False


def test_parameters_and_tags_that_are_given(endpoint: Endpoint, tmp_path: Path) -> None:
    deploy(endpoint)
    same = file(tmp_path, TEMPLATE)
    found = diff(same, parameters={"Name": "third"})
    assert found.resources[0].replacement == "True"
    assert changes(found)["Queue"] == [("/Properties/QueueName", "other", "third", True)]
    found = diff(same, parameter_mode="defaults", parameters={"Secret": "s"})
    assert changes(found)["Queue"] == [("/Properties/QueueName", "other", "orders", True)]
    tagged = changes(diff(same, tags={"team": "b"}))
    assert tagged["Queue"] == [("/Tags/team", "a", "b", True)]


def test_an_image_that_is_stored_may_move(endpoint: Endpoint, tmp_path: Path) -> None:
    deploy(endpoint)
    found = diff(file(tmp_path, TEMPLATE))
    assert [(one.kind, one.name) for one in found.refreshed] == [("parameter", "Image")]
    moved = diff(file(tmp_path, TEMPLATE), resolved={"Image": "ami-2"})
    assert changes(moved)["Function"][0][:3] == ("/Properties/Environment/Variables/IMAGE", "ami-1", "ami-2")


def test_the_stack_policy_counts(endpoint: Endpoint, tmp_path: Path) -> None:
    deploy(endpoint)
    allow = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    deny = {**allow, "Effect": "Deny", "Resource": "LogicalResourceId/Queue"}
    endpoint.answer("GetStackPolicy", {"StackPolicyBody": json.dumps({"Statement": [allow, deny]})})
    found = diff(file(tmp_path, TEMPLATE), parameters={"Name": "x"})
    assert "PF211" in [finding.code for finding in found.findings]
    found = diff(file(tmp_path, TEMPLATE), parameters={"Name": "x"}, stack_policy={"Statement": [allow]})
    assert "PF211" not in [finding.code for finding in found.findings]


def test_who_imports_an_export_is_asked(endpoint: Endpoint, tmp_path: Path) -> None:
    deploy(endpoint)
    endpoint.answer("ListImports", {"Imports": ["web", "jobs"]})
    assert not [one for one in diff(file(tmp_path, TEMPLATE)).findings if one.code.startswith("PF2")]
    assert endpoint.called("ListImports") == 0
    found = diff(file(tmp_path, TEMPLATE.partition("Outputs:")[0]))
    said = [one.message for one in found.findings if one.code == "PF209"]
    assert len(said) == 2 and "web imports it" in said[0] and "jobs imports it" in said[1]
    assert endpoint.arguments("ListImports") == [{"ExportName": "shop-topic"}]


def test_text_that_cannot_be_read(endpoint: Endpoint, tmp_path: Path) -> None:
    """GetTemplate answers ? for each character outside of ASCII: what would read the same is taken for the same."""
    named = TEMPLATE.replace(
        "Topic: {Type: AWS::SNS::Topic}", "Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: Grüße}}"
    )
    deploy(endpoint, named)
    assert changes(diff(file(tmp_path, named))) == {}
    other = diff(file(tmp_path, named.replace("Grüße", "Gruß")))
    assert changes(other) == {"Topic": [("/Properties/DisplayName", "Gr??e", "Gruß", True)]}
    assert load("live:shop@eu-west-1")[0].unreadable() == ["/Resources/Topic/Properties/DisplayName"]


@pytest.mark.parametrize("command", ["plan", "deploy"])
def test_text_that_cannot_be_read_is_not_sent(endpoint: Endpoint, command: str) -> None:
    deploy(endpoint, TEMPLATE.replace("Name: {Type", "Name: {Description: Grüße, Type"))
    result = run_command(
        command, "live:shop", "--stack-name", "other", *(["--yes"] if command == "deploy" else [])
    )
    assert result.returncode == 1
    assert result.stderr == (
        "error: GetTemplate returns ? for each character outside ASCII, so the text of live:shop@eu-west-1 may be "
        "wrong at /Parameters/Name/Description: write it to a file, correct it, and deploy that\n"
    )
    assert all(request.operation.startswith(READS) for request in endpoint.requests)


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_a_stack_that_never_was(endpoint: Endpoint, tmp_path: Path, status: str) -> None:
    """Nothing of it is there, so that everything is added, with the defaults of its parameters."""
    deploy(endpoint, StackStatus=status)
    found = diff(file(tmp_path, TEMPLATE))
    assert {one.action for one in found.resources} == {"Add"} and len(found.resources) == 3
    assert found.parameter_mode == "defaults"


def test_a_stack_in_between_is_said_to_be(endpoint: Endpoint, tmp_path: Path) -> None:
    deploy(endpoint, StackStatus="UPDATE_ROLLBACK_FAILED")
    found = diff(file(tmp_path, TEMPLATE))
    assert found.partial == (
        "the stack shop is in the state UPDATE_ROLLBACK_FAILED, so its resources may not be as its template says",
    )


def test_the_processed_template(endpoint: Endpoint, tmp_path: Path) -> None:
    deploy(endpoint)
    found = pyformation.diff("live+processed:shop", file(tmp_path, TEMPLATE))
    assert changes(found) == {}
    assert endpoint.arguments("GetTemplate") == [{"StackName": ID, "TemplateStage": "Processed"}]


def test_nested_stacks_are_looked_into(endpoint: Endpoint, tmp_path: Path) -> None:
    parent = """
Resources:
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: LOCATION, Parameters: {Name: a}}}
"""
    inner = TEMPLATE.replace("!ImportValue role", "r")
    deploy(endpoint, parent.replace("LOCATION", "https://bucket.s3.amazonaws.com/inner.yaml"))
    nested_id = ID.replace("shop", "shop-Inner-1")
    outer = endpoint._answers["DescribeStacks"][0]

    def describe(request: Any) -> Any:
        if request.arguments.get("StackName") == nested_id:
            return {"Stacks": [{**STACK, "StackId": nested_id, "StackName": "shop-Inner-1", "ParentId": ID}]}
        assert callable(outer)
        return outer(request)

    def template(request: Any) -> Any:
        is_inner = request.arguments["StackName"] == nested_id
        return {
            "TemplateBody": inner
            if is_inner
            else parent.replace("LOCATION", "https://b.s3.amazonaws.com/x.yaml")
        }

    def resources(request: Any) -> Any:
        if request.arguments["StackName"] == nested_id:
            return {"StackResourceSummaries": []}
        row = {
            "LogicalResourceId": "Inner",
            "ResourceType": "AWS::CloudFormation::Stack",
            "PhysicalResourceId": nested_id,
        }
        return {
            "StackResourceSummaries": [
                {**row, "ResourceStatus": "CREATE_COMPLETE", "LastUpdatedTimestamp": 0}
            ]
        }

    endpoint.answer("DescribeStacks", describe)
    endpoint.answer("GetTemplate", template)
    endpoint.answer("ListStackResources", resources)
    (tmp_path / "inner.yaml").write_text(
        inner.replace("QueueName: !Ref Name", "QueueName: !Ref Name, DelaySeconds: 3")
    )
    found = diff(file(tmp_path, parent.replace("LOCATION", "inner.yaml")))
    nested = dict(found.stacks())[("Inner",)]
    assert changes(nested) == {"Queue": [("/Properties/DelaySeconds", "None", "3", True)]}
    # Without a template to compare, AWS is not asked for the one that is deployed.
    endpoint.requests.clear()
    found = diff(file(tmp_path, parent.replace("LOCATION", "https://b.s3.amazonaws.com/x.yaml")))
    assert found.resources == () and endpoint.called("GetTemplate") == 1


SOURCES = [
    ("live:", "expected live:STACK or live:STACK@REGION, found 'live:'"),
    ("live:a_b", "expected live:STACK or live:STACK@REGION, found 'live:a_b'"),
    ("live:shop@", "expected live:STACK or live:STACK@REGION, found 'live:shop@'"),
    (f"live:{ID}@us-east-1", f"'live:{ID}@us-east-1' names two regions: eu-west-1 and us-east-1"),
]


@pytest.mark.parametrize(("source", "sentence"), SOURCES, ids=[row[0] for row in SOURCES])
def test_sources_that_are_none(source: str, sentence: str) -> None:
    with pytest.raises(SourceError) as found:
        load(source)
    assert str(found.value) == sentence


def test_stacks_that_cannot_be_read(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(endpoint)
    with pytest.raises(
        DeploymentError, match=r"^the stack 'shpo' does not exist in eu-west-1; did you mean 'shop'"
    ):
        load("live:shpo")
    assert load(f"live:{ID}")[0].name == "shop"
    endpoint.answer("GetStackPolicy", denied("cloudformation:GetStackPolicy"))
    with pytest.raises(DeploymentError, match="needs permission for cloudformation:GetStackPolicy on"):
        load("live:shop")
    deploy(endpoint, "Resources: [")
    with pytest.raises(
        pyformation.DocumentError, match=r"^the template of the stack 'shop' cannot be read: "
    ):
        load("live:shop")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(DeploymentError, match="no region was given"):
        load("live:shop")


def test_a_session_is_taken(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session counts, and not the environment."""
    import boto3

    deploy(endpoint)
    session = boto3.Session("999999999999", "secret", region_name="eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111111111111")
    pyformation.diff("live:shop", file(tmp_path, TEMPLATE), session=session)
    assert {request.access_key for request in endpoint.requests} == {"999999999999"}


def test_both_sides_live(endpoint: Endpoint) -> None:
    deploy(endpoint)
    assert changes(pyformation.diff("live:shop", "live:shop")) == {}
    found = pyformation.diff({}, "live:shop")
    assert [one.action for one in found.resources] == ["Add"] * 3


def test_the_commands(account: Account, tmp_path: Path) -> None:
    """Every command that takes a template takes the one of a stack, and none of them changes anything."""
    template = TEMPLATE.replace("!ImportValue role", "arn:aws:iam::111111111111:role/r").replace(
        "Image:", "#"
    )
    template = template.replace("IMAGE: !Ref Image, ", "").partition("  Function:")[0] + "  # é\n"
    client = account.client()
    client.create_stack(StackName="shop", TemplateBody=template)
    client.get_waiter("stack_create_complete").wait(StackName="shop", WaiterConfig={"Delay": 1})
    before = client.describe_stack_events(StackName="shop")["StackEvents"]
    (tmp_path / "stack.yaml").write_text(template.replace("Topic:", "Topics:"))

    def run(*arguments: str) -> str:
        result = run_command(*arguments, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        return result.stdout

    found = run("diff", "live:shop", "stack.yaml")
    assert found.startswith("Total: 1 removed, 1 added;")
    assert "Compared: live:shop@eu-west-1 (deployed template) -> stack.yaml" in found
    assert "Parameter mode: previous (parameters not given keep their value)" in found
    assert "QueueName:" in run("render", "live:shop@eu-west-1")
    program = run("convert", "live:shop")
    assert "class ShopStack(Stack" in program and "sqs.Queue(queue_name=name)" in program
    assert "Queue" in run("graph", "live:shop")
    assert "Topics" in run("graph", "--before", "live:shop", "stack.yaml")
    compared = json.loads(run("diff", "live:shop", "stack.yaml", "--format", "json"))["compared"]
    assert compared["before"] == {
        "file": "live:shop@eu-west-1",
        "stack": None,
        "revision": None,
        "deployed": True,
        "exists": True,
    }
    assert "sqs:CreateQueue" in run("explain", "--permissions", "live:shop")
    assert client.describe_stack_events(StackName="shop")["StackEvents"] == before
    failed = run_python("-m", "pyformation", "diff", "live:shpo", "stack.yaml", cwd=tmp_path)
    assert failed.returncode == 1
    assert failed.stderr == "error: the stack 'shpo' does not exist in eu-west-1; did you mean 'shop'?\n"


def test_another_stored_parameter_has_a_value_of_its_own(endpoint: Endpoint, tmp_path: Path) -> None:
    """What AWS read for the parameter's old name says nothing of the new one."""
    deploy(endpoint)
    found = diff(file(tmp_path, TEMPLATE), parameters={"Image": "/other"})
    ((path, before, after, certain),) = changes(found)["Function"]
    assert (path, before) == ("/Properties/Environment/Variables/IMAGE", "ami-1")
    assert after != "ami-1" and not certain


NAMED = {
    # The attribute, the type and its properties, the physical ID, and what the attribute is.
    "Arn": ("AWS::Lambda::Function", "", "f-1", "arn:aws:lambda:eu-west-1:111111111111:function:f-1"),
    "TopicName": ("AWS::SNS::Topic", "", TOPIC, "shop-Topic-1"),
    "QueueName": ("AWS::SQS::Queue", "", "https://sqs.eu-west-1.amazonaws.com/111111111111/q", "q"),
    "role": ("AWS::IAM::Role", "", "r-1", "arn:aws:iam::111111111111:role/r-1"),
    "role with a path": ("AWS::IAM::Role", "Path: /a/", "r-1", "arn:aws:iam::111111111111:role/a/r-1"),
    "role with an unknown path": ("AWS::IAM::Role", "Path: !Ref Secret", "r-1", None),
    "a type whose Ref is a part": ("AWS::ApiGateway::Resource", "", "a|b", None),
}


@pytest.mark.parametrize("case", NAMED)
def test_names_that_follow_from_physical_ids(endpoint: Endpoint, tmp_path: Path, case: str) -> None:
    kind, properties, physical, value = NAMED[case]
    attribute = case if case.isalnum() and case[0].isupper() else "Arn"
    if kind == "AWS::ApiGateway::Resource":
        attribute = "ResourceId"
    template = f"""
Parameters: {{Secret: {{Type: String, NoEcho: true}}}}
Resources:
  R: {{Type: {kind}, Properties: {{{properties}}}}}
  T: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !GetAtt R.{attribute}}}}}
"""
    deploy(endpoint, template)
    row = {"LogicalResourceId": "R", "ResourceType": kind, "PhysicalResourceId": physical}
    row |= {"ResourceStatus": "CREATE_COMPLETE", "LastUpdatedTimestamp": 0}
    endpoint.answer("ListStackResources", {"StackResourceSummaries": [row]})
    found = diff(file(tmp_path, template.replace(f"!GetAtt R.{attribute}", "text")))
    ((_, before, after, _),) = changes(found)["T"]
    # Ref returns the same as ResourceId.
    symbol = "R" if attribute == "ResourceId" else f"R.{attribute}"
    assert (before, after) == (value or symbol, "text")
    if value is not None:
        assert changes(diff(file(tmp_path, template.replace(f"!GetAtt R.{attribute}", f"'{value}'")))) == {}


def test_an_import_of_nothing_is_found(endpoint: Endpoint, tmp_path: Path) -> None:
    """All exports of the region are known, so that one that is missing is certain."""
    deploy(endpoint)
    found = diff(file(tmp_path, TEMPLATE.replace("!ImportValue role", "!ImportValue roles")))
    said = [one.message for one in found.findings if one.code == "PF221"]
    assert said == ["Function imports 'roles', which no stack in eu-west-1 exports; did you mean 'role'?"]
    endpoint.answer("ListExports", {"Exports": []})
    found = diff(file(tmp_path, TEMPLATE))
    assert [one.code for one in found.findings if one.severity == "error"] == ["PF221"]
