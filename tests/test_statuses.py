"""The table of statuses, cell by cell, and the sentences made of it."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest
from conftest import ROOT

from pyformation.deployment import statuses
from pyformation.deployment.records import stack_of
from pyformation.deployment.statuses import State, allowed, next_step, next_steps, recovery, refusal
from pyformation.errors import CatalogError

# Written by hand: y is allowed, - is refused, a letter is a condition below. The columns are the operations.
COLUMNS = """CreateChangeSet:UPDATE CreateChangeSet:CREATE CreateChangeSet:IMPORT UpdateStack ExecuteChangeSet
CancelUpdateStack ContinueUpdateRollback RollbackStack DeleteStack DetectStackDrift DeleteStack:RetainResources
DeleteStack:FORCE_DELETE_STACK UpdateTerminationProtection SetStackPolicy""".split()
TABLE = """
none                                         - y y - -  - - - - -  - - - -
DELETE_COMPLETE                              - y y - -  - - - - -  - - - -
REVIEW_IN_PROGRESS                           - y y - t  - - - y -  - - y y
CREATE_IN_PROGRESS                           - - - - -  - - - y -  - - y y
CREATE_FAILED                                r - - r y  - - x y -  - - y y
ROLLBACK_IN_PROGRESS                         - - - - -  - - - - -  - - y y
ROLLBACK_COMPLETE                            - - - - -  - - - y -  - - y y
ROLLBACK_FAILED                              - - - - -  - - - y -  - - y y
CREATE_COMPLETE                              y - y y y  - - - y y  - - y y
UPDATE_COMPLETE                              y - y y y  - - - y y  - - y y
UPDATE_ROLLBACK_COMPLETE                     y - y y y  - - - y y  - - y y
UPDATE_IN_PROGRESS                           - - - - -  y - - - -  - - y y
UPDATE_COMPLETE_CLEANUP_IN_PROGRESS          - - - - -  - - - - -  - - y y
UPDATE_FAILED                                r - - r y  - - x y -  - - y y
UPDATE_ROLLBACK_IN_PROGRESS                  - - - - -  - - - - -  - - y y
UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS - - - - -  - - - - -  - - y y
UPDATE_ROLLBACK_FAILED                       - - - - -  - y - y y  - - y y
IMPORT_IN_PROGRESS                           - - - - -  - - - - -  - - y y
IMPORT_ROLLBACK_IN_PROGRESS                  - - - - -  - - - - -  - - y y
IMPORT_COMPLETE                              y - y y y  - - - y y  - - y y
IMPORT_ROLLBACK_COMPLETE                     s - s s s  - - - y y  - - y y
IMPORT_ROLLBACK_FAILED                       - - - - -  - - - y -  - - y y
DELETE_IN_PROGRESS                           - - - - -  - - - y -  - - - y
DELETE_FAILED                                - - - - -  - - - y -  y y - y
"""
# What must hold, and what must not, for a conditional cell.
CONDITIONS = {
    "r": ({"disable_rollback": True}, {"disable_rollback": False}, {}),
    "t": ({"change_set_type": "CREATE"}, {"change_set_type": "UPDATE"}, {}),
    "x": ({}, {}, {"express": True}),
    "s": ({}, {}, {"ever_succeeded": False}),
}
ROWS = {
    None if (words := line.split())[0] == "none" else words[0]: dict(zip(COLUMNS, words[1:], strict=True))
    for line in TABLE.strip().splitlines()
}


@pytest.mark.parametrize("status", ROWS, ids=str)
def test_rows(status: str | None) -> None:
    stack = State("shop", status, ever_succeeded=True)
    for operation, cell in ROWS[status].items():
        if cell in "y-":
            assert allowed(stack, operation) is (cell == "y"), operation
            assert (refusal(stack, operation) is None) is (cell == "y"), operation
            continue
        met, unmet, other = CONDITIONS[cell]
        assert allowed(stack, operation, **met) is True, operation
        assert refusal(stack, operation, **met) is None, operation
        refused = attrs.evolve(stack, **other)
        assert allowed(refused, operation, **unmet) is False, operation
        sentence = refusal(refused, operation, **unmet)
        assert sentence is not None and " cannot be " in sentence and " only " in sentence, operation
        if met:
            assert allowed(stack, operation) is None, operation
            assert refusal(stack, operation) is not None, operation


def test_every_status_and_operation_is_in_the_table() -> None:
    assert set(statuses.statuses()) == set(ROWS)
    assert set(statuses.operations()) == set(COLUMNS)
    data = json.loads((Path(statuses.__file__).parent / "statuses.json").read_text(encoding="utf-8"))
    for row in data["rows"]:
        assert set(row["operations"]) == set(COLUMNS), row["status"]
        for answer, source in row["operations"].values():
            assert source in data["sources"]
            assert answer in ("yes", "no") or answer.removeprefix("if ") in data["conditions"]
    for row in [*data["conditions"].values(), *data["always"], *data["express"]]:
        assert row["source"] in data["sources"]


def test_every_status_that_aws_has_is_in_the_table() -> None:
    loaders = pytest.importorskip("botocore.session")
    model = loaders.get_session().get_service_model("cloudformation")
    assert set(model.shape_for("StackStatus").enum) == set(ROWS) - {None}


# The next step and what recover does, by status: words of the command, and the operation of recover.
NEXT = {
    None: ("deploy", None),
    "DELETE_COMPLETE": ("deploy", None),
    "REVIEW_IN_PROGRESS": ("deploy", "DeleteStack"),
    "CREATE_FAILED": ("deploy --no-rollback", "RollbackStack"),
    "ROLLBACK_COMPLETE": ("deploy", "DeleteStack"),
    "ROLLBACK_FAILED": ("recover", "DeleteStack"),
    "CREATE_COMPLETE": ("deploy", None),
    "UPDATE_COMPLETE": ("deploy", None),
    "UPDATE_ROLLBACK_COMPLETE": ("deploy", None),
    "UPDATE_FAILED": ("deploy --no-rollback", "RollbackStack"),
    "UPDATE_ROLLBACK_FAILED": ("recover", "ContinueUpdateRollback"),
    "IMPORT_COMPLETE": ("deploy", None),
    "IMPORT_ROLLBACK_COMPLETE": ("deploy", None),
    "IMPORT_ROLLBACK_FAILED": ("delete", None),
    "DELETE_FAILED": ("recover", "DeleteStack:RetainResources"),
    **{
        status: ("status --follow", None)
        for status in ROWS
        if status and status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"
    },
}


@pytest.mark.parametrize("status", ROWS, ids=str)
def test_the_next_step(status: str | None) -> None:
    stack = State("shop", status, ever_succeeded=True)
    words, operation = NEXT[status]
    command = next_step(stack).command
    assert all(word in command for word in words.split()), command
    found = recovery(stack)
    assert (None if found is None else found.operation) == operation


@pytest.mark.parametrize("status", ROWS, ids=str)
@pytest.mark.parametrize(("express", "succeeded"), [(e, s) for e in (False, True) for s in (False, True)])
def test_steps_are_legal(status: str | None, express: bool, succeeded: bool) -> None:
    stack = State("shop", status, express=express, ever_succeeded=succeeded)
    assert next_steps(stack)
    for step in next_steps(stack):
        if step.operation is not None:
            assert allowed(stack, step.operation) is True, step
        if step.recovers:
            assert step.command == "pyformation recover shop"


def test_a_deployment_in_express_mode_is_never_rolled_back() -> None:
    failed = State("shop", "UPDATE_FAILED", express=True)
    assert recovery(failed) is None
    assert (
        next_step(failed).command == "pyformation deploy git:REVISION:SOURCE --stack-name shop --no-rollback"
    )
    created = recovery(State("shop", "CREATE_FAILED", express=True))
    assert created is not None and created.operation == "DeleteStack"
    for stack in (failed, State("shop", "CREATE_FAILED", express=True)):
        assert allowed(stack, "RollbackStack") is False
    assert {fact["about"] for fact in statuses.express_facts()} >= {"rollback", "replacement"}


@pytest.mark.parametrize(
    ("stack", "operation", "request_", "sentence"),
    [
        (
            State("shop", "ROLLBACK_COMPLETE"),
            "UpdateStack",
            {},
            "shop cannot be updated: it could not be created, and what was created is deleted again "
            "(ROLLBACK_COMPLETE); next: deploy again, which deletes the empty stack first: "
            "pyformation deploy SOURCE --stack-name shop",
        ),
        (
            State("shop", "UPDATE_IN_PROGRESS", region="eu-west-1", profile="the shop"),
            "UpdateStack",
            {},
            "shop cannot be updated: it is being updated (UPDATE_IN_PROGRESS); next: wait until it is done: "
            "pyformation status shop --follow --region eu-west-1 --profile 'the shop'",
        ),
        (
            State("shop", "UPDATE_FAILED", source="stack.py"),
            "UpdateStack",
            {},
            "shop could not be updated, and is kept as the failed update left it (UPDATE_FAILED), so it can be updated "
            "only with rollback disabled; next: deploy a corrected template with rollback disabled: "
            "pyformation deploy stack.py --stack-name shop --no-rollback",
        ),
        (
            State("shop", "CREATE_COMPLETE", termination_protection=True),
            "DeleteStack",
            {},
            "shop cannot be deleted: termination protection is on; next: turn termination protection off first: "
            "aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name shop",
        ),
        (
            State("shop-Db-1X", "UPDATE_ROLLBACK_FAILED", root="shop"),
            "ContinueUpdateRollback",
            {},
            "shop-Db-1X cannot be rolled back further: it is a nested stack; next: use the root stack instead: "
            "pyformation status shop",
        ),
        (
            State("shop", None),
            "DeleteStack",
            {},
            "shop cannot be deleted: it does not exist; next: create it: pyformation deploy SOURCE --stack-name shop",
        ),
    ],
    ids=["failed", "running", "conditional", "protected", "nested", "missing"],
)
def test_sentences(stack: State, operation: str, request_: dict[str, object], sentence: str) -> None:
    assert refusal(stack, operation, **request_) == sentence


@pytest.mark.parametrize("status", [each for each in ROWS if each not in (None, "DELETE_COMPLETE")], ids=str)
def test_the_root_decides_on_a_nested_stack(status: str) -> None:
    stack = State("data", status, root="shop", ever_succeeded=True, region="eu-west-1")
    (step,) = statuses.next_steps(stack)
    waits = "pyformation status data --follow --region eu-west-1"
    root = "pyformation status shop --region eu-west-1"
    assert step.command == (waits if stack.in_progress else root)
    assert recovery(stack) is None


def test_a_status_that_is_not_known_allows_nothing() -> None:
    stack = State("shop", "PAUSED")
    assert not any(allowed(stack, operation) for operation in COLUMNS)
    assert next_step(stack).command == "pyformation status shop"


def test_an_operation_that_does_not_exist() -> None:
    with pytest.raises(CatalogError, match="there is no operation 'DeleteStak'; did you mean 'DeleteStack'"):
        allowed(State("shop", None), "DeleteStak")


def test_the_state_of_a_stack() -> None:
    found = stack_of(
        {
            "StackId": "arn:aws:cloudformation:eu-west-1:111111111111:stack/shop-Db-1X/1d3b",
            "StackName": "shop-Db-1X",
            "StackStatus": "UPDATE_FAILED",
            "EnableTerminationProtection": True,
            "DeploymentConfig": {"Mode": "EXPRESS"},
            "RootId": "arn:aws:cloudformation:eu-west-1:111111111111:stack/shop/1d3a",
        }
    )
    assert State.of(found, region="eu-west-1") == State(
        "shop-Db-1X",
        "UPDATE_FAILED",
        express=True,
        termination_protection=True,
        root="shop",
        region="eu-west-1",
    )


def test_what_is_running() -> None:
    running = {status for status in ROWS if State("shop", status).in_progress}
    assert running == {s for s in ROWS if s and s.endswith("_IN_PROGRESS")} - {"REVIEW_IN_PROGRESS"}
    assert not State("shop", "DELETE_COMPLETE").exists and State("shop", "REVIEW_IN_PROGRESS").exists


def test_the_docs_show_the_table() -> None:
    """The columns that the page has, with the words of the states and of the best step."""
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    section = page.partition("## States\n")[2].partition("\n## ")[0]
    header, _, *lines = [line for line in section.splitlines() if line.startswith("|")]
    titles = [cell.strip() for cell in header.strip("|").split("|")]
    columns = {
        "update": "CreateChangeSet:UPDATE",
        "create": "CreateChangeSet:CREATE",
        "import": "CreateChangeSet:IMPORT",
        "execute": "ExecuteChangeSet",
        "cancel": "CancelUpdateStack",
        "continue": "ContinueUpdateRollback",
        "roll back": "RollbackStack",
        "delete": "DeleteStack",
        "drift": "DetectStackDrift",
    }
    assert titles == ["status", "the stack", *columns, "next"]
    shown = {
        cells[0].strip().strip("`"): [cell.strip() for cell in cells[1:]]
        for cells in (line.strip("|").split("|") for line in lines)
    }
    assert list(shown) == [status or "none" for status in statuses.statuses()]
    for status in statuses.statuses():
        words, *cells, step = shown[status or "none"]
        assert (words, step) == (
            statuses.describe(status),
            next_step(State("shop", status, ever_succeeded=True)).words,
        )
        for cell, operation in zip(cells, columns.values(), strict=True):
            rule = statuses.rule(status, operation)
            answer = {"yes": "yes", "no": ""}.get(rule.answer, "(")
            assert cell.startswith(answer) and (bool(cell) == (rule.answer != "no")), (status, operation)
            assert cell.endswith("?") is (bool(cell) and not rule.verified), (status, operation)
            if rule.condition is not None:
                assert f"{cell.strip('?')} {rule.condition}" in section
