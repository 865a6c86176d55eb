"""tools/try_templates.py finds what goes wrong with the templates of a folder."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

GOOD = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"
# CloudFormation refuses it: the reference leads nowhere.
REFUSED = "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Nmae}}}\n"


@pytest.fixture(scope="module")
def tool() -> Iterator[Any]:
    # As long as it is used: its processes import it, too.
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        yield importlib.import_module("try_templates")


def test_refusals_are_grouped_and_no_faults(
    tool: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "below").mkdir()
    for name in ("one", "two"):
        (tmp_path / "below" / f"{name}.yaml").write_text(REFUSED)
    (tmp_path / "no_template.yaml").write_text("a: 1\n")
    assert tool.main([str(tmp_path), "--jobs", "1", "--slow", "0"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 templates; 0 faults; ")
    assert said.count("  evaluate: Resources.Topic.Properties.TopicName: ") == 1
    assert "    below/one.yaml, below/two.yaml\n" in said
    assert " s  below/two.yaml: validate\n" in said


def test_a_planted_crash_and_an_unequal_round_trip_are_faults(
    tool: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)

    def crash(_subject: object) -> str:
        raise KeyError("planted")

    monkeypatch.setattr(tool.graphs, "mermaid", crash)
    monkeypatch.setattr(tool.document, "to_json", lambda data: json.dumps({**data, "Description": "planted"}))
    # In this process, where the faults are planted.
    monkeypatch.setattr(tool, "try_folder", lambda folder, _jobs: [tool.try_file(folder, "good.yaml")])
    assert tool.main([str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert said.startswith("1 templates; 2 faults; 0 refusals")
    assert "  good.yaml: JSON: another value at the top\n" in said
    assert "  good.yaml: graph: KeyError: 'planted' (test_try_templates.py:" in said


def test_a_program_that_renders_another_template_is_a_fault(
    tool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyformation import conversion

    (tmp_path / "good.yaml").write_text(GOOD)
    monkeypatch.setattr(conversion, "_program", lambda *_, **__: "from pyformation import Stack\n")
    found = tool.try_file(str(tmp_path), "good.yaml")
    assert {(one.step, one.is_fault) for one in found.problems} == {
        ("convert", True),
        ("convert --loops", True),
    }


def test_a_folder_that_does_not_exist_is_an_error(tool: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main(["nowhere"]) == 1
    assert capsys.readouterr().err.startswith("error: there is no directory 'nowhere'")
