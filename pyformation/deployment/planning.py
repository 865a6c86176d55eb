"""A plan: our prediction, AWS's change set beside it, and the rules that either of them breaks. docs/deployment.md.

`prepare` predicts and asks AWS only what the stack is; `propose` lets AWS make a change set. Both belong to one region.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from .. import catalog, gates, policies, prediction
from ..assets.packaging import Packager
from ..changes import Diff
from ..errors import DeploymentError
from ..sources import EMPTY, Exports, LoadedTemplate
from . import events, stacks, statuses
from .change_sets import ChangeSet, Draft, Request, Type, create, is_of_a_plan
from .comparison import Comparison, Row, compare
from .connection import Connection
from .diagnosis import NOTHING, Named, state_of
from .live import live_template
from .records import Stack, name_of
from .requests import Uploads, Wanted, capabilities, packaged, refuse_express, request_of
from .statuses import State

_NEVER = "ROLLBACK_COMPLETE"
_REVIEW = "REVIEW_IN_PROGRESS"
_DENIED_BY_STACK_POLICY = "PF211"


@attrs.frozen(kw_only=True)
class Prepared:
    """What is known before AWS is asked for a change set.

    `stack` is the stack as it is, None if there is none or only an empty one; `found` is that empty one (in review, or
    rolled back after its creation failed). `broken` are the rules that the prediction breaks, in sentences.
    `seconds` is how long the prediction took, without what AWS was asked for.
    """

    connection: Connection = attrs.field(repr=False)
    wanted: Wanted = attrs.field(repr=False)
    template: LoadedTemplate = attrs.field(repr=False)
    stack: Stack | None
    found: Stack | None
    prediction: Diff = attrs.field(repr=False)
    request: Request = attrs.field(repr=False)
    uploads: Uploads = attrs.field(repr=False, eq=False)
    broken: tuple[str, ...] = ()
    capabilities: Mapping[str, str] = attrs.field(factory=dict[str, str])
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    # Whether the operation that runs on the stack is an earlier run of the same deployment.
    is_running: bool = False

    @property
    def region(self) -> str:
        """The region of the stack."""
        return self.connection.region

    @property
    def type(self) -> Type:
        """The type of the change set."""
        if self.wanted.imports:
            return "IMPORT"
        return "CREATE" if self.stack is None else "UPDATE"

    @property
    def starts_over(self) -> bool:
        """Whether an empty stack, whose creation failed, must be deleted first."""
        return self.found is not None and self.found.status == _NEVER


@attrs.frozen(kw_only=True)
class Plan:
    """What a deployment will do, by our prediction and by AWS's change set.

    `comparison` is None where AWS made no change set, for which `unplanned` then says why. `broken` are the rules that
    the prediction breaks, `broken_by_aws` those that AWS's change set breaks. `saved` says that the plan comes from a
    file, which has AWS's answer and no prediction.
    """

    stack_name: str
    region: str
    account: str
    stack: Stack | None
    prediction: Diff = attrs.field(repr=False)
    change_set: ChangeSet | None = None
    comparison: Comparison | None = None
    unplanned: str | None = None
    broken: tuple[str, ...] = ()
    broken_by_aws: tuple[str, ...] = ()
    capabilities: Mapping[str, str] = attrs.field(factory=dict[str, str])
    notes: tuple[str, ...] = ()
    predicted_in: float = 0.0
    planned_in: float = 0.0
    saved: bool = False

    @property
    def no_changes(self) -> bool:
        """Whether AWS found nothing to do."""
        return self.change_set is not None and self.change_set.no_changes

    @property
    def failed(self) -> bool:
        """Whether AWS could not make a change set that can be executed."""
        return self.change_set is not None and not self.change_set.no_changes and not self.change_set.ready

    @property
    def changes(self) -> bool:
        """Whether the deployment changes anything."""
        if self.change_set is not None and not self.failed:
            return not self.no_changes
        return gates.changes(self.prediction)

    @property
    def worse(self) -> tuple[Row, ...]:
        """The resources that AWS may replace or delete, and our prediction keeps."""
        return () if self.comparison is None else self.comparison.worse


# ---------------------------------------------------------------------------------------------
# Our prediction


def prepare(connection: Connection, template: LoadedTemplate, wanted: Wanted, packager: Packager) -> Prepared:
    """Predict what a deployment does. AWS is only asked what the stack is, which needs read rights.

    Raises `DeploymentError` for a stack in a state that allows no deployment, with the next legal step.
    """
    _refuse_unreadable(template)
    found = stacks.describe(connection, wanted.stack_name)
    if wanted.stack_name.startswith("arn:"):
        wanted = attrs.evolve(wanted, stack_name=name_of(wanted.stack_name))
    stack = None if found is None or found.status in (_REVIEW, _NEVER) else found
    refused = None if stack is None else _refusal(connection, stack, wanted)
    if stack is not None and refused is not None and not State.of(stack).in_progress:
        raise DeploymentError(refused, kind="state")
    uploads = Uploads(connection, wanted, packager)
    sent = packaged(template, uploads)
    request = request_of(template, sent, wanted, stack, uploads)
    running = stack is not None and refused is not None and is_running(connection, stack, request.digest)
    if refused is not None and not running:
        raise DeploymentError(refused, kind="state")
    before = EMPTY if stack is None or running else live_template(connection, stack)
    account = connection.account
    begun = time.monotonic()
    diff = prediction.diff({}, {}) if running else _predicted(connection, account, before, sent, wanted)
    diff, broken = check(diff, wanted)
    seconds = time.monotonic() - begun
    refuse_express(
        wanted,
        {change.logical_id: change.type for change in diff.resources},
        [one.logical_id for one in diff.resources if one.replacement in ("True", "Conditional")],
    )
    return Prepared(
        connection=connection,
        wanted=wanted,
        template=template,
        stack=stack,
        found=found if stack is None else None,
        prediction=diff,
        request=request,
        uploads=uploads,
        broken=broken,
        capabilities=capabilities(sent),
        notes=tuple(_notes(template, wanted, stack, request)),
        seconds=seconds,
        is_running=running,
    )


def _refuse_unreadable(template: LoadedTemplate) -> None:
    """Raise `DeploymentError` for the text of GetTemplate that may not be what was deployed: it is never sent."""
    places = template.unreadable()
    if places:
        raise DeploymentError(
            f"GetTemplate returns ? for each character outside ASCII, so the text of {template.file} may be wrong at "
            f"{places[0]}{', ...' if len(places) > 1 else ''}: write it to a file, correct it, and deploy that"
        )


def named_of(wanted: Wanted | None) -> Named:
    """What the user has named, and so what the steps name that are suggested."""
    return NOTHING if wanted is None else Named(wanted.names_region, wanted.profile, wanted.source)


def _refusal(connection: Connection, stack: Stack, wanted: Wanted) -> str | None:
    """Why the state of a stack allows no deployment, with the next legal step."""
    state = state_of(connection, stack, named_of(wanted))
    # If its events do not go back to its creation, it is old enough to have succeeded once.
    state = attrs.evolve(state, ever_succeeded=state.ever_succeeded is not False)
    type_ = "IMPORT" if wanted.imports else "UPDATE"
    return statuses.refusal(state, f"CreateChangeSet:{type_}", disable_rollback=wanted.disable_rollback)


TOKEN = "pyformation-"


def is_running(connection: Connection, stack: Stack, digest: str) -> bool:
    """Whether the operation that runs on a stack is an earlier run of the same deployment."""
    for event in events.last_operation(connection, stack.id):
        if event.token is not None:
            return event.token.startswith(f"{TOKEN}{digest[:32]}-")
    return False


def _predicted(
    connection: Connection, account: str, before: LoadedTemplate, sent: LoadedTemplate, wanted: Wanted
) -> Diff:
    imports: Exports | None = None
    if before is EMPTY and "Fn::ImportValue" in repr(sent.data):
        imports = stacks.values_of_exports(connection)
    diff = prediction.diff(
        before,
        sent,
        parameters=dict(wanted.parameters),
        region=connection.region,
        account=account,
        stack_name=wanted.stack_name,
        parameter_mode=wanted.parameter_mode if before is not EMPTY else "defaults",
        tags=wanted.tags,
        imports=imports,
        assume_unchanged=wanted.assume_unchanged,
        settings=wanted.settings,
    )
    return _with_imports(diff, wanted)


def _with_imports(diff: Diff, wanted: Wanted) -> Diff:
    """A prediction in which what is imported is not added."""
    if not wanted.imports:
        return diff
    changes = tuple(
        attrs.evolve(one, action="Import")
        if one.action == "Add" and one.logical_id in wanted.imports
        else one
        for one in diff.resources
    )
    return attrs.evolve(diff, resources=changes)


def check(diff: Diff, wanted: Wanted) -> tuple[Diff, tuple[str, ...]]:
    """The prediction with the findings of policies, and a sentence for each rule that it breaks."""
    checked, errors = policies.with_policies(diff, list(wanted.policies), wanted.settings)
    broken = [*gates.broken(checked, wanted.fail_on), *errors]
    broken += [
        f"stack policy: {finding}" for finding in checked.findings if finding.code == _DENIED_BY_STACK_POLICY
    ]
    return checked, tuple(dict.fromkeys(broken))


def _notes(template: LoadedTemplate, wanted: Wanted, stack: Stack | None, request: Request) -> Iterator[str]:
    """What the user must know of what is sent."""
    root = None if stack is None else stack.root or stack.parent
    if stack is not None and root is not None:
        yield (
            f"{stack.name} is nested in {name_of(root)}, whose next update may undo this one: update that one instead"
        )
    if request.previous and wanted.parameter_mode == "previous":
        names = ", ".join(request.previous[:5]) + (", ..." if len(request.previous) > 5 else "")
        yield (
            f"parameters that are not given keep their value ({names}); --parameter-mode defaults uses the template's"
        )
    if wanted.revert_drift and "Fn::GetStackOutput" in repr(template.data):
        yield (
            "reverting drift lists changes for values of Fn::GetStackOutput also where nothing drifted "
            "(github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2559)"
        )


# ---------------------------------------------------------------------------------------------
# AWS's change set


def predicted(prepared: Prepared) -> Plan:
    """What is planned by our prediction alone."""
    return Plan(
        stack_name=prepared.wanted.stack_name,
        region=prepared.region,
        account=prepared.connection.account,
        stack=prepared.stack or prepared.found,
        prediction=prepared.prediction,
        broken=prepared.broken,
        capabilities=prepared.capabilities,
        notes=prepared.notes,
        predicted_in=prepared.seconds,
    )


def propose(prepared: Prepared, draft: Draft, pause: Callable[[float], None] = time.sleep) -> Plan:
    """Let AWS make a change set, and compare it with the prediction."""
    begun = time.monotonic()
    made = predicted(prepared)
    change_set = create(draft, prepared.request, pause)
    seconds = time.monotonic() - begun
    asked = dict(prepared.capabilities)
    for name in change_set.capabilities:
        asked.setdefault(name, "AWS asks for it")
    asked = {name: why for name, why in asked.items() if name in change_set.capabilities}
    made = attrs.evolve(made, change_set=change_set, planned_in=seconds, capabilities=asked)
    if not change_set.ready:
        return made
    comparison = compare(prepared.prediction, change_set.answers)
    if prepared.wanted.express:
        refuse_express(
            prepared.wanted,
            {row.name: row.type for row in comparison.rows},
            [
                row.name
                for row in comparison.rows
                if row.aws is not None
                and row.aws.replacement in ("True", "Conditional")
                and row.kind != "symbol"
            ],
        )
    return attrs.evolve(
        made,
        comparison=comparison,
        broken_by_aws=tuple(
            broken_by_aws(comparison, guards_of(prepared.prediction), prepared.wanted.fail_on)
        ),
    )


def why_unplanned(prepared: Prepared) -> str:
    """Why AWS makes no change set for a stack in its present state."""
    if prepared.is_running:
        return "this deployment is already running"
    found = prepared.found
    return (
        f"AWS makes no change set for {prepared.wanted.stack_name}, whose creation failed "
        f"({'' if found is None else found.status}): a deployment deletes what is left of it, and creates it again"
    )


def draft_of(prepared: Prepared) -> Draft:
    """A change set for what was prepared, which AWS is not yet asked for."""
    connection, found = prepared.connection, prepared.found
    name, type_ = prepared.wanted.stack_name, prepared.type
    if found is None:
        return Draft.new(connection, name, type_, existed=prepared.stack is not None)
    return Draft.new(connection, name, type_, existed=not is_of_a_plan(connection, found.id), empty=found.id)


def guards_of(diff: Diff) -> dict[str, list[str]]:
    """The guards of each resource, by either template."""
    guards: dict[str, list[str]] = {}
    for side in (diff.before, diff.after):
        for name, kinds in side.guards.items():
            guards.setdefault(name, []).extend(kinds)
    return guards


def broken_by_aws(
    comparison: Comparison, guards: Mapping[str, Sequence[str]], fail_on: Sequence[str]
) -> Iterator[str]:
    """A sentence for each rule that AWS's change set breaks where it is worse than our prediction."""
    for row in comparison.rows:
        aws = row.aws
        if aws is None or not row.worse:
            continue
        replaced = aws.action == "Modify" and aws.replacement == "True"
        may_be_replaced = aws.action == "Dynamic" or (
            aws.action == "Modify" and aws.replacement == "Conditional"
        )
        removed = aws.action == "Remove"
        retained = (aws.policy_action or "").endswith("Retain")
        what = f"{row.name} {'is' if not may_be_replaced else ''} {aws}".replace("  ", " ")
        broken: list[str] = []
        if replaced:
            broken += ["replacement", "conditional"]
        elif may_be_replaced:
            broken.append("conditional")
        if removed and not retained:
            broken.append("deletion")
        record = catalog.find(row.type)
        stateful = record is not None and record.stateful == "data"
        if stateful and not retained and (removed or replaced or may_be_replaced):
            broken.append("data-loss")
        for gate in broken:
            if gate in fail_on:
                yield f"{gate}: by AWS's change set, {what}"
        guarded = guards.get(row.name, ())
        if removed and "prevent_deletion" in guarded:
            yield f"by AWS's change set, {what} despite prevent_deletion"
        if (replaced or may_be_replaced) and "prevent_replacement" in guarded:
            yield f"by AWS's change set, {what} despite prevent_replacement"
