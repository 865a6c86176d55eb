"""docs/accuracy.md has the figures that tools/measure_accuracy.py measures, on the recordings that stand beside us."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

import pytest
from conftest import ROOT

RECORDINGS = ROOT.parent / "shared" / "data" / "changesets.json"
PAGE = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")

needs_recordings = pytest.mark.skipif(
    not RECORDINGS.exists(), reason=f"the recorded change sets are not here: {RECORDINGS} does not exist"
)


@pytest.fixture(scope="module")
def measure() -> Any:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module("measure_accuracy")
    finally:
        sys.path.pop(0)


def table() -> list[list[str]]:
    rows = re.findall(r"^\| (.*) \|$", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in row.split(" | ")] for row in rows if not row.startswith("--")]


@needs_recordings
def test_the_table_has_what_was_measured(measure: Any) -> None:
    found = measure.updates(RECORDINGS)
    counts = measure.counts(found)
    heading, *rows = table()
    assert heading[0] == f"{counts['updates']} updates"
    plain, values = measure.aws(found)
    scores = {"pyformation": measure.ours(found), "AWS, plain": plain, "AWS, with values": values}
    for name, score in scores.items():
        column = heading.index(name)
        of = {row[0]: row[column] if column < len(row) else "" for row in rows}
        assert of["replacements that AWS announces and it does not"] == (
            f"{score.replacements_missed} of {counts['replacements']}"
        )
        assert of["really changed, and not listed"] == f"{score.missed} of {counts['really changed']}"
        assert of["listed, and not really changed"] == str(score.invented)
    ours = scores["pyformation"]
    assert [row[1] for row in rows[:2]] == [
        f"{ours.plain} of {counts['updates']}",
        f"{ours.with_values} of {counts['with values']}",
    ]


@needs_recordings
def test_the_limits_are_those_of_the_recordings(measure: Any) -> None:
    found = measure.updates(RECORDINGS)
    listed = [change for update in found for change in update.case["aws"] or []]
    types = [change["ResourceType"] for change in listed]
    assert len(set(types)) == 5
    assert f"SNS topics ({types.count('AWS::SNS::Topic')} of the {len(types)} resources listed)" in PAGE
    assert not any(change.get("Replacement") == "Conditional" for change in listed)
    assert {change.get("PolicyAction") for change in listed} == {None, "Delete", "ReplaceAndDelete"}


def test_a_wrong_prediction_costs(measure: Any) -> None:
    truth = {"A": ("Modify", "True"), "B": ("Modify", "False")}
    update = measure.Update({}, truth, truth, frozenset("AB"))
    score = measure.Score()
    score.add(update, truth, truth, {"A", "B"})
    assert score == measure.Score(plain=1, with_values=1)
    wrong = {"A": ("Modify", "False"), "C": ("Modify", "False")}
    score = measure.Score()
    score.add(update, wrong, truth, {"A", "C"})
    assert score == measure.Score(with_values=1, missed=1, invented=1, replacements_missed=1)
