"""The last lines that the function of a custom resource wrote before it failed: they have the real reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ..errors import DeploymentError
from ..plain import is_mapping
from .connection import Connection
from .records import Event

_LINES = 12
_STREAM = re.compile(r"CloudWatch Log Stream: (?P<stream>\d{4}/\d{2}/\d{2}/\[[^\]\s]+\][0-9a-f]+)")
# The lines that tell of an error, in any language of a function.
_ERRORS = '?ERROR ?Error ?Exception ?Traceback ?"Task timed out" ?"Process exited"'
_ERROR = re.compile(r"\[?ERROR|Traceback|Exception|Error|Task timed out|Process exited")
# The lines that Lambda writes itself.
_LAMBDAS_OWN = re.compile(r"(?:START|END|REPORT|INIT_START|XRAY)\b")
# How long before its failure a custom resource may have begun: CloudFormation waits for an hour.
_WINDOW = timedelta(hours=1, minutes=5)


def is_custom(type_: str) -> bool:
    """Whether a type is that of a custom resource."""
    return type_.startswith("Custom::") or type_ == "AWS::CloudFormation::CustomResource"


def last_lines(connection: Connection, event: Event) -> tuple[str, ...]:
    """The last lines of the log that tell of an error; none if there are none, or if they cannot be read."""
    token = _function(event)
    if token is None:
        return ()
    region, function = token
    connection = connection.at(region)
    found = _STREAM.search(event.reason)
    try:
        group = _log_group(connection, function)
        messages = _messages(connection, group, event, None if found is None else found["stream"])
        return tuple(_from_the_error(messages))
    except DeploymentError as error:
        if error.kind in ("denied", "missing", "refused"):
            return ()
        raise


def _function(event: Event) -> tuple[str, str] | None:
    """The region and the name of the function that the custom resource calls, or None if it is not a function."""
    try:
        properties: object = json.loads(event.properties or "{}")
    except ValueError:
        return None
    token: Any = properties.get("ServiceToken") if is_mapping(properties) else None
    parts = str(token or "").split(":")
    is_function = len(parts) > 6 and parts[2] == "lambda" and parts[5] == "function"
    return (parts[3], parts[6]) if is_function else None


def _log_group(connection: Connection, function: str) -> str:
    try:
        about = connection.call("get_function_configuration", service="lambda", FunctionName=function)
    except DeploymentError:
        about = {}  # The function may be gone with the stack; its log stays.
    config: dict[str, Any] = about.get("LoggingConfig") or {}
    return str(config.get("LogGroup") or f"/aws/lambda/{function}")


def _messages(connection: Connection, group: str, event: Event, stream: str | None) -> Iterable[str]:
    if stream is not None:
        answer = connection.call(
            "get_log_events", service="logs", logGroupName=group, logStreamName=stream, limit=200
        )
    else:
        answer = connection.call(
            "filter_log_events",
            service="logs",
            logGroupName=group,
            startTime=int((event.time - _WINDOW).timestamp() * 1000),
            endTime=int(event.time.timestamp() * 1000),
            filterPattern=_ERRORS,
            limit=200,
        )
    return [str(each.get("message", "")) for each in answer.get("events") or ()]


def _from_the_error(messages: Iterable[str]) -> list[str]:
    """The lines from the last error on."""
    lines = [
        line.rstrip()
        for message in messages
        for line in message.splitlines()
        if line.strip() and not _LAMBDAS_OWN.match(line)
    ]
    return lines[_beginning(lines) :][-_LINES:] if any(map(_ERROR.search, lines)) else []


def _beginning(lines: list[str]) -> int:
    """The line that the last error begins at: Lambda's own, before the traceback that belongs to it."""
    for start in ("[ERROR]", "Traceback"):
        found = [index for index, line in enumerate(lines) if line.startswith(start)]
        if found:
            return found[-1]
    return [index for index, line in enumerate(lines) if _ERROR.search(line)][-1]
