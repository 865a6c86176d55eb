"""Tests of the area calculator: its code, the function as Lambda runs it, and the template."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from stack import AreaStack

import pyformation
from pyformation.aws import lambda_

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "src"))  # As it is on Lambda.


def test_the_handler_multiplies(capsys: pytest.CaptureFixture[str]) -> None:
    import area

    context = SimpleNamespace(log_group_name="/aws/lambda/area")
    assert area.handler({"length": 6, "width": 7}, context) == '{"area": 42}'
    assert capsys.readouterr().out == "The area is 42\n"


def test_the_function_runs() -> None:
    pytest.importorskip("awslambdaric", reason="pip install '.[lambda]'")
    event = json.loads((HERE / "event.json").read_text())
    found = pyformation.invoke(f"{HERE / 'stack.py'}:Function", event, parameters={"Stage": "prod"})
    assert found.response == '{"area": 42}'
    assert found.report.memory_size_mb == 512
    assert "The area is 42\n" in found.log
    assert "\tLog group: /aws/lambda/Function\n" in found.log


def test_a_side_is_missing() -> None:
    pytest.importorskip("awslambdaric", reason="pip install '.[lambda]'")
    found = pyformation.invoke(f"{HERE / 'stack.py'}:Function", {"length": 6})
    assert found.error is not None and found.error["errorType"] == "KeyError"


def test_the_lines_of_the_function_are_deleted_some_day() -> None:
    template = AreaStack().template
    assert len(template.find(lambda_.Function)) == 1
    assert template["LogGroup"].retention_in_days == 14
