"""What AWS says about stacks, as frozen records. Times have a time zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

HIDDEN = "****"
"""What AWS answers for the value of a NoEcho parameter."""


@attrs.frozen
class StackParameter:
    """The value of a parameter that a stack has. `value` is None if AWS hides it (NoEcho).

    `resolved` is the value that AWS read for a parameter of an SSM type, whose own value is only the name.
    """

    key: str
    value: str | None
    resolved: str | None = None

    @property
    def hidden(self) -> bool:
        """Whether AWS hides the value: it is unknown, and never compared."""
        return self.value is None


@attrs.frozen
class Output:
    """An output of a stack, and the name of its export if it has one."""

    key: str
    value: str
    description: str | None = None
    export: str | None = None


@attrs.frozen
class Operation:
    """An operation on a stack (``UPDATE_STACK``), by the identifier that its events have."""

    type: str
    id: str


@attrs.frozen
class Drift:
    """Whether a stack or a resource still is as its template says, when that was last checked."""

    status: str
    time: datetime | None = None


@attrs.frozen(kw_only=True)
class Stack:
    """A stack as AWS describes it. `mode` is that of its last deployment: ``STANDARD`` or ``EXPRESS``."""

    name: str
    id: str
    region: str
    account: str
    status: str
    status_reason: str | None = None
    detailed_status: str | None = None
    description: str | None = None
    parameters: Mapping[str, StackParameter] = attrs.field(factory=dict[str, StackParameter])
    tags: Mapping[str, str] = attrs.field(factory=dict[str, str])
    outputs: Mapping[str, Output] = attrs.field(factory=dict[str, Output])
    capabilities: tuple[str, ...] = ()
    role: str | None = None
    notifications: tuple[str, ...] = ()
    rollback_alarms: tuple[str, ...] = ()
    monitoring_minutes: int | None = None
    termination_protection: bool = False
    disable_rollback: bool = False
    mode: str = "STANDARD"
    change_set: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    deleted: datetime | None = None
    parent: str | None = None
    root: str | None = None
    drift: Drift = Drift("NOT_CHECKED")
    operations: tuple[Operation, ...] = ()

    @property
    def last_operation(self) -> datetime | None:
        """When the last operation began: the deletion, the last update, or the creation."""
        return self.deleted or self.updated or self.created


@attrs.frozen(kw_only=True)
class StackResource:
    """A resource of a stack. `physical_id` is None as long as it was not created."""

    logical_id: str
    physical_id: str | None
    type: str
    status: str
    status_reason: str | None = None
    updated: datetime | None = None
    drift: Drift = Drift("NOT_CHECKED")


@attrs.frozen
class Export:
    """An export of the region: its value, and the stack that has it."""

    name: str
    value: str
    stack_id: str


@attrs.frozen(kw_only=True)
class Event:
    """An event of a stack, from DescribeStackEvents or DescribeEvents.

    Those of an operation have a `status` and an empty `logical_id`. `kind` is AWS's type of the event, which is
    None in DescribeStackEvents. `token` is the client token of the call that the event belongs to. A hook's and a
    validation's results have their own fields; `mode` is what it does then: ``FAIL`` or ``WARN``.
    """

    id: str
    time: datetime
    stack_id: str
    stack: str
    logical_id: str = ""
    physical_id: str = ""
    type: str = ""
    status: str = ""
    reason: str = ""
    token: str | None = None
    kind: str | None = None
    operation_id: str | None = None
    operation_type: str | None = None
    operation_status: str | None = None
    detailed_status: str | None = None
    properties: str | None = attrs.field(default=None, repr=False)
    hook: str | None = None
    hook_status: str | None = None
    hook_reason: str | None = None
    hook_point: str | None = None
    hook_id: str | None = None
    validation: str | None = None
    validation_status: str | None = None
    validation_reason: str | None = None
    validation_path: str | None = None
    mode: str | None = None

    @property
    def about_stack(self) -> bool:
        """Whether the event is about the stack itself, and not about a resource in it."""
        return self.type == "AWS::CloudFormation::Stack" and self.physical_id == self.stack_id


def stack_of(found: Mapping[str, Any]) -> Stack:
    """The record of a stack in the answer of DescribeStacks or ListStacks."""
    arn = str(found["StackId"])
    rollback: Mapping[str, Any] = found.get("RollbackConfiguration") or {}
    deployment: Mapping[str, Any] = found.get("DeploymentConfig") or {}
    return Stack(
        name=str(found["StackName"]),
        id=arn,
        region=region_of(arn),
        account=_part(arn, 4),
        status=str(found["StackStatus"]),
        status_reason=found.get("StackStatusReason"),
        detailed_status=found.get("DetailedStatus"),
        description=found.get("Description") or found.get("TemplateDescription"),
        parameters={each["ParameterKey"]: _parameter(each) for each in found.get("Parameters") or ()},
        tags={each["Key"]: each["Value"] for each in found.get("Tags") or ()},
        outputs={each["OutputKey"]: _output(each) for each in found.get("Outputs") or ()},
        capabilities=tuple(found.get("Capabilities") or ()),
        role=found.get("RoleARN"),
        notifications=tuple(found.get("NotificationARNs") or ()),
        rollback_alarms=tuple(each["Arn"] for each in rollback.get("RollbackTriggers") or ()),
        monitoring_minutes=rollback.get("MonitoringTimeInMinutes"),
        termination_protection=bool(found.get("EnableTerminationProtection")),
        disable_rollback=bool(deployment.get("DisableRollback", found.get("DisableRollback"))),
        mode=str(deployment.get("Mode") or "STANDARD"),
        change_set=found.get("ChangeSetId"),
        created=found.get("CreationTime"),
        updated=found.get("LastUpdatedTime"),
        deleted=found.get("DeletionTime"),
        parent=found.get("ParentId"),
        root=found.get("RootId"),
        drift=_drift(found, "StackDriftStatus"),
        operations=tuple(
            Operation(str(each.get("OperationType", "")), str(each.get("OperationId", "")))
            for each in found.get("LastOperations") or ()
        ),
    )


def resource_of(found: Mapping[str, Any]) -> StackResource:
    """The record of a resource in the answer of ListStackResources or DescribeStackResources."""
    return StackResource(
        logical_id=str(found["LogicalResourceId"]),
        physical_id=found.get("PhysicalResourceId") or None,
        type=str(found["ResourceType"]),
        status=str(found["ResourceStatus"]),
        status_reason=found.get("ResourceStatusReason"),
        updated=found.get("LastUpdatedTimestamp") or found.get("Timestamp"),
        drift=_drift(found, "StackResourceDriftStatus"),
    )


def export_of(found: Mapping[str, Any]) -> Export:
    """The record of an export in the answer of ListExports."""
    return Export(str(found["Name"]), str(found["Value"]), str(found["ExportingStackId"]))


def event_of(found: Mapping[str, Any]) -> Event:
    """The record of an event in the answer of DescribeStackEvents or DescribeEvents."""
    arn = str(found.get("StackId") or "")
    return Event(
        id=str(found["EventId"]),
        time=found.get("Timestamp") or found.get("StartTime") or found["EndTime"],
        stack_id=arn,
        stack=str(found.get("StackName") or name_of(arn)),
        logical_id=found.get("LogicalResourceId") or "",
        physical_id=found.get("PhysicalResourceId") or "",
        type=found.get("ResourceType") or "",
        status=found.get("ResourceStatus") or "",
        reason=found.get("ResourceStatusReason") or "",
        token=found.get("ClientRequestToken"),
        kind=found.get("EventType"),
        operation_id=found.get("OperationId"),
        operation_type=found.get("OperationType"),
        operation_status=found.get("OperationStatus"),
        detailed_status=found.get("DetailedStatus"),
        properties=found.get("ResourceProperties"),
        hook=found.get("HookType"),
        hook_status=found.get("HookStatus"),
        hook_reason=found.get("HookStatusReason"),
        hook_point=found.get("HookInvocationPoint"),
        hook_id=found.get("HookInvocationId"),
        validation=found.get("ValidationName"),
        validation_status=found.get("ValidationStatus"),
        validation_reason=found.get("ValidationStatusReason"),
        validation_path=found.get("ValidationPath"),
        mode=found.get("HookFailureMode") or found.get("ValidationFailureMode"),
    )


def name_of(stack_id: str) -> str:
    """The name in the ARN of a stack; a name is returned as it is."""
    return stack_id.split("/")[1] if stack_id.startswith("arn:") and "/" in stack_id else stack_id


def region_of(arn: str) -> str:
    """The region in an ARN, or nothing."""
    return _part(arn, 3)


def _part(arn: str, index: int) -> str:
    parts = arn.split(":")
    return parts[index] if len(parts) > index else ""


def _parameter(found: Mapping[str, Any]) -> StackParameter:
    value = str(found.get("ParameterValue", ""))
    return StackParameter(
        str(found["ParameterKey"]), None if value == HIDDEN else value, found.get("ResolvedValue")
    )


def _output(found: Mapping[str, Any]) -> Output:
    return Output(
        str(found["OutputKey"]),
        str(found.get("OutputValue", "")),
        found.get("Description"),
        found.get("ExportName"),
    )


def _drift(found: Mapping[str, Any], key: str) -> Drift:
    about: Mapping[str, Any] = found.get("DriftInformation") or {}
    return Drift(str(about.get(key) or "NOT_CHECKED"), about.get("LastCheckTimestamp"))
