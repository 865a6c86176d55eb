"""Following a stack: each event once and in order, one call a second, whatever the pages, nested stacks and clocks."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_endpoint import THROTTLED, Endpoint, Lost, Request, denied
from stack_events import events

from pyformation import DeploymentError
from pyformation.cli import following as views
from pyformation.deployment import Progress, connect
from pyformation.deployment.events import BUSY, QUIET, Followed, Following, last_operation, mark

ARN = "arn:aws:cloudformation:eu-west-1:111111111111:stack/{}/1"
SHOP = ARN.format("shop")
BEGAN = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Stacks:
    """Stacks whose events a test writes; the answers have the newest first, in pages."""

    def __init__(self, endpoint: Endpoint, size: int = 100) -> None:
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.size = size
        self.count = 0
        self.start = BEGAN
        endpoint.answer("DescribeStackEvents", self.answer)

    def add(
        self, name: str, status: str, stack: str = "shop", *, type_: str = "AWS::SQS::Queue", **more: Any
    ) -> str:
        self.count += 1
        stack_id = ARN.format(stack)
        if name == stack:
            type_, more = "AWS::CloudFormation::Stack", {"PhysicalResourceId": stack_id, **more}
        event = {
            "EventId": f"e{self.count}",
            "StackId": stack_id,
            "StackName": stack,
            "LogicalResourceId": name,
            "PhysicalResourceId": name,
            "ResourceType": type_,
            "ResourceStatus": status,
            "Timestamp": self.start + timedelta(milliseconds=self.count),
            **more,
        }
        self.events.setdefault(stack_id, []).insert(0, event)
        return str(event["EventId"])

    def nested(self, name: str, status: str, child: str, stack: str = "shop") -> None:
        self.add(
            name, status, stack, type_="AWS::CloudFormation::Stack", PhysicalResourceId=ARN.format(child)
        )

    def answer(self, request: Request) -> dict[str, Any]:
        found = self.events.get(str(request.arguments["StackName"]), [])
        start = int(request.arguments.get("NextToken") or 0)
        page = {"StackEvents": found[start : start + self.size]}
        return page | ({"NextToken": str(start + self.size)} if start + self.size < len(found) else {})


def polled(following: Following, clock: Time, polls: int = 1) -> list[str]:
    """The events of some polls, each as its name and status."""
    found: list[str] = []
    for _ in range(polls):
        clock.now += following.wait
        found += [f"{one.name} {one.event.status}" for one in following.poll()]
    return found


def test_each_event_once_and_in_order(endpoint: Endpoint) -> None:
    stacks, clock, connection = Stacks(endpoint), Time(), connect()
    stacks.add("shop", "UPDATE_COMPLETE")
    until = mark(connection, SHOP)
    following = Following(connection, SHOP, until=until, clock=clock)
    assert polled(following, clock) == []
    stacks.add("shop", "UPDATE_IN_PROGRESS")
    stacks.add("Queue", "UPDATE_IN_PROGRESS")
    assert polled(following, clock) == ["shop UPDATE_IN_PROGRESS", "Queue UPDATE_IN_PROGRESS"]
    assert polled(following, clock) == [] and not following.finished
    stacks.add("Queue", "UPDATE_COMPLETE")
    stacks.add("shop", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert len(polled(following, clock)) == 2 and not following.finished
    stacks.add("shop", "UPDATE_COMPLETE")
    assert polled(following, clock) == ["shop UPDATE_COMPLETE"] and following.finished


def test_one_call_a_second(endpoint: Endpoint) -> None:
    stacks, clock, connection = Stacks(endpoint), Time(), connect()
    stacks.add("shop", "CREATE_IN_PROGRESS")
    for number in range(20):
        stacks.nested(f"Inner{number}", "CREATE_IN_PROGRESS", f"inner{number}")
        stacks.add(f"inner{number}", "CREATE_IN_PROGRESS", f"inner{number}")
    following = Following(connection, SHOP, clock=clock)
    for _ in range(300):
        following.poll()
        clock.now += 0.1
    assert following.calls <= 31 and endpoint.called("DescribeStackEvents") == following.calls
    assert BUSY == 1.0


def test_it_asks_less_often_while_nothing_happens(endpoint: Endpoint) -> None:
    stacks, clock, connection = Stacks(endpoint), Time(), connect()
    stacks.add("shop", "CREATE_IN_PROGRESS")
    following = Following(connection, SHOP, clock=clock)
    polled(following, clock, 100)
    assert following.wait == QUIET
    stacks.add("Queue", "CREATE_IN_PROGRESS")
    polled(following, clock)
    assert following.wait == BUSY


def test_thousands_of_events_on_pages(endpoint: Endpoint) -> None:
    stacks, clock, connection = Stacks(endpoint), Time(), connect()
    for number in range(3000):
        stacks.add(f"Old{number}", "UPDATE_COMPLETE")
    until = mark(connection, SHOP)
    assert endpoint.called("DescribeStackEvents") == 1, "what was before is not read"
    following = Following(connection, SHOP, until=until, clock=clock)
    stacks.add("shop", "UPDATE_IN_PROGRESS")
    for number in range(950):
        stacks.add(f"New{number}", "UPDATE_IN_PROGRESS")
    found = polled(following, clock, 10)
    assert found == ["shop UPDATE_IN_PROGRESS", *(f"New{number} UPDATE_IN_PROGRESS" for number in range(950))]
    assert following.calls == 10
    for number in range(950):
        stacks.add(f"New{number}", "UPDATE_COMPLETE")
        if number % 90 == 0:
            found += polled(following, clock)
    found += polled(following, clock, 3)
    assert len(found) == len(set(found)) == 1901
    assert len(following._root.seen) <= 500 and not following._root.backlog


def test_an_event_that_is_listed_late(endpoint: Endpoint) -> None:
    stacks, clock, connection = Stacks(endpoint), Time(), connect()
    stacks.add("shop", "CREATE_IN_PROGRESS")
    stacks.add("B", "CREATE_IN_PROGRESS")
    following = Following(connection, SHOP, clock=clock)
    polled(following, clock)
    stacks.add("A", "CREATE_IN_PROGRESS")
    listed = stacks.events[SHOP]
    listed.insert(1, listed.pop(0))  # Behind one that is known already.
    assert polled(following, clock) == ["A CREATE_IN_PROGRESS"]


def test_events_while_pages_are_read(endpoint: Endpoint) -> None:
    """New events push what is on the next page down: nothing is lost, nothing comes twice."""
    stacks, clock, connection = Stacks(endpoint, size=10), Time(), connect()
    stacks.add("shop", "CREATE_IN_PROGRESS")
    for number in range(35):
        stacks.add(f"A{number}", "CREATE_IN_PROGRESS")
    following = Following(connection, SHOP, clock=clock)
    found: list[str] = []
    for number in range(12):
        found += polled(following, clock)
        if number < 8:
            stacks.add(f"B{number}", "CREATE_IN_PROGRESS")
    assert len(found) == len(set(found)) == 44


@pytest.mark.parametrize("skew", [timedelta(days=-400), timedelta(), timedelta(days=400)])
def test_no_clock_is_compared(endpoint: Endpoint, skew: timedelta) -> None:
    stacks, clock, connection = Stacks(endpoint), Time(), connect()
    stacks.start = BEGAN + skew
    stacks.add("shop", "UPDATE_COMPLETE")
    following = Following(connection, SHOP, until=mark(connection, SHOP), clock=clock)
    stacks.add("shop", "UPDATE_IN_PROGRESS")
    stacks.nested("Inner", "UPDATE_IN_PROGRESS", "inner")
    stacks.add("inner", "UPDATE_IN_PROGRESS", "inner")
    stacks.add("Queue", "UPDATE_IN_PROGRESS", "inner")
    assert polled(following, clock, 3) == [
        "shop UPDATE_IN_PROGRESS",
        "Inner UPDATE_IN_PROGRESS",
        "Inner.Queue UPDATE_IN_PROGRESS",
    ]
    shown = views.Clock()
    assert following.last is not None
    shown.saw(following.last.time)
    assert timedelta() <= shown.now() - stacks.start < timedelta(minutes=1), (
        "what a running resource is shown with"
    )


def test_nested_stacks(endpoint: Endpoint) -> None:
    stacks, clock, connection = Stacks(endpoint), Time(), connect()
    # What happened to the nested stack before does not belong to this operation.
    stacks.add("inner", "CREATE_IN_PROGRESS", "inner")
    stacks.add("Queue", "CREATE_COMPLETE", "inner")
    stacks.add("shop", "UPDATE_COMPLETE")
    until = mark(connection, SHOP)
    stacks.add("shop", "UPDATE_IN_PROGRESS")
    stacks.nested("Inner", "UPDATE_IN_PROGRESS", "inner")
    stacks.add("inner", "UPDATE_IN_PROGRESS", "inner")
    stacks.nested("Deep", "CREATE_IN_PROGRESS", "deep", "inner")
    stacks.add("deep", "CREATE_IN_PROGRESS", "deep")
    stacks.add("Topic", "CREATE_FAILED", "deep", ResourceStatusReason="no")
    following = Following(connection, SHOP, until=until, clock=clock)
    assert polled(following, clock, 3) == [
        "shop UPDATE_IN_PROGRESS",
        "Inner UPDATE_IN_PROGRESS",
        "Inner.Deep CREATE_IN_PROGRESS",
        "Inner.Deep.Topic CREATE_FAILED",
    ]
    stacks.add("Late", "DELETE_COMPLETE", "deep")
    stacks.add("deep", "ROLLBACK_COMPLETE", "deep")
    stacks.add("inner", "UPDATE_ROLLBACK_COMPLETE", "inner")
    stacks.add("shop", "UPDATE_ROLLBACK_COMPLETE")
    found: list[str] = []
    while not following.finished:
        found += polled(following, clock)
    assert set(found) == {"shop UPDATE_ROLLBACK_COMPLETE", "Inner.Deep.Late DELETE_COMPLETE"}


def test_trouble_is_told_and_waited_for(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    stacks, clock, connection = Stacks(endpoint), Time(), connect()
    stacks.add("shop", "CREATE_IN_PROGRESS")
    told: list[str | None] = []
    following = Following(connection, SHOP, clock=clock, on_trouble=told.append)
    endpoint.fault("DescribeStackEvents", THROTTLED, THROTTLED)
    assert polled(following, clock) == [] and len(told) == 1 and "throttles" in str(told[0])
    assert polled(following, clock) == [] and len(told) == 1, "it is said once"
    assert polled(following, clock) == ["shop CREATE_IN_PROGRESS"] and told[1:] == [None]
    endpoint.fault("DescribeStackEvents", denied("cloudformation:DescribeStackEvents"))
    with pytest.raises(DeploymentError, match="cloudformation:DescribeStackEvents"):
        polled(following, clock)


@pytest.mark.slow
def test_a_network_that_stays_away_ends_it(endpoint: Endpoint) -> None:
    stacks, clock, connection = Stacks(endpoint), Time(), connect()
    stacks.add("shop", "CREATE_IN_PROGRESS")
    following = Following(connection, SHOP, clock=clock)
    endpoint.answer("DescribeStackEvents", Lost())
    assert polled(following, clock) == []
    clock.now += 1000
    with pytest.raises(DeploymentError, match="cannot be reached"):
        polled(following, clock)


@pytest.mark.parametrize(
    ("expected", "done"), [(["Queue", "Topic", "Old"], [1, 1, 2, 2, 3]), ([], [1, 1, 2, 3, 4])]
)
def test_what_is_done_is_never_more_than_what_was_expected(expected: list[str], done: list[int]) -> None:
    progress = Progress(expected)
    counts: list[int] = []
    for event in events(
        "0 shop - UPDATE_IN_PROGRESS\n1 Queue=a SQS::Queue UPDATE_COMPLETE\n2 Topic=t SNS::Topic UPDATE_IN_PROGRESS\n"
        "3 Topic=t SNS::Topic UPDATE_COMPLETE\n4 shop - UPDATE_COMPLETE_CLEANUP_IN_PROGRESS\n"
        "5 Queue=b SQS::Queue DELETE_COMPLETE\n6 Old=o SQS::Queue DELETE_COMPLETE"
    ):
        progress.apply(Followed(event))
        if not event.about_stack:
            counts.append(progress.done)
    assert counts == done and progress.total == (len(expected) or None)


def test_the_last_operation(endpoint: Endpoint) -> None:
    stacks = Stacks(endpoint, size=2)
    for status in (
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
    ):
        stacks.add("shop", status)
        stacks.add("Queue", status)
    found = [event.status for event in last_operation(connect(), SHOP) if event.about_stack]
    assert found == ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS"]


def test_following_costs_little(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 500 resources that all move, with what a terminal shows: under 5 % of a core, and flat memory."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "40")
    stacks, clock, connection = Stacks(endpoint), Time(), connect()

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            return len(text)

    view, progress = views.Terminal(Screen()), Progress([f"Resource{n}" for n in range(500)])
    stacks.add("shop", "CREATE_IN_PROGRESS")
    for number in range(100):
        stacks.add(f"Resource{number}", "CREATE_IN_PROGRESS")
    following = Following(connection, SHOP, clock=clock)
    polled(following, clock, 2)
    view.tick([("", progress)])
    polls, spent = 20, 0.0
    for poll in range(polls):
        for number in range(20):
            stacks.add(f"Resource{poll * 20 + number}", "CREATE_COMPLETE")
            stacks.add(f"Resource{poll * 20 + number + 100}", "CREATE_IN_PROGRESS")
        clock.now += following.wait
        begun = time.thread_time()
        for one in following.poll():
            step = progress.apply(one)
            view.event(one, progress)
            if step is not None:
                view.step(step)
        for _ in range(2):
            view._drawn = 0.0
            view.tick([("", progress)])
        spent += time.thread_time() - begun
    view.pause()
    assert spent / polls < 0.05, f"{spent / polls:.3f} s of a second"
    assert len(progress.running) == 100 and progress.done == 400
