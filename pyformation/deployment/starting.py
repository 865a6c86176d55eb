"""An operation on a stack is started: on the state that was looked at, once, whatever the connection does; and followed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..errors import DeploymentError
from . import events, stacks
from .connection import Connection
from .records import Event, Stack
from .statuses import State
from .watching import Ended, Watcher, follow

_ATTEMPTS = 3
_FINAL = ("denied", "expired", "credentials", "region")
_TRANSIENT = ("unreachable", "throttled")
_TAKEN = ("TokenAlreadyExistsException", "TokenAlreadyExists")


def begin(connection: Connection, stack: Stack, operation: str, token: str, **arguments: Any) -> str | None:
    """Begin an operation, and return the mark behind which its events are.

    `stack` is the stack as it was when the operation was planned; nothing is done if somebody else has worked on it
    since. An answer that is lost is no failure: the events of the operation carry the client token.
    """
    mark = events.mark(connection, stack.id)
    now = stacks.describe(connection, stack.id)
    if now is None or now.status != stack.status or now.updated != stack.updated:
        raise DeploymentError(
            f"{stack.name} has changed since it was looked at ({stack.status}, now "
            f"{'gone' if now is None else now.status}): somebody else works on it; run the command again",
            kind="state",
        )
    for attempt in range(_ATTEMPTS):
        try:
            connection.call(operation, StackName=stack.id, ClientRequestToken=token, **arguments)
            return mark
        except DeploymentError as error:
            if error.code in _TAKEN:
                return mark
            if error.kind in _FINAL:
                raise
            if _has_begun(connection, stack, token):
                return mark
            if error.kind not in _TRANSIENT or attempt == _ATTEMPTS - 1:
                raise
    return mark


def _has_begun(connection: Connection, stack: Stack, token: str) -> bool:
    page = connection.call("describe_stack_events", StackName=stack.id)
    return any(each.get("ClientRequestToken") == token for each in page.get("StackEvents") or ())


def follow_on(
    connection: Connection,
    stack: Stack,
    what: str,
    *,
    watcher: Watcher,
    until: str | None = None,
    since: datetime | None = None,
) -> Ended:
    """Follow an operation that was begun to its end; an error says that the operation goes on."""
    try:
        return follow(connection, stack.id, until=until, since=since, watcher=watcher, keep=False)
    except DeploymentError as error:
        raise DeploymentError(
            f"{error.message}; the {what} of {stack.name} goes on at AWS: run the same command again to follow it",
            kind=error.kind,
            code=error.code,
        ) from None


def running(connection: Connection, stack: Stack, token: str) -> Event | None:
    """The first event of the operation that runs on a stack, if its client token begins with `token`."""
    if not State.of(stack).in_progress:
        return None
    first: Event | None = None
    for event in events.last_operation(connection, stack.id):
        if not (event.token or "").startswith(token):
            break
        first = event
    return first
