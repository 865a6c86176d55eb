"""From a plan to a running stack: executed once, followed to the end, and reported. docs/deployment.md.

What AWS does goes on without us. So every step can be repeated: an execution has a client token that says what it is
made of, and the same deployment finds it again and follows it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

import attrs

from ..changes import Diff, ResourceChange
from ..errors import DeploymentError
from ..sources import LoadedTemplate
from . import events, stacks
from .change_sets import Draft
from .connection import Connection
from .diagnosis import diagnose, ever_succeeded, state_of
from .events import Followed
from .failures import Failure, Left
from .planning import TOKEN, Plan, Prepared, draft_of, named_of, predicted, propose, why_unplanned
from .records import Event, Stack
from .requests import Wanted
from .starting import begin
from .watching import Watcher, follow

# `broken` is a rule that is broken, `refused` a change set that AWS refused to make.
Outcome = Literal["deployed", "no changes", "failed", "canceled", "broken", "refused", "declined", "detached"]

_SUCCEEDED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
_ATTEMPTS = 3


@attrs.frozen(kw_only=True)
class Deployment:
    """How a deployment ended.

    `stack` is the stack at the end, `plan` what was planned, `events` what happened, if they were kept. `failure` is why
    it failed, `orphans` what its cleanup could not delete. `reasons` say in sentences why nothing was deployed.
    """

    stack_name: str
    region: str
    outcome: Outcome
    plan: Plan | None = None
    stack: Stack | None = None
    events: tuple[Followed, ...] = attrs.field(default=(), repr=False)
    failure: Failure | None = None
    orphans: tuple[Left, ...] = ()
    reasons: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def reason(self) -> str | None:
        """Why nothing was deployed, in one sentence."""
        return "; ".join(self.reasons) or None

    @property
    def changes(self) -> tuple[ResourceChange, ...]:
        """What was predicted of each resource."""
        return () if self.plan is None else self.plan.prediction.resources

    @property
    def outputs(self) -> Mapping[str, str]:
        """The values of the stack's outputs."""
        return {} if self.stack is None else {name: one.value for name, one in self.stack.outputs.items()}

    @property
    def succeeded(self) -> bool:
        """Whether the stack is as the template says."""
        return self.outcome in ("deployed", "no changes")


@attrs.frozen(kw_only=True)
class Execution:
    """What is needed to execute a change set and to follow the stack. `digest` is that of the request."""

    connection: Connection = attrs.field(repr=False)
    stack_name: str
    digest: str
    disable_rollback: bool = False
    termination_protection: bool | None = None
    expected: tuple[str, ...] = ()
    template: LoadedTemplate | None = attrs.field(default=None, repr=False)
    wanted: Wanted | None = attrs.field(default=None, repr=False)

    def token(self, draft: Draft) -> str:
        """The client token of an execution: what is deployed, and which change set does it."""
        return f"{TOKEN}{self.digest[:32]}-{draft.name}"


def execution_of(prepared: Prepared) -> Execution:
    """What is needed to execute what was prepared."""
    return Execution(
        connection=prepared.connection,
        stack_name=prepared.wanted.stack_name,
        digest=prepared.request.digest,
        disable_rollback=prepared.wanted.disable_rollback,
        termination_protection=prepared.wanted.termination_protection,
        expected=tuple(_expected(prepared.prediction, "")),
        template=prepared.template,
        wanted=prepared.wanted,
    )


def _expected(diff: Diff, prefix: str) -> Iterator[str]:
    """The names of the resources that change, also in nested stacks."""
    for change in diff.resources:
        yield prefix + change.logical_id
        if change.nested is not None:
            yield from _expected(change.nested, f"{prefix}{change.logical_id}.")


def execute(execution: Execution, draft: Draft) -> None:
    """Execute a change set once, whatever becomes of the connection.

    Raises `DeploymentError` if it was not executed: then nothing has changed.
    """
    assert draft.id is not None
    connection = execution.connection
    token = execution.token(draft)
    draft.kept = draft.executed = True  # It may take effect from here on, also without an answer.
    for attempt in range(_ATTEMPTS):
        try:
            connection.call(
                "execute_change_set",
                ChangeSetName=draft.id,
                ClientRequestToken=token,
                DisableRollback=execution.disable_rollback,
            )
            return
        except DeploymentError as error:
            if error.kind in ("denied", "expired", "credentials"):
                draft.kept = draft.executed = False
                raise
            status = _execution(connection, draft.id)
            if status is None:
                raise DeploymentError(
                    f"the change set {draft.name} no longer exists: it expired, or somebody else deploys this stack, "
                    "as AWS deletes all others of a stack when one is executed; run the command again",
                    kind="refused",
                ) from None
            if status in ("EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE", "EXECUTE_FAILED"):
                return  # Only the answer was lost, or somebody else executed this very change set.
            if status == "OBSOLETE":
                raise DeploymentError(
                    f"the change set {draft.name} is obsolete, because the stack was changed after it was made; run "
                    "the command again",
                    kind="refused",
                ) from None
            if error.kind not in ("unreachable", "throttled") or attempt == _ATTEMPTS - 1:
                draft.kept = draft.executed = False
                raise


def _execution(connection: Connection, change_set: str) -> str | None:
    """The execution status of a change set, None if it no longer exists."""
    try:
        page = connection.call("describe_change_set", ChangeSetName=change_set)
    except DeploymentError as error:
        if error.code in ("ChangeSetNotFound", "ChangeSetNotFoundException") or error.kind == "missing":
            return None
        raise
    if str(page.get("Status", "")).startswith("DELETE"):
        return None
    return str(page.get("ExecutionStatus") or "")


def run(
    execution: Execution, draft: Draft, watcher: Watcher, *, plan: Plan | None = None, keep: bool = True
) -> Deployment:
    """Execute an approved change set, and follow the stack."""
    assert draft.stack_id is not None
    until = events.mark(execution.connection, draft.stack_id)
    execute(execution, draft)
    return finish(execution, draft.stack_id, watcher, until=until, plan=plan, keep=keep)


def resume(execution: Execution, stack: Stack, watcher: Watcher, *, keep: bool = True) -> Deployment:
    """Follow what an earlier run of the same deployment began."""
    watcher.told("this deployment is already running; following it")
    first: Event | None = None
    for event in events.last_operation(execution.connection, stack.id):
        first = event
    return finish(execution, stack.id, watcher, since=None if first is None else first.time, keep=keep)


def finish(
    execution: Execution,
    stack_id: str,
    watcher: Watcher,
    *,
    until: str | None = None,
    since: datetime | None = None,
    plan: Plan | None = None,
    keep: bool = True,
) -> Deployment:
    """Follow an operation to its end, behind a mark or since a time of AWS, and report it."""
    begun = time.monotonic()
    connection, name = execution.connection, execution.stack_name
    try:
        ended = follow(
            connection,
            stack_id,
            until=until,
            since=since,
            expected=execution.expected,
            watcher=watcher,
            keep=keep,
        )
    except DeploymentError as error:
        raise DeploymentError(
            f"{error.message}; the deployment of {name} goes on at AWS: run the same command again to follow it",
            kind=error.kind,
            code=error.code,
        ) from None
    made = Deployment(
        stack_name=name,
        region=connection.region,
        outcome="detached",
        plan=plan,
        stack=ended.stack,
        events=ended.events,
        seconds=time.monotonic() - begun,
    )
    if ended.choice == "detach":
        return attrs.evolve(made, reasons=(f"the deployment of {name} goes on at AWS",))
    stack = ended.stack
    if stack is not None and stack.status in _SUCCEEDED:
        protect(execution, stack, watcher)
        return attrs.evolve(
            made,
            outcome="deployed",
            stack=stacks.describe(connection, stack_id),
            orphans=tuple(_orphans(ended.undeleted)),
        )
    failure = None if stack is None else failure_of(execution, stack)
    return attrs.evolve(made, outcome="canceled" if ended.canceled else "failed", failure=failure)


def protect(execution: Execution, stack: Stack, watcher: Watcher) -> None:
    """Set termination protection as the user asks, where it is not so yet."""
    wanted = execution.termination_protection
    if wanted is None or wanted == stack.termination_protection:
        return
    execution.connection.call(
        "update_termination_protection", StackName=stack.id, EnableTerminationProtection=wanted
    )
    watcher.told(f"termination protection is {'on' if wanted else 'off'}")


def failure_of(execution: Execution, stack: Stack) -> Failure | None:
    """Why the last operation of a stack failed."""
    state = state_of(execution.connection, stack, named_of(execution.wanted))
    return diagnose(execution.connection, stack, state, template=execution.template).failure


def _orphans(undeleted: tuple[Followed, ...]) -> Iterator[Left]:
    """What a cleanup could not delete: it still exists, and belongs to no stack."""
    for followed in undeleted:
        event = followed.event
        yield Left(followed.name, event.type, event.physical_id, event.reason)


def start_over(prepared: Prepared, watcher: Watcher) -> None:
    """Delete an empty stack whose creation failed, so that it can be created again.

    Raises `DeploymentError` for any other stack, and if it cannot be deleted.
    """
    found = prepared.found
    assert found is not None and prepared.starts_over
    connection, name = prepared.connection, found.name
    if found.termination_protection:
        raise DeploymentError(
            f"{name} was rolled back after its creation failed, and must be deleted before it can be created again; "
            f"it has termination protection: switch that off first (aws cloudformation update-termination-protection "
            f"--no-enable-termination-protection --stack-name {name})",
            kind="state",
        )
    if ever_succeeded(connection, found) is not False:
        # Only the user deletes a stack that may have had something in it.
        raise DeploymentError(
            f"{name} is in {found.status}, and its events do not show that it never succeeded, so it is not deleted; "
            f"next: delete it: pyformation delete {name}",
            kind="state",
        )
    watcher.told(
        f"{name} was never created: deleting what is left of it ({found.status}), to create it again"
    )
    until = begin(connection, found, "delete_stack", f"{TOKEN}delete-{secrets.token_hex(8)}")
    ended = follow(connection, found.id, until=until, watcher=watcher, keep=False)
    if ended.choice == "detach":
        raise KeyboardInterrupt
    if ended.stack is not None and ended.stack.status != "DELETE_COMPLETE":
        raise DeploymentError(
            f"{name} cannot be deleted: {ended.stack.status_reason or ended.stack.status}", kind="state"
        )


# ---------------------------------------------------------------------------------------------
# From what was prepared to the end


@attrs.define
class Ready:
    """A deployment that waits for approval. Without a draft, what is running is followed, or the stack is started over."""

    execution: Execution
    plan: Plan
    draft: Draft | None = None
    prepared: Prepared | None = None
    # The stack on which an earlier run of the same deployment is running.
    running: Stack | None = None

    def close(self) -> None:
        """Delete the change set, unless it was executed."""
        if self.draft is not None and not self.draft.kept:
            self.draft.delete()


def make_ready(prepared: Prepared, watcher: Watcher) -> Ready | Deployment:
    """Everything before the question: what breaks a rule and what changes nothing ends here.

    Nothing is left behind by an error or Ctrl-C; what is ready must be closed.
    """
    made = predicted(prepared)
    if prepared.is_running:
        return Ready(execution_of(prepared), made, running=prepared.stack)
    if prepared.broken:
        return ended(made, "broken", *prepared.broken)
    prepared.uploads.send(watcher.told)
    if prepared.starts_over:
        made = attrs.evolve(made, unplanned=why_unplanned(prepared))
        return Ready(execution_of(prepared), made, prepared=prepared)
    return _proposed(prepared, watcher)


def _proposed(prepared: Prepared, watcher: Watcher) -> Ready | Deployment:
    execution, draft = execution_of(prepared), draft_of(prepared)
    with draft:
        plan = propose(prepared, draft, watcher.sleep)
        if plan.no_changes:
            if prepared.stack is not None:
                protect(execution, prepared.stack, watcher)
            return ended(plan, "no changes")
        if plan.failed:
            return ended(plan, "refused", refusal_of(plan))
        if plan.broken_by_aws:
            return ended(plan, "broken", *plan.broken_by_aws)
        draft.kept = True
    draft.kept = False
    return Ready(execution, plan, draft, prepared)


def refusal_of(plan: Plan) -> str:
    """Why AWS made no change set, in a sentence: what its validations and hooks say, or its own reason."""
    change_set = plan.change_set
    assert change_set is not None
    failed = [check for check in change_set.checks or () if check.fails]
    if failed:
        return "AWS refuses the change set: " + "; ".join(
            f"{check.resource + ': ' if check.resource else ''}{check.reason.rstrip('.')} ({check.name})"
            for check in failed
        )
    reason = change_set.reason or change_set.execution or change_set.status
    return f"AWS refuses the change set: {reason.rstrip('.')}"


def ended(plan: Plan, outcome: Outcome, *reasons: str) -> Deployment:
    """A deployment that ended before anything was executed."""
    return Deployment(
        stack_name=plan.stack_name,
        region=plan.region,
        outcome=outcome,
        plan=plan,
        stack=plan.stack,
        reasons=reasons,
    )


def worse_than_approved(plan: Plan) -> str | None:
    """Where AWS's change set replaces or deletes what the prediction keeps, in a sentence, or None."""
    rows = plan.worse
    if not rows:
        return None
    listed = "; ".join(
        f"{row.name}: AWS says {row.aws}, predicted {row.ours or 'no change'}" for row in rows[:5]
    )
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"AWS's change set is worse than what was approved: {listed}{more}"


def carry_out(ready: Ready, watcher: Watcher, *, seen: bool, keep: bool = True) -> Deployment:
    """Execute what was approved. `seen` says whether somebody has seen AWS's answer and agreed to it.

    Without that, a change set that is worse than the prediction is not executed.
    """
    prepared = ready.prepared
    if ready.running is not None:
        return resume(ready.execution, ready.running, watcher, keep=keep)
    if ready.draft is None:
        assert prepared is not None
        start_over(prepared, watcher)
        again = _proposed(attrs.evolve(prepared, found=None), watcher)
        if isinstance(again, Deployment):
            return again
        # Nobody has seen this change set.
        ready.plan, ready.draft, seen = again.plan, again.draft, False
    assert ready.draft is not None
    with ready.draft:
        worse = None if seen else worse_than_approved(ready.plan)
        if worse is not None:
            return ended(ready.plan, "broken", worse)
        return run(ready.execution, ready.draft, watcher, plan=ready.plan, keep=keep)
