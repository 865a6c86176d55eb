"""Events of stacks in the shape of AWS's answers, from short lines.

    12:00:00 shop        -        CREATE_IN_PROGRESS  User Initiated
    12:00:01 Role        AWS::IAM::Role  CREATE_COMPLETE

A line has the second, the logical ID (with ``=PhysicalId`` behind it if it has one), the type without ``AWS::`` or ``-``
for the stack itself, the status, and the reason.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from pyformation.deployment.records import Event, event_of

START = datetime(2026, 11, 28, 12, tzinfo=UTC)
_numbers = itertools.count()


def arn(name: str) -> str:
    return f"arn:aws:cloudformation:eu-west-1:111111111111:stack/{name}/1d3a-{name}"


def answers(text: str, stack: str = "shop", **more: Any) -> list[dict[str, Any]]:
    """The events, the oldest first, as DescribeStackEvents answers them in reverse."""
    found: list[dict[str, Any]] = []
    for line in text.strip().splitlines():
        if not line.strip():
            continue
        second, name, type_, status, *rest = line.split(maxsplit=4)
        name, _, physical = name.partition("=")
        of_stack = type_ == "-"
        event = {
            "StackId": arn(stack),
            "StackName": stack,
            "EventId": f"event-{next(_numbers)}",
            "LogicalResourceId": name,
            "PhysicalResourceId": arn(stack)
            if of_stack
            else arn(physical)
            if type_.endswith("::Stack")
            else physical,
            "ResourceType": "AWS::CloudFormation::Stack"
            if of_stack
            else type_
            if type_.startswith("Custom::")
            else f"AWS::{type_}",
            "Timestamp": START + timedelta(seconds=float(second)),
            "ResourceStatus": status,
            **more,
        }
        if rest:
            event["ResourceStatusReason"] = rest[0]
        found.append(event)
    return found


def events(text: str, stack: str = "shop", **more: Any) -> list[Event]:
    return [event_of(found) for found in answers(text, stack, **more)]


def operation_event(second: float, name: str = "", stack: str = "shop", **more: Any) -> dict[str, Any]:
    """An event of DescribeEvents, such as the result of a validation or of a hook."""
    return {
        "StackId": arn(stack),
        "EventId": f"operation-{next(_numbers)}",
        "LogicalResourceId": name,
        "Timestamp": START + timedelta(seconds=second),
        **more,
    }
