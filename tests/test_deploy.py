"""Deployments: the whole life of a stack, rules that stop one, and every fault: nothing lost, nothing executed twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_endpoint import EXPIRED, THROTTLED, Endpoint, Failure, Lost, Request, denied
from aws_servers import Account
from conftest import ROOT, run_command
from test_plan import TEMPLATE, change_sets, statuses

import pyformation
from pyformation.deployment import Followed, Plan

FAILS = """
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 1, Count: 1}}
Outputs:"""
DELAYED = TEMPLATE.replace("!Ref Name}", "!Ref Name, DelaySeconds: 5}")
BAD = DELAYED.replace("\nOutputs:", FAILS)
BOTH = ("--region", "eu-west-1", "--region", "us-east-1")


@pytest.fixture(autouse=True)
def _asks_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pace itself is tested in test_events.py; here it would only cost time."""
    monkeypatch.setattr("pyformation.deployment.events.BUSY", 0.1)


@pytest.fixture(autouse=True)
def _no_threads_are_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [one for one in set(threading.enumerate()) - before if "process_request" not in one.name]
    assert not [one.name for one in left if one.is_alive()]


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE)
    return path


def deploy(*arguments: str, stack: str = "shop", source: str = "t.yaml") -> Any:
    return run_command("deploy", source, "--stack-name", stack, "--yes", *arguments)


# ---------------------------------------------------------------------------------------------
# The life of a stack


def test_the_life_of_a_stack(account: Account, template: Path) -> None:
    result = deploy("--termination-protection")
    assert result.returncode == 0, result.stderr
    assert "shop CREATE_COMPLETE after" in result.stdout and "/orders" in result.stdout.splitlines()[-1]
    client = account.client()
    assert client.describe_stacks(StackName="shop")["Stacks"][0]["EnableTerminationProtection"]
    result = deploy()
    assert result.returncode == 0 and "no changes" in result.stdout.splitlines()
    template.write_text(DELAYED)
    result = deploy()
    assert result.returncode == 0 and "shop UPDATE_COMPLETE" in result.stdout
    template.write_text(BAD.replace("DelaySeconds: 5", "DelaySeconds: 9"))
    result = deploy()
    assert result.returncode == 4, result.stdout
    lines = result.stdout.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("x "))
    assert lines[start].startswith("x Wait failed") and lines[start].endswith("t.yaml:8")
    assert lines[start + 1] == '  AWS: "WaitCondition timed out. Received 0 conditions when expecting 1"'
    rest = "\n".join(lines[start:])
    assert "x shop UPDATE_ROLLBACK_COMPLETE after" in rest and "no data lost" in rest
    template.write_text(
        template.read_text().replace("  Handle:", "  Second: {Type: AWS::SQS::Queue}\n  Handle:", 1)
    )
    result = deploy()
    assert result.returncode == 4 and "data lost:" not in result.stdout, (
        "what was added and rolled back had no data"
    )
    assert "next: " in rest and "pyformation deploy t.yaml --stack-name shop" in rest
    assert statuses(account) == {"shop": "UPDATE_ROLLBACK_COMPLETE"} and change_sets(account, "shop") == []


def test_an_empty_stack_is_created_again(account: Account, template: Path) -> None:
    template.write_text(BAD)
    result = deploy()
    assert result.returncode == 4 and "x shop ROLLBACK_COMPLETE" in result.stdout
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 0 and "AWS makes no change set for shop" in result.stdout
    template.write_text(TEMPLATE)
    result = deploy()
    assert result.returncode == 0, result.stderr
    assert "shop was never created: deleting what is left of it (ROLLBACK_COMPLETE)" in result.stdout
    assert statuses(account) == {"shop": "CREATE_COMPLETE"}


@pytest.mark.slow
def test_a_stack_that_may_have_succeeded_is_not_deleted(
    account: Account, proxy: Endpoint, template: Path
) -> None:
    """Its events do not go back to its creation."""
    template.write_text(BAD)
    assert deploy().returncode == 4
    last = account.client().describe_stack_events(StackName="shop")["StackEvents"][:1]
    proxy.answer("DescribeStackEvents", {"StackEvents": last})
    result = deploy()
    assert result.returncode == 1 and "next: delete it: pyformation delete shop" in result.stderr
    assert proxy.called("DeleteStack") == 0


@pytest.mark.slow
def test_rollback_can_be_switched_off(account: Account, proxy: Endpoint, template: Path) -> None:
    template.write_text(BAD)
    result = deploy("--no-rollback")
    assert result.returncode == 4 and "x shop CREATE_FAILED" in result.stdout
    assert proxy.arguments("ExecuteChangeSet")[0]["DisableRollback"] is True
    template.write_text(TEMPLATE)
    result = deploy()
    assert result.returncode == 1 and "next: " in result.stderr and result.stderr.count("\n") == 1
    result = deploy("--no-rollback")
    assert result.returncode == 0, result.stderr
    assert [one["DisableRollback"] for one in proxy.arguments("ExecuteChangeSet")] == [True, True]


def test_rollback_is_always_said(account: Account, proxy: Endpoint, template: Path) -> None:
    assert deploy().returncode == 0
    sent = proxy.arguments("ExecuteChangeSet")[0]
    assert sent["DisableRollback"] is False and sent["ClientRequestToken"].startswith("pyformation-")


@pytest.mark.slow
def test_events_as_json(account: Account, template: Path) -> None:
    result = deploy("--json")
    assert result.returncode == 0, result.stderr
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert found[0]["type"] == "plan" and found[-1]["type"] == "result"
    assert found[-1]["outcome"] == "deployed" and found[-1]["outputs"]["Url"].endswith("/orders")
    events = [one for one in found if one["type"] == "event"]
    assert [one["status"] for one in events if one["name"] == "Queue"] == [
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
    ]
    template.write_text(BAD)
    result = deploy("--json")
    failed = json.loads(result.stdout.splitlines()[-1])
    assert result.returncode == 4 and failed["outcome"] == "failed"
    assert failed["failure"]["name"] == "Wait" and failed["failure"]["origin"] == "t.yaml:8"


def test_an_error_as_json(proxy: Endpoint, account: Account, template: Path) -> None:
    proxy.answer("CreateChangeSet", denied("cloudformation:CreateChangeSet"))
    done = deploy("--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["type"] == "result" and found["outcome"] == "error"
    assert found["region"] == "eu-west-1" and done.stderr == f"error: {found['reason']}\n"


def test_in_python(account: Account, template: Path) -> None:
    asked: list[Plan] = []
    events: list[Followed] = []
    found = pyformation.deploy(
        "t.yaml",
        stack_name="shop",
        parameters={"Name": "other"},
        tags={"team": "a"},
        approve=lambda plan: bool(asked.append(plan)) or False,
    )
    assert found.outcome == "declined" and not found.succeeded and statuses(account) == {}
    found = pyformation.deploy(
        "t.yaml",
        stack_name="shop",
        session=account.session(),
        parameters={"Name": "other"},
        tags={"team": "a"},
        approve=lambda plan: True,
        on_event=events.append,
    )
    assert found.succeeded and found.outputs["Url"].endswith("/other")
    assert found.stack is not None and found.stack.tags == {"team": "a"}
    assert tuple(events) == found.events and {one.name for one in events} == {"shop", "Queue", "Topic"}
    assert asked[0].prediction.summary.added == 2
    assert pyformation.outputs("shop") == dict(found.outputs)
    assert pyformation.deploy("t.yaml", stack_name="shop").outcome == "no changes", "values are kept"
    template.write_text(BAD)
    found = pyformation.deploy("t.yaml", stack_name="shop")
    assert found.outcome == "failed" and found.failure is not None and found.failure.cause.name == "Wait"


@pytest.mark.slow
def test_code_is_packaged(account: Account, tmp_path: Path, template: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def handler(event, context): return 1\n")
    (tmp_path / "stack.py").write_text(
        "from pyformation import Asset, Stack\n"
        "from pyformation.aws import lambda_\n\n"
        "class Shop(Stack):\n"
        "    function = lambda_.Function(runtime='python3.13', handler='app.handler', code=Asset('src'),\n"
        "        role='arn:aws:iam::111111111111:role/r')\n"
    )
    result = deploy(source="stack.py")
    assert (
        result.returncode == 1 and "the local file src, which must be in S3; give --bucket" in result.stderr
    )
    account.client("s3").create_bucket(
        Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    result = deploy("--bucket", "assets", "--prefix", "shop/", source="stack.py")
    assert result.returncode == 0, result.stderr + result.stdout
    keys = [one["Key"] for one in account.client("s3").list_objects_v2(Bucket="assets")["Contents"]]
    assert len(keys) == 1 and keys[0].startswith("shop/") and keys[0].endswith(".zip")
    result = deploy("--bucket", "assets", "--prefix", "shop/", source="stack.py")
    assert result.returncode == 0 and "no changes" in result.stdout
    (tmp_path / "src" / "app.py").write_text("def handler(event, context): return 2\n")
    result = deploy("--bucket", "assets", "--prefix", "shop/", source="stack.py")
    assert result.returncode == 0 and "Function" in result.stdout and "UPDATE_COMPLETE" in result.stdout


NESTED = """
Parameters: {Delay: {Type: Number, Default: 3}}
Resources:
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, Parameters: {Delay: !Ref Delay}}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Inner.Outputs.Name}}
"""
CHILD = """
Parameters: {Delay: {Type: Number}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
Outputs: {Name: {Value: !GetAtt Queue.QueueName}}
"""


def test_nested_stacks(account: Account, template: Path, tmp_path: Path) -> None:
    # The stand-in takes addresses with the name of the bucket in the path only, as names with a dot have.
    account.client("s3").create_bucket(
        Bucket="the.assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    template.write_text(NESTED)
    (tmp_path / "child.yaml").write_text(CHILD)
    arguments = ("--bucket", "the.assets")
    result = deploy(*arguments)
    assert result.returncode == 0, result.stderr + result.stdout
    assert "+ Inner/Queue  AWS::SQS::Queue  added  child.yaml:4" in result.stdout
    result = deploy(*arguments, "-P", "Delay=5", "--json")
    assert result.returncode == 0, result.stderr + result.stdout
    events = [json.loads(line) for line in result.stdout.splitlines()]
    names = [one["name"] for one in events if one["type"] == "event"]
    assert "Inner.Queue" in names or "Inner" in names
    (tmp_path / "child.yaml").write_text(CHILD.replace("!Ref Delay}", "!Ref Delay, QueueName: fixed}"))
    result = deploy(*arguments, "--fail-on", "replacement")
    assert result.returncode == 3 and "replacement: Inner.Queue is replaced" in result.stderr, result.stderr
    (tmp_path / "child.yaml").write_text(CHILD.replace("\nOutputs:", FAILS.replace("8", "9")))
    result = deploy(*arguments)
    assert result.returncode == 4, result.stdout
    assert "x Inner.Wait failed   child.yaml:6" in result.stdout, result.stdout


def test_images_of_nested_stacks_are_pushed(
    account: Account, template: Path, tmp_path: Path, docker: Path
) -> None:
    account.client("s3").create_bucket(
        Bucket="the.images", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    template.write_text(
        "Resources: {Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}}"
    )
    (tmp_path / "child.yaml").write_text(
        "Resources:\n  F:\n    Type: AWS::Lambda::Function\n"
        "    Properties: {Role: 'arn:aws:iam::123456789012:role/r', PackageType: Image, Code: {ImageUri: 'app:latest'}}\n"
    )
    result = deploy("--bucket", "the.images")
    assert result.returncode == 1 and not docker.exists(), result.stdout
    assert "give --image-repository" in result.stderr and "child.yaml:4" in result.stderr, result.stderr
    repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app"
    result = deploy("--bucket", "the.images", "--image-repository", repository)
    assert result.returncode == 0, result.stderr + result.stdout
    (stack,) = [
        one for one in account.client().list_stacks()["StackSummaries"] if "Inner" in one["StackName"]
    ]
    inner = account.client().get_template(StackName=stack["StackName"])["TemplateBody"]
    assert f"{repository}@sha256:" in str(inner)
    assert docker.read_text().splitlines()[-1].startswith(f"push {repository}:")


@pytest.mark.slow
def test_back_to_an_earlier_revision(account: Account, template: Path, tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    git("add", "t.yaml")
    git("commit", "-qm", "one")
    git("tag", "v1.4")
    template.write_text(DELAYED)
    assert deploy().returncode == 0
    result = deploy(source="git:v1.4:t.yaml")
    assert result.returncode == 0, result.stderr
    assert "- DelaySeconds: 5" in result.stdout and "shop UPDATE_COMPLETE" in result.stdout


@pytest.mark.slow
def test_an_orphan_is_reported(account: Account, proxy: Endpoint, template: Path) -> None:
    assert deploy().returncode == 0
    template.write_text(DELAYED)

    def undeleted(request: Request) -> Any:
        """The stand-in deletes everything; this cleanup could not."""
        if proxy.called("ExecuteChangeSet") < 2:
            return None
        found = account.client().describe_stack_events(StackName="shop")["StackEvents"]
        if found[0]["ResourceStatus"] != "UPDATE_COMPLETE":
            return None
        common = {key: found[0][key] for key in ("StackId", "StackName", "Timestamp")}
        extra = {
            "EventId": "cleanup", "LogicalResourceId": "Queue", "PhysicalResourceId": "old-queue",
            "ResourceType": "AWS::SQS::Queue", "ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "it is in use",
        }  # fmt: skip
        return {"StackEvents": [found[0], common | extra, *found[1:]]}

    proxy.answer("DescribeStackEvents", undeleted)
    result = deploy()
    assert result.returncode == 0, result.stderr
    assert "Queue (old-queue) could not be deleted, and no longer belongs to the stack" in result.stdout
    assert "it is in use" in result.stdout


# ---------------------------------------------------------------------------------------------
# Rules


def test_rules_are_checked_before_aws_is_asked(
    account: Account, proxy: Endpoint, template: Path, tmp_path: Path
) -> None:
    assert deploy().returncode == 0
    made = proxy.called("CreateChangeSet")
    result = deploy("-P", "Name=other", "--fail-on", "data-loss")
    assert result.returncode == 3 and "broken: data-loss: PF101 Queue" in result.stderr, result.stderr
    (tmp_path / "rule.py").write_text(
        "from pyformation import Finding\n"
        "def check_diff(diff):\n"
        "    for change in diff.resources:\n"
        "        yield Finding('X1', 'other', 'error', change.logical_id, 'not on Fridays')\n"
    )
    result = deploy("-P", "Name=other", "--policy", "rule.py")
    assert result.returncode == 3 and "not on Fridays" in result.stderr
    policy = {"Statement": [{"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}
    account.client().set_stack_policy(StackName="shop", StackPolicyBody=json.dumps(policy))
    result = deploy("-P", "Name=other")
    assert result.returncode == 3 and "broken: stack policy: " in result.stderr
    assert proxy.called("CreateChangeSet") == made and proxy.called("ExecuteChangeSet") == 1


@pytest.mark.slow
def test_guards_hold(account: Account, template: Path, tmp_path: Path) -> None:
    program = (
        "from pyformation import Parameter, Stack\n"
        "from pyformation.aws import sqs\n\n"
        "class Shop(Stack):\n"
        "    name = Parameter(str, default='orders')\n"
        "    queue = sqs.Queue(queue_name=name, prevent_replacement=True)\n"
    )
    (tmp_path / "stack.py").write_text(program)
    assert deploy(source="stack.py").returncode == 0
    result = deploy("-P", "Name=other", source="stack.py")
    assert result.returncode == 3 and "prevent_replacement" in result.stderr
    program = program.replace("prevent_replacement", "condition=kept, prevent_deletion").replace(
        "    queue", "    kept = Equals(name, 'orders')\n    topic = sns.Topic()\n    queue"
    )
    program = program.replace("import Parameter", "import Equals, Parameter").replace(
        "import sqs", "import sns, sqs"
    )
    (tmp_path / "stack.py").write_text(program)
    assert deploy(source="stack.py").returncode == 0
    result = deploy("-P", "Name=other", source="stack.py")
    assert result.returncode == 3 and "Queue is removed despite prevent_deletion" in result.stderr


def worse(account: Account) -> Callable[[Request], Any]:
    """Answers with a change set that replaces the queue, which nobody predicted."""

    def answer(request: Request) -> Any:
        change = {
            "Action": "Modify", "LogicalResourceId": "Queue", "ResourceType": "AWS::SQS::Queue", "Replacement": "True",
            "PolicyAction": "ReplaceAndDelete", "Details": [],
        }  # fmt: skip
        return {
            "ChangeSetName": "pf-1", "ChangeSetId": request.arguments["ChangeSetName"], "StackName": "shop",
            "StackId": account.client().describe_stacks(StackName="shop")["Stacks"][0]["StackId"],
            "Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE",
            "Changes": [{"Type": "Resource", "ResourceChange": change}],
        }  # fmt: skip

    return answer


def test_a_change_set_that_is_worse_is_not_executed(
    account: Account, proxy: Endpoint, template: Path
) -> None:
    assert deploy().returncode == 0
    proxy.answer("DescribeChangeSet", worse(account))
    template.write_text(DELAYED)
    result = deploy()
    assert result.returncode == 3
    assert "worse than what was approved: Queue: AWS says replaced, predicted updated" in result.stderr
    assert "ours: updated, AWS: replaced" in result.stdout
    result = deploy("--fail-on", "replacement")
    assert result.returncode == 3 and "replacement: by AWS's change set, Queue is replaced" in result.stderr
    found = pyformation.deploy("t.yaml", stack_name="shop")
    assert found.outcome == "broken" and proxy.called("ExecuteChangeSet") == 1
    assert statuses(account) == {"shop": "CREATE_COMPLETE"} and change_sets(account, "shop") == []


@pytest.mark.slow
def test_express_mode_replaces_nothing(account: Account, proxy: Endpoint, template: Path) -> None:
    assert deploy().returncode == 0
    result = deploy("-P", "Name=other", "--express")
    assert (
        result.returncode == 1 and "Queue: AWS refuses to replace a resource in express mode" in result.stderr
    )
    assert proxy.called("CreateChangeSet") == 1
    template.write_text(DELAYED)
    assert deploy("--express").returncode == 0
    assert proxy.arguments("CreateChangeSet")[1]["DeploymentConfig"] == {
        "Mode": "EXPRESS",
        "DisableRollback": False,
    }


@pytest.mark.slow
def test_nobody_is_asked_where_nobody_can_answer(account: Account, template: Path) -> None:
    result = run_command("deploy", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 1 and "give --yes" in result.stderr
    assert statuses(account) == {}


# ---------------------------------------------------------------------------------------------
# Faults


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
def test_a_lost_connection_executes_once(
    account: Account, proxy: Endpoint, template: Path, after: bool
) -> None:
    proxy.fault("ExecuteChangeSet", Lost(after))
    result = deploy()
    assert result.returncode == 0, result.stderr
    assert len({one["ClientRequestToken"] for one in proxy.arguments("ExecuteChangeSet")}) == 1
    events = account.client().describe_stack_events(StackName="shop")["StackEvents"]
    assert sum(one["ResourceStatus"] == "CREATE_IN_PROGRESS" for one in events) == 3


@pytest.mark.slow
def test_a_lost_connection_while_following(account: Account, proxy: Endpoint, template: Path) -> None:
    proxy.fault("DescribeStackEvents", Lost(), Lost(True), THROTTLED, Lost())
    result = deploy()
    assert result.returncode == 0 and "CREATE_COMPLETE" in result.stdout, result.stderr


@pytest.mark.slow
def test_credentials_that_expire_while_following(account: Account, proxy: Endpoint, template: Path) -> None:
    template.write_text(BAD.replace("Timeout: 1", "Timeout: 4"))
    expired = threading.Event()

    def expire(request: Request) -> Any:
        return EXPIRED if proxy.called("ExecuteChangeSet") and not expired.is_set() else None

    proxy.answer("DescribeStackEvents", expire)
    result = deploy()
    assert result.returncode == 1 and result.stderr.count("\n") == 1
    assert "expired" in result.stderr and "goes on at AWS: run the same command again" in result.stderr
    expired.set()
    result = deploy()
    assert "this deployment is already running; following it" in result.stdout, result.stderr + result.stdout
    assert result.returncode == 4 and "x Wait failed" in result.stdout
    assert proxy.called("ExecuteChangeSet") == 1


@pytest.mark.slow
def test_a_saved_plan_that_is_running_is_followed(account: Account, proxy: Endpoint, template: Path) -> None:
    template.write_text(BAD.replace("Timeout: 1", "Timeout: 5"))
    assert run_command("plan", "t.yaml", "--stack-name", "shop", "--save", "plan.json").returncode == 0
    proxy.answer(
        "DescribeStackEvents",
        lambda _request: EXPIRED if proxy.called("ExecuteChangeSet") and not proxy.called("Done") else None,
    )
    result = run_command("deploy", "--plan", "plan.json", "--yes")
    assert result.returncode == 1 and "goes on at AWS" in result.stderr
    proxy.answer("DescribeStackEvents", lambda _request: None)
    result = run_command("deploy", "--plan", "plan.json", "--yes")
    assert result.returncode == 4 and "already running; following it" in result.stdout, result.stderr
    assert proxy.called("ExecuteChangeSet") == 1


@pytest.mark.slow
def test_another_deployer_is_at_work(account: Account, template: Path) -> None:
    template.write_text(BAD.replace("Timeout: 1", "Timeout: 3"))
    account.client().create_stack(
        StackName="shop", TemplateBody=template.read_text(), ClientRequestToken="theirs"
    )
    result = deploy()
    assert result.returncode == 1 and "next: " in result.stderr, result.stderr
    assert change_sets(account, "shop") == []


@pytest.mark.slow
@pytest.mark.parametrize("how", ["delete", "execute"])
def test_another_deployer_takes_the_change_set(
    account: Account, proxy: Endpoint, template: Path, how: str
) -> None:
    client = account.client()

    def meddle(request: Request) -> Any:
        change_set = request.arguments["ChangeSetName"]
        if how == "delete":
            client.delete_change_set(ChangeSetName=change_set)
        else:
            client.execute_change_set(ChangeSetName=change_set)

    proxy.answer("ExecuteChangeSet", meddle)
    result = deploy()
    if how == "delete":
        assert result.returncode == 1 and "somebody else deploys this stack" in result.stderr
    else:
        assert result.returncode == 0 and "CREATE_COMPLETE" in result.stdout, result.stderr


@pytest.mark.slow
def test_denied_execution_leaves_nothing(account: Account, proxy: Endpoint, template: Path) -> None:
    proxy.answer("ExecuteChangeSet", Failure("AccessDenied", "no", 403))
    result = deploy()
    assert result.returncode == 1 and "ExecuteChangeSet" in result.stderr
    assert statuses(account) == {}


@pytest.mark.slow
@pytest.mark.parametrize("regions", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_deployment_to_aws(
    account: Account, template: Path, number: int, regions: int
) -> None:
    template.write_text(BAD.replace("Timeout: 1", "Timeout: 8"))
    command = [sys.executable, "-m", "pyformation", "deploy", "t.yaml", "--stack-name", "shop", "--yes"]
    process = subprocess.Popen(
        [*command, *BOTH[: 2 * regions]],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    places = ["eu-west-1", "us-east-1"][:regions]
    while time.monotonic() < end and not all(
        statuses(account, region) == {"shop": "CREATE_IN_PROGRESS"} for region in places
    ):
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number and "Traceback" not in errors
    for region in places:
        assert f"pyformation status shop --region {region} --follow" in errors
        assert statuses(account, region) == {"shop": "CREATE_IN_PROGRESS"}


# ---------------------------------------------------------------------------------------------
# Several regions


def test_two_regions_at_once(account: Account, template: Path) -> None:
    result = deploy(*BOTH)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()[-2:]
    assert [line.split()[:2] for line in lines] == [["eu-west-1", "deployed"], ["us-east-1", "deployed"]]
    assert statuses(account) == statuses(account, "us-east-1") == {"shop": "CREATE_COMPLETE"}
    result = deploy(*BOTH)
    assert result.returncode == 0 and result.stdout.count("no changes") >= 2


@pytest.mark.slow
@pytest.mark.parametrize("on_failure", ["stop", "continue"])
def test_a_region_that_fails(account: Account, template: Path, on_failure: str) -> None:
    text = TEMPLATE.replace("Resources:", "  Fails: {Type: String, Default: there}\nResources:", 1)
    for region, fails in (("eu-west-1", "here"), ("us-east-1", "there")):
        client = account.client(region=region)
        parameters = [{"ParameterKey": "Fails", "ParameterValue": fails}]
        client.create_stack(StackName="shop", TemplateBody=text, Parameters=parameters)
        client.get_waiter("stack_create_complete").wait(StackName="shop", WaiterConfig={"Delay": 1})
    condition = "Conditions: {Here: !Equals [!Ref Fails, here]}\nResources:"
    template.write_text(
        text.replace("Resources:", condition)
        .replace("!Ref Name}", "!Ref Name, DelaySeconds: 5}")
        .replace("\nOutputs:", FAILS.replace("WaitCondition,", "WaitCondition, Condition: Here,"))
    )
    result = deploy(*BOTH, "--concurrency", "1", "--on-failure", on_failure)
    assert result.returncode == 4, result.stdout
    last = [line.split()[:2] for line in result.stdout.splitlines()[-2:]]
    assert last == [["eu-west-1", "failed"], ["us-east-1", "skipped" if on_failure == "stop" else "deployed"]]
    assert statuses(account) == {"shop": "UPDATE_ROLLBACK_COMPLETE"}
    assert statuses(account, "us-east-1") == {
        "shop": "CREATE_COMPLETE" if on_failure == "stop" else "UPDATE_COMPLETE"
    }
    assert change_sets(account, "shop") == []


@pytest.mark.slow
def test_a_region_that_cannot_be_planned_stops_all(account: Account, template: Path) -> None:
    client = account.client(region="us-east-1")
    client.create_stack(StackName="shop", TemplateBody=BAD.replace("Timeout: 1", "Timeout: 3"))
    result = deploy(*BOTH)
    assert result.returncode == 1
    assert ["us-east-1", "error"] in [line.split()[:2] for line in result.stdout.splitlines()]
    assert statuses(account) == {}, "nothing is left in the other region"
