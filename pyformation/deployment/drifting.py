"""`pyformation.drift`: where the resources of a stack are no longer as their template says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

import attrs

from ..changes.records import STACK
from ..errors import DeploymentError, Origin
from ..pointers import steps_of
from ..sources import LoadedTemplate, loaded
from . import stacks
from .causes import declared_at, inside
from .connection import Connection, connect
from .diagnosis import NOTHING, Named
from .records import Stack
from .statuses import State, refusal

# Seconds between two questions, which grow, and until when AWS is asked.
_FIRST, _LONGEST, _PATIENCE = 1.0, 10.0, 3600.0
_DEPTH = 10
_RUNNING = "DETECTION_IN_PROGRESS"


@attrs.frozen
class PropertyDrift:
    """A property that is not as the template says.

    `path` is a JSON Pointer into the properties, `kind` what happened to it: ``ADD``, ``REMOVE`` or ``NOT_EQUAL``.
    `expected` is None for what was added, `actual` for what was removed.
    """

    path: str
    kind: Literal["ADD", "REMOVE", "NOT_EQUAL"]
    expected: Any
    actual: Any
    origin: Origin | None = None


@attrs.frozen(kw_only=True)
class ResourceDrift:
    """A resource that drifted, or that could not be checked.

    `name` is the logical ID, behind those of nested stacks. `status` is AWS's: ``MODIFIED``, ``DELETED``, or
    ``UNKNOWN`` where the check failed, for which `reason` says why.
    """

    name: str
    type: str
    physical_id: str | None
    status: str
    reason: str | None = None
    properties: tuple[PropertyDrift, ...] = ()
    origin: Origin | None = None

    @property
    def drifted(self) -> bool:
        """Whether it is known to differ."""
        return self.status in ("MODIFIED", "DELETED")


@attrs.frozen(kw_only=True)
class DriftReport:
    """What a check for drift found, nested stacks included.

    `resources` are those that drifted or could not be checked, `in_sync` and `unchecked` the numbers of the others;
    AWS cannot check every type. `incomplete` says why the check of a stack failed.
    """

    stack: Stack
    resources: tuple[ResourceDrift, ...]
    in_sync: int
    unchecked: int
    incomplete: tuple[str, ...] = ()
    checked: datetime | None = None

    @property
    def drifted(self) -> tuple[ResourceDrift, ...]:
        """The resources that are known to differ."""
        return tuple(each for each in self.resources if each.drifted)


def drift(
    stack: str,
    *,
    region: str | None = None,
    session: Any = None,
    source: object = None,
    on_progress: Callable[[str], None] = lambda _sentence: None,
) -> DriftReport:
    """Let AWS compare a stack and its nested stacks with their templates, and wait for the answer.

    `source` is what was deployed: then the lines of what drifted are named. Raises `DeploymentError` if the stack is
    in a state in which AWS does not check it.
    """
    connection = connect(region, session=session)
    template = None if source is None else loaded(source)
    found = stacks.existing(connection, stack)
    named = Named(region is not None)
    return detect(connection, found, template=template, named=named, on_progress=on_progress)


def detect(
    connection: Connection,
    stack: Stack,
    *,
    template: LoadedTemplate | None = None,
    named: Named = NOTHING,
    sleep: Callable[[float], None] = time.sleep,
    on_progress: Callable[[str], None] = lambda _sentence: None,
) -> DriftReport:
    """Check a stack that was read."""
    region = connection.region if named.region else None
    state = State.of(stack, region=region, profile=named.profile)
    sentence = refusal(state, "DetectStackDrift")
    if sentence is not None:
        raise DeploymentError(sentence, kind="state")
    checks = [_Check((), stack.id, _start(connection, stack.id))]
    checks += _nested(connection, stack.id, ())
    found: list[ResourceDrift] = []
    incomplete: list[str] = []
    counts = {"IN_SYNC": 0, "NOT_CHECKED": 0}
    checked: datetime | None = None
    for check in checks:
        on_progress(f"checking {'.'.join((stack.name, *check.path))}")
        checked, why = _wait(connection, check, sleep)
        if why is not None:
            incomplete.append(f"{'.'.join((stack.name, *check.path))}: {why}")
        owner = inside(template, check.path)
        for drifted in _resources(connection, check, owner):
            if drifted.status in counts:
                counts[drifted.status] += 1
            elif drifted.status == "UNSUPPORTED":
                counts["NOT_CHECKED"] += 1
            else:
                found.append(drifted)
    return DriftReport(
        stack=stack,
        resources=tuple(found),
        in_sync=counts["IN_SYNC"],
        unchecked=counts["NOT_CHECKED"],
        incomplete=tuple(incomplete),
        checked=checked,
    )


@attrs.frozen
class _Check:
    path: tuple[str, ...]
    stack_id: str
    id: str


def _start(connection: Connection, stack_id: str) -> str:
    return str(connection.call("detect_stack_drift", StackName=stack_id)["StackDriftDetectionId"])


def _nested(connection: Connection, stack_id: str, path: tuple[str, ...]) -> Iterator[_Check]:
    """The checks of the nested stacks: AWS's check of a stack does not look into them."""
    if len(path) >= _DEPTH:
        return
    for resource in stacks.resources(connection, stack_id).values():
        child = resource.physical_id
        if resource.type != STACK or not child or resource.status.startswith("DELETE_"):
            continue
        inner = (*path, resource.logical_id)
        yield _Check(inner, child, _start(connection, child))
        yield from _nested(connection, child, inner)


def _wait(
    connection: Connection, check: _Check, sleep: Callable[[float], None]
) -> tuple[datetime | None, str | None]:
    """Wait for a check: when it ended, and why it is not complete."""
    pause, waited = _FIRST, 0.0
    while True:
        found = connection.call("describe_stack_drift_detection_status", StackDriftDetectionId=check.id)
        status = found.get("DetectionStatus")
        if status != _RUNNING:
            failed = status != "DETECTION_COMPLETE"
            why = str(found.get("DetectionStatusReason") or "the check failed") if failed else None
            return found.get("Timestamp"), why
        if waited > _PATIENCE:
            raise DeploymentError(
                f"AWS did not finish its check for drift within {_PATIENCE / 60:.0f} minutes"
            )
        sleep(pause)
        waited += pause
        pause = min(pause * 1.5, _LONGEST)


def _resources(
    connection: Connection, check: _Check, template: LoadedTemplate | None
) -> Iterator[ResourceDrift]:
    for each in connection.items(
        "describe_stack_resource_drifts", "StackResourceDrifts", StackName=check.stack_id
    ):
        logical_id = str(each["LogicalResourceId"])
        yield ResourceDrift(
            name=".".join((*check.path, logical_id)),
            type=str(each["ResourceType"]),
            physical_id=each.get("PhysicalResourceId"),
            status=str(each.get("StackResourceDriftStatus")),
            reason=each.get("DriftStatusReason"),
            properties=tuple(
                _property(difference, logical_id, template)
                for difference in each.get("PropertyDifferences") or ()
            ),
            origin=_origin(template, logical_id),
        )


def _property(found: Mapping[str, Any], logical_id: str, template: LoadedTemplate | None) -> PropertyDrift:
    path, kind = str(found.get("PropertyPath") or ""), found.get("DifferenceType")
    return PropertyDrift(
        path=path,
        kind=kind if kind in ("ADD", "REMOVE") else "NOT_EQUAL",
        expected=None if kind == "ADD" else _value(found.get("ExpectedValue")),
        actual=None if kind == "REMOVE" else _value(found.get("ActualValue")),
        origin=_origin(template, logical_id, path),
    )


def _value(text: Any) -> Any:
    """A value: AWS writes lists and mappings as JSON, and scalars as text."""
    if not isinstance(text, str) or not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _origin(template: LoadedTemplate | None, logical_id: str, pointer: str = "") -> Origin | None:
    if template is None:
        return None
    return declared_at(template, logical_id, steps_of(pointer) if pointer else ())
