"""Templates that ask for more work than there is: every command answers in time, or says what is too much.

How the work grows is counted in the steps of the budget, not in seconds.
"""

from __future__ import annotations

from typing import Any

import pytest

from pyformation import budget
from pyformation.evaluation import evaluate_data


def test_an_allowed_pattern_that_takes_too_long_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.0)
    pattern: dict[str, Any] = {
        "Type": "String",
        "AllowedPattern": r"(?=(a+)+$)((a|aa)+)\2",
        "Default": "a" * 60 + "!",
    }
    found = evaluate_data({"Parameters": {"P": pattern}, "Resources": {}})
    assert found.parameters == {"P": pattern["Default"]}
    assert found.partial == ["whether the value of P matches its AllowedPattern cannot be found out in time"]
