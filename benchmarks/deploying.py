"""``pyformation plan`` and ``deploy``, against an endpoint that answers at once, and what following costs.

AWS's own time does not count: the endpoint of the tests answers in a millisecond. What is measured is the whole
process, as the user waits for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .measure import ROOT, Row, environment, medians, milliseconds

RESOURCES = 500
_MOST_SECONDS = 0.6
_MOST_ADDED = 0.5
_MOST_OF_A_CORE = 0.05
_ARN = "arn:aws:cloudformation:eu-west-1:111111111111:stack/shop/1"
_CHANGE_SET = _ARN.replace("stack/shop", "changeSet/it")
_PAGE = 100
# The same calls as the command makes for a stack that does not change, without the command.
_PEER = """
import boto3, time
client = boto3.client("cloudformation")
boto3.client("sts").get_caller_identity()
stack = client.describe_stacks(StackName="shop")["Stacks"][0]
client.get_template(StackName="shop")
client.get_stack_policy(StackName="shop")
client.list_stack_resources(StackName="shop")
body = open("t.json").read()
made = client.create_change_set(StackName="shop", ChangeSetName="it", ChangeSetType="UPDATE", TemplateBody=body)
client.describe_change_set(ChangeSetName=made["Id"])
client.delete_change_set(ChangeSetName=made["Id"])
"""


class Simulated:
    """A stack on an endpoint: its template, a change set, and the events of an update that takes some seconds."""

    def __init__(self, endpoint: Any, template: str, seconds: float) -> None:
        self.template = template
        self.names = list(json.loads(template)["Resources"])
        self.seconds = seconds
        self.began: float | None = None
        self.executed = threading.Event()
        # Whether the change set has changes.
        self.changes = False
        endpoint.answer("GetCallerIdentity", {"Account": "111111111111", "Arn": "arn", "UserId": "u"})
        endpoint.answer("DescribeStacks", lambda _request: {"Stacks": [self._stack()]})
        endpoint.answer("GetTemplate", {"TemplateBody": template})
        endpoint.answer("GetStackPolicy", {})
        endpoint.answer("ListStackResources", lambda _request: {"StackResourceSummaries": self._resources()})
        endpoint.answer("ListExports", {"Exports": []})
        endpoint.answer("ListChangeSets", {"Summaries": []})
        endpoint.answer("DescribeEvents", {"OperationEvents": []})
        endpoint.answer("CreateChangeSet", {"Id": _CHANGE_SET, "StackId": _ARN})
        endpoint.answer("DescribeChangeSet", lambda _request: self._change_set())
        endpoint.answer("DeleteChangeSet", {})
        endpoint.answer("ExecuteChangeSet", self._execute)
        endpoint.answer("DescribeStackEvents", self._events)

    @property
    def passed(self) -> float:
        """The seconds since the update began."""
        return 0.0 if self.began is None else time.monotonic() - self.began

    def _stack(self) -> dict[str, Any]:
        running = self.began is not None and self.passed < self.seconds
        status = "UPDATE_IN_PROGRESS" if running else "UPDATE_COMPLETE"
        return {"StackId": _ARN, "StackName": "shop", "StackStatus": status, "CreationTime": 0}

    def _resources(self) -> list[dict[str, Any]]:
        return [
            {
                "LogicalResourceId": name,
                "PhysicalResourceId": name.lower(),
                "ResourceType": "AWS::SNS::Topic",
                "ResourceStatus": "CREATE_COMPLETE",
                "LastUpdatedTimestamp": 0,
            }
            for name in self.names
        ]

    def _change_set(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "ChangeSetName": "it",
            "ChangeSetId": _CHANGE_SET,
            "StackId": _ARN,
            "StackName": "shop",
        }
        if not self.changes:
            reason = "The submitted information didn't contain changes. Submit different information to create a change set."
            return {**found, "Status": "FAILED", "StatusReason": reason}
        changes = [
            {
                "Type": "Resource",
                "ResourceChange": {
                    "Action": "Modify",
                    "LogicalResourceId": name,
                    "PhysicalResourceId": name.lower(),
                    "ResourceType": "AWS::SNS::Topic",
                    "Replacement": "False",
                    "Scope": ["Properties"],
                    "Details": [],
                },
            }
            for name in self.names
        ]
        return {**found, "Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": changes}

    def _execute(self, request: Any) -> dict[str, Any]:
        self.token = request.arguments.get("ClientRequestToken")
        self.began = time.monotonic()
        self.executed.set()
        return {}

    def _all(self) -> Iterator[tuple[float, str, str]]:
        """The second, name and status of each event: all resources one after another, two events each."""
        yield 0.0, "", "UPDATE_IN_PROGRESS"
        step = self.seconds / (len(self.names) + 1)
        for number, name in enumerate(self.names):
            yield number * step, name, "UPDATE_IN_PROGRESS"
            yield (number + 0.9) * step, name, "UPDATE_COMPLETE"
        yield self.seconds, "", "UPDATE_COMPLETE"

    def _events(self, request: Any) -> dict[str, Any]:
        then = time.time() - self.passed
        found = [
            self._event(number, then + second, name, status)
            for number, (second, name, status) in enumerate(self._all())
            if self.began is not None and second <= self.passed
        ]
        found.reverse()
        found.append(self._event(-1, 0, "", "CREATE_COMPLETE"))
        start = int(request.arguments.get("NextToken") or 0)
        page: dict[str, Any] = {"StackEvents": found[start : start + _PAGE]}
        return page | ({"NextToken": str(start + _PAGE)} if start + _PAGE < len(found) else {})

    def _event(self, number: int, at: float, name: str, status: str) -> dict[str, Any]:
        return {
            "EventId": f"e{number}",
            "StackId": _ARN,
            "StackName": "shop",
            "LogicalResourceId": name or "shop",
            "PhysicalResourceId": name.lower() or _ARN,
            "ResourceType": "AWS::SNS::Topic" if name else "AWS::CloudFormation::Stack",
            "ResourceStatus": status,
            "Timestamp": at,
            "ClientRequestToken": self.token if number >= 0 else None,
        }

    token: str | None = None


def template(resources: int, label: str = "a") -> str:
    """A template of topics, which an update of the label changes."""
    return json.dumps(
        {
            "Resources": {
                f"Topic{number}": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": label}}
                for number in range(resources)
            }
        }
    )


@contextmanager
def simulated(resources: int, seconds: float = 0.0) -> Iterator[tuple[Simulated, Any, str, dict[str, str]]]:
    """The stack, its endpoint, a folder with its template, and the variables of a process that talks to it."""
    sys.path.insert(0, str(ROOT / "tests"))
    try:
        from aws_endpoint import Endpoint
    finally:
        sys.path.pop(0)
    with Endpoint() as endpoint, tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        stack = Simulated(endpoint, template(resources), seconds)
        Path(folder, "t.json").write_text(stack.template)
        Path(folder, "changed.json").write_text(template(resources, "b"))
        variables = {
            **{name: value for name, value in environment().items() if not name.startswith("AWS_")},
            "AWS_ENDPOINT_URL": endpoint.address,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        yield stack, endpoint, folder, variables


def rows(runs: int, seconds: float = 60.0) -> list[Row]:
    """The prediction of a plan, a deployment without changes, and what following an update costs."""
    return [_predicted(runs), _unchanged(runs), *followed(RESOURCES, seconds)]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pyformation", *arguments]


def _predicted(runs: int) -> Row:
    with simulated(50) as (_, _endpoint, folder, variables):
        command = _command("plan", "changed.json", "--stack-name", "shop")

        def first_line() -> None:
            process = subprocess.Popen(
                command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            assert process.stdout is not None and process.stderr is not None
            line = process.stdout.readline()
            taken.append(time.perf_counter())
            process.communicate()
            assert "predicted in" in line, line

        taken: list[float] = []
        times: list[float] = []
        for _ in range(runs + 1):
            begun = time.perf_counter()
            first_line()
            times.append(taken[-1] - begun)
    median = sorted(times[1:])[len(times[1:]) // 2]
    return Row(
        f"plan of 50 resources until the prediction is printed, process, against {_MOST_SECONDS:.1f} s",
        milliseconds(median),
        "",
        median / _MOST_SECONDS,
        1.0,
    )


def _unchanged(runs: int) -> Row:
    with simulated(50) as (_, endpoint, folder, variables):
        work: Mapping[str, Callable[[], object]] = {
            "ours": lambda: _run(
                _command("deploy", "t.json", "--stack-name", "shop", "--yes"), folder, variables
            ),
            "peer": lambda: _run([sys.executable, "-c", _PEER], folder, variables),
        }
        times = medians(work, runs)
        assert endpoint.called("ExecuteChangeSet") == 0
    added = times["ours"] - times["peer"]
    return Row(
        f"deploy of an unchanged stack, process, beyond the same calls with boto3, against {_MOST_ADDED:.1f} s",
        milliseconds(times["ours"]),
        milliseconds(times["peer"]),
        added / _MOST_ADDED,
        1.0,
    )


def _run(command: list[str], folder: str, variables: Mapping[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def followed(resources: int, seconds: float) -> list[Row]:
    """What following an update costs: calls a second, the part of a core, and the growth of memory."""
    work = f"following {resources} resources for {seconds:.0f} s"
    with simulated(resources, seconds) as (stack, endpoint, folder, variables):
        stack.changes = True
        process = subprocess.Popen(
            _command("deploy", "changed.json", "--stack-name", "shop", "--yes"),
            cwd=folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines: list[str] = []
        assert process.stdout is not None
        reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
        reader.start()
        try:
            assert stack.executed.wait(60), "".join(lines)
            time.sleep(seconds / 3)
            begun, before, early = time.monotonic(), _cpu(process.pid), _memory(process.pid)
            calls = endpoint.called("DescribeStackEvents")
            time.sleep(max(0.1, seconds - stack.passed - 0.5))
            taken, used = time.monotonic() - begun, _cpu(process.pid) - before
            late, calls = _memory(process.pid), endpoint.called("DescribeStackEvents") - calls
            assert process.wait(60) == 0, "".join(lines)
        finally:
            process.kill()
            process.wait()
        reader.join(10)
    return [
        Row(f"{work}, calls for events a second", f"{(calls - 1) / taken:.2f}", "", (calls - 1) / taken, 1.0),
        Row(f"{work}, of a core", f"{used / taken:.1%}", "", used / taken / _MOST_OF_A_CORE, 1.0),
        Row(
            f"{work}, memory at the end, against a third of it",
            f"{late:.1f} MB",
            f"{early:.1f} MB",
            late / early,
            1.1,
        ),
    ]


def _cpu(pid: int) -> float:
    """The seconds of a core that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """The megabytes that a process has in memory."""
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")
    )
    return int(line.split()[1]) / 1024
