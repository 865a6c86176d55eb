"""The IAM actions that a stack needs, as a policy document."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from aws_endpoint import Endpoint
from conftest import ROOT, run_command

from pyformation import catalog
from pyformation.deployment.permissions import permissions
from pyformation.sources import load, loaded

PACKAGE = ROOT / "pyformation"
OWN: list[dict[str, Any]] = json.loads((PACKAGE / "deployment" / "permissions.json").read_text("utf-8"))[
    "rows"
]


def needed(template: dict[str, Any], command: Any = "deploy", **options: Any) -> set[str]:
    return set(permissions(loaded(template), command, **options).stack)


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Resources": {"R": {"Type": kind, "Properties": properties}}}


def test_the_handlers_of_a_type() -> None:
    """As the registry's schema has them."""
    found = catalog.permissions("AWS::SQS::Queue")
    assert found is not None
    assert found["delete"] == ["sqs:DeleteQueue", "sqs:GetQueueAttributes"]
    assert "sqs:CreateQueue" in found["create"] and "sqs:CreateQueue" not in found["update"]
    assert needed(resource("AWS::SQS::Queue")) == {
        *found["create"],
        *found["update"],
        *found["delete"],
        *found["read"],
    }
    assert needed(resource("AWS::SQS::Queue"), "plan") == set(found["read"])
    assert catalog.permissions("AWS::DAX::Cluster") is None
    assert catalog.permissions("AWS::No::Such") is None


def test_every_action_is_one() -> None:
    """Of every type, and each needs something to be created and deleted."""
    known = 0
    for name in catalog.types():
        found = catalog.permissions(name)
        if found is not None:
            known += 1
            assert list(found) == ["create", "read", "update", "delete"]
            for action in (action for actions in found.values() for action in actions):
                assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9*]+", action), (name, action)
    assert known > 1_700


def test_a_registered_type_has_those_of_its_schema() -> None:
    schema = {
        "typeName": "My::Own::Permitted",
        "properties": {"Name": {"type": "string"}},
        "primaryIdentifier": ["/properties/Name"],
        "handlers": {
            "create": {"permissions": ["own:Make", "Own:Tag"]},
            "delete": {"permissions": ["own:Drop"]},
        },
    }
    catalog.register(schema)
    assert needed(resource("My::Own::Permitted")) == {"own:Make", "own:Tag", "own:Drop"}


BESIDE = {
    "a custom resource": (resource("Custom::Thing", ServiceToken="arn:x"), {"lambda:InvokeFunction", "sns:Publish"}),
    "a wait condition": (resource("AWS::CloudFormation::WaitConditionHandle"), set[str]()),
    "a parameter of the store": (
        {"Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"}}},
        {"ssm:GetParameters", "ec2:DescribeImages"},
    ),
    "a list of subnets": ({"Parameters": {"P": {"Type": "List<AWS::EC2::Subnet::Id>"}}}, {"ec2:DescribeSubnets"}),
    "a text": ({"Parameters": {"P": {"Type": "String"}}}, set[str]()),
    "a secret": (
        {"Outputs": {"O": {"Value": {"Fn::Sub": "x{{resolve:secretsmanager:a}}"}}}},
        {"secretsmanager:GetSecretValue", "kms:Decrypt"},
    ),
    "zones": ({"Outputs": {"O": {"Value": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}}}}, {"ec2:DescribeAvailabilityZones"}),
    "an include": ({"Outputs": {"O": {"Value": {"Fn::Transform": {"Name": "AWS::Include"}}}}}, {"s3:GetObject"}),
    "a macro": ({"Transform": "Mine"}, {"lambda:InvokeFunction"}),
}  # fmt: skip


@pytest.mark.parametrize("case", BESIDE)
def test_what_is_needed_beside_the_handlers(case: str) -> None:
    template, actions = BESIDE[case]
    assert needed({"Resources": {}, **template}) == actions


def test_resources_of_loops_conditions_and_nested_stacks(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text("Resources: {T: {Type: AWS::SNS::Topic}}")
    (tmp_path / "outer.yaml").write_text(
        """
Transform: AWS::LanguageExtensions
Parameters: {Big: {Type: String}}
Conditions: {IsBig: !Equals [!Ref Big, y]}
Resources:
  Fn::ForEach::Queues: [N, [A, B], {"Queue${N}": {Type: AWS::SQS::Queue}}]
  Table: {Type: AWS::DynamoDB::Table, Condition: IsBig, Properties: {KeySchema: []}}
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}
  Away: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: "https://b.s3.amazonaws.com/x"}}
"""
    )
    found = permissions(load(str(tmp_path / "outer.yaml"))[0])
    assert {
        "sqs:CreateQueue",
        "dynamodb:CreateTable",
        "sns:CreateTopic",
        "cloudformation:CreateStack",
    } <= set(found.stack)
    assert found.notes == ("the template of Away was not found, so what it needs is not known",)
    assert "s3:PutObject" in found.packages  # The template of the nested stack is uploaded.


def test_images_of_nested_stacks(tmp_path: Path) -> None:
    image = "{Type: AWS::Lambda::Function, Properties: {PackageType: Image, Code: {ImageUri: 'app:latest'}}}"
    (tmp_path / "inner.yaml").write_text(f"Resources: {{F: {image}}}")
    (tmp_path / "outer.yaml").write_text(
        "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}}"
    )
    assert "ecr:GetAuthorizationToken" in permissions(load(str(tmp_path / "outer.yaml"))[0]).packages


def test_types_without_handlers_are_named() -> None:
    found = permissions(loaded(resource("AWS::DAX::Cluster")))
    assert found.notes == (
        "the registry does not say which permissions these types need: AWS::DAX::Cluster; add those of their APIs",
    )


def test_wildcards_stand_for_what_they_allow() -> None:
    """An Auto Scaling group needs ec2:Describe*, so that no other action that it allows is listed."""
    actions = needed(
        resource("AWS::AutoScaling::AutoScalingGroup") | {"Parameters": {"P": {"Type": "AWS::EC2::VPC::Id"}}}
    )
    assert "ec2:Describe*" in actions and "ec2:DescribeVpcs" not in actions


def statements(document: dict[str, Any]) -> dict[str, Any]:
    return {one["Sid"]: one for one in document["Statement"]}


def test_the_command(
    tmp_path: Path,
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "index.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "stack.py").write_text(
        """
from pyformation import Asset, Stack
from pyformation.aws import cloudformation, lambda_

class App(Stack):
    function = lambda_.Function(role="arn:aws:iam::111111111111:role/r", code=Asset("src"), handler="i.h", runtime="python3.13")
    thing = cloudformation.CustomResource(service_token=function.arn)
"""
    )
    result = run_command("explain", "--permissions", "stack.py", "--bucket", "packages", cwd=tmp_path)
    assert result.returncode == 0 and result.stderr == ""
    found = statements(json.loads(result.stdout))
    assert found["Packages"] == {
        "Sid": "Packages",
        "Effect": "Allow",
        "Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket", "s3:PutObject"],
        "Resource": ["arn:*:s3:::packages", "arn:*:s3:::packages/*"],
    }
    assert found["PassRole"]["Action"] == ["iam:PassRole"]
    assert "lambda:CreateFunction" in found["Stack"]["Action"]
    assert "iam:PassRole" not in found["Stack"]["Action"]
    own = found["Pyformation"]["Action"]
    assert {"cloudformation:ExecuteChangeSet", "cloudformation:DescribeEvents", "logs:GetLogEvents"} <= set(
        own
    )
    plan = json.loads(
        run_command("explain", "--permissions", "stack.py", "--for", "plan", cwd=tmp_path).stdout
    )
    assert "cloudformation:CreateChangeSet" in statements(plan)["Pyformation"]["Action"]
    # A plan for a stack on which an operation runs, or whose import failed, reads what happened to it.
    assert "cloudformation:DescribeStackEvents" in statements(plan)["Pyformation"]["Action"]
    assert "cloudformation:ExecuteChangeSet" not in json.dumps(plan)
    assert "lambda:CreateFunction" not in json.dumps(plan)
    assert (
        result.stdout
        == run_command("explain", "--permissions", "stack.py", "--bucket", "packages", cwd=tmp_path).stdout
    )
    failed = run_command("explain", "Bucket", "--for", "plan", cwd=tmp_path)
    assert failed.returncode == 1 and failed.stderr.startswith("error: --for needs --permissions")


def test_a_policy_that_is_too_long_is_said(tmp_path: Path) -> None:
    types = (
        "AWS::S3::Bucket",
        "AWS::EC2::Instance",
        "AWS::RDS::DBInstance",
        "AWS::ECS::Service",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::DynamoDB::Table",
        "AWS::CloudFront::Distribution",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::SecretsManager::Secret",
        "AWS::OpenSearchService::Domain",
    )
    template = {"Resources": {f"R{n}": {"Type": kind} for n, kind in enumerate(types)}}
    (tmp_path / "t.json").write_text(json.dumps(template))
    result = run_command("explain", "--permissions", "t.json", cwd=tmp_path)
    assert re.search(
        r"note: the policy has [\d,]+ characters, and a managed policy at most 6,144: split it", result.stderr
    )


# ---------------------------------------------------------------------------------------------
# Our own calls


def calls() -> set[tuple[str, str]]:
    """Every call of AWS in the rooms that talk to it, by service and operation."""
    found: set[tuple[str, str]] = set()
    for path in [*(PACKAGE / "deployment").glob("*.py"), *(PACKAGE / "cli").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("call", "pages", "items") and node.args:
                named = node.args[0]
                service = next((k.value for k in node.keywords if k.arg == "service"), None)
                if isinstance(named, ast.Constant) and isinstance(named.value, str):
                    name = service.value if isinstance(service, ast.Constant) else "cloudformation"
                    found.add((str(name), named.value))
    for file, service in (("upload.py", "s3"), ("images.py", "ecr")):
        text = (PACKAGE / "assets" / file).read_text(encoding="utf-8")
        found |= {(service, name) for name in re.findall(r"client\.([a-z]\w+)\(", text)}
    return found


def test_every_call_is_listed() -> None:
    from botocore import xform_name

    listed = {(row["service"], xform_name(row["operation"])) for row in OWN}
    made = calls()
    assert ("cloudformation", "get_template") in made and ("s3", "put_object") in made
    assert not made - listed, "list these calls in pyformation/deployment/permissions.json"


@pytest.mark.slow
def test_what_the_commands_call_is_allowed(proxy: Endpoint, tmp_path: Path) -> None:
    """A deployment, and a plan of the same again, as the server saw them."""
    (tmp_path / "t.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}")
    for command in ("deploy", "plan"):
        proxy.requests.clear()
        arguments = ["t.yaml", "--stack-name", "shop", *(["--yes"] if command == "deploy" else [])]
        result = run_command(command, *arguments, cwd=tmp_path)
        assert result.returncode == 0, result.stdout + result.stderr
        allowed = json.loads(
            run_command("explain", "--permissions", "t.yaml", "--for", command, cwd=tmp_path).stdout
        )
        actions = {"sts:GetCallerIdentity", *statements(allowed)["Pyformation"]["Action"]}
        assert {f"{request.service}:{request.operation}" for request in proxy.requests} <= actions


def test_every_operation_exists() -> None:
    import botocore.session

    session = botocore.session.get_session()
    for row in OWN:
        names = session.get_service_model(row["service"]).operation_names
        # CloudFormation asks for this permission where a stack gets tags.
        assert row["operation"] in names or row["operation"] == "TagResource", row
        assert set(row) <= {"service", "operation", "action", "commands"}
