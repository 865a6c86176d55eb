"""What a stack's status allows, and the next legal step: one table (statuses.json) with one reader.

    >>> stack = State("shop", "ROLLBACK_COMPLETE")
    >>> allowed(stack, "UpdateStack")
    False
    >>> next_step(stack).command
    'pyformation deploy SOURCE --stack-name shop'

Operations have the names of the API, with what matters of the request behind a colon: ``CreateChangeSet:UPDATE``,
``DeleteStack:RetainResources``.
"""

from __future__ import annotations

import functools
import shlex
from collections.abc import Mapping
from typing import Any

import attrs

from ..errors import CatalogError, did_you_mean
from .records import Stack, name_of
from .tables import table


@attrs.frozen
class State:
    """What decides what may be done with a stack. `status` is None if there is no stack.

    `express` says whether the last deployment was in express mode. `ever_succeeded` is None if that is not known.
    `root` is the root stack of a nested stack. `region`, `profile` and `source` are those that a command needs to name.
    """

    name: str
    status: str | None
    express: bool = False
    termination_protection: bool = False
    ever_succeeded: bool | None = None
    root: str | None = None
    region: str | None = None
    profile: str | None = None
    source: str | None = None

    @classmethod
    def of(cls, stack: Stack, **more: Any) -> State:
        """The state of a stack as AWS describes it; `more` are the facts that its description does not have."""
        root = stack.root or stack.parent
        return cls(
            stack.name,
            stack.status,
            express=stack.mode == "EXPRESS",
            termination_protection=stack.termination_protection,
            root=None if root is None else name_of(root),
            **more,
        )

    @property
    def nested(self) -> bool:
        """Whether it is a nested stack."""
        return self.root is not None

    @property
    def in_progress(self) -> bool:
        """Whether an operation is running."""
        status = self.status or ""
        return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"

    @property
    def exists(self) -> bool:
        """Whether there is a stack, deleted ones excepted."""
        return self.status not in (None, "DELETE_COMPLETE")


@attrs.frozen
class NextStep:
    """A legal step: what to do, and the command for it.

    `operation` is what `recover` or another command calls, if the step calls AWS; `recovers` says whether `recover`
    takes it.
    """

    words: str
    command: str
    operation: str | None = None
    recovers: bool = False

    def __str__(self) -> str:
        return f"{self.words}: {self.command}"


@attrs.frozen
class Rule:
    """One cell of the table.

    `answer` is ``yes``, ``no`` or ``if``; `condition` the words of the condition. `verified` is False where AWS
    documents nothing.
    """

    answer: str
    condition: str | None
    source: str
    verified: bool


def statuses() -> tuple[str | None, ...]:
    """Every status of the table; None is that of a stack that does not exist."""
    return tuple(_rows())


def operations() -> Mapping[str, str]:
    """The operations of the table, each with the words for what is done to a stack."""
    return dict(table("statuses")["operations"])


def describe(status: str | None) -> str:
    """A status in words that follow the name of the stack: ``was created``."""
    return str(_row(status)["state"])


def rule(status: str | None, operation: str) -> Rule:
    """The cell of the table for a status and an operation."""
    cells = _row(status)["operations"]
    if operation not in cells:
        raise CatalogError(f"there is no operation {operation!r}{did_you_mean(operation, cells)}")
    answer, source = cells[operation]
    answer, _, name = answer.partition(" ")
    condition = table("statuses")["conditions"][name]["words"] if name else None
    return Rule(answer, condition, table("statuses")["sources"][source], source != "unverified")


def allowed(stack: State, operation: str, **request: Any) -> bool | None:
    """Whether AWS takes an operation in this state. None means that it depends on what is not given.

    `request` has what the request says, where that decides: `disable_rollback`, `change_set_type`.
    """
    cell = rule(stack.status, operation)
    if cell.answer == "no" or _barrier(stack, operation) is not None:
        return False
    if cell.answer == "yes":
        return True
    return _holds(_row(stack.status)["operations"][operation][0].partition(" ")[2], stack, request)


def refusal(stack: State, operation: str, **request: Any) -> str | None:
    """Why AWS would refuse an operation, with the next legal step, in one sentence; None if it would not."""
    verdict = allowed(stack, operation, **request)
    if verdict:
        return None
    barrier = _barrier(stack, operation)
    cell = rule(stack.status, operation)
    how = table("statuses")["operations"][operation]
    if barrier is not None and cell.answer != "no":
        step = _step(barrier["next"], stack)
        return f"{stack.name} cannot be {how}: {barrier['words']}; next: {step}"
    step = next_step(stack)
    state = f"{describe(stack.status)} ({stack.status})" if stack.status else describe(stack.status)
    if cell.condition is not None:
        state += f", so it can be {how} {cell.condition}"
        if verdict is None:
            return f"{stack.name} {state}; next: {step}"
    return f"{stack.name} cannot be {how}: it {state}; next: {step}"


def next_step(stack: State) -> NextStep:
    """The best legal step for a stack in this state."""
    return next_steps(stack)[0]


def next_steps(stack: State) -> tuple[NextStep, ...]:
    """Every legal step for a stack in this state, the best first; also those whose condition is not decided.

    What becomes of a nested stack is decided by its root.
    """
    row = _row(stack.status)
    if stack.nested and stack.exists:
        root = next(each["next"] for each in table("statuses")["always"] if each["fact"] == "nested")
        return (_step(row["next"][0] if stack.in_progress else root, stack),)
    found = [
        _step(step, stack)
        for step in row["next"]
        if "if" not in step or _holds(step["if"], stack, {}) is not False
    ]
    return tuple(found)


def recovery(stack: State) -> NextStep | None:
    """The step that `recover` takes, or None if there is none in this state."""
    return next((step for step in next_steps(stack) if step.recovers), None)


def express_facts() -> tuple[Mapping[str, Any], ...]:
    """What is different after a deployment in express mode, each with its source."""
    return tuple(table("statuses")["express"])


# ---------------------------------------------------------------------------------------------
# The table


@functools.cache
def _rows() -> dict[str | None, dict[str, Any]]:
    return {row["status"]: row for row in table("statuses")["rows"]}


def _row(status: str | None) -> dict[str, Any]:
    found = _rows().get(status)
    if found is None:
        # AWS adds statuses: what is not known allows nothing, and the only safe step is to look.
        nothing = {name: ["no", "unverified"] for name in table("statuses")["operations"]}
        look = {"words": "look at the stack", "command": "pyformation status {stack}"}
        return {
            "state": "has a status that this version does not know",
            "operations": nothing,
            "next": [look],
        }
    return found


def _holds(condition: str, stack: State, request: Mapping[str, Any]) -> bool | None:
    row = table("statuses")["conditions"][condition]
    value = request[row["fact"]] if row["fact"] in request else getattr(stack, row["fact"], None)
    return None if value is None else value in row["is"]


def _barrier(stack: State, operation: str) -> dict[str, Any] | None:
    """What forbids an operation in any state."""
    for row in table("statuses")["always"]:
        if operation in row["operations"] and getattr(stack, row["fact"]) in row["refused_if"]:
            return dict(row)
    return None


def _step(row: Mapping[str, Any], stack: State) -> NextStep:
    command = row["command"].format(
        stack=shlex.quote(stack.name),
        root=shlex.quote(stack.root or stack.name),
        source=shlex.quote(stack.source) if stack.source else "SOURCE",
    )
    for option, value in (("--region", stack.region), ("--profile", stack.profile)):
        if value:
            command += f" {option} {shlex.quote(value)}"
    return NextStep(row["words"], command, row.get("operation"), bool(row.get("recover")))
