"""A Lambda function run locally, once and warm."""

import pyformation
from pyformation import Invocation, LocalFunction


def once() -> float:
    found = pyformation.invoke("stack.py:Function", {"length": 6}, parameters={"Stage": "prod"})
    assert found.error is None and found.report.status == "success"
    cold: float = found.report.init_duration_ms or 0.0
    return cold + found.report.duration_ms + len(found.payload) + len(found.log)


def warm(stack: pyformation.Stack, events: list[dict[str, int]]) -> list[Invocation]:
    with LocalFunction(stack, "function", environment={"LEVEL": "debug"}, write=print) as function:
        return [function.invoke(event, client_context={"custom": {}}) for event in events]
