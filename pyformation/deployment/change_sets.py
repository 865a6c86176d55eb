"""Change sets: made, waited for, read to the last page, and deleted, also after Ctrl-C.

A change set has a name and a client token before AWS is asked for it, so that after a lost connection it is found
again and never made twice. It is read by its ARN, which stays when it is executed. docs/deployment.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import attrs

from ..errors import DeploymentError
from ..plain import mapping_or_empty
from .comparison import Answers
from .connection import Connection
from .records import Event, event_of, name_of
from .watching import undisturbed

Type = Literal["CREATE", "UPDATE", "IMPORT"]

_PREFIX = "pf-"
_PAUSES = (0.3, 0.5, 1.0, 2.0, 3.0, 5.0)
_ATTEMPTS = 4
_DELETION_SECONDS = 60.0
_DELETED = ("DELETE_PENDING", "DELETE_IN_PROGRESS", "DELETE_COMPLETE")
# How AWS says that there is nothing to do.
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed", "There are no changes")
_CAPABILITIES = ("CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM", "CAPABILITY_IAM")


@attrs.frozen(kw_only=True)
class Request:
    """What a change set is made of, apart from the stack that it belongs to.

    `template` is the text of a template, or its address in S3 where `by_url` is True; `previous` are the parameters
    that keep their value, `imports` the identifiers of resources to import by logical ID, each with its type.
    """

    template: str = attrs.field(repr=False)
    by_url: bool = False
    parameters: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    previous: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None
    role: str | None = None
    notifications: tuple[str, ...] | None = None
    rollback_alarms: tuple[str, ...] | None = None
    monitoring_minutes: int | None = None
    nested: bool = False
    imports: Mapping[str, tuple[str, Mapping[str, str]]] = attrs.field(
        factory=dict[str, tuple[str, Mapping[str, str]]]
    )
    import_existing: bool = False
    revert_drift: bool = False
    express: bool = False
    disable_rollback: bool = False

    @property
    def digest(self) -> str:
        """A text that is equal for equal requests. Capabilities change nothing of what is made, and which parameters
        keep their value is another question while an update runs than before."""
        data = attrs.asdict(attrs.evolve(self, capabilities=(), previous=()))
        text = json.dumps(data, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@attrs.frozen
class Check:
    """The result of a validation or a hook before anything is changed.

    `fails` is True where it stops the deployment, False for a warning. `resource` and `path` say what it is about.
    """

    kind: Literal["validation", "hook"]
    name: str
    fails: bool
    reason: str
    resource: str = ""
    path: str = ""


@attrs.frozen(kw_only=True)
class ChangeSet:
    """A change set as AWS describes it.

    `no_changes` is True where AWS refused it because there is nothing to do, `made_stack` where the empty stack in
    REVIEW_IN_PROGRESS was made for it. `checks` is None where the results of validations and hooks could not be read,
    and `checks_unread` then says why.
    """

    id: str
    name: str
    stack_id: str
    type: Type
    status: str
    reason: str = ""
    execution: str = ""
    no_changes: bool = False
    made_stack: bool = False
    digest: str = ""
    answers: Answers = attrs.field(factory=Answers)
    checks: tuple[Check, ...] | None = ()
    checks_unread: str | None = None
    drift_status: str | None = None
    capabilities: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it can be executed."""
        return self.status == "CREATE_COMPLETE" and self.execution in ("", "AVAILABLE")

    @property
    def stack(self) -> str:
        """The name of the stack."""
        return name_of(self.stack_id)


@attrs.define
class Draft:
    """A change set that is being made: what must be deleted unless it is kept.

    `executed` says whether it was, as far as known; `existed` whether there was a stack with that name before that must
    stay, also an empty one that another program made. `empty` is the ARN of an empty one that there was.
    """

    connection: Connection
    stack: str
    name: str
    existed: bool
    type: Type
    empty: str | None = None
    id: str | None = None
    stack_id: str | None = None
    kept: bool = False
    sent: bool = False
    executed: bool = False

    @classmethod
    def new(
        cls, connection: Connection, stack: str, type_: Type, *, existed: bool, empty: str | None = None
    ) -> Draft:
        """A draft with a name that no other change set has."""
        return cls(connection, stack, _PREFIX + secrets.token_hex(4), existed, type_, empty)

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Delete what is not kept, also after Ctrl-C."""
        if self.kept:
            return
        # The first error is what the user must see.
        with contextlib.suppress(DeploymentError) if error is not None else contextlib.nullcontext():
            self.delete()

    def delete(self) -> None:
        """Delete the change set, and the empty stack that was made for it and that nobody uses."""
        if not self.sent:
            return
        with undisturbed():
            self.delete_change_set()
            if not self.existed:
                delete_shell(self.connection, self.stack_id or self.stack, self.name)

    def delete_change_set(self) -> None:
        """Delete the change set alone."""
        self.sent = False
        change_set = self.id or self.name
        try:
            self.connection.call(
                "delete_change_set",
                ChangeSetName=change_set,
                StackName=None if self.id is not None else self.stack,
            )
        except DeploymentError as error:
            # One that is executed, or that another deployer deletes, is no longer ours to delete.
            if not _is_gone(error) and error.code not in (
                "InvalidChangeSetStatus",
                "InvalidChangeSetStatusException",
            ):
                raise


def create(made: Draft, request: Request, pause: Callable[[float], None] = time.sleep) -> ChangeSet:
    """Make a change set, wait until AWS has computed it, and read all of it.

    A change set without changes, and one that failed, is returned like any other. Raises `DeploymentError` if AWS
    refuses to make it.
    """
    attempt = 0
    while True:
        try:
            found = _once(made, request, pause)
        except DeploymentError as error:
            if _lost_its_stack(made, error) and attempt < _ATTEMPTS:
                pause(_PAUSES[attempt])
                attempt += 1
                made.name, made.id = _PREFIX + secrets.token_hex(4), None
                continue
            if any(words in error.message for words in _NO_CHANGES):
                return _without_changes(made, request, error.message)
            missing = _missing_capabilities(error.message, request.capabilities)
            if not missing:
                raise
        else:
            missing = (
                _missing_capabilities(found.reason, request.capabilities) if found.status == "FAILED" else ()
            )
            if not missing:
                return found
            made.delete_change_set()
            made.name, made.id = _PREFIX + secrets.token_hex(4), None
        request = attrs.evolve(request, capabilities=_together(request.capabilities, missing))


def _lost_its_stack(made: Draft, error: DeploymentError) -> bool:
    """Whether another plan has deleted the empty stack, because it saw no change set but its own."""
    return not made.existed and (_is_gone(error) or "DELETE_IN_PROGRESS" in error.message)


def _once(made: Draft, request: Request, pause: Callable[[float], None]) -> ChangeSet:
    arguments = arguments_of(request)
    made.sent = True
    try:
        answer = made.connection.call(
            "create_change_set",
            StackName=made.stack,
            ChangeSetName=made.name,
            ChangeSetType=made.type,
            ClientToken=made.name,
            **arguments,
        )
    except DeploymentError as error:
        # The name is random, so that it is this change set: the answer to an earlier attempt was lost.
        if error.code not in ("AlreadyExistsException", "AlreadyExists"):
            raise
        answer = made.connection.call("describe_change_set", ChangeSetName=made.name, StackName=made.stack)
        answer = {"Id": answer["ChangeSetId"], "StackId": answer["StackId"]}
    made.id, made.stack_id = str(answer["Id"]), str(answer["StackId"])
    if made.empty not in (None, made.stack_id):
        made.existed = False  # Meanwhile somebody has deleted it, and AWS has made a new one.
    found = read(made.connection, made.id, made.type, wait=True, pause=pause)
    return attrs.evolve(
        found,
        made_stack=not made.existed,
        digest=request.digest,
        capabilities=request.capabilities,
    )


def _without_changes(made: Draft, request: Request, reason: str) -> ChangeSet:
    """What stands for a change set that AWS did not even make, because there is nothing to do."""
    return ChangeSet(
        id=made.id or made.name,
        name=made.name,
        stack_id=made.stack_id or made.stack,
        type=made.type,
        status="FAILED",
        reason=reason,
        no_changes=True,
        digest=request.digest,
    )


def arguments_of(request: Request) -> dict[str, Any]:
    """The arguments of CreateChangeSet that a request stands for."""
    parameters: list[dict[str, Any]] = [
        {"ParameterKey": key, "ParameterValue": value} for key, value in request.parameters.items()
    ]
    parameters += [{"ParameterKey": key, "UsePreviousValue": True} for key in request.previous]
    found: dict[str, Any] = {
        "TemplateURL" if request.by_url else "TemplateBody": request.template,
        "Parameters": parameters or None,
        "Capabilities": list(request.capabilities) or None,
        "RoleARN": request.role,
    }
    if request.tags is not None:
        found["Tags"] = [{"Key": key, "Value": value} for key, value in request.tags.items()]
    if request.notifications is not None:
        found["NotificationARNs"] = list(request.notifications)
    if request.rollback_alarms is not None or request.monitoring_minutes is not None:
        triggers = [
            {"Arn": alarm, "Type": "AWS::CloudWatch::Alarm"} for alarm in request.rollback_alarms or ()
        ]
        rollback: dict[str, Any] = {"RollbackTriggers": triggers}
        if request.monitoring_minutes is not None:
            rollback["MonitoringTimeInMinutes"] = request.monitoring_minutes
        found["RollbackConfiguration"] = rollback
    if request.nested:
        found["IncludeNestedStacks"] = True
    if request.imports:
        found["ResourcesToImport"] = [
            {"ResourceType": type_, "LogicalResourceId": name, "ResourceIdentifier": dict(identifier)}
            for name, (type_, identifier) in request.imports.items()
        ]
    if request.import_existing:
        found["ImportExistingResources"] = True
    if request.revert_drift:
        found["DeploymentMode"] = "REVERT_DRIFT"
    if request.express:
        found["DeploymentConfig"] = {"Mode": "EXPRESS", "DisableRollback": request.disable_rollback}
    return found


def read(
    connection: Connection,
    change_set: str,
    type_: Type = "UPDATE",
    *,
    wait: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> ChangeSet:
    """A change set by its ARN, with both of AWS's answers and the results of validations and hooks.

    With `wait`, it is read when AWS has computed it.
    """
    attempt = 0
    while True:
        page = connection.call("describe_change_set", ChangeSetName=change_set)
        status = str(page["Status"])
        if not wait or not status.endswith(("_PENDING", "_IN_PROGRESS")):
            break
        pause(_PAUSES[min(attempt, len(_PAUSES) - 1)])
        attempt += 1
    reason = str(page.get("StatusReason") or "")
    no_changes = status == "FAILED" and any(words in reason for words in _NO_CHANGES)
    answers = _answers(connection, change_set, page) if status == "CREATE_COMPLETE" else Answers()
    checks, unread = _checks(connection, change_set)
    return ChangeSet(
        id=change_set,
        name=str(page["ChangeSetName"]),
        stack_id=str(page["StackId"]),
        type=type_,
        status=status,
        reason=reason,
        execution=str(page.get("ExecutionStatus") or ""),
        no_changes=no_changes,
        answers=answers,
        checks=checks,
        checks_unread=unread,
        drift_status=page.get("StackDriftStatus"),
    )


def _answers(connection: Connection, change_set: str, first: Mapping[str, Any]) -> Answers:
    """Both answers, all pages, and those of nested change sets."""
    plain: list[dict[str, Any]] = list(first.get("Changes") or ())
    token = first.get("NextToken")
    if token:
        plain += _changes(connection, change_set, NextToken=token)
    values = list(_changes(connection, change_set, IncludePropertyValues=True))
    nested: dict[str, Answers] = {}
    for item in plain:
        change = mapping_or_empty(item.get("ResourceChange"))
        inner = change.get("ChangeSetId")
        if inner:
            page = connection.call("describe_change_set", ChangeSetName=inner)
            nested[str(change["LogicalResourceId"])] = _answers(connection, str(inner), page)
    return Answers(tuple(plain), tuple(values), nested)


def _changes(connection: Connection, change_set: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    token: str | None = arguments.pop("NextToken", None)
    while True:
        page = connection.call("describe_change_set", ChangeSetName=change_set, NextToken=token, **arguments)
        yield from page.get("Changes") or ()
        following = page.get("NextToken")
        if not following or following == token:
            return
        token = following


# ---------------------------------------------------------------------------------------------
# Validations and hooks


def _checks(connection: Connection, change_set: str) -> tuple[tuple[Check, ...] | None, str | None]:
    """The results of validations and hooks, or why they cannot be read."""
    if not hasattr(connection.client("cloudformation"), "describe_events"):
        return None, "this version of boto3 has no DescribeEvents"
    try:
        events = [
            event_of(found)
            for found in connection.items("describe_events", "OperationEvents", ChangeSetName=change_set)
        ]
    except DeploymentError as error:
        if error.kind in ("expired", "credentials"):
            raise
        # The change set is known without them, so that this is said and nothing more.
        return None, error.message
    found = dict.fromkeys(check for event in events if (check := check_of(event)) is not None)
    return tuple(sorted(found, key=lambda check: not check.fails)), None


def check_of(event: Event) -> Check | None:
    """The result of a validation or hook that did not simply succeed; None for any other event.

    AWS's type of such an event is PROGRESS or one of the errors, so that the fields decide, not the type.
    """
    if event.validation is not None:
        if event.validation_status != "FAILED":
            return None
        reason = event.validation_reason or event.reason
        return Check(
            "validation",
            event.validation,
            event.mode != "WARN",
            reason,
            event.logical_id,
            event.validation_path or "",
        )
    if event.hook is not None and event.hook_status in ("HOOK_COMPLETE_FAILED", "HOOK_FAILED"):
        return Check(
            "hook", event.hook, event.mode != "WARN", event.hook_reason or event.reason, event.logical_id
        )
    return None


# ---------------------------------------------------------------------------------------------
# What is left behind


def is_of_a_plan(connection: Connection, stack: str) -> bool:
    """Whether an empty stack was made for a plan that is being made now: whoever ends last deletes it."""
    names = [
        str(item["ChangeSetName"])
        for item in connection.items("list_change_sets", "Summaries", StackName=stack)
    ]
    return bool(names) and all(name.startswith(_PREFIX) for name in names)


def delete_shell(connection: Connection, stack: str, name: str) -> None:
    """Delete a stack that only ever was in review, unless it has change sets besides the one with a name."""
    try:
        found = connection.call("describe_stacks", StackName=stack)["Stacks"][0]
        if found["StackStatus"] != "REVIEW_IN_PROGRESS":
            return
        stack_id = str(found["StackId"])
        others = [
            item
            for item in connection.items("list_change_sets", "Summaries", StackName=name_of(stack))
            if item["ChangeSetName"] != name and item.get("Status") not in _DELETED
        ]
        if others:
            return
        connection.call("delete_stack", StackName=stack_id, ClientRequestToken=f"{name}-shell")
        end = time.monotonic() + _DELETION_SECONDS
        while time.monotonic() < end:
            found = connection.call("describe_stacks", StackName=stack_id)["Stacks"][0]
            if found["StackStatus"] != "DELETE_IN_PROGRESS":
                return
            time.sleep(0.5)
    except DeploymentError as error:
        if not _is_gone(error):
            raise


def _is_gone(error: DeploymentError) -> bool:
    return error.kind == "missing" or error.code in ("ChangeSetNotFound", "ChangeSetNotFoundException")


def _missing_capabilities(message: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """The capabilities that AWS asks for in a sentence and that were not given."""
    if "apabilit" not in message:
        return ()
    words = message.replace("[", " ").replace("]", " ").replace(",", " ").replace(".", " ").split()
    return tuple(name for name in _CAPABILITIES if name in words and name not in given)


def _together(given: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """Capabilities without what another one includes."""
    found = {*given, *more}
    if "CAPABILITY_NAMED_IAM" in found:
        found.discard("CAPABILITY_IAM")
    return tuple(name for name in _CAPABILITIES if name in found)
