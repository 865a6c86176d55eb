"""`delete`: what goes is shown first, and nothing goes that must not."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest
from aws_endpoint import Endpoint, Lost, Request, denied
from aws_servers import Account, new_account
from conftest import run_command
from live_stacks import QUEUE, create, exists, fill, template
from stack_events import START, answers, arn

import pyformation
from pyformation import DeploymentError
from pyformation.deployment import Deletion, DeletionPlan

TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
}


@pytest.fixture(autouse=True)
def _asks_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pace of following has tests of its own; here it would only cost time."""
    monkeypatch.setattr("pyformation.deployment.events.BUSY", 0.1)


def refused(account: Account, **options: Any) -> str:
    with pytest.raises(DeploymentError) as found:
        pyformation.delete("shop", session=account.session(), **options)
    return str(found.value)


def seen(account: Account, **options: Any) -> DeletionPlan:
    """The plan of a deletion that nobody approves."""
    plans: list[DeletionPlan] = []
    found = pyformation.delete(
        "shop", session=account.session(), approve=lambda plan: plans.append(plan) is not None, **options
    )
    assert found.outcome == "declined"
    return plans[0]


def test_what_goes_is_what_the_diff_to_the_empty_template_says(account: Account) -> None:
    kept = {**TABLE, "DeletionPolicy": "Retain"}
    create(account, "shop", template(Table=TABLE, Kept=kept, Queue=QUEUE))
    plan = seen(account)
    assert {each.name: each.fate for each in plan.resources} == {
        "Table": "deleted",
        "Kept": "retained",
        "Queue": "deleted",
    }
    found = pyformation.diff("live:shop@eu-west-1", {})
    expected = {(each.code, each.resource) for each in found.findings if each.resource != "Kept"}
    assert {(finding.code, finding.resource) for _, finding in plan.findings} == expected
    assert ("PF101", "Table") in expected
    assert exists(account, "shop")


@pytest.mark.parametrize(
    ("resources", "line"),
    [
        (
            {"Table": TABLE, "Kept": {**TABLE, "DeletionPolicy": "Retain"}},
            "1 resource to delete, 1 with a finding; 1 is kept",
        ),
        ({"Kept": {**TABLE, "DeletionPolicy": "Retain"}}, "no resource to delete; 1 is kept"),
        (
            {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
            "1 resource to delete; nothing is known to be lost for good",
        ),
    ],
    ids=["deleted and kept", "kept", "nothing of value"],
)
def test_the_command_counts_what_goes_and_what_stays(
    account: Account, resources: dict[str, Any], line: str
) -> None:
    create(account, "shop", template(**resources))
    assert run_command("delete", "shop").stdout.splitlines()[1] == line


def test_the_command_shows_it_asks_and_deletes(account: Account) -> None:
    create(account, "shop", template(Table=TABLE))
    asked = run_command("delete", "shop")
    assert asked.returncode == 1
    assert "PF101 Table (AWS::DynamoDB::Table) is removed" in asked.stdout
    assert asked.stderr == "error: nobody can be asked here: give --yes to go on without a question\n"
    assert exists(account, "shop")
    done = run_command("delete", "shop", "--yes")
    assert done.returncode == 0 and done.stdout.endswith("shop is deleted\n")
    assert not exists(account, "shop") and not account.client("dynamodb").list_tables()["TableNames"]


def test_termination_protection(account: Account) -> None:
    create(account, "shop", template(Queue=QUEUE), EnableTerminationProtection=True)
    sentence = refused(account, region="eu-west-1")
    assert sentence.startswith("shop cannot be deleted: termination protection is on; next: ")
    assert sentence.endswith(
        "aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name shop "
        "--region eu-west-1"
    )
    assert exists(account, "shop")


def test_exports_in_use_are_named(proxy: Endpoint, account: Account) -> None:
    body = json.loads(template(Queue=QUEUE))
    body["Outputs"] = {
        "Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": "url"}},
        "Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Export": {"Name": "arn"}},
    }
    create(account, "shop", json.dumps(body))
    importing = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "url"}}}
    for name in ("api", "web"):
        create(account, name, template(Topic=importing))
    assert refused(account) == (
        "shop cannot be deleted: url is imported by api and web; next: remove the imports from those stacks first"
    )
    assert proxy.called("DeleteStack") == 0
    for name in ("api", "web"):
        assert pyformation.delete(name, session=account.session()).outcome == "deleted"
    assert pyformation.delete("shop", session=account.session()).outcome == "deleted"


def test_a_deletion_that_aws_takes_back(endpoint: Endpoint) -> None:
    """AWS accepts it, and returns to the earlier status: botocore's waiter would never end."""
    stack = {
        "StackName": "shop",
        "StackId": arn("shop"),
        "StackStatus": "UPDATE_COMPLETE",
        "CreationTime": START,
    }
    endpoint.answer("DescribeStacks", {"Stacks": [stack]})
    endpoint.answer("ListStackResources", {"StackResourceSummaries": []})
    before = list(reversed(answers("0 shop - UPDATE_IN_PROGRESS\n1 shop - UPDATE_COMPLETE")))
    after = list(
        reversed(
            answers(
                "5 shop - DELETE_IN_PROGRESS User Initiated\n"
                "6 shop - UPDATE_COMPLETE Delete canceled. Cannot delete export url as it is in use by api."
            )
        )
    )
    begun: list[Any] = []
    endpoint.answer(
        "DescribeStackEvents", lambda _request: {"StackEvents": (after if begun else []) + before}
    )
    endpoint.answer("DescribeEvents", {"OperationEvents": []})
    endpoint.answer("DeleteStack", lambda request: begun.append(request) or {})
    endpoint.fault("DeleteStack", Lost(after=True))
    found = pyformation.delete("shop", session=new_account(endpoint.address).session())
    assert found.outcome == "failed" and found.failure is not None and found.stack is not None
    assert found.failure.cause.words == "Delete canceled. Cannot delete export url as it is in use by api."
    assert found.failure.cause.help == ("url is imported by api: remove the import there first",)
    assert len({sent["ClientRequestToken"] for sent in endpoint.arguments("DeleteStack")}) == 1
    assert endpoint.arguments("DeleteStack")[0]["StackName"] == arn("shop")


def test_a_deletion_that_fails_and_is_finished(account: Account) -> None:
    fill(account, "shop")
    failed: Deletion = pyformation.delete("shop", session=account.session())
    assert failed.outcome == "failed" and failed.failure is not None
    assert failed.failure.cause.name == "Repository"
    assert [left.name for left in failed.failure.left] == ["Repository"]
    assert [lost.name for lost in failed.failure.lost] == ["Queue"]
    plan = seen(account, retain=["Repository"])
    assert {each.name: each.fate for each in plan.resources} == {"Repository": "kept"}
    assert not plan.findings
    assert "'Queue' is not a resource that failed to be deleted" in refused(account, retain=["Queue"])
    assert "not both" in refused(account, retain=["Repository"], force=True)
    done = run_command("delete", "shop", "--force", "--yes")
    assert done.returncode == 0 and "shop is deleted" in done.stdout
    assert account.client("ecr").describe_repositories()["repositories"]


@pytest.mark.parametrize("options", [{"retain": ["Queue"]}, {"force": True}], ids=["retain", "force"])
def test_what_is_only_legal_after_a_failed_deletion(account: Account, options: dict[str, Any]) -> None:
    create(account, "shop", template(Queue=QUEUE))
    sentence = refused(account, **options)
    assert (
        "(CREATE_COMPLETE)" in sentence
        and "set its DeletionPolicy to Retain and deploy that first" in sentence
    )
    assert exists(account, "shop")


def nested(account: Account, **more: str) -> None:
    s3 = account.client("s3")
    s3.create_bucket(
        Bucket=f"templates-{account.number}", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    body = json.loads(template(Table=TABLE))
    body["Outputs"] = {"Name": {"Value": {"Ref": "Table"}, "Export": {"Name": "tables"}}}
    s3.put_object(Bucket=f"templates-{account.number}", Key="data.json", Body=json.dumps(body).encode())
    url = f"https://s3.eu-west-1.amazonaws.com/templates-{account.number}/data.json"
    create(
        account,
        "shop",
        template(Data={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}, **more}),
    )


def test_nested_stacks(account: Account) -> None:
    """What is in them is lost as well."""
    nested(account)
    plan = seen(account)
    assert {each.name for each in plan.resources} == {"Data", "Data.Table"}
    assert [
        (path, finding.code, finding.resource) for path, finding in plan.findings if finding.code == "PF101"
    ] == [(("Data",), "PF101", "Table")]
    shown = run_command("delete", "shop").stdout
    assert "PF101 Data.Table (AWS::DynamoDB::Table) is removed" in shown


@pytest.mark.parametrize("importer", ["user", "shop"], ids=["elsewhere", "in the same stack"])
def test_exports_of_nested_stacks_in_use_are_named(proxy: Endpoint, account: Account, importer: str) -> None:
    nested(account)

    def described(asked: Request) -> Any:
        found = account.client().describe_stacks(StackName=asked.arguments["StackName"])
        for output in found["Stacks"][0].get("Outputs") or ():
            output["ExportName"] = "tables"  # The stand-in leaves out those of nested stacks.
        return {"Stacks": found["Stacks"]}

    proxy.answer("DescribeStacks", described)
    proxy.answer("ListImports", {"Imports": [importer]})
    if importer == "shop":
        assert seen(account).resources
    else:
        assert "shop cannot be deleted: tables is imported by user" in refused(account)


def test_what_is_in_a_nested_stack_that_is_retained_stays(account: Account) -> None:
    nested(account, DeletionPolicy="Retain")
    plan = seen(account)
    assert [(each.name, each.fate) for each in plan.resources] == [("Data", "retained")]
    assert not plan.findings


def test_a_nested_stack_is_not_deleted_without_its_parent(endpoint: Endpoint) -> None:
    about = {"StackStatus": "UPDATE_COMPLETE", "CreationTime": START, "RootId": arn("shop")}
    endpoint.answer("DescribeStacks", {"Stacks": [{"StackName": "data", "StackId": arn("data"), **about}]})
    with pytest.raises(DeploymentError, match="is nested in the stack shop, which would still expect it"):
        pyformation.delete("data", session=new_account(endpoint.address).session())


def test_a_stack_that_is_empty(account: Account) -> None:
    client = account.client()
    client.create_change_set(
        StackName="shop", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=template(Queue=QUEUE)
    )
    plan = seen(account)
    assert not plan.resources and not plan.findings
    assert pyformation.delete("shop", session=account.session()).outcome == "deleted"
    with pytest.raises(DeploymentError, match="the stack 'shop' does not exist"):
        pyformation.delete("shop", session=account.session())


def test_a_running_stack_is_not_deleted(endpoint: Endpoint) -> None:
    stack = {
        "StackName": "shop",
        "StackId": arn("shop"),
        "StackStatus": "UPDATE_IN_PROGRESS",
        "CreationTime": START,
    }
    endpoint.answer("DescribeStacks", {"Stacks": [stack]})
    with pytest.raises(
        DeploymentError, match=r"it is being updated \(UPDATE_IN_PROGRESS\); next: wait until it is done"
    ):
        pyformation.delete("shop", session=new_account(endpoint.address).session())


def test_a_deletion_that_is_already_running_is_followed(endpoint: Endpoint) -> None:
    """The same command again picks up where the first one was interrupted."""
    about = {"StackName": "shop", "StackId": arn("shop"), "CreationTime": START}
    stacks = [
        {"Stacks": [{**about, "StackStatus": each}]} for each in ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
    ]
    endpoint.answer("DescribeStacks", *stacks)
    text = "0 shop - DELETE_IN_PROGRESS User Initiated\n1 Queue=q SQS::Queue DELETE_COMPLETE\n2 shop - DELETE_COMPLETE"
    endpoint.answer("DescribeStackEvents", {"StackEvents": list(reversed(answers(text)))})
    done = run_command("delete", "shop")
    assert done.returncode == 0, done.stderr
    assert "already running" in done.stdout and "Queue  SQS::Queue  DELETE_COMPLETE" in done.stdout
    assert done.stdout.endswith("shop is deleted\n") and endpoint.called("DeleteStack") == 0


@pytest.mark.parametrize(
    "body",
    [
        "{not a template",
        "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nope}}}",
        None,
    ],
    ids=["text", "reference", "denied"],
)
def test_a_stack_whose_template_cannot_be_evaluated(
    proxy: Endpoint, account: Account, body: str | None
) -> None:
    """It can be deleted all the same; the command says that it does not know what is lost."""
    create(account, "shop", template(Table=TABLE))
    answer = denied("cloudformation:GetTemplate") if body is None else {"TemplateBody": body}
    proxy.answer("GetTemplate", answer)
    plan = seen(account)
    assert [each.name for each in plan.resources] == ["Table"] and len(plan.unknown) == 1
    shown = run_command("delete", "shop", "--yes")
    assert shown.returncode == 0, shown.stderr
    assert "! what is lost is not known: shop: " in shown.stdout and not exists(account, "shop")


def test_who_leaves_one_region_to_aws_begins_no_other(proxy: Endpoint, account: Account) -> None:
    for region in ("eu-west-1", "us-east-1"):
        create(account, "shop", template(Queue=QUEUE), region)

    def interrupt(_asked: Request) -> None:
        if proxy.called("DeleteStack"):
            os.kill(os.getpid(), signal.SIGINT)

    proxy.answer("DescribeStackEvents", interrupt)
    done = run_command("delete", "shop", "--region", "eu-west-1", "--region", "us-east-1", "--yes")
    assert done.returncode == 130
    assert "the deletion of shop goes on at AWS" in done.stdout
    assert done.stderr == "us-east-1: not begun\n" and exists(account, "shop", "us-east-1")
