"""Our prediction beside AWS's change set: what each difference is, what it stops, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
from aws_endpoint import Delay, Endpoint, Failure, Lost, Request, denied
from aws_servers import Account
from conftest import ROOT, run_command

import pyformation
from pyformation.deployment.comparison import KINDS, Answers, Comparison, alone, compare
from pyformation.prediction import diff

TEMPLATE = """
Parameters:
  Name: {Type: String, Default: orders}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Queue.QueueName}}
Outputs:
  Url: {Value: !Ref Queue}
"""
RECORDED = ROOT.parent / "shared" / "data" / "changesets.json"


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE)
    return path


def change_sets(account: Account, stack: str) -> list[str]:
    """The names of the change sets of a stack that were not executed."""
    client = account.client()
    try:
        found = client.list_change_sets(StackName=stack)["Summaries"]
    except client.exceptions.ClientError:
        return []
    return [one["ChangeSetName"] for one in found if one["ExecutionStatus"] == "AVAILABLE"]


def statuses(account: Account, region: str | None = None) -> dict[str, str]:
    """The stacks of a region that exist, each with its status."""
    found = account.client(region=region).list_stacks()["StackSummaries"]
    return {one["StackName"]: one["StackStatus"] for one in found if one["StackStatus"] != "DELETE_COMPLETE"}


# ---------------------------------------------------------------------------------------------
# Two answers side by side


def answer(*changes: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """An answer of DescribeChangeSet."""
    return tuple({"Type": "Resource", "ResourceChange": dict(change)} for change in changes)


def entry(name: str, type_: str, action: str, replacement: str | None = None, **more: Any) -> dict[str, Any]:
    found = {"Action": action, "LogicalResourceId": name, "ResourceType": type_, "Details": [], **more}
    return found if replacement is None else {**found, "Replacement": replacement}


def table(name: str = "orders") -> dict[str, Any]:
    keys = {"AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}]}
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {"TableName": name, "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}], **keys},
    }


def with_tags(resource: dict[str, Any], value: str) -> dict[str, Any]:
    return {
        **resource,
        "Properties": {**resource["Properties"], "Tags": [{"Key": "a", "Value": value}]},
    }


def stack(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources}


TABLE = "AWS::DynamoDB::Table"
QUEUE = "AWS::SQS::Queue"
TOPIC = "AWS::SNS::Topic"

# What differs: before, after, AWS's answer without values, with values; the kind, and whether AWS's answer stops us.
CASES: dict[str, tuple[Any, Any, Sequence[Any], Sequence[Any] | None, str | None, bool]] = {
    "agrees": (
        stack(T=table()),
        stack(T=with_tags(table(), "x")),
        [entry("T", TABLE, "Modify", "False")],
        [entry("T", TABLE, "Modify", "False")],
        None,
        False,
    ),
    "symbol": (
        stack(
            Q={"Type": QUEUE, "Properties": {"DelaySeconds": 1}},
            A={"Type": TOPIC, "Properties": {"DisplayName": {"Fn::GetAtt": ["Q", "QueueName"]}}},
        ),
        stack(
            Q={"Type": QUEUE, "Properties": {"DelaySeconds": 2}},
            A={"Type": TOPIC, "Properties": {"DisplayName": {"Fn::GetAtt": ["Q", "QueueName"]}}},
        ),
        [
            entry("A", TOPIC, "Modify", "False"),
            entry("Q", QUEUE, "Modify", "False"),
        ],
        [entry("Q", QUEUE, "Modify", "False")],
        "symbol",
        False,
    ),
    "usage data of the CDK": (
        stack(M={"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "a"}}, T=table()),
        stack(M={"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "b"}}, T=with_tags(table(), "x")),
        [entry("M", "AWS::CDK::Metadata", "Modify", "False"), entry("T", TABLE, "Modify", "False")],
        None,
        "symbol",
        False,
    ),
    "hidden": (
        stack(T=table()),
        stack(T=with_tags(table(), "x")),
        [entry("T", TABLE, "Modify", "False")],
        [],
        "hidden",
        False,
    ),
    "aws replaces what we update": (
        stack(T=table()),
        stack(T=with_tags(table(), "x")),
        [entry("T", TABLE, "Modify", "True", PolicyAction="ReplaceAndDelete")],
        None,
        "unpredicted",
        True,
    ),
    "aws replaces, only with values": (
        stack(T=table()),
        stack(T=with_tags(table(), "x")),
        [entry("T", TABLE, "Modify", "False")],
        [entry("T", TABLE, "Modify", "True", PolicyAction="ReplaceAndDelete")],
        "unpredicted",
        True,
    ),
    "aws does not know": (
        stack(T=table()),
        stack(T=with_tags(table(), "x")),
        [entry("T", TABLE, "Modify", "Conditional")],
        None,
        "undecided",
        True,
    ),
    "aws removes what we keep": (
        stack(T=table(), U=table("u")),
        stack(T=table(), U=with_tags(table("u"), "x")),
        [entry("T", TABLE, "Remove", PolicyAction="Delete"), entry("U", TABLE, "Modify", "False")],
        None,
        "unpredicted",
        True,
    ),
    "aws updates what we keep": (
        stack(T=table(), U=table("u")),
        stack(T=table(), U=with_tags(table("u"), "x")),
        [entry("T", TABLE, "Modify", "False"), entry("U", TABLE, "Modify", "False")],
        None,
        "unpredicted",
        False,
    ),
    "ours is worse": (
        stack(T=table()),
        stack(T=table("other")),
        [entry("T", TABLE, "Modify", "False")],
        None,
        "unpredicted",
        False,
    ),
    "aws lists nothing": (stack(T=table()), stack(T=with_tags(table(), "x")), [], None, "unlisted", False),
    "another policy": (
        stack(T={**table(), "DeletionPolicy": "Retain"}),
        stack(Q={"Type": QUEUE}),
        [entry("T", TABLE, "Remove", PolicyAction="Delete"), entry("Q", QUEUE, "Add")],
        None,
        "policy",
        True,
    ),
    "a milder policy": (
        stack(T=table()),
        stack(Q={"Type": QUEUE}),
        [entry("T", TABLE, "Remove", PolicyAction="Retain"), entry("Q", QUEUE, "Add")],
        None,
        "policy",
        False,
    ),
    "drift": (
        stack(T=table(), U=table("u")),
        stack(T=table(), U=with_tags(table("u"), "x")),
        [
            entry("T", TABLE, "SyncWithActual", ResourceDriftStatus="MODIFIED"),
            entry("U", TABLE, "Modify", "False"),
        ],
        None,
        "drift",
        False,
    ),
    "drift that replaces": (
        stack(T=table(), U=table("u")),
        stack(T=table(), U=with_tags(table("u"), "x")),
        [
            entry("T", TABLE, "Modify", "True", ResourceDriftStatus="MODIFIED"),
            entry("U", TABLE, "Modify", "False"),
        ],
        None,
        "drift",
        True,
    ),
    "a word that a newer API has": (
        stack(T=table()),
        stack(T=with_tags(table(), "x")),
        [entry("T", TABLE, "Transmogrify")],
        None,
        "undecided",
        True,
    ),
    "a macro": (
        stack(T=table()),
        {**stack(T=with_tags(table(), "x")), "Transform": "MyMacro"},
        [entry("T", TABLE, "Modify", "True", PolicyAction="ReplaceAndDelete")],
        None,
        "macro",
        True,
    ),
    "import": (
        stack(U=table("u")),
        stack(T=table(), U=table("u")),
        [entry("T", TABLE, "Import")],
        None,
        "import",
        False,
    ),
    "a nested stack that AWS does not look into": (
        stack(S={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x/t"}}),
        stack(S={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x/u"}}),
        [entry("S", "AWS::CloudFormation::Stack", "Modify", "Conditional")],
        None,
        "stack",
        False,
    ),
    "a nested stack that AWS looks into": (
        stack(S={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x/t"}}, U=table("u")),
        stack(
            S={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x/t"}},
            U=with_tags(table("u"), "x"),
        ),
        [
            entry(
                "S",
                "AWS::CloudFormation::Stack",
                "Modify",
                "False",
                Details=[{"ChangeSource": "Automatic", "Evaluation": "Dynamic", "Target": {}}],
            ),
            entry("U", TABLE, "Modify", "False"),
        ],
        None,
        "automatic",
        False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_differences_have_a_kind_and_a_sentence(case: str) -> None:
    before, after, plain, values, kind, stops = CASES[case]
    found = compare(diff(before, after), Answers(answer(*plain), None if values is None else answer(*values)))
    assert {row.kind for row in found.rows if row.kind} == ({kind} if kind else set()), found
    assert bool(found.worse) is stops
    for row in found.differences:
        assert row.sentence and "{" not in row.sentence, row
    assert found.agrees is (kind is None)


@pytest.mark.slow
def test_a_decided_condition_is_ours_to_know() -> None:
    """AWS answers Conditional by the property; whether it holds is in the template."""
    rows = json.loads((ROOT / "tests" / "fixtures" / "decisions.json").read_text())["rows"]
    decided = []
    for row in rows:
        for before, after, answer_of_ours, *_ in row["cases"]:
            if answer_of_ours not in ("True", "False") or "Ref" in repr(after) or "Fn::" in repr(after):
                continue
            sides = [stack(X={"Type": row["type"], "Properties": given}) for given in (before, after)]
            predicted = diff(*sides)
            plain = tuple(predicted.change_set()["Changes"])
            change = predicted.resource("X")
            said = plain[0]["ResourceChange"].get("Replacement") if plain else None
            if change is not None and said == "Conditional" and change.replacement in ("True", "False"):
                found = compare(predicted, Answers(plain)).rows[0]
                decided.append((found.kind, found.stops, bool(found.sentence)))
    assert decided, "no case where the catalog decides what AWS leaves open"
    assert set(decided) == {("decided", False, True)}


def test_nested_stacks_are_compared_inside() -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x/t"}}
    before = stack(S=nested)
    after = stack(S={**nested, "Properties": {"TemplateURL": "https://x/u"}})
    inner = Answers(answer(entry("T", TABLE, "Modify", "True", PolicyAction="ReplaceAndDelete")))
    found = compare(
        diff(before, after),
        Answers(answer(entry("S", "AWS::CloudFormation::Stack", "Modify", "False")), None, {"S": inner}),
    )
    row = next(row for row in found.rows if row.name == "S.T")
    assert (row.kind, row.stops) == ("nested", True)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded change sets are not here")
def test_recorded_change_sets_differ_only_in_known_ways() -> None:
    kinds: set[str] = set()
    compared = 0
    for case in json.loads(RECORDED.read_text()):
        if case["aws"] is None or (case["aws"] == [] and case["transform"]):
            continue
        predicted = diff(
            case["before"],
            case["after"],
            before_parameters=case["before_parameters"],
            parameters=case["after_parameters"],
            before_resolved=case["before_resolved"],
            resolved=case["after_resolved"],
        )
        values = case["aws_with_values"]
        found = compare(predicted, Answers(answer(*case["aws"]), None if values is None else answer(*values)))
        compared += 1
        kinds |= {str(row.kind) for row in found.differences}
        for row in found.worse:
            assert row.kind == "macro", (case["name"], row)
    assert compared > 100
    assert kinds <= {"hidden", "symbol", "macro"} and {"hidden", "symbol"} <= kinds, kinds


def test_the_docs_name_every_kind() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    for kind in KINDS:
        assert f"| {kind} |" in page, kind


# ---------------------------------------------------------------------------------------------
# The command


def test_a_plan_for_a_new_stack_leaves_nothing(account: Account, template: Path) -> None:
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 0, result.stderr
    first = result.stdout.splitlines()[0]
    assert first.startswith(f"shop  eu-west-1  {account.number}   create: 2 added")
    assert "AWS   agrees (change set pf-" in result.stdout
    assert "+ Queue  SQS::Queue  both: added  t.yaml:5" in result.stdout
    assert statuses(account) == {} and change_sets(account, "shop") == []


def test_a_plan_for_an_update(account: Account, template: Path) -> None:
    assert run_command("deploy", "t.yaml", "--stack-name", "shop", "--yes").returncode == 0
    result = run_command("plan", "t.yaml", "--stack-name", "shop", "--exit-code")
    assert result.returncode == 0 and result.stdout.splitlines()[-1].startswith("no changes")
    template.write_text(TEMPLATE.replace("!Ref Name}", "!Ref Name, DelaySeconds: 5}"))
    result = run_command("plan", "t.yaml", "--stack-name", "shop", "--exit-code")
    assert result.returncode == 2, result.stderr
    assert "both: updated" in result.stdout
    assert "parameters that are not given keep their value (Name)" in result.stdout
    result = run_command(
        "plan", "t.yaml", "--stack-name", "shop", "-P", "Name=other", "--fail-on", "replacement"
    )
    assert result.returncode == 3 and "broken: replacement: Queue is replaced" in result.stderr
    assert "parameter Name" in result.stdout
    assert statuses(account) == {"shop": "CREATE_COMPLETE"} and change_sets(account, "shop") == []


@pytest.mark.slow
def test_a_plan_as_json(account: Account, template: Path) -> None:
    result = run_command("plan", "t.yaml", "--stack-name", "shop", "--format", "json")
    data = json.loads(result.stdout)
    plan = data["plans"][0]
    assert plan["stack"] == "shop" and plan["prediction"]["summary"]["added"] == 2
    assert [row["logical_id"] for row in plan["comparison"]] == ["Queue", "Topic"]
    assert plan["comparison"][0]["aws"]["action"] == "Add" and plan["comparison"][0]["difference"] is None


def test_a_plan_in_python(account: Account, template: Path) -> None:
    predicted: list[pyformation.Diff] = []
    found = pyformation.plan(
        "t.yaml", stack_name="shop", on_prediction=lambda plan: predicted.append(plan.prediction)
    )
    assert [change.action for change in predicted[0].resources] == ["Add", "Add"]
    assert isinstance(found.comparison, Comparison) and found.comparison.agrees
    assert found.changes and not found.no_changes and found.account == account.number
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        pyformation.plan("t.yaml", stack_name="shop", colour="red")  # type: ignore[call-arg]
    assert statuses(account) == {}


@pytest.mark.slow
def test_several_regions(account: Account, template: Path) -> None:
    result = run_command(
        "plan", "t.yaml", "--stack-name", "shop", "--region", "eu-west-1", "--region", "us-east-1"
    )
    assert result.returncode == 0, result.stderr
    assert "shop  eu-west-1" in result.stdout and "shop  us-east-1" in result.stdout
    assert statuses(account) == statuses(account, "us-east-1") == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_leave_nothing(proxy: Endpoint, account: Account, template: Path, number: int) -> None:
    waiting = {"Status": "CREATE_IN_PROGRESS", "ExecutionStatus": "UNAVAILABLE"}

    def pending(request: Request) -> dict[str, Any]:
        name = str(request.arguments["ChangeSetName"])
        return {"ChangeSetName": name, "ChangeSetId": name, "StackId": "x", "StackName": "shop", **waiting}

    proxy.answer("DescribeChangeSet", pending)
    command = [sys.executable, "-m", "pyformation", "plan", "t.yaml", "--stack-name", "shop"]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    while proxy.called("DescribeChangeSet") < 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert statuses(account) == {"shop": "REVIEW_IN_PROGRESS"}
    proxy.fault("DeleteChangeSet", Delay(0.5))
    process.send_signal(number)
    while not proxy.called("DeleteChangeSet") and time.monotonic() < end:
        time.sleep(0.05)
    # Who presses Ctrl-C again does not disturb the deletion.
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert "Traceback" not in errors
    assert statuses(account) == {}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["plan", "--save", "plan.json"], id="plan --save", marks=pytest.mark.slow),
        pytest.param(["deploy", "--yes"], id="deploy"),
    ],
)
def test_ctrl_c_leaves_nothing_of_the_regions_that_are_planned(
    proxy: Endpoint, account: Account, template: Path, command: list[str]
) -> None:
    asked: list[str] = []

    def pending(request: Request) -> dict[str, Any] | None:
        if request.region != "us-east-1":
            return None
        asked.append(request.region)
        if len(asked) == 3 and statuses(account):
            os.kill(os.getpid(), signal.SIGINT)
        name = str(request.arguments["ChangeSetName"])
        found = {"ChangeSetName": name, "ChangeSetId": name, "StackId": "x", "StackName": "shop"}
        return {**found, "Status": "CREATE_IN_PROGRESS", "ExecutionStatus": "UNAVAILABLE"}

    proxy.answer("DescribeChangeSet", pending)
    name, *options = command
    regions = ["--region", "eu-west-1", "--region", "us-east-1"]
    result = run_command(name, "t.yaml", "--stack-name", "shop", *regions, *options)
    assert result.returncode == 130
    assert statuses(account) == statuses(account, "us-east-1") == {}


@pytest.mark.slow
def test_a_plan_that_nobody_reads_is_not_kept(account: Account, template: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pyformation",
        "plan",
        "t.yaml",
        "--stack-name",
        "shop",
        "--save",
        "p.json",
    ]
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 1
    assert statuses(account) == {} and not Path("p.json").exists()


@pytest.mark.slow
def test_a_stack_in_review_that_somebody_else_made_stays(account: Account, template: Path) -> None:
    client = account.client()
    client.create_change_set(
        StackName="shop", ChangeSetName="theirs", ChangeSetType="CREATE", TemplateBody=TEMPLATE
    )
    assert run_command("plan", "t.yaml", "--stack-name", "shop").returncode == 0
    assert statuses(account) == {"shop": "REVIEW_IN_PROGRESS"}
    assert change_sets(account, "shop") == ["theirs"]


@pytest.mark.parametrize(
    ("theirs", "listed"),
    [("DescribeChangeSet", True), ("CreateChangeSet", True), ("CreateChangeSet", False)],
    ids=["after ours was made", "before ours was made", "before it was looked at"],
)
def test_of_two_plans_at_once_the_last_leaves_nothing(
    proxy: Endpoint, account: Account, template: Path, theirs: str, listed: bool
) -> None:
    """Another plan has made the empty stack before this one begins, and ends before this one does: it leaves the stack
    to this one's change set, or deletes it before there is one."""
    client = account.client()
    made = {"StackName": "shop", "ChangeSetName": "pf-0a1b2c3d"}
    client.create_change_set(**made, ChangeSetType="CREATE", TemplateBody=TEMPLATE)

    def end(_request: Request) -> None:
        if not ended:
            ended.append(True)
            client.delete_change_set(**made)
            if theirs == "CreateChangeSet":
                client.delete_stack(StackName="shop")

    ended: list[bool] = []
    proxy.answer(theirs, end)
    if not listed:
        proxy.answer("ListChangeSets", {"Summaries": []}, lambda _request: None)
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 0, result.stderr
    assert ended and statuses(account) == {}


@pytest.mark.parametrize("operation", ["CreateChangeSet", "DescribeChangeSet"])
def test_an_empty_stack_that_another_plan_deletes_is_made_again(
    proxy: Endpoint, account: Account, template: Path, operation: str
) -> None:
    words = "Stack:arn is in DELETE_IN_PROGRESS state and can not be updated."
    failures = {
        "CreateChangeSet": Failure("ValidationError", words),
        "DescribeChangeSet": Failure("ChangeSetNotFound", "ChangeSet [pf-1] does not exist", 404),
    }
    deleted: list[bool] = []

    def delete(_request: Request) -> Failure | None:
        if deleted:
            return None
        deleted.append(True)
        account.client().delete_stack(StackName="shop")
        return failures[operation]

    proxy.answer(operation, delete)
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 0, result.stderr
    assert "AWS   agrees" in result.stdout and statuses(account) == {}


def test_a_change_set_that_is_being_deleted_keeps_no_empty_stack(
    proxy: Endpoint, account: Account, template: Path
) -> None:
    gone = {"ChangeSetName": "pf-0a1b2c3d", "Status": "DELETE_IN_PROGRESS"}
    proxy.answer("ListChangeSets", {"Summaries": [gone]})
    assert run_command("plan", "t.yaml", "--stack-name", "shop").returncode == 0
    assert statuses(account) == {}


def test_what_is_sent(proxy: Endpoint, account: Account, tmp_path: Path, template: Path) -> None:
    nested = "  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://s3.amazonaws.com/b/t.yaml'}}\n"
    role = "  Role: {Type: AWS::IAM::Role, Properties: {RoleName: r, AssumeRolePolicyDocument: {}}}\n"
    template.write_text(TEMPLATE.replace("Outputs:", f"{nested}{role}Outputs:"))
    (tmp_path / "pipeline.json").write_text(json.dumps({"Parameters": {"Name": "x"}, "Tags": {"team": "a"}}))
    proxy.answer("CreateChangeSet", Failure("ValidationError", "not today"))
    result = run_command(
        "plan", "t.yaml", "--stack-name", "shop", "--parameters", "pipeline.json", "--tag", "stage=prod",
        "--role", "arn:aws:iam::111111111111:role/deploy",
        "--notification-topic", "arn:aws:sns:eu-west-1:111111111111:t", "--rollback-alarm", "arn:alarm",
        "--monitoring-minutes", "5", "--express", "--no-rollback", "--revert-drift",
    )  # fmt: skip
    assert result.returncode == 1 and result.stderr == "error: AWS says not today\n"
    sent = proxy.arguments("CreateChangeSet")[0]
    assert sent["ChangeSetType"] == "CREATE" and sent["ClientToken"] == sent["ChangeSetName"]
    assert sent["Parameters"] == [{"ParameterKey": "Name", "ParameterValue": "x"}]
    assert sent["Capabilities"] == ["CAPABILITY_NAMED_IAM"] and sent["IncludeNestedStacks"] is True
    assert sent["Tags"] == [{"Key": "team", "Value": "a"}, {"Key": "stage", "Value": "prod"}]
    assert sent["RoleARN"].endswith("role/deploy") and sent["NotificationARNs"][0].endswith(":t")
    assert sent["RollbackConfiguration"] == {
        "RollbackTriggers": [{"Arn": "arn:alarm", "Type": "AWS::CloudWatch::Alarm"}],
        "MonitoringTimeInMinutes": 5,
    }
    assert sent["DeploymentMode"] == "REVERT_DRIFT"
    assert sent["DeploymentConfig"] == {"Mode": "EXPRESS", "DisableRollback": True}
    assert "OnStackFailure" not in sent
    assert sent["TemplateBody"] == template.read_text()


def test_capabilities_that_only_aws_knows_of(proxy: Endpoint, account: Account, template: Path) -> None:
    def refuse(request: Request) -> Any:
        if request.arguments.get("Capabilities"):
            return None
        return Failure("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]")

    proxy.answer("CreateChangeSet", refuse)
    result = run_command("plan", "t.yaml", "--stack-name", "shop", "--format", "json")
    assert json.loads(result.stdout)["plans"][0]["capabilities"] == {"CAPABILITY_IAM": "AWS asks for it"}
    assert [one.get("Capabilities") for one in proxy.arguments("CreateChangeSet")] == [
        None,
        ["CAPABILITY_IAM"],
    ]
    assert statuses(account) == {}


@pytest.mark.slow
def test_no_changes_in_any_words(proxy: Endpoint, account: Account, template: Path) -> None:
    assert run_command("deploy", "t.yaml", "--stack-name", "shop", "--yes").returncode == 0
    proxy.answer("CreateChangeSet", Failure("ValidationError", "No updates are to be performed."))
    for command in (["plan"], ["deploy", "--yes"]):
        result = run_command(*command, "t.yaml", "--stack-name", "shop")
        assert result.returncode == 0 and "no changes" in result.stdout, result.stderr


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
def test_a_lost_connection_makes_one_change_set(
    proxy: Endpoint, account: Account, template: Path, after: bool
) -> None:
    proxy.fault("CreateChangeSet", Lost(after))
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 0, result.stderr
    names = {one["ChangeSetName"] for one in proxy.arguments("CreateChangeSet")}
    assert len(names) == 1 and proxy.called("CreateChangeSet") == 2
    assert statuses(account) == {}


VALIDATION = {
    "EventId": "1", "EventType": "PROGRESS", "OperationType": "CREATE_CHANGESET", "Timestamp": 0,
    "LogicalResourceId": "Queue", "ValidationName": "NAME_CONFLICT_VALIDATION", "ValidationStatus": "FAILED",
    "ValidationStatusReason": "Resource of type AWS::SQS::Queue with identifier orders already exists",
    "ValidationFailureMode": "FAIL", "ValidationPath": "/Resources/Queue/Properties/QueueName",
}  # fmt: skip


def test_validations_and_hooks_speak(proxy: Endpoint, account: Account, template: Path) -> None:
    warning = VALIDATION | {"EventId": "2", "ValidationFailureMode": "WARN", "ValidationName": "QUOTA"}
    warning["ValidationStatusReason"] = "bucket quota 98 of 100\u202e"
    hook = {
        "EventId": "3", "EventType": "PROGRESS", "Timestamp": 0, "LogicalResourceId": "Topic", "HookType": "Acme::Hook::Tags",
        "HookStatus": "HOOK_COMPLETE_FAILED", "HookStatusReason": "no tag", "HookFailureMode": "WARN",
    }  # fmt: skip
    fine = hook | {"EventId": "4", "HookStatus": "HOOK_COMPLETE_SUCCEEDED"}
    proxy.pages("DescribeEvents", "OperationEvents", [warning, hook, fine], 1)
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 0, result.stderr
    assert "agrees (change set pf-" in result.stdout and ", 2 warnings)" in result.stdout
    assert "! Queue: bucket quota 98 of 100\\u202e (validation QUOTA)  t.yaml:5" in result.stdout
    assert "! Topic: no tag (hook Acme::Hook::Tags)  t.yaml:6" in result.stdout
    asked = proxy.arguments("DescribeEvents")[0]["ChangeSetName"]
    assert asked.startswith("arn:") and ":changeSet/pf-" in asked


def test_a_failed_change_set_says_why(proxy: Endpoint, account: Account, template: Path) -> None:
    def failed(request: Request) -> Any:
        name = str(request.arguments["ChangeSetName"])
        return {
            "ChangeSetName": "pf-1", "ChangeSetId": name, "StackId": name.replace("changeSet/pf-1", "stack/shop"),
            "StackName": "shop", "Status": "FAILED", "ExecutionStatus": "UNAVAILABLE",
            "StatusReason": "The following hook(s)/validation failed: [NAME_CONFLICT_VALIDATION].",
        }  # fmt: skip

    proxy.answer("DescribeChangeSet", failed)
    proxy.answer("DescribeEvents", {"OperationEvents": [VALIDATION]})
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 1
    assert "AWS refuses the change set" in result.stdout
    said = " ".join(result.stdout.split())
    assert "identifier orders already exists (validation NAME_CONFLICT_VALIDATION) t.yaml:5" in said
    assert statuses(account) == {}
    result = run_command("deploy", "t.yaml", "--stack-name", "shop", "--yes")
    assert result.returncode == 1 and "already exists" in result.stderr
    assert proxy.called("ExecuteChangeSet") == 0 and statuses(account) == {}


@pytest.mark.slow
def test_unread_validations_are_said(proxy: Endpoint, account: Account, template: Path) -> None:
    proxy.answer("DescribeEvents", denied("cloudformation:DescribeEvents"))
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 0, result.stderr
    assert "not known: access denied" in result.stdout and "cloudformation:DescribeEvents" in result.stdout


@pytest.mark.slow
def test_all_pages_of_a_change_set(proxy: Endpoint, account: Account, template: Path) -> None:
    entries = [entry("Queue", QUEUE, "Add"), entry("Topic", TOPIC, "Add")]

    def pages(request: Request) -> Any:
        start = int(request.arguments.get("NextToken") or 0)
        page = {
            "ChangeSetName": "pf-1", "ChangeSetId": "arn:c", "StackName": "shop", "Status": "CREATE_COMPLETE",
            "StackId": f"arn:aws:cloudformation:eu-west-1:{account.number}:stack/shop/1",
            "ExecutionStatus": "AVAILABLE", "Changes": list(answer(entries[start])),
        }  # fmt: skip
        return page | ({"NextToken": "1"} if start == 0 else {})

    proxy.answer("DescribeChangeSet", pages)
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert "AWS   agrees" in result.stdout, result.stdout + result.stderr
    asked = proxy.arguments("DescribeChangeSet")
    assert [one.get("NextToken") for one in asked if one.get("IncludePropertyValues")] == [None, "1"]
    assert [one.get("NextToken") for one in asked if not one.get("IncludePropertyValues")] == [None, "1"]


@pytest.mark.slow
def test_a_large_template_goes_through_s3(account: Account, template: Path) -> None:
    template.write_text(TEMPLATE + "# " + "x" * 52_000 + "\n")
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 1 and "52,2" in result.stderr and "give --bucket" in result.stderr
    account.client("s3").create_bucket(
        Bucket="assets-eu-west-1", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    result = run_command("plan", "t.yaml", "--stack-name", "shop", "--bucket", "assets-{region}")
    assert result.returncode == 0, result.stderr
    assert "agrees" in result.stdout
    keys = [one["Key"] for one in account.client("s3").list_objects_v2(Bucket="assets-eu-west-1")["Contents"]]
    assert len(keys) == 1 and keys[0].endswith(".yaml")
    template.write_text(TEMPLATE + "# " + "x" * 1_000_001 + "\n")
    result = run_command("plan", "t.yaml", "--stack-name", "shop", "--bucket", "assets-{region}")
    assert result.returncode == 1 and "takes at most 1,000,000" in result.stderr


@pytest.mark.slow
def test_imports(account: Account, template: Path) -> None:
    account.client("sqs").create_queue(QueueName="there")
    url = account.client("sqs").get_queue_url(QueueName="there")["QueueUrl"]
    template.write_text(
        "Resources:\n  Queue: {Type: AWS::SQS::Queue, DeletionPolicy: Retain, Properties: {QueueName: there}}\n"
    )
    result = run_command("plan", "t.yaml", "--stack-name", "shop", "--import", f"Queue={url}")
    assert result.returncode == 0, result.stderr
    assert "both: imported" in result.stdout
    for wrong, sentence in (
        ("Queu=x", "no resource 'Queu' to import; did you mean 'Queue'?"),
        ("Queue=QueueNam=x", "is identified by QueueUrl, not by QueueNam"),
    ):
        result = run_command("plan", "t.yaml", "--stack-name", "shop", "--import", wrong)
        assert result.returncode == 1 and sentence in result.stderr, result.stderr
    assert statuses(account) == {}


def test_bad_input(account: Account, template: Path) -> None:
    for arguments, sentence in (
        (["nothing.yaml"], "there is no file 'nothing.yaml'"),
        (["t.yaml", "-P", "Nmae=x"], "no parameter 'Nmae'; did you mean 'Name'?"),
        (["t.yaml", "--fail-on", "deletoin"], "did you mean 'deletion'?"),
    ):
        result = run_command("plan", *arguments, "--stack-name", "shop")
        assert result.returncode == 1 and sentence in result.stderr, result.stderr
        assert result.stderr.count("\n") == 1
    template.write_text(TEMPLATE.replace(", Default: orders", ""))
    result = run_command("plan", "t.yaml", "--stack-name", "shop")
    assert result.returncode == 1 and "give it with -P Name=... (t.yaml:3)" in result.stderr
    assert statuses(account) == {}


# ---------------------------------------------------------------------------------------------
# Plans in files


def test_a_saved_plan_is_executed(account: Account, template: Path, tmp_path: Path) -> None:
    result = run_command("plan", "t.yaml", "--stack-name", "shop", "--save", "plan.json")
    assert result.returncode == 0, result.stderr
    assert statuses(account) == {"shop": "REVIEW_IN_PROGRESS"} and len(change_sets(account, "shop")) == 1
    saved = (tmp_path / "plan.json").read_text()
    assert "orders" not in saved, "values of parameters are not in the file"
    result = run_command("deploy", "--plan", "plan.json")
    assert result.returncode == 1 and "give --yes" in result.stderr
    assert len(change_sets(account, "shop")) == 1
    result = run_command("deploy", "--plan", "plan.json", "--yes", "-P", "Name=other")
    assert result.returncode == 1 and "--plan has decided -P" in result.stderr
    protected = "--termination-protection"
    result = run_command("deploy", "--plan", "plan.json", "--yes", "--fail-on", "deletion", protected)
    assert result.returncode == 0, result.stderr
    assert account.client().describe_stacks(StackName="shop")["Stacks"][0]["EnableTerminationProtection"]
    assert statuses(account) == {"shop": "CREATE_COMPLETE"}
    result = run_command("deploy", "--plan", "plan.json", "--yes")
    assert result.returncode == 1 and "was created after the plan was made" in result.stderr


@pytest.mark.slow
def test_a_saved_plan_is_refused_when_the_stack_moved(account: Account, template: Path) -> None:
    assert run_command("deploy", "t.yaml", "--stack-name", "shop", "--yes").returncode == 0
    template.write_text(TEMPLATE.replace("!Ref Name}", "!Ref Name, DelaySeconds: 5}"))
    assert run_command("plan", "t.yaml", "--stack-name", "shop", "--save", "plan.json").returncode == 0
    template.write_text(TEMPLATE.replace("!Ref Name}", "!Ref Name, DelaySeconds: 7}"))
    assert run_command("deploy", "t.yaml", "--stack-name", "shop", "--yes").returncode == 0
    result = run_command("deploy", "--plan", "plan.json", "--yes")
    assert result.returncode == 1 and "make a new plan" in result.stderr


def test_the_source_beside_a_saved_plan_is_the_one_that_was_planned(account: Account, template: Path) -> None:
    assert run_command("plan", "t.yaml", "--stack-name", "shop", "--save", "plan.json").returncode == 0
    template.write_text(TEMPLATE.replace("!Ref Name}", "!Ref Name, DelaySeconds: 5}"))
    result = run_command("deploy", "t.yaml", "--plan", "plan.json", "--yes")
    assert result.returncode == 1
    assert result.stderr == (
        "error: t.yaml is not what plan.json was made from; leave it out to execute the plan, or make a new plan\n"
    )
    assert statuses(account) == {"shop": "REVIEW_IN_PROGRESS"} and len(change_sets(account, "shop")) == 1
    template.write_text("# moved by a line\n" + TEMPLATE)
    assert run_command("deploy", "t.yaml", "--plan", "plan.json", "--yes").returncode == 0


@pytest.mark.parametrize("broken", ["rule", "region"])
def test_a_plan_is_saved_only_if_all_of_it_may_be_executed(
    proxy: Endpoint, account: Account, template: Path, broken: str
) -> None:
    assert run_command("deploy", "t.yaml", "--stack-name", "shop", "--yes").returncode == 0
    arguments = ["t.yaml", "--stack-name", "shop", "-P", "Name=other", "--save", "plan.json"]
    if broken == "rule":
        result = run_command("plan", *arguments, "--fail-on", "replacement")
        assert result.returncode == 3 and "nothing was saved to plan.json: a rule is broken" in result.stderr
    else:
        refused = denied("cloudformation:CreateChangeSet")
        proxy.answer("CreateChangeSet", lambda asked: refused if asked.region == "us-east-1" else None)
        result = run_command("plan", *arguments, "--region", "eu-west-1", "--region", "us-east-1")
        assert result.returncode == 1
        assert "nothing was saved to plan.json: not every region could be planned" in result.stderr
    assert not Path("plan.json").exists() and change_sets(account, "shop") == []


def test_answers_of_aws_alone_differ_from_nothing() -> None:
    stack_type = "AWS::CloudFormation::Stack"
    inner = Answers(answer(entry("Queue", QUEUE, "Modify", "True")))
    found = alone(Answers(answer(entry("N", stack_type, "Modify", "False")), nested={"N": inner}))
    assert [(row.name, str(row.aws)) for row in found.rows] == [("N", "updated"), ("N.Queue", "replaced")]
    assert found.agrees and not found.worse


@pytest.mark.parametrize(
    "several",
    [pytest.param(False, id="one region"), pytest.param(True, id="two regions", marks=pytest.mark.slow)],
)
def test_a_saved_plan_shows_what_is_approved(account: Account, template: Path, several: bool) -> None:
    regions = ["--region", "eu-west-1", *(["--region", "us-east-1"] if several else [])]
    assert run_command("deploy", "t.yaml", "--stack-name", "shop", "--yes", *regions).returncode == 0
    arguments = ["t.yaml", "--stack-name", "shop", "-P", "Name=other", "--save", "plan.json", *regions]
    assert run_command("plan", *arguments).returncode == 0
    asked = run_command("deploy", "--plan", "plan.json")
    assert "give --yes" in asked.stderr
    lines = [line.strip() for line in asked.stdout.splitlines()]
    assert lines[0].startswith("shop  eu-west-1") and "change set pf-" in lines[0]
    assert "-/+ Queue  SQS::Queue  replaced" in lines and "~ Topic  SNS::Topic  updated" in lines
    assert not [line for line in lines if "agrees" in line or "both" in line]
    named = run_command("deploy", "t.yaml", "--plan", "plan.json").stdout
    assert "-/+ Queue  SQS::Queue  replaced  t.yaml:5" in named
    done = run_command("deploy", "--plan", "plan.json", "--yes", "--json")
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert shown[0]["type"] == "plan" and shown[0]["prediction"] is None
    assert {row["logical_id"]: row["aws"]["replacement"] for row in shown[0]["comparison"]} == {
        "Queue": "True",
        "Topic": "False",
    }


@pytest.mark.slow
def test_the_rules_hold_for_a_saved_plan(account: Account, template: Path) -> None:
    assert run_command("deploy", "t.yaml", "--stack-name", "shop", "--yes").returncode == 0
    arguments = ["t.yaml", "--stack-name", "shop", "-P", "Name=other", "--save", "plan.json"]
    assert run_command("plan", *arguments).returncode == 0
    result = run_command("deploy", "--plan", "plan.json", "--yes", "--fail-on", "replacement")
    assert result.returncode == 3 and "Queue is replaced" in result.stderr
    assert len(change_sets(account, "shop")) == 1, "whoever saved it wants it kept"
    result = run_command("deploy", "--plan", "plan.json", "--yes")
    assert result.returncode == 0, result.stderr


def test_a_plan_that_cannot_be_written_leaves_nothing(account: Account, template: Path) -> None:
    result = run_command("plan", "t.yaml", "--stack-name", "shop", "--save", "nowhere/plan.json")
    assert result.returncode == 1 and "nowhere/plan.json" in result.stderr
    assert statuses(account) == {}


@pytest.mark.slow
def test_other_files_are_no_plans(account: Account, template: Path, tmp_path: Path) -> None:
    for text, sentence in (
        ("{", "it is not JSON"),
        ("{}", "not a plan of this version"),
        ('{"version": 1, "plans": [{}]}', "stack_name is missing"),
        ('{"version": 1, "plans": []}', "has no plan"),
    ):
        (tmp_path / "p.json").write_text(text)
        result = run_command("deploy", "--plan", "p.json", "--yes")
        assert result.returncode == 1 and sentence in result.stderr, result.stderr


# ---------------------------------------------------------------------------------------------
# What is sent


@pytest.mark.parametrize(
    ("name", "text", "parameters", "tags"),
    [
        ("flat.json", '{"Stage": "prod", "Count": 010}', None, None),
        ("flat.yaml", "Stage: prod\nCount: 010\n", {"Stage": "prod", "Count": "010"}, None),
        ("sam.toml.json", '["Stage=prod"]', {"Stage": "prod"}, None),
        (
            "cli.json",
            '[{"ParameterKey": "Stage", "ParameterValue": "prod"}, {"ParameterKey": "Old", "UsePreviousValue": true}]',
            {"Stage": "prod"},
            None,
        ),
        ("kept.json", '[{"ParameterKey": "Old", "UsePreviousValue": true}]', {}, None),
        (
            "pipeline.json",
            '{"Parameters": {"Stage": "prod"}, "Tags": {"team": "a"}, "StackPolicy": {"Statement": []}}',
            {"Stage": "prod"},
            {"team": "a"},
        ),
        (
            "gitsync.yaml",
            "template-file-path: t.yaml\nparameters:\n  Stage: prod\ntags:\n  team: a\n",
            {"Stage": "prod"},
            {"team": "a"},
        ),
        ("onlytags.yaml", "template-file-path: t.yaml\ntags: {team: a}\n", {}, {"team": "a"}),
        ("parameter-called-tags.yaml", "Tags: x\nStage: prod\n", {"Tags": "x", "Stage": "prod"}, None),
    ],
)
def test_files_of_parameters(
    tmp_path: Path, name: str, text: str, parameters: dict[str, str] | None, tags: dict[str, str] | None
) -> None:
    from pyformation.sources.parameter_files import read_deployment

    path = tmp_path / name
    path.write_text(text)
    if parameters is None:
        with pytest.raises(pyformation.SourceError, match="is not JSON"):
            read_deployment(str(path))
        return
    found = read_deployment(str(path))
    assert (found.parameters, found.tags) == (parameters, tags)


ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (stack(Q={"Type": QUEUE}), {}),
        (stack(R=ROLE), {"CAPABILITY_IAM": "R is an AWS::IAM::Role"}),
        (
            stack(R={**ROLE, "Properties": {"RoleName": "r"}}),
            {"CAPABILITY_NAMED_IAM": "R sets RoleName"},
        ),
        (
            stack(A=ROLE, B={**ROLE, "Properties": {"RoleName": "r"}}),
            {"CAPABILITY_NAMED_IAM": "B sets RoleName"},
        ),
        (
            {**stack(Q={"Type": QUEUE}), "Transform": ["MyMacro", "Other"]},
            {"CAPABILITY_AUTO_EXPAND": "the template uses MyMacro, Other"},
        ),
        (
            {**stack(F={"Type": "AWS::Serverless::Function"}), "Transform": "AWS::Serverless-2016-10-31"},
            {
                "CAPABILITY_AUTO_EXPAND": "the template uses AWS::Serverless-2016-10-31",
                "CAPABILITY_IAM": "F is an AWS::Serverless::Function",
            },
        ),
    ],
)
def test_capabilities_are_those_that_are_needed(template: Any, why: dict[str, str]) -> None:
    from pyformation.deployment.requests import capabilities
    from pyformation.sources import loaded

    found = capabilities(loaded(template))
    assert found == why
    # Those of a nested stack are asked for as well, also once its template is uploaded.
    for url in ("child.yaml", "https://b.s3.amazonaws.com/child.yaml"):
        outer = loaded(stack(N={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}))
        inner = loaded(template)
        known = {"uploaded": {url: inner}} if "://" in url else {"siblings": lambda *_, inner=inner: inner}
        nested = {
            name: text.replace("the template uses", "N uses")
            if text.startswith("the template")
            else f"N.{text}"
            for name, text in why.items()
        }
        assert capabilities(attrs.evolve(outer, **known)) == nested
