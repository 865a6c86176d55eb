"""The benchmarks compare like with like: both sides make equal templates. No time is looked at here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("troposphere", reason="the peer is not installed; it comes with the dev extra")
sys.path.insert(0, str(Path(__file__).parent.parent))

import pyformation
from benchmarks import __main__ as command
from benchmarks import building, diffing, mixes, rendering, size
from benchmarks.measure import PROGRAMS, Row, medians, process_medians, program, run
from pyformation.document import parse


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


def test_pairs_differ_as_much_as_said() -> None:
    before, after = diffing.pair(60, 18)
    changed = [name for name in before["Resources"] if before["Resources"][name] != after["Resources"][name]]
    assert len(changed) == 18
    found = pyformation.diff(before, after)
    assert {change.logical_id for change in found.resources} >= set(changed)
    assert found.summary.replaced >= 5
    row = diffing.growth(10, 20, 1)
    assert row.ratio and row.ratio > 0


def test_clocks() -> None:
    assert medians({"nothing": lambda: None}, 2)["nothing"] >= 0
    assert process_medians({"python": ["-c", "pass"]}, 1)["python"] > 0
    assert Row("", "", "", 2.0, 1.5).verdict == "OVER"
    assert Row("", "", "", 1.5, 1.5).verdict == "ok"


def test_size_is_known() -> None:
    assert size.source_bytes() > 1_000_000
