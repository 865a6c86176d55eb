"""`pyformation.LocalFunction`: a cold start against an import of awslambdaric, and a warm event against a bound.

A cold start lasts from the start of the process to its first request for an event, like Init Duration in the log.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pyformation import LocalFunction

from .measure import Row, environment, milliseconds

COLD_GOAL = 1.3
# The most that a warm event may take over the handler's own time.
WARM_SECONDS = 0.003

_PEER = [sys.executable, "-c", "import awslambdaric.bootstrap"]


def rows(runs: int) -> list[Row]:
    """A cold start and a warm event of a handler that does nothing, with and without the thread of newer runtimes."""
    with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        ours = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        template = _template(Path(folder), ours)
        cold, peer = _cold(template, runs)
        found = [
            Row(
                "invoke: cold start, against python -c 'import awslambdaric.bootstrap'",
                milliseconds(cold),
                milliseconds(peer),
                cold / peer,
                COLD_GOAL,
            )
        ]
        for words, runtime in ((ours, ours), ("python3.13's polling thread", "python3.13")):
            taken = _warm(_template(Path(folder), runtime), 20 * runs)
            found.append(
                Row(
                    f"invoke: warm event over the handler's own time, {words}",
                    milliseconds(taken),
                    f"{milliseconds(WARM_SECONDS)} allowed",
                    taken / WARM_SECONDS,
                    1.0,
                )
            )
    return found


def _template(folder: Path, runtime: str) -> str:
    code = {"ZipFile": "def handler(event, context):\n    return None\n"}
    properties = {"Runtime": runtime, "Handler": "index.handler", "Code": code}
    path = folder / "template.json"
    path.write_text(
        json.dumps({"Resources": {"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}}})
    )
    return str(path)


def _cold(template: str, runs: int) -> tuple[float, float]:
    """The medians of both, measured in turn after a warm-up."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(runs + 1):
        with LocalFunction(template) as function:
            ours.append((function.invoke().report.init_duration_ms or 0.0) / 1000)
        began = time.perf_counter()
        subprocess.run(_PEER, env=environment(), check=True)
        theirs.append(time.perf_counter() - began)
    return statistics.median(ours[1:]), statistics.median(theirs[1:])


def _warm(template: str, runs: int) -> float:
    times: list[float] = []
    with LocalFunction(template) as function:
        function.invoke()
        for _ in range(runs):
            began = time.perf_counter()
            function.invoke()
            times.append(time.perf_counter() - began)
    return statistics.median(times)
