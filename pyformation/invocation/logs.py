"""The log of a function: its own output, and the lines that Lambda writes around it, as text or as JSON."""

from __future__ import annotations

import codecs
import json
import time
from collections.abc import Callable
from typing import Any

from .records import Report

# awslambdaric writes an error as one record: it separates lines with \r and indents them with no-break spaces.
_SEPARATOR, _INDENT = "\r", "\u00a0"
_TRACEBACK = "Traceback (most recent call last):"
_LEVELS = ("DEBUG", "INFO", "WARN")


class Log:
    """What Lambda writes to the log group; `write` gets each piece of it at once, as text of whole lines."""

    def __init__(self, write: Callable[[str], object], *, as_json: bool = False, level: str = "INFO") -> None:
        self._write = write
        self._json = as_json
        self._level = _LEVELS.index(level) if level in _LEVELS else 1
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._unfinished = ""
        self._pieces: list[str] = []

    def taken(self) -> str:
        """Everything that was written since this was last asked."""
        text = "".join(self._pieces)
        self._pieces.clear()
        return text

    # -- the function's own output

    def output(self, data: bytes) -> None:
        """Add output of the function; a line is written when it is complete."""
        lines = (self._unfinished + self._decode(data)).split("\n")
        self._unfinished = lines.pop()
        if lines:
            self._add("".join(_readable(line) + "\n" for line in lines))

    def end_line(self) -> None:
        """Write what the function left as an unfinished line."""
        if self._unfinished:
            line, self._unfinished = self._unfinished, ""
            self._add(_readable(line) + "\n")

    # -- the lines of the platform

    def init_start(self, runtime: str) -> None:
        self._event(
            "INFO",
            f"INIT_START Runtime Version: {runtime}",
            "initStart",
            {
                "initializationType": "on-demand",
                "phase": "init",
                "runtimeVersion": runtime,
                "functionVersion": "$LATEST",
            },
        )

    def init_report(self, milliseconds: float, status: str, error_type: str | None) -> None:
        """The line about an INIT phase that failed."""
        kind = f"\tError Type: {error_type}" if error_type else ""
        record: dict[str, Any] = {
            "initializationType": "on-demand",
            "phase": "init",
            "status": status,
            "metrics": {"durationMs": round(milliseconds, 3)},
        }
        if error_type:
            record["errorType"] = error_type
        self._event(
            "WARN",
            f"INIT_REPORT Init Duration: {milliseconds:.2f} ms\tPhase: init\tStatus: {status}{kind}",
            "initReport",
            record,
        )

    def start(self, request_id: str) -> None:
        self._event(
            "INFO",
            f"START RequestId: {request_id} Version: $LATEST",
            "start",
            {"requestId": request_id, "version": "$LATEST"},
        )

    def problem(self, sentence: str) -> None:
        """A line about a function that Lambda had to stop, or that stopped by itself."""
        if not self._json:
            self._add(sentence + "\n")

    def end(self, report: Report) -> None:
        """The lines at the end of an invocation."""
        if not self._json:
            self._add(f"END RequestId: {report.request_id}\n{_report_line(report)}\n")
            return
        metrics: dict[str, Any] = {
            "durationMs": round(report.duration_ms, 3),
            "billedDurationMs": report.billed_duration_ms,
            "memorySizeMB": report.memory_size_mb,
            "maxMemoryUsedMB": report.max_memory_used_mb,
        }
        if report.init_duration_ms is not None:
            metrics["initDurationMs"] = round(report.init_duration_ms, 3)
        record: dict[str, Any] = {
            "requestId": report.request_id,
            "metrics": metrics,
            "status": report.status,
        }
        if report.error_type is not None:
            record["errorType"] = report.error_type
        self._event("INFO" if report.status == "success" else "WARN", "", "report", record)

    def _event(self, level: str, text: str, kind: str, record: dict[str, Any]) -> None:
        if not self._json:
            self._add(text + "\n")
        elif _LEVELS.index(level) >= self._level:
            event = {"time": timestamp(), "type": f"platform.{kind}", "record": record}
            self._add(json.dumps(event) + "\n")

    def _add(self, text: str) -> None:
        self._pieces.append(text)
        self._write(text)


def timestamp() -> str:
    """The time in UTC with milliseconds, as Lambda writes it."""
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"


def _report_line(report: Report) -> str:
    parts = [
        f"REPORT RequestId: {report.request_id}",
        f"Duration: {report.duration_ms:.2f} ms",
        f"Billed Duration: {report.billed_duration_ms} ms",
        f"Memory Size: {report.memory_size_mb} MB",
        f"Max Memory Used: {report.max_memory_used_mb} MB",
    ]
    if report.init_duration_ms is not None:
        parts.append(f"Init Duration: {report.init_duration_ms:.2f} ms")
    if report.status in ("error", "timeout"):
        parts.append(f"Status: {report.status}")
        if report.error_type is not None and report.status == "error":
            parts.append(f"Error Type: {report.error_type}")
    return "\t".join(parts)


def _readable(line: str) -> str:
    """A line of output; an error record of awslambdaric is written out in several."""
    if _SEPARATOR + _TRACEBACK not in line or not line.startswith("[ERROR]"):
        return line
    found: list[str] = []
    for part in line.split(_SEPARATOR):
        text = part.lstrip(_INDENT)
        found.append(" " * (len(part) - len(text)) + text)
    return "\n".join(found)
