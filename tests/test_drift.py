"""`drift`: where resources are no longer as their template says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_endpoint import Endpoint, Failure
from aws_servers import Account, new_account
from conftest import ROOT, run_command
from live_stacks import create, resources
from stack_events import START, arn

import pyformation
from pyformation import DeploymentError
from pyformation.deployment import drifting

TEMPLATE = """Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 5
  Topic:
    Type: AWS::SNS::Topic
"""


def test_what_was_changed_and_what_was_deleted(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("stack.yaml").write_text(TEMPLATE)
    create(account, "shop", TEMPLATE)
    clean = run_command("drift", "shop", "--exit-code")
    assert clean.returncode == 0 and "no drift in 2 resources" in clean.stdout
    found = resources(account, "shop")
    account.client("sqs").set_queue_attributes(
        QueueUrl=found["Queue"], Attributes={"VisibilityTimeout": "77"}
    )
    account.client("sns").delete_topic(TopicArn=found["Topic"])
    shown = run_command("drift", "shop", "--exit-code", "--source", "stack.yaml")
    assert shown.returncode == 2
    assert "2 of 2 resources drifted" in shown.stdout
    assert "~ Queue  SQS::Queue  stack.yaml:2" in shown.stdout
    assert "    ~ VisibilityTimeout: 5 -> 77  stack.yaml:5" in shown.stdout
    assert "- Topic  SNS::Topic  was deleted outside of CloudFormation  stack.yaml:6" in shown.stdout
    assert run_command("drift", "shop").returncode == 0
    data = json.loads(run_command("drift", "shop", "--format", "json").stdout)
    assert (data["drifted"], data["in_sync"]) == (2, 0)
    page = (
        (ROOT / "docs" / "deployment.md")
        .read_text(encoding="utf-8")
        .partition("## Drift\n")[2]
        .partition("\n## ")[0]
    )
    first = data["resources"][0]
    assert not [key for key in [*data, *first, *first["properties"][0]] if f"`{key}`" not in page]
    assert data["resources"][0]["properties"] == [
        {"path": "/VisibilityTimeout", "kind": "NOT_EQUAL", "expected": "5", "actual": "77", "origin": None}
    ]


def drifts(*found: dict[str, Any]) -> dict[str, Any]:
    return {
        "StackResourceDrifts": [
            {"StackId": arn("shop"), "ResourceType": "AWS::SNS::Topic", "Timestamp": START, **each}
            for each in found
        ]
    }


def prepared(endpoint: Endpoint, status: str = "UPDATE_COMPLETE", *detections: dict[str, Any]) -> Any:
    """An endpoint with one stack; the session to use."""
    stack = {"StackName": "shop", "StackId": arn("shop"), "StackStatus": status, "CreationTime": START}
    endpoint.answer("DescribeStacks", {"Stacks": [stack]})
    endpoint.answer("DetectStackDrift", {"StackDriftDetectionId": "d-1"})
    about = {"StackId": arn("shop"), "StackDriftDetectionId": "d-1", "Timestamp": START}
    done = {"DetectionStatus": "DETECTION_COMPLETE", "StackDriftStatus": "DRIFTED"}
    endpoint.answer(
        "DescribeStackDriftDetectionStatus", *({**about, **each} for each in detections or (done,))
    )
    endpoint.answer("ListStackResources", {"StackResourceSummaries": []})
    return new_account(endpoint.address).session()


def test_every_kind_of_difference(endpoint: Endpoint) -> None:
    session = prepared(endpoint)
    differences = [
        {
            "PropertyPath": "/Tags/0",
            "ExpectedValue": "null",
            "ActualValue": '{"Key": "a"}',
            "DifferenceType": "ADD",
        },
        {
            "PropertyPath": "/DisplayName",
            "ExpectedValue": "x",
            "ActualValue": "null",
            "DifferenceType": "REMOVE",
        },
        {"PropertyPath": "/A~1B", "ExpectedValue": "[1]", "ActualValue": "{", "DifferenceType": "NOT_EQUAL"},
    ]
    endpoint.pages(
        "DescribeStackResourceDrifts",
        "StackResourceDrifts",
        drifts(
            {
                "LogicalResourceId": "A",
                "StackResourceDriftStatus": "MODIFIED",
                "PropertyDifferences": differences,
            },
            {
                "LogicalResourceId": "B",
                "StackResourceDriftStatus": "UNKNOWN",
                "DriftStatusReason": "Access denied",
            },
            {"LogicalResourceId": "C", "StackResourceDriftStatus": "NOT_CHECKED"},
            {"LogicalResourceId": "D", "StackResourceDriftStatus": "UNSUPPORTED"},
            {"LogicalResourceId": "E", "StackResourceDriftStatus": "IN_SYNC"},
        )["StackResourceDrifts"],
        size=2,
    )
    found = pyformation.drift("shop", session=session)
    assert [each.name for each in found.drifted] == ["A"]
    assert [(each.name, each.status, each.reason) for each in found.resources[1:]] == [
        ("B", "UNKNOWN", "Access denied")
    ]
    assert (found.in_sync, found.unchecked) == (1, 2)
    assert [(part.path, part.kind, part.expected, part.actual) for part in found.resources[0].properties] == [
        ("/Tags/0", "ADD", None, {"Key": "a"}),
        ("/DisplayName", "REMOVE", "x", None),
        ("/A~1B", "NOT_EQUAL", [1], "{"),
    ]
    shown = run_command("drift", "shop").stdout
    assert '+ Tags.0: {"Key": "a"}' in shown and "- DisplayName: x" in shown
    assert "? B  SNS::Topic  could not be checked: Access denied" in shown


def test_the_end_of_the_check_is_waited_for(endpoint: Endpoint) -> None:
    running = {"DetectionStatus": "DETECTION_IN_PROGRESS"}
    failed = {
        "DetectionStatus": "DETECTION_FAILED",
        "DetectionStatusReason": "Failed to detect drift on: [A]",
    }
    session = prepared(endpoint, "UPDATE_COMPLETE", running, running, failed)
    endpoint.answer("DescribeStackResourceDrifts", drifts())
    pauses: list[float] = []
    connection = pyformation.deployment.connect(session=session)
    stack = pyformation.deployment.stacks.existing(connection, "shop")
    found = drifting.detect(connection, stack, sleep=pauses.append)
    assert pauses == [1.0, 1.5]
    assert found.incomplete == ("shop: Failed to detect drift on: [A]",)
    # What was not checked may have drifted.
    assert run_command("drift", "shop", "--exit-code").returncode == 1
    assert run_command("drift", "shop").returncode == 0


def test_nested_stacks_are_checked(endpoint: Endpoint) -> None:
    session = prepared(endpoint)
    nested = {
        "LogicalResourceId": "Data",
        "PhysicalResourceId": arn("data"),
        "ResourceType": "AWS::CloudFormation::Stack",
        "ResourceStatus": "UPDATE_COMPLETE",
        "LastUpdatedTimestamp": START,
    }
    endpoint.answer(
        "ListStackResources",
        lambda request: {
            "StackResourceSummaries": [nested] if request.arguments["StackName"] == arn("shop") else []
        },
    )
    endpoint.answer(
        "DescribeStackResourceDrifts",
        lambda request: drifts(
            {
                "LogicalResourceId": "Data" if request.arguments["StackName"] == arn("shop") else "Topic",
                "StackResourceDriftStatus": "IN_SYNC"
                if request.arguments["StackName"] == arn("shop")
                else "DELETED",
            }
        ),
    )
    found = pyformation.drift("shop", session=session)
    assert [sent["StackName"] for sent in endpoint.arguments("DetectStackDrift")] == [
        arn("shop"),
        arn("data"),
    ]
    assert [each.name for each in found.drifted] == ["Data.Topic"]
    assert found.in_sync == 1


def test_a_state_in_which_aws_does_not_check(endpoint: Endpoint) -> None:
    session = prepared(endpoint, "UPDATE_IN_PROGRESS")
    with pytest.raises(
        DeploymentError, match=r"shop cannot be checked for drift: it is being updated \(UPDATE_IN_PROGRESS\)"
    ):
        pyformation.drift("shop", session=session)
    assert endpoint.called("DetectStackDrift") == 0


def test_a_check_that_runs_already(endpoint: Endpoint) -> None:
    session = prepared(endpoint)
    endpoint.answer(
        "DetectStackDrift", Failure("ValidationError", "Drift detection is already in progress for stack")
    )
    with pytest.raises(DeploymentError, match="already in progress"):
        pyformation.drift("shop", session=session)
