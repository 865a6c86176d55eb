"""Tests of the area function: its code as a function, and the function as Lambda runs it."""

import json
from pathlib import Path
from types import SimpleNamespace

import index
import pytest

import pyformation

HERE = Path(__file__).parent


def test_the_handler_multiplies(capsys: pytest.CaptureFixture[str]) -> None:
    context = SimpleNamespace(log_group_name="/aws/lambda/area")
    assert index.lambda_handler({"length": 6, "width": 7}, context) == '{"area": 42}'
    assert capsys.readouterr().out == "The area is 42\n"


def test_the_function_runs() -> None:
    pytest.importorskip("awslambdaric", reason="pip install 'pyformation[lambda]'")
    event = json.loads((HERE / "event.json").read_text())
    found = pyformation.invoke(f"{HERE / 'stack.py'}:Function", event, parameters={"Stage": "prod"})
    assert found.response == '{"area": 42}'
    assert found.report.memory_size_mb == 512
    assert "The area is 42\n" in found.log
