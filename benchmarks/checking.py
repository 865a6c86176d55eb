"""Type checkers: a user's stack of six services, against an empty file, with warm caches."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .measure import PROGRAMS, ROOT, Row, environment, medians, milliseconds

# The library without types: no types can make the same stack cheaper to check.
UNTYPED = """from typing import Any

class Stack:
    def main(self) -> None: ...

def __getattr__(name: str) -> Any: ...
"""
# troposphere has no py.typed, so mypy ignores its types.
READS_TROPOSPHERE = ("pyright",)
GOALS = {"mypy": 2.0, "pyright": 1.5}


def rows(runs: int) -> list[Row]:
    """A row for each checker; the stack and the empty file are each checked in a folder of their own, as a user
    would."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        package = Path(folder, "untyped", "pyformation")
        (package / "aws").mkdir(parents=True)
        (package / "__init__.pyi").write_text(UNTYPED)
        (package / "aws" / "__init__.pyi").write_text(UNTYPED)
        files = {
            "stack": Path(folder, "stack.py"),
            "empty": Path(folder, "empty.py"),
            "untyped": Path(folder, "untyped", "stack.py"),
            "troposphere": Path(folder, "troposphere_stack.py"),
        }
        files["empty"].write_text("")
        for name in ("stack", "untyped"):
            shutil.copy(PROGRAMS / "services_ours.py", files[name])
        shutil.copy(PROGRAMS / "services_troposphere.py", files["troposphere"])
        for checker, goal in GOALS.items():
            work = f"{checker}: stack of six services, against an empty file"
            if importlib.util.find_spec(checker) is None:
                found.append(Row(work, "", f"not measured ({checker} is not installed)"))
                continue
            read = [name for name in files if name != "troposphere" or checker in READS_TROPOSPHERE]
            times = medians({name: _check(checker, files[name]) for name in read}, runs)
            peer = f"{milliseconds(times['empty'])} ({milliseconds(times['untyped'])} the stack, untyped)"
            ratio = times["stack"] / times["empty"]
            found.append(Row(work, milliseconds(times["stack"]), peer, ratio, goal))
            if "troposphere" in times:
                peer, ratio = milliseconds(times["troposphere"]), times["stack"] / times["troposphere"]
                work = f"{checker}: stack of six services, against troposphere"
                found.append(Row(work, milliseconds(times["stack"]), peer, ratio))
    return found


def _check(checker: str, file: Path) -> Callable[[], object]:
    # The folder of the file comes first: it may contain the library without types.
    variables = {**environment(), "MYPYPATH": f"{file.parent}{os.pathsep}{ROOT}"}
    options = ["--strict", "--config-file="] if checker == "mypy" else []
    command = [sys.executable, "-m", checker, *options, file.name]

    def run() -> None:
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, check=False, cwd=file.parent
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run()  # Fills the cache.
    return run
