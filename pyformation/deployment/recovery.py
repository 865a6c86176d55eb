"""`pyformation.recover`: the next legal step out of a state in which a stack is stuck.

The step comes from the table of statuses. What it needs to know, such as the resources that a rollback has to skip, comes
from the events. Nothing is called before the step was approved.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal

import attrs

from ..changes.records import STACK
from ..errors import DeploymentError, did_you_mean
from ..sources import LoadedTemplate, loaded
from . import stacks
from .connection import Connection, connect
from .diagnosis import NOTHING, Diagnosis, Named, diagnose, last_operation, state_of
from .events import Followed
from .failures import Failure
from .inspection import Callbacks
from .reasons import plain_words
from .records import Event, Stack
from .starting import begin, follow_on, running
from .statuses import NextStep, State, allowed, describe, next_step, recovery, refusal
from .watching import Watcher

Outcome = Literal["recovered", "nothing to do", "failed", "declined", "detached"]
TOKEN = "pyformation-recover-"
# What the stack is after each step, if it worked. RollbackStack deletes a stack that was never created.
_GOALS = {
    "RollbackStack": (
        "UPDATE_ROLLBACK_COMPLETE",
        "ROLLBACK_COMPLETE",
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "DELETE_COMPLETE",
    ),
    "ContinueUpdateRollback": ("UPDATE_ROLLBACK_COMPLETE",),
    "DeleteStack": ("DELETE_COMPLETE",),
}


@attrs.frozen
class Skipped:
    """A resource that the step leaves as it is, by the name that AWS takes, and why."""

    name: str
    type: str
    reason: str


@attrs.frozen(kw_only=True)
class RecoveryPlan:
    """What `recover` will do: one call, and what it means.

    `operation` is the call, None if there is nothing to do; `skipped` are the resources that it skips or retains,
    `forced` means that AWS chooses them. `change_sets` are deleted with an empty stack.
    """

    stack: Stack
    state: State
    words: str
    operation: str | None = None
    skipped: tuple[Skipped, ...] = ()
    forced: bool = False
    change_sets: tuple[str, ...] = ()
    failure: Failure | None = None
    role: str | None = None
    # When the operation began, if an earlier call of `recover` has begun it.
    began: datetime | None = None
    token: str = attrs.field(factory=lambda: f"{TOKEN}{uuid.uuid4()}")

    @property
    def deletes_stack(self) -> bool:
        """Whether the stack is gone afterwards."""
        call = self.operation or ""
        return call.startswith("DeleteStack") or (
            call == "RollbackStack" and self.stack.status == "CREATE_FAILED"
        )


@attrs.frozen(kw_only=True)
class Recovery:
    """How a recovery ended. `stack` is the stack afterwards, `failure` is why it failed."""

    plan: RecoveryPlan
    outcome: Outcome
    stack: Stack | None = None
    failure: Failure | None = None
    next: NextStep | None = None


def recover(
    stack: str,
    *,
    region: str | None = None,
    session: Any = None,
    source: object = None,
    skip: Iterable[str] | None = None,
    retain: Iterable[str] | None = None,
    retry: bool = False,
    force: bool = False,
    role: str | None = None,
    approve: Callable[[RecoveryPlan], bool] | None = None,
    on_event: Callable[[Followed], None] | None = None,
) -> Recovery:
    """Take the next legal step out of a state in which a stack is stuck, and wait for its end.

    The resources that a rollback skips, or a deletion retains, are those that failed; `skip` and `retain` name
    others, `retry` skips nothing, and `force` leaves the choice to AWS. `role` is the service role to use instead of
    the stack's. `approve` is asked with the plan before anything is called. Raises `DeploymentError` if there is no
    legal step.
    """
    connection = connect(region, session=session)
    template = None if source is None else loaded(source)
    plan = plan_recovery(
        connection,
        stacks.existing(connection, stack),
        template=template,
        named=Named(region is not None, source=source if isinstance(source, str) else None),
        skip=skip,
        retain=retain,
        retry=retry,
        force=force,
        role=role,
    )
    if plan.operation is None:
        return Recovery(plan=plan, outcome="nothing to do", stack=plan.stack)
    if approve is not None and not approve(plan):
        return Recovery(plan=plan, outcome="declined", stack=plan.stack)
    return carry_out(connection, plan, Callbacks(on_event), template=template)


# ---------------------------------------------------------------------------------------------
# The plan


def plan_recovery(
    connection: Connection,
    stack: Stack,
    *,
    template: LoadedTemplate | None = None,
    named: Named = NOTHING,
    skip: Iterable[str] | None = None,
    retain: Iterable[str] | None = None,
    retry: bool = False,
    force: bool = False,
    role: str | None = None,
) -> RecoveryPlan:
    """What `recover` will do to a stack. Raises `DeploymentError` if there is no legal step, with the reason."""
    state = state_of(connection, stack, named)
    first = running(connection, stack, TOKEN)
    if first is not None:
        words = f"follow the recovery of {stack.name}, which is already running"
        call = "DeleteStack" if stack.status == "DELETE_IN_PROGRESS" else "RollbackStack"
        return RecoveryPlan(stack=stack, state=state, words=words, operation=call, began=first.time)
    step = recovery(attrs.evolve(state, root=None))
    if step is None or step.operation is None:
        return _nothing(state, stack)
    if state.nested:
        raise DeploymentError(
            f"{stack.name} is nested in the stack {state.root}, which decides what becomes of it; next: recover that: "
            f"pyformation recover {state.root}",
            kind="state",
        )
    call = step.operation.partition(":")[0]
    _check_options(state, call, skip, retain, retry, force)
    if (sentence := refusal(state, call)) is not None:
        raise DeploymentError(sentence, kind="state")
    found = diagnose(connection, stack, state, template=template)
    plan = RecoveryPlan(
        stack=stack, state=state, words=step.words, operation=call, failure=found.failure, role=role
    )
    if call == "ContinueUpdateRollback":
        return _continued(connection, plan, found, skip, retry, force)
    if stack.status == "DELETE_FAILED":
        return _deleted(plan, found, retain, retry, force)
    _refuse_to_delete(plan)
    names: tuple[str, ...] = ()
    if stack.status == "REVIEW_IN_PROGRESS":
        names = tuple(
            str(each["ChangeSetName"])
            for each in connection.items("list_change_sets", "Summaries", StackName=stack.name)
        )
    return attrs.evolve(plan, change_sets=names)


def _nothing(state: State, stack: Stack) -> RecoveryPlan:
    """There is nothing to recover, or no legal step."""
    status = stack.status
    if (
        status.endswith("_COMPLETE")
        and "FAILED" not in status
        and allowed(state, "CreateChangeSet:UPDATE") is not False
    ):
        return RecoveryPlan(stack=stack, state=state, words=f"{stack.name} {describe(status)} ({status})")
    step = next_step(state)
    raise DeploymentError(
        f"{stack.name} cannot be recovered: it {describe(status)} ({status}); next: {step}", kind="state"
    )


def _check_options(
    state: State,
    call: str,
    skip: Iterable[str] | None,
    retain: Iterable[str] | None,
    retry: bool,
    force: bool,
) -> None:
    rolls_back = call == "ContinueUpdateRollback"
    deletes = state.status == "DELETE_FAILED"
    for given, fits, what, where in (
        (skip, rolls_back, "skip", "UPDATE_ROLLBACK_FAILED"),
        (retain, deletes, "retain", "DELETE_FAILED"),
        (force, rolls_back or deletes, "force", "UPDATE_ROLLBACK_FAILED or DELETE_FAILED"),
        (retry, rolls_back or deletes, "retry", "UPDATE_ROLLBACK_FAILED or DELETE_FAILED"),
    ):
        if given and not fits:
            raise DeploymentError(
                f"--{what} is only for a stack in {where}, and {state.name} is in {state.status}",
                kind="state",
            )
    if sum(map(bool, (skip, retain, retry, force))) > 1:
        raise DeploymentError("give only one of --skip, --retain, --retry and --force", kind="state")


def _continued(
    connection: Connection,
    plan: RecoveryPlan,
    found: Diagnosis,
    skip: Iterable[str] | None,
    retry: bool,
    force: bool,
) -> RecoveryPlan:
    """Continue a rollback: without the resources that it failed on."""
    if force:
        words = "continue the rollback, and let AWS skip what cannot be rolled back"
        return attrs.evolve(plan, words=words, forced=True)
    possible = {each.name: each for each in _unrolled(connection, found)}
    if skip is not None:
        chosen = [_named(name, possible, "a resource that failed to roll back") for name in skip]
    else:
        chosen = [] if retry else list(possible.values())
    words = "continue the rollback" + (
        f" without {listed(each.name for each in chosen)}" if chosen else ", skipping nothing"
    )
    return attrs.evolve(plan, words=words, skipped=tuple(chosen))


def _unrolled(connection: Connection, found: Diagnosis) -> list[Skipped]:
    """The resources whose rollback failed, as AWS wants them named: behind the name of their nested stack."""
    failure = found.failure
    causes = [] if failure is None else [*failure.in_rollback]
    if failure is not None and not causes:
        causes = [failure.cause]
    skipped: dict[str, Skipped] = {}
    latest = {found.events[0].stack_id: _latest(found.events)} if found.events else {}
    for cause in causes:
        event = cause.event
        # Of a nested stack, only what is in it can be skipped.
        if cause.kind == "stack" or event.type == STACK or not event.status.startswith("UPDATE_"):
            continue
        if event.stack_id not in latest:
            latest[event.stack_id] = _latest(last_operation(connection, event.stack_id))
        # An earlier attempt failed on it, and a later one did not: AWS refuses to skip it.
        if latest[event.stack_id].get(event.logical_id) != "UPDATE_FAILED":
            continue
        name = f"{event.stack}.{event.logical_id}" if cause.path else event.logical_id
        skipped[name] = Skipped(name, event.type, cause.words)
    return list(skipped.values())


def _latest(found: Iterable[Event]) -> dict[str, str]:
    """The latest status of each resource, by logical ID."""
    return {event.logical_id: event.status for event in found if not event.about_stack}


def _deleted(
    plan: RecoveryPlan, found: Diagnosis, retain: Iterable[str] | None, retry: bool, force: bool
) -> RecoveryPlan:
    """Finish a deletion that failed: without the resources that it failed on."""
    if force:
        return attrs.evolve(
            plan, words="delete the stack, and let AWS leave behind what cannot be deleted", forced=True
        )
    if retain is not None:
        chosen = chosen_to_keep(found.events, retain)
    else:
        chosen = () if retry else undeleted(found.events)
    words = "delete the stack" + (
        f" and keep {listed(each.name for each in chosen)}, which no stack will have any more"
        if chosen
        else " again"
    )
    return attrs.evolve(plan, words=words, skipped=chosen)


def chosen_to_keep(found: Iterable[Event], names: Iterable[str]) -> tuple[Skipped, ...]:
    """The resources to leave behind, which must be ones whose deletion failed."""
    possible = {each.name: each for each in undeleted(found)}
    return tuple(_named(name, possible, "a resource that failed to be deleted") for name in names)


def undeleted(found: Iterable[Event]) -> tuple[Skipped, ...]:
    """The resources whose deletion failed, by logical ID."""
    last: dict[str, Event] = {}
    for event in found:
        if not event.about_stack and event.status.startswith("DELETE_"):
            last[event.logical_id] = event
    return tuple(
        Skipped(event.logical_id, event.type, plain_words(event.reason))
        for event in last.values()
        if event.status == "DELETE_FAILED"
    )


def _refuse_to_delete(plan: RecoveryPlan) -> None:
    """Only `delete` deletes a stack that ever succeeded."""
    if not plan.deletes_stack or plan.state.ever_succeeded is False:
        return
    name = plan.stack.name
    why = (
        "once succeeded"
        if plan.state.ever_succeeded
        else "may once have succeeded: its events do not go back that far"
    )
    raise DeploymentError(
        f"{name} {why}, so recover does not delete it; next: delete it: pyformation delete {name}"
        + (f" --region {plan.state.region}" if plan.state.region else ""),
        kind="state",
    )


def _named(name: str, possible: dict[str, Skipped], what: str) -> Skipped:
    found = possible.get(name)
    if found is None:
        known = f"; those are {listed(possible)}" if possible else ""
        raise DeploymentError(f"{name!r} is not {what}{did_you_mean(name, possible) or known}", kind="state")
    return found


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: ``A, B and C``."""
    found = list(names)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"


# ---------------------------------------------------------------------------------------------
# The call


def carry_out(
    connection: Connection,
    plan: RecoveryPlan,
    watcher: Watcher,
    *,
    template: LoadedTemplate | None = None,
) -> Recovery:
    """Make the call once, and follow the stack to the end."""
    assert plan.operation is not None
    stack = plan.stack
    until = _begin(connection, plan) if plan.began is None else None
    ended = follow_on(connection, stack, "recovery", watcher=watcher, until=until, since=plan.began)
    if ended.choice == "detach":
        return Recovery(plan=plan, outcome="detached")
    after = ended.stack
    if after is None or after.status in _GOALS[plan.operation]:
        return Recovery(plan=plan, outcome="recovered", stack=after, next=_next(connection, after, plan))
    succeeded = state_of(connection, after).ever_succeeded
    state = attrs.evolve(plan.state, status=after.status, ever_succeeded=succeeded)
    found = diagnose(connection, after, state, template=template)
    failure = found.failure
    if failure is not None and failure.in_rollback:
        # What the recovery failed on, not why it was needed.
        first, *others = failure.in_rollback
        failure = attrs.evolve(failure, cause=first, others=(), in_rollback=tuple(others))
    return Recovery(plan=plan, outcome="failed", stack=after, failure=failure, next=next_step(state))


def _next(connection: Connection, stack: Stack | None, plan: RecoveryPlan) -> NextStep:
    if stack is None:
        return next_step(attrs.evolve(plan.state, status=None))
    return next_step(attrs.evolve(plan.state, status=stack.status, ever_succeeded=True))


def _begin(connection: Connection, plan: RecoveryPlan) -> str | None:
    given: dict[str, Any] = {"RoleARN": plan.role}
    names = [each.name for each in plan.skipped] or None
    if plan.operation == "ContinueUpdateRollback":
        given |= {"ForceRollback": True if plan.forced else None, "ResourcesToSkip": names}
        return begin(connection, plan.stack, "continue_update_rollback", plan.token, **given)
    if plan.operation == "RollbackStack":
        return begin(connection, plan.stack, "rollback_stack", plan.token, **given)
    given |= {"DeletionMode": "FORCE_DELETE_STACK" if plan.forced else None, "RetainResources": names}
    return begin(connection, plan.stack, "delete_stack", plan.token, **given)
