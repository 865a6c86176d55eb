"""`pyformation.delete`: what is lost with a stack, and its deletion.

What a deletion does is what an update to the empty template would do, so its findings are those of that diff.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

import attrs

from .. import prediction
from ..changes import Diff
from ..changes.behavior import deletion_policy
from ..changes.records import STACK
from ..errors import DeploymentError, PyformationError
from ..finding import Finding
from ..findings import Settings
from ..sources import EMPTY
from . import stacks
from .connection import Connection, connect
from .diagnosis import NOTHING, Named, diagnose, last_operation, state_of
from .events import Followed
from .failures import Failure
from .inspection import Callbacks
from .live import live_template
from .records import Stack, StackResource
from .recovery import Skipped, chosen_to_keep, listed
from .starting import begin, follow_on
from .statuses import NextStep, State, next_step, refusal
from .watching import Watcher

Outcome = Literal["deleted", "failed", "declined", "detached"]
Fate = Literal["deleted", "retained", "snapshot", "kept"]
_TOKEN = "pyformation-delete-"
_DEPTH = 10
# States in which a resource does not exist.
_ABSENT = ("DELETE_COMPLETE", "CREATE_IN_PROGRESS")
_FATES: Mapping[str, Fate] = {
    "Delete": "deleted",
    "Retain": "retained",
    "RetainExceptOnCreate": "retained",
    "Snapshot": "snapshot",
}


@attrs.frozen
class Doomed:
    """A resource of a stack that is to be deleted.

    `name` is the logical ID, behind those of nested stacks; `fate` is what becomes of it: ``deleted``, ``retained``,
    ``snapshot`` (deleted after a snapshot), or ``kept`` because its deletion failed before.
    """

    name: str
    type: str
    physical_id: str
    fate: Fate


@attrs.frozen(kw_only=True)
class DeletionPlan:
    """What the deletion of a stack does.

    `findings` are those of the diff to the empty template, by the logical IDs of the nested stacks. `kept` are the
    resources that are left behind because their deletion failed before, `forced` means that AWS chooses them. `unknown`
    says why the findings of a stack are not known, where its template cannot be read or evaluated.
    """

    stack: Stack
    state: State
    resources: tuple[Doomed, ...] = ()
    findings: tuple[tuple[tuple[str, ...], Finding], ...] = ()
    kept: tuple[Skipped, ...] = ()
    unknown: tuple[str, ...] = ()
    forced: bool = False
    role: str | None = None
    # When the deletion began, if it is already running.
    began: datetime | None = None
    token: str = attrs.field(factory=lambda: f"{_TOKEN}{uuid.uuid4()}")


@attrs.frozen(kw_only=True)
class Deletion:
    """How a deletion ended. `stack` is the stack afterwards, None if it is gone; `failure` is why it failed."""

    plan: DeletionPlan
    outcome: Outcome
    stack: Stack | None = None
    failure: Failure | None = None
    next: NextStep | None = None


def delete(
    stack: str,
    *,
    region: str | None = None,
    session: Any = None,
    retain: Iterable[str] | None = None,
    force: bool = False,
    role: str | None = None,
    approve: Callable[[DeletionPlan], bool] | None = None,
    on_event: Callable[[Followed], None] | None = None,
) -> Deletion:
    """Delete a stack, and wait for the end.

    `approve` is asked with the plan, which says what is lost, before anything is called. After a failed deletion,
    `retain` names resources that the stack leaves behind, and `force` leaves the choice to AWS. `role` is the service
    role to use instead of the stack's. Nothing is emptied. Raises `DeploymentError` if the stack does not exist, is
    protected, or has exports that other stacks import.
    """
    connection = connect(region, session=session)
    found = stacks.existing(connection, stack)
    plan = plan_deletion(
        connection, found, named=Named(region is not None), retain=retain, force=force, role=role
    )
    if approve is not None and not approve(plan):
        return Deletion(plan=plan, outcome="declined", stack=found)
    return carry_out(connection, plan, Callbacks(on_event))


# ---------------------------------------------------------------------------------------------
# The plan


def plan_deletion(
    connection: Connection,
    stack: Stack,
    *,
    named: Named = NOTHING,
    retain: Iterable[str] | None = None,
    force: bool = False,
    role: str | None = None,
    settings: Settings | None = None,
) -> DeletionPlan:
    """What the deletion of a stack does. Raises `DeploymentError` if it is not legal, with the next step that is."""
    state = state_of(connection, stack, named)
    if stack.status == "DELETE_IN_PROGRESS":
        found = last_operation(connection, stack.id)
        return DeletionPlan(stack=stack, state=state, began=found[0].time if found else None)
    retained = None if retain is None else list(retain)
    operation = "DeleteStack:RetainResources" if retained else "DeleteStack"
    if force:
        if retained:
            raise DeploymentError("give --retain or --force, not both", kind="state")
        operation = "DeleteStack:FORCE_DELETE_STACK"
    if state.nested:
        raise DeploymentError(
            f"{stack.name} is nested in the stack {state.root}, which would still expect it; next: remove it from the "
            f"template of {state.root}, or delete {state.root}",
            kind="state",
        )
    for call in dict.fromkeys(("DeleteStack", operation)):
        sentence = refusal(state, call)
        if sentence is not None:
            raise DeploymentError(sentence + _instead(call), kind="state")
    kept: tuple[Skipped, ...] = ()
    if retained:
        kept = chosen_to_keep(last_operation(connection, stack.id), retained)
    left = {each.name for each in kept}
    looks = list(_looks(connection, stack, (), settings, left))
    _refuse_exports_in_use(connection, looks)
    return DeletionPlan(
        stack=stack,
        state=state,
        resources=tuple(each for look in looks for each in look.doomed(left)),
        findings=tuple((look.path, finding) for look in looks for finding in look.findings(left)),
        kept=kept,
        unknown=tuple(look.unknown for look in looks if look.unknown is not None),
        forced=force,
        role=role,
    )


def _instead(call: str) -> str:
    if call == "DeleteStack":
        return ""
    return " (to keep a resource, set its DeletionPolicy to Retain and deploy that first)"


def _refuse_exports_in_use(connection: Connection, looks: list[_Look]) -> None:
    """AWS begins such a deletion, and then returns the stack to its earlier status, or fails in the nested one."""
    used: list[str] = []
    gone = {look.stack.name for look in looks}
    for output in (each for look in looks for each in look.stack.outputs.values()):
        if output.export is not None:
            importers = [name for name in stacks.importers(connection, output.export) if name not in gone]
            if importers:
                used.append(f"{output.export} is imported by {listed(sorted(importers))}")
    if used:
        raise DeploymentError(
            f"{looks[0].stack.name} cannot be deleted: {'; '.join(used)}; next: remove the imports from those stacks first",
            kind="state",
        )


@attrs.frozen
class _Look:
    """What goes with one stack: itself or a nested one."""

    path: tuple[str, ...]
    stack: Stack
    resources: Mapping[str, StackResource]
    diff: Diff | None
    unknown: str | None = None

    def doomed(self, kept: set[str]) -> Iterator[Doomed]:
        for name, resource in self.resources.items():
            if resource.physical_id is None or resource.status in _ABSENT:
                continue
            full = ".".join((*self.path, name))
            yield Doomed(full, resource.type, resource.physical_id, self.fate(name, kept))

    def fate(self, name: str, kept: set[str]) -> Fate:
        if not self.path and name in kept:
            return "kept"
        if self.diff is None or name not in self.diff.sides.before.resources:
            return "deleted"
        return _FATES.get(deletion_policy(self.diff.sides.before, name, "DeletionPolicy"), "deleted")

    def findings(self, kept: set[str]) -> Iterator[Finding]:
        """The findings on what exists and goes. What is in a nested stack has findings of its own."""
        gone = {
            each.name.rpartition(".")[2]
            for each in self.doomed(kept)
            if each.fate not in ("retained", "kept") and each.type != STACK
        }
        if self.diff is not None:
            yield from (each for each in self.diff.findings if each.resource in gone)


def _looks(
    connection: Connection, stack: Stack, path: tuple[str, ...], settings: Settings | None, kept: set[str]
) -> Iterator[_Look]:
    """The stack, and what is nested in it and goes with it."""
    resources = stacks.resources(connection, stack.id)
    diff: Diff | None = None
    unknown: str | None = None
    if stack.status != "REVIEW_IN_PROGRESS" and resources:
        try:
            diff = prediction.diff(live_template(connection, stack, "Processed"), EMPTY, settings=settings)
        except PyformationError as error:
            # A stack can be deleted whatever its template is.
            if isinstance(error, DeploymentError) and error.kind not in ("denied", "refused", "missing"):
                raise
            unknown = f"{stack.name}: {error}"
    look = _Look(path, stack, resources, diff, unknown)
    yield look
    if len(path) >= _DEPTH:
        return
    for name, resource in resources.items():
        if resource.type != STACK or not resource.physical_id or resource.status in _ABSENT:
            continue
        if look.fate(name, kept) in ("retained", "kept"):
            continue
        child = stacks.describe(connection, resource.physical_id)
        if child is not None and child.status != "DELETE_COMPLETE":
            yield from _looks(connection, child, (*path, name), settings, kept)


# ---------------------------------------------------------------------------------------------
# The call


def carry_out(connection: Connection, plan: DeletionPlan, watcher: Watcher) -> Deletion:
    """Delete the stack, and follow it to the end.

    A deletion that AWS refuses after it began returns to the earlier status, which ends it as well.
    """
    stack = plan.stack
    until: str | None = None
    if stack.status != "DELETE_IN_PROGRESS":
        until = begin(
            connection,
            stack,
            "delete_stack",
            plan.token,
            RoleARN=plan.role,
            RetainResources=[each.name for each in plan.kept] or None,
            DeletionMode="FORCE_DELETE_STACK" if plan.forced else None,
        )
    ended = follow_on(connection, stack, "deletion", watcher=watcher, until=until, since=plan.began)
    if ended.choice == "detach":
        return Deletion(plan=plan, outcome="detached")
    after = ended.stack
    if after is None or after.status == "DELETE_COMPLETE":
        return Deletion(plan=plan, outcome="deleted")
    state = attrs.evolve(plan.state, status=after.status)
    found = diagnose(connection, after, state)
    return Deletion(plan=plan, outcome="failed", stack=after, failure=found.failure, next=next_step(state))
