"""`status` and `recover`: what a stack is, why it failed, and the next legal step, taken."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from aws_endpoint import EXPIRED, THROTTLED, Endpoint, Failure, Lost, denied
from aws_servers import Account, new_account
from conftest import ROOT, run_command
from live_stacks import BROKEN, QUEUE, WAIT, create, exists, fill, resources, status, stick, template, update
from stack_events import START, answers, arn

import pyformation
from pyformation import DeploymentError
from pyformation.deployment.recovery import Recovery, RecoveryPlan

FAILED = "WaitCondition received failed message: '' for uniqueId: test"


@pytest.fixture(autouse=True)
def _asks_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pace of following has tests of its own; here it would only cost time."""
    monkeypatch.setattr("pyformation.deployment.events.BUSY", 0.1)


def recover(server: Endpoint | Account, **options: Any) -> Recovery:
    session = server.session() if isinstance(server, Account) else new_account(server.address).session()
    return pyformation.recover("shop", session=session, **options)


def refused(server: Endpoint | Account, **options: Any) -> str:
    """The sentence of the error."""
    with pytest.raises(DeploymentError) as found:
        recover(server, **options)
    return str(found.value)


def events_of(endpoint: Endpoint, text: str, stack: str = "shop", **more: Any) -> None:
    """Let an endpoint have the events of one stack."""
    found = list(reversed(answers(text, stack, **more)))
    endpoint.answer("DescribeStackEvents", {"StackEvents": found})
    endpoint.answer("DescribeEvents", {"OperationEvents": []})


def stack_of(endpoint: Endpoint, status: str, *after: str, stack: str = "shop", **more: Any) -> None:
    """Let an endpoint have one stack, with a status, and others in later answers."""

    def described(status: str) -> dict[str, Any]:
        found = {
            "StackName": stack,
            "StackId": arn(stack),
            "StackStatus": status,
            "CreationTime": START,
            **more,
        }
        return {"Stacks": [found]}

    endpoint.answer("DescribeStacks", *map(described, (status, *after)))


# ---------------------------------------------------------------------------------------------
# A stuck rollback


def test_a_stuck_rollback_from_its_status_to_its_recovery(account: Account) -> None:
    stick(account, "shop")
    found = pyformation.status("shop", session=account.session())
    assert found.failure is not None
    assert (found.failure.cause.name, found.failure.cause.words) == ("Wait", FAILED)
    assert [cause.name for cause in found.failure.in_rollback] == ["Policy"]
    assert found.steps[0].operation == "ContinueUpdateRollback"

    shown = run_command("status", "shop")
    assert shown.returncode == 0
    assert "UPDATE_ROLLBACK_FAILED" in shown.stdout and "failed in the rollback: Policy" in shown.stdout
    assert shown.stdout.count(FAILED) == 1

    asked = run_command("recover", "shop")
    assert asked.returncode == 1 and "give --yes" in asked.stderr
    assert status(account, "shop") == "UPDATE_ROLLBACK_FAILED"
    wrong = run_command("recover", "shop", "--skip", "Polcy")
    assert (
        wrong.stderr == "error: 'Polcy' is not a resource that failed to roll back; did you mean 'Policy'?\n"
    )

    retried = run_command("recover", "shop", "--retry", "--yes")
    assert retried.returncode == 4, retried.stdout
    assert "x Policy failed" in retried.stdout and "skipping nothing" in retried.stdout

    plans: list[RecoveryPlan] = []
    declined = pyformation.recover(
        "shop", session=account.session(), approve=lambda plan: plans.append(plan) is not None
    )
    assert declined.outcome == "declined"
    assert [each.name for each in plans[0].skipped] == ["Policy"]

    seen: list[str] = []
    done = pyformation.recover(
        "shop", session=account.session(), on_event=lambda followed: seen.append(followed.event.status)
    )
    assert done.outcome == "recovered" and done.stack is not None
    assert done.stack.status == "UPDATE_ROLLBACK_COMPLETE" == seen[-1]
    again = run_command("recover", "shop", "--yes")
    assert again.returncode == 0 and "nothing to recover" in again.stdout


STUCK = """
0  shop          -                UPDATE_IN_PROGRESS  User Initiated
3  Table         DynamoDB::Table  CREATE_FAILED  Internal Failure
4  shop          -                UPDATE_ROLLBACK_IN_PROGRESS  The following resource(s) failed to create: [Table].
5  Queue=q       SQS::Queue       UPDATE_FAILED  Queue q does not exist
5  Topic=t       SNS::Topic       UPDATE_FAILED  Resource update cancelled
5  Net=net       CloudFormation::Stack  UPDATE_FAILED  Embedded stack arn:x was not successfully updated. Currently in UPDATE_ROLLBACK_FAILED with reason: The following resource(s) failed to update: [Vpc].
6  shop          -                UPDATE_ROLLBACK_FAILED  The following resource(s) failed to update: [Net, Queue].
"""
NET = """
1  net      -            UPDATE_IN_PROGRESS
4  net      -            UPDATE_ROLLBACK_IN_PROGRESS
5  Vpc=v    EC2::VPC     UPDATE_FAILED  The vpc ID 'v' does not exist
5  net      -            UPDATE_ROLLBACK_FAILED  The following resource(s) failed to update: [Vpc].
"""
CONTINUED = "10 shop - UPDATE_ROLLBACK_IN_PROGRESS User Initiated\n11 shop - UPDATE_ROLLBACK_COMPLETE"


def stuck(endpoint: Endpoint, status: str = "UPDATE_ROLLBACK_FAILED") -> None:
    stack_of(endpoint, status, status, "UPDATE_ROLLBACK_COMPLETE")
    found = {name: list(reversed(answers(text, name))) for name, text in (("shop", STUCK), ("net", NET))}
    continued: list[Any] = []

    def events(request: Any) -> Any:
        name = "net" if "stack/net/" in request.arguments["StackName"] else "shop"
        return {"StackEvents": (continued if name == "shop" else []) + found[name]}

    def go_on(request: Any) -> Any:
        token = request.arguments["ClientRequestToken"]
        continued[:] = reversed(answers(CONTINUED, ClientRequestToken=token))
        return {}

    endpoint.answer("DescribeStackEvents", events)
    endpoint.answer("DescribeEvents", {"OperationEvents": []})
    endpoint.answer("ContinueUpdateRollback", go_on)


def test_what_is_skipped_is_found_in_the_events(endpoint: Endpoint) -> None:
    """Not what was canceled; and what is in a nested stack behind the name of that stack."""
    stuck(endpoint)
    done = recover(endpoint)
    assert done.outcome == "recovered"
    (sent,) = endpoint.arguments("ContinueUpdateRollback")
    assert sorted(sent["ResourcesToSkip"]) == ["Queue", "net.Vpc"]
    assert "ForceRollback" not in sent and sent["StackName"] == arn("shop")
    assert sent["ClientRequestToken"].startswith("pyformation-recover-")


def test_what_was_rolled_back_at_last_is_not_skipped(endpoint: Endpoint) -> None:
    """AWS refuses to skip a resource that does not need it; the first attempt failed on another one."""
    second = """
7  shop     -           UPDATE_ROLLBACK_IN_PROGRESS  User Initiated
8  Queue=q  SQS::Queue  UPDATE_COMPLETE
8  Net=net  CloudFormation::Stack  UPDATE_COMPLETE
9  Role=r   IAM::Role   UPDATE_FAILED  Role r does not exist
9  shop     -           UPDATE_ROLLBACK_FAILED  The following resource(s) failed to update: [Role].
"""
    stack_of(endpoint, "UPDATE_ROLLBACK_FAILED")
    net = NET + "8 Vpc=v EC2::VPC UPDATE_COMPLETE\n8 net - UPDATE_ROLLBACK_COMPLETE\n"
    found = {"shop": answers(STUCK + second)[::-1], "net": answers(net, "net")[::-1]}
    endpoint.answer(
        "DescribeStackEvents",
        lambda request: {
            "StackEvents": found["net" if "stack/net/" in request.arguments["StackName"] else "shop"]
        },
    )
    endpoint.answer("DescribeEvents", {"OperationEvents": []})
    seen: list[RecoveryPlan] = []
    recover(endpoint, approve=lambda plan: seen.append(plan) is not None)
    assert [(each.name, each.reason) for each in seen[0].skipped] == [("Role", "Role r does not exist")]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"force": True}, {"ForceRollback": True}),
        ({"retry": True}, {}),
        ({"skip": ["net.Vpc"]}, {"ResourcesToSkip": ["net.Vpc"]}),
        ({"role": "arn:aws:iam::1:role/r", "retry": True}, {"RoleARN": "arn:aws:iam::1:role/r"}),
    ],
    ids=["force", "retry", "skip", "role"],
)
def test_options_of_a_stuck_rollback(
    endpoint: Endpoint, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    stuck(endpoint)
    assert recover(endpoint, **options).outcome == "recovered"
    (sent,) = endpoint.arguments("ContinueUpdateRollback")
    assert {
        key: value for key, value in sent.items() if key not in ("StackName", "ClientRequestToken")
    } == expected


@pytest.mark.parametrize(
    ("faults", "calls"),
    [
        ([Lost()], 2),
        ([Lost(after=True)], 2),
        ([THROTTLED], 2),
        ([Failure("TokenAlreadyExistsException", "used")], 1),
    ],
    ids=["lost before", "lost after", "throttled", "token used"],
)
def test_a_call_that_is_lost_is_made_once(endpoint: Endpoint, faults: list[Any], calls: int) -> None:
    """The same token again: AWS does nothing twice."""
    stuck(endpoint)
    endpoint.fault("ContinueUpdateRollback", *faults)
    if calls == 1:
        continued = list(reversed(answers(CONTINUED + "\n", ClientRequestToken="x")))
        endpoint.answer(
            "DescribeStackEvents",
            *[{"StackEvents": list(reversed(answers(STUCK)))}] * 3,
            {"StackEvents": continued},
        )
    done = recover(endpoint, retry=True)
    assert done.outcome == "recovered"
    tokens = {sent["ClientRequestToken"] for sent in endpoint.arguments("ContinueUpdateRollback")}
    assert len(tokens) == 1 and endpoint.called("ContinueUpdateRollback") == calls


def test_an_answer_that_never_comes_is_looked_up(endpoint: Endpoint) -> None:
    """AWS took the call, and then answers that the state does not allow it: the events have the token."""
    stuck(endpoint)
    real = endpoint._answers["ContinueUpdateRollback"][0]

    def refuse(request: Any) -> Any:
        real(request)  # type: ignore[operator]
        return Failure(
            "ValidationError", "Stack:shop is in UPDATE_ROLLBACK_IN_PROGRESS state and can not continue"
        )

    endpoint.answer("ContinueUpdateRollback", refuse)
    assert recover(endpoint, retry=True).outcome == "recovered"
    assert endpoint.called("ContinueUpdateRollback") == 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            denied("cloudformation:ContinueUpdateRollback"),
            "needs permission for cloudformation:ContinueUpdateRollback",
        ),
        (EXPIRED, "the AWS credentials have expired"),
        (Failure("ValidationError", "RoleArn is invalid"), "RoleArn is invalid"),
    ],
    ids=["denied", "expired", "refused"],
)
def test_a_call_that_is_refused(endpoint: Endpoint, fault: Any, sentence: str) -> None:
    stuck(endpoint)
    endpoint.fault("ContinueUpdateRollback", fault)
    assert sentence in refused(endpoint)
    assert endpoint.called("ContinueUpdateRollback") == 1


def test_somebody_else_was_faster(endpoint: Endpoint) -> None:
    stuck(endpoint)
    stack_of(endpoint, "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS")
    assert "(UPDATE_ROLLBACK_FAILED, now UPDATE_ROLLBACK_IN_PROGRESS): somebody else" in refused(endpoint)
    assert endpoint.called("ContinueUpdateRollback") == 0


def test_a_recovery_that_is_already_running_is_followed(endpoint: Endpoint) -> None:
    """The same command again picks up where the first one was interrupted; what others began is theirs."""
    stuck(endpoint)
    stack_of(endpoint, "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
    before = list(reversed(answers(STUCK)))
    continued = list(reversed(answers(CONTINUED, ClientRequestToken="pyformation-recover-1")))
    endpoint.answer(
        "DescribeStackEvents", {"StackEvents": continued[1:] + before}, {"StackEvents": continued + before}
    )
    done = run_command("recover", "shop")
    assert done.returncode == 0, done.stderr
    assert "already running" in done.stdout and "shop UPDATE_ROLLBACK_COMPLETE" in done.stdout
    assert "Internal Failure" not in done.stdout
    assert endpoint.called("ContinueUpdateRollback") == 0
    stack_of(endpoint, "UPDATE_ROLLBACK_IN_PROGRESS")
    endpoint.answer("DescribeStackEvents", {"StackEvents": list(reversed(answers(STUCK + CONTINUED)))})
    assert "wait until it is done" in refused(endpoint)


# ---------------------------------------------------------------------------------------------
# Stacks that never succeeded


def test_a_rolled_back_creation_is_deleted(account: Account) -> None:
    create(account, "shop", template(Queue=QUEUE, Broken=BROKEN))
    assert status(account, "shop") == "ROLLBACK_COMPLETE"
    done = run_command("recover", "shop", "--yes")
    assert done.returncode == 0 and "shop no longer exists" in done.stdout
    assert not exists(account, "shop")


def test_a_failed_creation_is_rolled_back(account: Account) -> None:
    create(account, "shop", template(Queue=QUEUE, Broken=BROKEN), DisableRollback=True)
    found = pyformation.status("shop", session=account.session())
    assert found.status == "CREATE_FAILED" and found.failure is not None
    assert [left.name for left in found.failure.left] == ["Queue"]
    done = recover(account)
    assert done.plan.operation == "RollbackStack" and done.outcome == "recovered"
    assert not account.client("sqs").list_queues().get("QueueUrls")


def test_a_failed_update_is_rolled_back(account: Account) -> None:
    create(account, "shop", template(Queue=QUEUE))
    changed = {**QUEUE, "Properties": {"VisibilityTimeout": 5}}
    assert (
        update(account, "shop", template(Queue=changed, Broken=BROKEN), DisableRollback=True)
        == "UPDATE_FAILED"
    )
    done = recover(account)
    assert done.stack is not None and done.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert set(resources(account, "shop")) == {"Queue"}


def test_an_empty_stack_in_review_is_deleted_with_its_change_sets(account: Account) -> None:
    client = account.client()
    client.create_change_set(
        StackName="shop", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=template(Queue=QUEUE)
    )
    done = run_command("recover", "shop", "--yes")
    assert done.returncode == 0 and "with the change set first" in done.stdout
    assert not exists(account, "shop")


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (
            "0 shop - CREATE_IN_PROGRESS\n1 shop - CREATE_COMPLETE\n2 shop - UPDATE_IN_PROGRESS\n3 shop - ROLLBACK_COMPLETE",
            "shop once succeeded",
        ),
        ("3 shop - ROLLBACK_IN_PROGRESS\n4 shop - ROLLBACK_COMPLETE", "shop may once have succeeded"),
    ],
    ids=["did", "is not known"],
)
@pytest.mark.parametrize("state", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_stack_that_ever_succeeded_is_not_deleted(
    endpoint: Endpoint, events: str, why: str, state: str
) -> None:
    stack_of(endpoint, state)
    events_of(endpoint, events)
    sentence = refused(endpoint)
    assert why in sentence and "pyformation delete shop" in sentence
    assert endpoint.called("DeleteStack") == 0


def test_a_deployment_in_express_mode_is_not_rolled_back(endpoint: Endpoint) -> None:
    stack_of(endpoint, "UPDATE_FAILED", DeploymentConfig={"Mode": "EXPRESS"})
    events_of(
        endpoint, "0 shop - UPDATE_IN_PROGRESS\n1 A SNS::Topic UPDATE_FAILED no\n2 shop - UPDATE_FAILED no"
    )
    assert "deploy the last good version of the template again" in refused(endpoint)
    assert endpoint.called("RollbackStack") == 0


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("UPDATE_IN_PROGRESS", "wait until it is done: pyformation status shop --follow"),
        ("DELETE_IN_PROGRESS", "wait until it is done: pyformation status shop --follow"),
        ("IMPORT_ROLLBACK_FAILED", "ask AWS Support, or delete it: pyformation delete shop"),
    ],
)
def test_states_without_a_step(endpoint: Endpoint, state: str, words: str) -> None:
    stack_of(endpoint, state)
    events_of(endpoint, "0 shop - CREATE_IN_PROGRESS\n1 shop - CREATE_COMPLETE")
    assert words in refused(endpoint)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (
            "0 shop - REVIEW_IN_PROGRESS\n1 shop - IMPORT_IN_PROGRESS",
            "next: delete it: pyformation delete shop",
        ),
        (
            "0 shop - CREATE_IN_PROGRESS\n1 shop - CREATE_COMPLETE\n2 shop - IMPORT_IN_PROGRESS",
            "AWS says asked",
        ),
        ("2 shop - IMPORT_IN_PROGRESS\n3 shop - IMPORT_ROLLBACK_IN_PROGRESS", "next: delete it"),
        ("3 shop - IMPORT_ROLLBACK_IN_PROGRESS", "AWS says asked"),
    ],
    ids=["made by the import", "existed before", "not in review", "events do not go back"],
)
@pytest.mark.parametrize("command", ["plan", "deploy"])
def test_after_a_failed_import_the_history_decides(
    endpoint: Endpoint, tmp_path: Path, command: str, history: str, said: str
) -> None:
    stack_of(endpoint, "IMPORT_ROLLBACK_COMPLETE")
    events_of(endpoint, f"{history}\n4 shop - IMPORT_ROLLBACK_COMPLETE")
    (tmp_path / "t.json").write_text(template(Queue=QUEUE))
    endpoint.answer("GetTemplate", {"TemplateBody": template()})
    endpoint.answer("GetStackPolicy", {})
    endpoint.answer("ListStackResources", {"StackResourceSummaries": []})
    endpoint.answer("GetCallerIdentity", {"Account": "111111111111"})
    endpoint.answer("CreateChangeSet", Failure("ValidationError", "asked"))
    arguments = [tmp_path / "t.json", "--stack-name", "shop"]
    done = run_command(command, *arguments, *(["--yes"] if command == "deploy" else []))
    assert done.returncode == 1 and said in done.stderr


def test_termination_protection_holds(account: Account) -> None:
    create(account, "shop", template(Queue=QUEUE, Broken=BROKEN), EnableTerminationProtection=True)
    assert "termination protection is on" in refused(account)
    assert exists(account, "shop")


def test_a_nested_stack_is_recovered_with_its_root(endpoint: Endpoint) -> None:
    stack_of(endpoint, "UPDATE_ROLLBACK_FAILED", RootId=arn("network"))
    events_of(endpoint, STUCK)
    assert refused(endpoint).endswith("next: recover that: pyformation recover network")
    assert endpoint.called("ContinueUpdateRollback") == 0


def test_options_that_do_not_fit(account: Account) -> None:
    create(account, "shop", template(Queue=QUEUE, Broken=BROKEN))
    options: list[dict[str, Any]] = [{"skip": ["A"]}, {"retain": ["A"]}, {"force": True}, {"retry": True}]
    for given in options:
        assert f"--{next(iter(given))} is only for a stack in" in refused(account, **given)
    assert exists(account, "shop")


# ---------------------------------------------------------------------------------------------
# A failed deletion


def test_a_failed_deletion_is_finished_without_what_failed(account: Account) -> None:
    fill(account, "shop")
    assert run_command("delete", "shop", "--yes").returncode == 4
    done = run_command("recover", "shop", "--yes")
    assert done.returncode == 0 and "keep Repository" in done.stdout
    assert not exists(account, "shop")
    assert account.client("ecr").describe_repositories()["repositories"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"RetainResources": ["Bucket"]}),
        ({"force": True}, {"DeletionMode": "FORCE_DELETE_STACK"}),
        ({"retry": True}, {}),
        ({"retain": ["Bucket"]}, {"RetainResources": ["Bucket"]}),
    ],
    ids=["found", "force", "retry", "retain"],
)
def test_options_of_a_failed_deletion(
    endpoint: Endpoint, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    failed = """
0  shop      -           DELETE_IN_PROGRESS  User Initiated
1  Queue=q   SQS::Queue  DELETE_COMPLETE
2  Bucket=b  S3::Bucket  DELETE_FAILED  The bucket you tried to delete is not empty
3  shop      -           DELETE_FAILED  The following resource(s) failed to delete: [Bucket].
"""
    before = list(reversed(answers(failed)))
    after = list(reversed(answers("5 shop - DELETE_IN_PROGRESS\n6 shop - DELETE_COMPLETE")))
    stack_of(endpoint, "DELETE_FAILED", "DELETE_FAILED", "DELETE_COMPLETE")
    done: list[Any] = []
    endpoint.answer("DescribeStackEvents", lambda _request: {"StackEvents": (after if done else []) + before})
    endpoint.answer("DescribeEvents", {"OperationEvents": []})
    endpoint.answer("DeleteStack", lambda request: done.append(request) or {})
    assert recover(endpoint, **options).outcome == "recovered"
    (sent,) = endpoint.arguments("DeleteStack")
    assert {
        key: value for key, value in sent.items() if key not in ("StackName", "ClientRequestToken")
    } == expected


# ---------------------------------------------------------------------------------------------
# status


def test_the_line_that_declares_what_failed(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "Resources:\n  Queue: {Type: AWS::SQS::Queue}\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: !ImportValue nowhere\n"
    Path("stack.yaml").write_text(text)
    create(account, "shop", text)
    shown = run_command("status", "shop", "--source", "stack.yaml")
    assert "x Topic failed   stack.yaml:3" in shown.stdout
    step = "next: fix stack.yaml:3, then deploy again, which deletes the empty stack first\n    pyformation deploy stack.yaml --stack-name shop\n"
    assert step in shown.stdout


def test_of_a_nested_stack_the_root_is_named(endpoint: Endpoint, tmp_path: Path) -> None:
    stack_of(endpoint, "UPDATE_COMPLETE", stack="data", RootId=arn("shop"), ParentId=arn("shop"))
    events_of(endpoint, "0 data - UPDATE_IN_PROGRESS\n1 data - UPDATE_COMPLETE", "data")
    shown = run_command("status", "data").stdout
    assert "next: use the root stack instead\n    pyformation status shop\n" in shown
    endpoint.answer("GetTemplate", {"TemplateBody": template()})
    endpoint.answer("GetStackPolicy", {})
    endpoint.answer("ListStackResources", {"StackResourceSummaries": []})
    endpoint.answer("GetCallerIdentity", {"Account": "111111111111"})
    (tmp_path / "t.json").write_text(template(Queue=QUEUE))
    planned = run_command("plan", tmp_path / "t.json", "--stack-name", "data").stdout
    assert "data is nested in shop, whose next update may undo this one: update that one instead" in planned


def test_an_empty_stack_in_review_did_not_fail(endpoint: Endpoint) -> None:
    stack_of(endpoint, "REVIEW_IN_PROGRESS")
    events_of(endpoint, "0 shop - REVIEW_IN_PROGRESS User Initiated")
    shown = run_command("status", "shop").stdout
    assert "waits for its first change set" in shown and "failed" not in shown


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", "nothing left behind, no data lost"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", None),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", None),
        ("UPDATE_ROLLBACK_FAILED", "no data lost"),
        ("UPDATE_FAILED", "no data lost"),
    ],
)
def test_what_is_left_is_said_when_it_is_known(endpoint: Endpoint, status: str, said: str | None) -> None:
    stack_of(endpoint, status)
    text = "0 shop - UPDATE_IN_PROGRESS\n1 A=a SQS::Queue UPDATE_FAILED Boom"
    if "ROLLBACK" in status:
        text += "\n2 shop - UPDATE_ROLLBACK_IN_PROGRESS"
    events_of(endpoint, text if status.endswith("K_IN_PROGRESS") else f"{text}\n3 shop - {status}")
    lines = [line.strip() for line in run_command("status", "shop").stdout.splitlines()]
    assert [line for line in lines if "no data lost" in line] == ([] if said is None else [said])


def test_what_a_stuck_rollback_has_left(endpoint: Endpoint) -> None:
    stack_of(endpoint, "UPDATE_ROLLBACK_FAILED")
    events_of(
        endpoint,
        "0 shop - UPDATE_IN_PROGRESS\n1 New=n SQS::Queue CREATE_IN_PROGRESS\n2 New=n SQS::Queue CREATE_COMPLETE\n"
        "3 A=a SQS::Queue UPDATE_FAILED Boom\n4 shop - UPDATE_ROLLBACK_IN_PROGRESS\n5 A=a SQS::Queue UPDATE_FAILED Boom\n"
        "6 shop - UPDATE_ROLLBACK_FAILED",
    )
    assert "left: New (n), created, and not deleted" in run_command("status", "shop").stdout


def test_the_end_of_what_is_running_is_waited_for(account: Account) -> None:
    client = account.client()
    client.create_stack(StackName="shop", TemplateBody=template(Queue=QUEUE, **WAIT))
    shown = run_command("status", "shop", "--follow")
    assert shown.returncode == 4, shown.stdout
    lines = shown.stdout.splitlines()
    assert any("Wait  CloudFormation::WaitCondition  CREATE_FAILED" in line for line in lines)
    assert any("Queue  SQS::Queue  CREATE_COMPLETE" in line for line in lines)
    assert "ROLLBACK_COMPLETE  it could not be created" in shown.stdout
    assert not [
        thread
        for thread in threading.enumerate()
        if not thread.daemon and thread is not threading.main_thread()
    ]
    assert run_command("status", "shop", "--follow").returncode == 0


def test_the_output_is_data_also_while_it_is_followed(account: Account) -> None:
    account.client().create_stack(StackName="shop", TemplateBody=template(Queue=QUEUE, **WAIT))
    shown = run_command("status", "shop", "--follow", "--format", "json")
    assert shown.returncode == 4
    assert json.loads(shown.stdout)["status"] == "ROLLBACK_COMPLETE"
    assert "Wait  CloudFormation::WaitCondition  CREATE_FAILED" in shown.stderr


def test_status_as_json_and_outputs(account: Account) -> None:
    body = json.loads(template(Queue=QUEUE))
    body["Outputs"] = {"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": "url"}}}
    create(account, "shop", json.dumps(body))
    found = json.loads(run_command("status", "shop", "--format", "json").stdout)
    assert (found["stack"], found["status"], found["failure"]) == ("shop", "CREATE_COMPLETE", None)
    assert list(found["outputs"]) == ["Url"]
    page = (
        (ROOT / "docs" / "deployment.md")
        .read_text(encoding="utf-8")
        .partition("## Status\n")[2]
        .partition("\n## ")[0]
    )
    assert not [key for key in [*found, *found["events"][0], *found["next"][0]] if f"`{key}`" not in page]
    assert found["next"][0]["command"] == "pyformation deploy SOURCE --stack-name shop"
    assert [event["status"] for event in found["events"]][-1] == "CREATE_COMPLETE"
    assert "exported as url" in run_command("status", "shop").stdout


def test_several_regions(account: Account) -> None:
    for region in ("eu-west-1", "us-east-1"):
        create(account, "shop", template(Queue=QUEUE, Broken=BROKEN), region)
    shown = run_command("status", "shop", "--region", "eu-west-1", "--region", "us-east-1", "--yes")
    assert shown.stdout.count("ROLLBACK_COMPLETE") == 2 and "us-east-1" in shown.stdout
    done = run_command("recover", "shop", "--region", "eu-west-1", "--region", "us-east-1", "--yes")
    assert done.returncode == 0 and done.stdout.count("no longer exists") == 2


@pytest.mark.parametrize("command", ["status", "recover", "delete", "drift"])
def test_a_region_that_refuses_is_named_and_stops_no_other(
    proxy: Endpoint, account: Account, command: str
) -> None:
    resources = template(Queue=QUEUE, Broken=BROKEN) if command == "recover" else template(Queue=QUEUE)
    for region in ("eu-west-1", "us-east-1"):
        create(account, "shop", resources, region)
    operations = {"status": "DescribeStackEvents", "drift": "DetectStackDrift"}
    refused = denied("cloudformation:Anything")
    proxy.answer(
        operations.get(command, "DeleteStack"), lambda asked: refused if asked.region == "eu-west-1" else None
    )
    arguments = ["shop", "--region", "eu-west-1", "--region", "us-east-1"]
    done = run_command(command, *arguments, "--yes")
    assert done.returncode == 1
    assert done.stderr.startswith("error: eu-west-1: access denied") and done.stderr.count("\n") == 1
    ended = {"status": "CREATE_COMPLETE", "drift": "no drift", "delete": "is deleted"}
    assert ended.get(command, "no longer exists") in done.stdout
    assert done.stdout.count("us-east-1  ") >= 1
    if command in ("status", "drift"):
        found = json.loads(run_command(command, *arguments, "--format", "json").stdout)
        assert [one["region"] for one in found] == ["us-east-1"]


@pytest.mark.parametrize("command", ["status", "recover", "delete", "drift"])
def test_a_stack_that_does_not_exist(account: Account, command: str) -> None:
    create(account, "shop", template(Queue=QUEUE))
    done = run_command(command, "shopp")
    assert done.returncode == 1
    assert done.stderr == "error: the stack 'shopp' does not exist in eu-west-1; did you mean 'shop'?\n"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "expected the name of a stack (a letter, then letters, digits and -) or its ARN, found ''"),
        (
            "my shop",
            "expected the name of a stack (a letter, then letters, digits and -) or its ARN, found 'my shop'",
        ),
        (
            "arn:aws:cloudformation:us-east-1:111111111111:stack/shop/1",
            "the stack 'shop' is in us-east-1, not in eu-west-1; use --region us-east-1",
        ),
    ],
    ids=["empty", "space", "region"],
)
@pytest.mark.parametrize("command", ["status", "recover", "delete", "drift", "plan"])
def test_a_name_that_is_none_is_never_asked_for(
    endpoint: Endpoint, tmp_path: Path, command: str, name: str, sentence: str
) -> None:
    # AWS describes every stack of the region if none is named.
    stack_of(endpoint, "CREATE_COMPLETE")
    (tmp_path / "t.json").write_text(template(Queue=QUEUE))
    arguments = [tmp_path / "t.json", "--stack-name", name] if command == "plan" else [name]
    done = run_command(command, *arguments)
    assert done.returncode == 1 and done.stderr == f"error: {sentence}\n"
    assert done.stdout == "" and not endpoint.requests


def test_a_deleted_stack_by_its_arn(account: Account) -> None:
    gone = create(account, "shop", template(Queue=QUEUE))
    account.client().delete_stack(StackName="shop")
    shown = run_command("status", gone)
    assert "DELETE_COMPLETE  it was deleted" in shown.stdout
    assert "create it again\n    pyformation deploy SOURCE --stack-name shop" in shown.stdout


def test_text_from_aws_is_harmless(endpoint: Endpoint) -> None:
    stack_of(
        endpoint, "UPDATE_ROLLBACK_COMPLETE", Outputs=[{"OutputKey": "X", "OutputValue": "\u202e::error::x"}]
    )
    reason = "\u009b2J ::error file=x::gotcha \u202e"
    events_of(
        endpoint,
        f"0 shop - UPDATE_IN_PROGRESS\n1 A=\u200b::debug::x SNS::Topic UPDATE_FAILED {reason}\n2 shop - UPDATE_ROLLBACK_COMPLETE",
    )
    shown = run_command("status", "shop").stdout
    assert "gotcha" in shown
    assert not [c for c in shown if c in "\x9b\u202e\u200b"]
    assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]


LOG = """START RequestId: 1
[ERROR] KeyError: 'Bucket'
Traceback (most recent call last):
  File "/var/task/index.py", line 7, in handler
    name = event["ResourceProperties"]["Bucket"]
END RequestId: 1
"""


@pytest.mark.parametrize(
    ("reason", "operation"),
    [
        (
            "Received response status [FAILED] from custom resource. Message returned: See the details in CloudWatch Log "
            "Stream: 2026/11/28/[$LATEST]0123456789abcdef0123456789abcdef (RequestId: 1)",
            "GetLogEvents",
        ),
        (
            "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [1].",
            "FilterLogEvents",
        ),
    ],
    ids=["failed", "no answer"],
)
def test_the_log_of_a_custom_resource(endpoint: Endpoint, reason: str, operation: str) -> None:
    stack_of(endpoint, "ROLLBACK_COMPLETE")
    token = json.dumps({"ServiceToken": "arn:aws:lambda:us-east-1:111111111111:function:maker"})
    events_of(
        endpoint,
        f"0 shop - CREATE_IN_PROGRESS\n1 Thing=t Custom::Thing CREATE_FAILED {reason}\n2 shop - ROLLBACK_COMPLETE",
        ResourceProperties=token,
    )
    messages = [{"timestamp": 0, "message": line + "\n"} for line in LOG.splitlines()]
    endpoint.answer(operation, {"events": messages})
    found = pyformation.status("shop", session=new_account(endpoint.address).session()).failure
    assert found is not None
    assert found.cause.log[0] == "[ERROR] KeyError: 'Bucket'"
    assert found.cause.log[-1].strip() == 'name = event["ResourceProperties"]["Bucket"]'
    (sent,) = endpoint.arguments(operation)
    assert sent["logGroupName"] == "/aws/lambda/maker"
    assert {request.region for request in endpoint.requests if request.operation == operation} == {
        "us-east-1"
    }
    endpoint.answer(operation, denied("logs:GetLogEvents"))
    found = pyformation.status("shop", session=new_account(endpoint.address).session()).failure
    assert found is not None and found.cause.log == ()


def test_what_a_hook_says_of_each_rule(endpoint: Endpoint) -> None:
    stack_of(endpoint, "ROLLBACK_COMPLETE")
    hook = {
        "HookType": "Acme::Guard",
        "HookStatus": "HOOK_COMPLETE_FAILED",
        "HookStatusReason": "Template failed validation, see hook results for details",
        "HookFailureMode": "FAIL",
        "HookInvocationId": "0a1b2c3d-0000-4000-8000-000000000001",
    }
    found = answers(
        "0 shop - CREATE_IN_PROGRESS\n1 B S3::Bucket CREATE_IN_PROGRESS\n2 shop - ROLLBACK_COMPLETE"
    )
    found[1].update(hook)
    endpoint.answer("DescribeStackEvents", {"StackEvents": found[::-1]})
    endpoint.answer("DescribeEvents", {"OperationEvents": []})
    rules = [
        {
            "AnnotationName": "ACL",
            "Status": "FAILED",
            "StatusMessage": "is public",
            "RemediationMessage": "remove it",
        },
        {"AnnotationName": "KMS", "Status": "PASSED"},
    ]
    endpoint.answer(
        "GetHookResult", {"HookResultId": "0a1b2c3d-0000-4000-8000-000000000001", "Annotations": rules}
    )
    session = new_account(endpoint.address).session()
    failure = pyformation.status("shop", session=session).failure
    assert failure is not None and failure.cause.kind == "hook"
    assert failure.cause.log == ("ACL: is public: remove it",)
    endpoint.answer("GetHookResult", denied("cloudformation:GetHookResult"))
    failure = pyformation.status("shop", session=session).failure
    assert failure is not None and failure.cause.log == ()
