"""A plan in a file: the change set that a later command executes, as long as the stack has not moved."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from .. import prediction
from ..errors import DeploymentError, SourceError
from ..evaluation.secrets import is_secret
from ..files import read as read_file
from ..plain import is_list, is_mapping, list_or_empty, mapping_or_empty
from ..sources import LoadedTemplate
from . import stacks
from .causes import declared_at
from .change_sets import ChangeSet, Draft, Type, read
from .comparison import Comparison, alone
from .connection import Connection
from .deploying import Deployment, Execution, Ready, ended
from .planning import Plan, Prepared, broken_by_aws, is_running
from .records import Stack
from .statuses import State

VERSION = 1
_LARGEST = 64_000_000
_KEYS = (
    "stack_name", "region", "account", "stack_id", "change_set", "change_set_name", "type", "template", "parameters",
    "digest", "changes",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class SavedPlan:
    """What a file says of one planned change set.

    `template` and `parameters` are digests, `updated` is when the stack was last changed, None if it did not exist.
    `source` is the digest of the template before anything was packaged, `digest` that of the whole request, `changes`
    what AWS said would happen.
    """

    stack_name: str
    region: str
    account: str
    stack_id: str
    change_set: str
    change_set_name: str
    type: Type
    template: str
    parameters: str
    digest: str
    updated: str | None = None
    disable_rollback: bool = False
    made_stack: bool = False
    source: str | None = None
    changes: tuple[tuple[str, str, str | None], ...] = ()


def saved_plan(plan: Plan, prepared: Prepared) -> SavedPlan:
    """What to write down of a plan, whose change set is ready. No parameter's value is in it."""
    change_set = plan.change_set
    assert change_set is not None and change_set.ready
    declared = mapping_or_empty(prepared.template.data.get("Parameters"))
    request = prepared.request
    shown = {
        name: value
        for name, value in request.parameters.items()
        if not is_secret(mapping_or_empty(declared.get(name)))
    }
    return SavedPlan(
        stack_name=plan.stack_name,
        region=plan.region,
        account=plan.account,
        stack_id=change_set.stack_id,
        change_set=change_set.id,
        change_set_name=change_set.name,
        type=change_set.type,
        template=_digest(request.template),
        parameters=_digest([shown, sorted(request.previous)]),
        digest=request.digest,
        updated=_moment(None if prepared.stack is None else prepared.stack),
        disable_rollback=request.disable_rollback,
        made_stack=change_set.made_stack,
        source=_digest(prepared.template.data),
        changes=_changes(plan.comparison),
    )


def write_plans(plans: Sequence[SavedPlan], path: str) -> None:
    """Write plans to a file, completely or not at all."""
    from ..programs import write_text

    data = {"version": VERSION, "plans": [attrs.asdict(plan) for plan in plans]}
    write_text(json.dumps(data, indent=2) + "\n", path)


def read_plans(path: str) -> list[SavedPlan]:
    """The plans in a file. Raises `SourceError` for anything else."""
    if not os.path.exists(path):
        raise SourceError(f"there is no file {path!r}")
    try:
        data: Any = json.loads(read_file(path, largest=_LARGEST))
    except (ValueError, RecursionError):
        raise SourceError(
            f"{path} is not a plan that `pyformation plan --save` wrote: it is not JSON"
        ) from None
    version = mapping_or_empty(data).get("version")
    if version != VERSION:
        raise SourceError(
            f'{path} is not a plan of this version of pyformation: expected "version": {VERSION}'
        )
    found = [_read(item, path) for item in list_or_empty(data.get("plans"))]
    if not found:
        raise SourceError(f"{path} has no plan")
    return found


def _read(item: Any, path: str) -> SavedPlan:
    if not is_mapping(item):
        raise SourceError(f"{path} is not a plan: expected a mapping")
    for key in _KEYS:
        expected = list if key == "changes" else str
        if not isinstance(item.get(key), expected):
            raise SourceError(f"{path} is not a plan: {key} is missing")
    known = {field.name for field in attrs.fields(SavedPlan)}
    values = {key: value for key, value in item.items() if key in known}
    values["changes"] = tuple(
        tuple(change) for change in item["changes"] if is_list(change) and len(change) == 3
    )
    return SavedPlan(**values)


def check_source(saved: SavedPlan, template: LoadedTemplate, path: str) -> None:
    """Raise `SourceError` for a template that is not the one that was planned: its lines would be those of others."""
    if saved.source not in (None, _digest(template.data)):
        raise SourceError(
            f"{template.file} is not what {path} was made from; leave it out to execute the plan, or make a new plan"
        )


def reopen(connection: Connection, saved: SavedPlan, stack: Stack | None) -> tuple[Draft, ChangeSet]:
    """The change set of a saved plan, to be executed. Raises `DeploymentError` if it no longer is what was planned."""
    name = saved.stack_name
    if connection.account != saved.account:
        raise DeploymentError(
            f"the plan is for the account {saved.account}, and the credentials are of {connection.account}"
        )
    if stack is None or stack.status == "DELETE_COMPLETE":
        raise DeploymentError(f"the stack {name} of the plan no longer exists; make a new plan")
    review = stack.status == "REVIEW_IN_PROGRESS"
    if saved.updated is None and not review:
        raise DeploymentError(f"{name} was created after the plan was made ({stack.status}); make a new plan")
    if saved.updated is not None and (
        _moment(stack) != saved.updated or stack.status.endswith("_IN_PROGRESS")
    ):
        raise DeploymentError(f"{name} was changed after the plan was made ({stack.status}); make a new plan")
    try:
        found = read(connection, saved.change_set, saved.type)
    except DeploymentError as error:
        if error.code not in ("ChangeSetNotFound", "ChangeSetNotFoundException"):
            raise
        raise DeploymentError(
            f"the change set {saved.change_set_name} of the plan no longer exists; make a new plan"
        ) from None
    if not found.ready:
        raise DeploymentError(
            f"the change set {saved.change_set_name} of the plan cannot be executed: it is "
            f"{found.execution or found.status}; make a new plan"
        )
    if _changes(alone(found.answers)) != saved.changes:
        raise DeploymentError(
            f"the change set {saved.change_set_name} does not do what was planned; make a new plan"
        )
    draft = Draft(connection, name, saved.change_set_name, not saved.made_stack, saved.type)
    draft.id, draft.stack_id = saved.change_set, saved.stack_id
    return draft, found


def _with_lines(comparison: Comparison, template: LoadedTemplate | None) -> Comparison:
    """A comparison with the lines of the resources that the template itself declares."""
    if template is None:
        return comparison
    return Comparison(
        tuple(
            row if "." in row.name else attrs.evolve(row, origin=declared_at(template, row.name))
            for row in comparison.rows
        )
    )


def _changes(comparison: Comparison | None) -> tuple[tuple[str, str, str | None], ...]:
    rows = () if comparison is None else comparison.rows
    return tuple(
        sorted((row.name, row.aws.action, row.aws.replacement) for row in rows if row.aws is not None)
    )


def _moment(stack: Stack | None) -> str | None:
    if stack is None:
        return None
    moment: datetime | None = stack.updated or stack.created
    return "" if moment is None else moment.isoformat()


def _digest(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def ready_again(
    connection: Connection,
    saved: SavedPlan,
    *,
    template: LoadedTemplate | None = None,
    fail_on: tuple[str, ...] = (),
    protection: bool | None = None,
) -> Ready | Deployment:
    """The deployment of a saved plan, which waits for approval. `template` is where lines are looked up, `protection`
    the termination protection of the stack once it has succeeded.

    Raises `DeploymentError` if the change set is no longer what was planned.
    """
    stack = stacks.describe(connection, saved.stack_id)
    execution = Execution(
        connection=connection,
        stack_name=saved.stack_name,
        digest=saved.digest,
        disable_rollback=saved.disable_rollback,
        termination_protection=protection,
        template=template,
    )
    plan = Plan(
        stack_name=saved.stack_name,
        region=saved.region,
        account=saved.account,
        stack=stack,
        prediction=prediction.diff({}, {}),
        saved=True,
    )
    if stack is not None and State.of(stack).in_progress and is_running(connection, stack, saved.digest):
        return Ready(execution, plan, running=stack)
    draft, found = reopen(connection, saved, stack)
    # What it says was planned: here every effect counts, whatever was predicted.
    comparison = _with_lines(alone(found.answers), template)
    counted = Comparison(tuple(attrs.evolve(row, worse=True) for row in comparison.rows))
    plan = attrs.evolve(
        plan,
        change_set=found,
        comparison=comparison,
        broken_by_aws=tuple(broken_by_aws(counted, {}, fail_on)),
    )
    draft.kept = True  # Whoever saved it wants it kept, whatever is answered now.
    if plan.broken_by_aws:
        return ended(plan, "broken", *plan.broken_by_aws)
    execution = attrs.evolve(execution, expected=tuple(row.name for row in comparison.rows))
    return Ready(execution, plan, draft)
