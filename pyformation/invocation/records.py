"""What an invocation returns."""

from __future__ import annotations

import json
from typing import Any, Literal

import attrs

Status = Literal["success", "failure", "error", "timeout"]


@attrs.frozen
class Report:
    """What Lambda's REPORT line says about one invocation.

    `status` is ``success``, ``failure`` (the handler raised an error), ``error`` (the process ended or was killed) or
    ``timeout``. `init_duration_ms` is None if the process was already warm.
    """

    request_id: str
    duration_ms: float
    billed_duration_ms: int
    memory_size_mb: int
    max_memory_used_mb: int
    init_duration_ms: float | None
    status: Status
    error_type: str | None = None


@attrs.frozen
class Invocation:
    """The result of one event: the response of the function, its error if it failed, its log and its report.

    `payload` is what Lambda returns to the caller, to the byte; after a failure it is the error as JSON.
    """

    payload: bytes = attrs.field(repr=False)
    error: dict[str, Any] | None
    log: str = attrs.field(repr=False)
    report: Report

    @property
    def response(self) -> Any:
        """The value of the payload, or its text if it is not JSON; None after a failure."""
        return None if self.error is not None else value_of(self.payload)

    @property
    def request_id(self) -> str:
        """The ID of the request, which every line of the log names."""
        return self.report.request_id


def value_of(payload: bytes) -> Any:
    """The value of a payload, or its text if it is not JSON."""
    text = payload.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
