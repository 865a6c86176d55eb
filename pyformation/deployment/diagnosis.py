"""What happened to a stack, read from AWS: its last operation, why that failed, and whether it ever succeeded."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ..errors import DeploymentError
from ..sources import LoadedTemplate
from . import events
from .causes import Cause
from .connection import Connection
from .failures import Failure, Left, analyze, orphans
from .function_logs import is_custom, last_lines
from .records import Event, Stack, event_of
from .statuses import State

_SUCCEEDED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
_BORN = ("CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "IMPORT_IN_PROGRESS")
# The states of stacks that may never have succeeded; only for these is the whole history read.
_UNSURE = (
    "REVIEW_IN_PROGRESS",
    "CREATE_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_COMPLETE",
    "IMPORT_ROLLBACK_FAILED",
)


@attrs.frozen
class Named:
    """What the user has named, and so what the commands that are suggested must name: whether a region, which profile
    and which source."""

    region: bool = False
    profile: str | None = None
    source: str | None = None


NOTHING = Named()


@attrs.frozen(kw_only=True)
class Diagnosis:
    """What happened in a stack's last operation.

    `events` are in their order. `failure` is None if nothing failed, `orphans` is what the cleanup could not delete.
    """

    state: State
    events: tuple[Event, ...] = attrs.field(default=(), repr=False)
    failure: Failure | None = None
    orphans: tuple[Left, ...] = ()


def state_of(connection: Connection, stack: Stack, named: Named = NOTHING) -> State:
    """What decides what may be done with a stack, its history included where that counts."""
    succeeded = ever_succeeded(connection, stack) if stack.status in _UNSURE else True
    return State.of(
        stack,
        ever_succeeded=succeeded,
        region=connection.region if named.region else None,
        profile=named.profile,
        source=named.source,
    )


def ever_succeeded(connection: Connection, stack: Stack) -> bool | None:
    """Whether a stack was ever created, updated or imported completely; None if its events do not go back that far."""
    oldest: Event | None = None
    for found in connection.items("describe_stack_events", "StackEvents", StackName=stack.id):
        event = event_of(found)
        if event.about_stack:
            if event.status in _SUCCEEDED:
                return True
            oldest = event
    return False if oldest is not None and oldest.status in _BORN else None


def diagnose(
    connection: Connection, stack: Stack, state: State, *, template: LoadedTemplate | None = None
) -> Diagnosis:
    """The last operation of a stack, and why it failed if it did. Nested stacks are read as far as they failed."""
    found = last_operation(connection, stack.id)
    operation = next((event.operation_id for event in reversed(found) if event.operation_id), None)
    began = found[0].time if found else None
    more = [
        event
        for event in events.of_operation(connection, stack.id, operation)
        if began is not None and event.time >= began
    ]

    def nested(stack_id: str) -> Sequence[Event]:
        try:
            return () if began is None else events.since(connection, stack_id, began)
        except DeploymentError as error:
            if error.kind in ("missing", "denied", "refused"):
                return ()  # It is gone, or may not be read.
            raise

    failure = analyze([*found, *more], state, nested=nested, template=template)
    if failure is not None:
        failure = attrs.evolve(failure, cause=_in_full(connection, failure.cause))
    left = () if failure is not None else orphans(found)
    return Diagnosis(state=state, events=tuple(found), failure=failure, orphans=left)


def last_operation(connection: Connection, stack_id: str) -> list[Event]:
    """The events of a stack's last operation, in their order."""
    return list(reversed(list(events.last_operation(connection, stack_id))))


def _in_full(connection: Connection, cause: Cause) -> Cause:
    """The cause with what its event leaves out: the log of a custom resource, what a hook says of each rule."""
    if cause.kind == "hook" and cause.event.hook_id:
        return attrs.evolve(cause, log=_annotations(connection, cause.event.hook_id))
    if is_custom(cause.event.type):
        return attrs.evolve(cause, log=last_lines(connection, cause.event))
    return cause


def _annotations(connection: Connection, hook_id: str) -> tuple[str, ...]:
    """The rules that a hook found broken, each with its remedy."""
    if not hasattr(connection.client("cloudformation"), "get_hook_result"):
        return ()
    try:
        answer = connection.call("get_hook_result", HookResultId=hook_id)
    except DeploymentError as error:
        if error.kind in ("denied", "missing", "refused"):
            return ()
        raise
    found: list[str] = []
    for each in answer.get("Annotations") or ():
        if each.get("Status") == "FAILED":
            words = [each.get("AnnotationName"), each.get("StatusMessage"), each.get("RemediationMessage")]
            found.append(": ".join(str(word).strip() for word in words if word))
    return tuple(found)
