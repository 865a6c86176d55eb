"""Keywords that are collected before."""

from typing import Any, TypedDict

from pyformation.aws import sqs


class Settings(TypedDict, total=False):
    delay_seconds: int
    queue_name: str


ANY: dict[str, Any] = {"delay_seconds": 5, "queue_name": "orders"}
TYPED: Settings = {"delay_seconds": 5}
first = sqs.Queue(**ANY)
second = sqs.Queue(**TYPED, visibility_timeout=30)
assert second.delay_seconds == 5
