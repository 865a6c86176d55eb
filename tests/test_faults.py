"""What goes wrong between us and AWS while a stack is shown, recovered, deleted or checked: nothing is lost or done twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from aws_endpoint import EXPIRED, SKEWED, THROTTLED, UNAVAILABLE, Endpoint, Lost, denied
from aws_servers import new_account
from conftest import run_command
from stack_events import START, answers, arn, events

import pyformation
from pyformation import DeploymentError
from pyformation.deployment.failures import analyze
from pyformation.deployment.statuses import State

STUCK = """
0  shop     -                UPDATE_IN_PROGRESS  User Initiated
3  Table    DynamoDB::Table  CREATE_FAILED  Internal Failure
4  shop     -                UPDATE_ROLLBACK_IN_PROGRESS  The following resource(s) failed to create: [Table].
5  Queue=q  SQS::Queue       UPDATE_FAILED  Queue q does not exist
6  shop     -                UPDATE_ROLLBACK_FAILED  The following resource(s) failed to update: [Queue].
"""
GOES_ON = "10 shop - UPDATE_ROLLBACK_IN_PROGRESS User Initiated"
DONE = f"{GOES_ON}\n11 Queue=q SQS::Queue UPDATE_COMPLETE Resource rollback skipped by user\n12 shop - UPDATE_ROLLBACK_COMPLETE"
Step = Callable[[], Any]


class Scene:
    """A stack with a stuck rollback, which goes on when it is told to; what is answered while it is followed."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.session = new_account(endpoint.address).session()
        # The answers of DescribeStackEvents after the rollback was continued: events, or faults.
        self.following: list[Any] = []
        self.status = "UPDATE_ROLLBACK_FAILED"
        self.token: str | None = None
        endpoint.answer("DescribeStacks", lambda _request: {"Stacks": [self.stack()]})
        endpoint.answer("DescribeStackEvents", self.events)
        endpoint.answer("DescribeEvents", {"OperationEvents": []})
        endpoint.answer("ContinueUpdateRollback", self.go_on)

    def stack(self) -> dict[str, Any]:
        return {
            "StackName": "shop",
            "StackId": arn("shop"),
            "StackStatus": self.status,
            "CreationTime": START,
        }

    def go_on(self, request: Any) -> dict[str, Any]:
        self.token = request.arguments["ClientRequestToken"]
        self.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        return {}

    def events(self, _request: Any) -> Any:
        before = answers(STUCK)
        if self.token is None:
            return {"StackEvents": before[::-1]}
        found = self.following.pop(0) if self.following else DONE
        if not isinstance(found, str):
            return found
        if found is DONE:
            self.status = "UPDATE_ROLLBACK_COMPLETE"
        return {"StackEvents": (before + answers(found, ClientRequestToken=self.token))[::-1]}

    def recover(self) -> Any:
        return pyformation.recover("shop", session=self.session)


@pytest.fixture
def scene(endpoint: Endpoint) -> Scene:
    return Scene(endpoint)


@pytest.mark.parametrize(
    "fault",
    [THROTTLED, UNAVAILABLE, Lost(), Lost(after=True)],
    ids=["throttled", "failing", "lost", "lost after"],
)
def test_faults_while_it_is_followed(scene: Scene, fault: Any) -> None:
    scene.following = [fault, GOES_ON, fault]
    assert scene.recover().outcome == "recovered"
    assert scene.endpoint.called("ContinueUpdateRollback") == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (EXPIRED, "the AWS credentials have expired"),
        (SKEWED, "set the clock of this machine"),
        (
            denied("cloudformation:DescribeStackEvents"),
            "needs permission for cloudformation:DescribeStackEvents",
        ),
    ],
    ids=["expired", "clock", "denied"],
)
def test_the_same_command_again_picks_up_where_it_stood(scene: Scene, fault: Any, words: str) -> None:
    scene.following = [GOES_ON, *[fault] * 20]
    with pytest.raises(DeploymentError) as found:
        scene.recover()
    assert words in str(found.value)
    assert "the recovery of shop goes on at AWS: run the same command again to follow it" in str(found.value)
    scene.following = [GOES_ON]
    assert scene.recover().outcome == "recovered"
    assert scene.endpoint.called("ContinueUpdateRollback") == 1


def test_a_stack_that_disappears_while_it_is_looked_at(scene: Scene) -> None:
    scene.endpoint.answer("DescribeStacks", {"Stacks": [scene.stack()]}, {"Stacks": []})
    with pytest.raises(DeploymentError, match=r"has changed since it was looked at .*, now gone"):
        scene.recover()
    assert scene.endpoint.called("ContinueUpdateRollback") == 0


def many(count: int) -> list[dict[str, Any]]:
    lines = ["0 shop - UPDATE_IN_PROGRESS User Initiated"]
    for number in range(count):
        lines.append(f"{number + 1} Queue{number}=q{number} SQS::Queue UPDATE_COMPLETE")
    lines.append(f"{count + 2} Table DynamoDB::Table CREATE_FAILED Internal Failure")
    for number in range(count):
        lines.append(
            f"{count + 3 + number} Topic{number}=t SNS::Topic UPDATE_FAILED Resource update cancelled"
        )
    lines.append(f"{2 * count + 4} shop - UPDATE_ROLLBACK_COMPLETE")
    return answers("\n".join(lines))


def test_thousands_of_events_on_many_pages(endpoint: Endpoint) -> None:
    stack = {
        "StackName": "shop",
        "StackId": arn("shop"),
        "StackStatus": "UPDATE_ROLLBACK_COMPLETE",
        "CreationTime": START,
    }
    endpoint.answer("DescribeStacks", {"Stacks": [stack]})
    earlier = answers(
        "-9 shop - CREATE_IN_PROGRESS\n-8 A SNS::Topic CREATE_FAILED An old failure\n-7 shop - CREATE_COMPLETE"
    )
    endpoint.pages("DescribeStackEvents", "StackEvents", [*many(1000)[::-1], *earlier[::-1]], size=100)
    endpoint.answer("DescribeEvents", {"OperationEvents": []})
    found = pyformation.status("shop", session=new_account(endpoint.address).session())
    assert found.failure is not None and found.failure.cause.name == "Table"
    assert len(found.failure.canceled) == 1000 and not found.failure.others
    # The pages of earlier operations are not read.
    assert endpoint.called("DescribeStackEvents") == 21


def test_the_events_of_a_nested_stack_that_was_created_and_deleted(endpoint: Endpoint) -> None:
    """Its deletion is an operation of its own, and the cause is in the one before; older ones are not read."""
    stack = {
        "StackName": "shop",
        "StackId": arn("shop"),
        "StackStatus": "ROLLBACK_COMPLETE",
        "CreationTime": START,
    }
    endpoint.answer("DescribeStacks", {"Stacks": [stack]})
    parent = answers(
        "0 shop - CREATE_IN_PROGRESS\n1 Net=net CloudFormation::Stack CREATE_IN_PROGRESS\n"
        "5 Net=net CloudFormation::Stack CREATE_FAILED Embedded stack x was not successfully created: The following "
        "resource(s) failed to create: [Vpc].\n6 shop - ROLLBACK_IN_PROGRESS no\n"
        "8 Net=net CloudFormation::Stack DELETE_COMPLETE\n9 shop - ROLLBACK_COMPLETE"
    )
    child = answers(
        "1 net - CREATE_IN_PROGRESS\n3 Vpc EC2::VPC CREATE_FAILED Internal Failure\n4 net - CREATE_FAILED no\n"
        "6 net - DELETE_IN_PROGRESS\n7 net - DELETE_COMPLETE",
        "net",
    )
    older = answers("\n".join(f"-{n + 1} A SNS::Topic UPDATE_FAILED old" for n in range(300)), "net")
    found = {"shop": parent[::-1], "net": child[::-1] + older}

    def page(request: Any) -> Any:
        events = found["net" if "stack/net/" in request.arguments["StackName"] else "shop"]
        start = int(request.arguments.get("NextToken") or 0)
        more = {"NextToken": str(start + 100)} if start + 100 < len(events) else {}
        return {"StackEvents": events[start : start + 100], **more}

    endpoint.answer("DescribeStackEvents", page)
    endpoint.answer("DescribeEvents", {"OperationEvents": []})
    failure = pyformation.status("shop", session=new_account(endpoint.address).session()).failure
    assert failure is not None
    assert (failure.cause.name, failure.cause.words) == ("Net.Vpc", "Internal Failure")
    asked = [
        sent.get("NextToken")
        for sent in endpoint.arguments("DescribeStackEvents")
        if "/net/" in sent["StackName"]
    ]
    assert asked == [None]


def test_the_analysis_of_many_events_is_fast() -> None:
    lines = [
        f"{number} Q{number}=q SQS::Queue UPDATE_FAILED Resource update cancelled" for number in range(20_000)
    ]
    found = events(
        "0 shop - UPDATE_IN_PROGRESS\n" + "\n".join(lines) + "\n99999 shop - UPDATE_ROLLBACK_COMPLETE"
    )
    began = time.process_time()
    failure = analyze(found, State("shop", "UPDATE_ROLLBACK_COMPLETE"))
    assert failure is not None and failure.cause.words == "AWS gives no reason"
    assert len(failure.canceled) == 20_000
    assert time.process_time() - began < 2


def test_results_of_validations_that_may_not_be_read(scene: Scene) -> None:
    """The failure is told without them."""
    scene.endpoint.answer("DescribeEvents", denied("cloudformation:DescribeEvents"))
    found = pyformation.status("shop", session=scene.session)
    assert found.failure is not None and found.failure.cause.name == "Table"


@pytest.mark.parametrize("command", ["status", "recover", "delete", "drift"])
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (EXPIRED, "have expired"),
        (denied("cloudformation:DescribeStacks"), "cloudformation:DescribeStacks"),
        (SKEWED, "clock"),
    ],
    ids=["expired", "denied", "clock"],
)
def test_one_sentence_and_status_1(endpoint: Endpoint, command: str, fault: Any, words: str) -> None:
    endpoint.answer("DescribeStacks", fault)
    done = run_command(command, "shop")
    assert done.returncode == 1 and done.stdout == ""
    assert words in done.stderr and done.stderr.count("\n") == 1
