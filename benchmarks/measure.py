"""Clocks: functions and whole processes in turn, and the median of each."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "benchmarks" / "programs"


@dataclass(frozen=True)
class Row:
    """A row of the table: the task, our figure, the peer's, and the goal.

    `goal` bounds ours divided by the peer's; a row without one is for information.
    """

    work: str
    ours: str
    peer: str
    ratio: float | None = None
    goal: float | None = None

    @property
    def verdict(self) -> str:
        if self.goal is None or self.ratio is None:
            return ""
        return "ok" if self.ratio <= self.goal else "OVER"


def milliseconds(seconds: float) -> str:
    """``12.3 ms``."""
    return f"{seconds * 1e3:.1f} ms"


def microseconds(seconds: float, resources: int) -> str:
    """The time for one of several resources: ``12.3 µs each``."""
    return f"{seconds / resources * 1e6:.1f} µs each"


def medians(work: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """The median time of each function; all run in turn, after a warm-up."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for run in range(runs + 1):
        for name, function in work.items():
            gc.collect()
            start = time.perf_counter()
            function()
            if run:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in times.items()}


def environment() -> dict[str, str]:
    """The environment of this process, with this pyformation on the path and bytecode written."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    variables["PYTHONPATH"] = str(ROOT)
    return variables


def run(arguments: Sequence[str], python: str = sys.executable) -> str:
    """Run Python and return its standard output."""
    done = subprocess.run(
        [python, *arguments], env=environment(), capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout


def program(name: str) -> list[str]:
    """The arguments that run one of the programs beside this file."""
    return [str(PROGRAMS / f"{name}.py")]


def process_medians(work: Mapping[str, Sequence[str]], runs: int) -> dict[str, float]:
    """The median time of whole processes, run in turn after two runs that compile what is imported."""
    variables = environment()

    def start(arguments: Sequence[str]) -> Callable[[], object]:
        command = [sys.executable, *arguments]
        return lambda: subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)

    functions = {name: start(arguments) for name, arguments in work.items()}
    for function in functions.values():
        function()
    return medians(functions, runs)
