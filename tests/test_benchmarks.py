"""The benchmarks compare like with like: both sides make equal templates. No time is looked at here."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest

pytest.importorskip("troposphere", reason="the peer is not installed; it comes with the dev extra")
sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import __main__ as command
from benchmarks import (
    building,
    deploying,
    diffing,
    graphing,
    invoking,
    measure,
    mixes,
    rendering,
    size,
    validating,
)
from benchmarks.measure import PROGRAMS, Row, medians, process_medians, program, run
from pyformation.changes import compare
from pyformation.document import parse


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a garbage collection before each run: what all the tests left is much to look through."""
    monkeypatch.setattr(measure, "gc", types.SimpleNamespace(collect=lambda: 0))


@pytest.mark.parametrize("name", ["sample", "services"])
def test_programs_make_equal_templates(name: str) -> None:
    ours = parse(run(program(f"{name}_ours"))).data
    peers = [
        path.stem
        for path in PROGRAMS.glob(f"{name}_*.py")
        if path.stem not in (f"{name}_ours", f"{name}_cdk")
    ]
    assert peers
    for peer in peers:
        assert parse(run(program(peer))).data == ours, peer


@pytest.mark.parametrize("mix", [*mixes.MIXES, None], ids=lambda mix: mix.name if mix else "mixed")
def test_mixes_are_equal(mix: mixes.Mix | None) -> None:
    chosen = (mix,) if mix else mixes.MIXES
    ours = mixes.ours(12, chosen).to_dict()
    assert ours == json.loads(mixes.theirs(12, chosen).to_json())
    assert 8 <= len(ours["Resources"]) <= 12
    if mix:
        assert len(ours["Resources"]) % mix.size == 0


def test_the_table_is_printed() -> None:
    rows = [
        *building.rows(5, 1),
        *rendering.rows(5, 1),
        building.growth(5, 10, 1),
        *rendering.growth(5, 10, 1),
        Row("no peer", "1 ms", "", None, None),
    ]
    text = command.table(rows)
    assert len(text.splitlines()) == len(rows) + 1
    assert "build 4 resources, against troposphere: mixed" in text
    assert all(row.ratio and row.ratio > 0 for row in rows[:-1])


def test_clocks() -> None:
    assert medians({"nothing": lambda: None}, 2)["nothing"] >= 0
    assert process_medians({"python": ["-c", "pass"]}, 1)["python"] > 0
    assert Row("", "", "", 2.0, 1.5).verdict == "OVER"
    assert Row("", "", "", 1.5, 1.5).verdict == "ok"


@pytest.mark.parametrize("replacing", [False, True])
def test_three_of_ten_resources_are_edited(replacing: bool) -> None:
    before, after = diffing.pair(100, replacing=replacing)
    assert before.keys() == after.keys()
    edited = [name for name, item in after["Resources"].items() if item != before["Resources"][name]]
    assert 28 <= len(edited) <= 32
    summary = compare(before, after).summary
    assert summary.total >= len(edited)
    assert (summary.replaced > 20) == replacing


def test_the_diff_is_measured() -> None:
    rows = [*diffing.rows(20, 1), diffing.growth(10, 20, 1)]
    assert [row.ratio is None for row in rows] == [True] * 4 + [False]


@pytest.mark.slow
def test_graphs_are_measured() -> None:
    assert [row.verdict for row in graphing.rows(20, 1)] == ["ok"] * 5


def test_invoking_is_measured() -> None:
    pytest.importorskip("awslambdaric", reason="the extra lambda is not installed")
    assert [row.goal for row in invoking.rows(1)] == [invoking.COLD_GOAL, 1.0, 1.0]


@pytest.mark.slow
def test_validating_is_measured() -> None:
    rows = validating.rows(5, 1)
    assert [row.goal for row in rows] == [validating.GOAL] * 2
    assert all(row.ratio is not None and row.ratio > 0 for row in rows)


def test_size_is_known() -> None:
    assert size.source_bytes() > 1_000_000


@pytest.mark.slow
def test_the_figures_of_deployments() -> None:
    """A stack is followed with one call a second, in little memory; a busy machine changes neither."""
    calls, _, memory = deploying.followed(200, 6.0)
    assert calls.ratio is not None and calls.ratio <= 1.0
    assert memory.ratio is not None and memory.ratio <= 1.1
    assert all(row.ratio is not None for row in (deploying._predicted(1), deploying._unchanged(1)))
