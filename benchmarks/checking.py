"""Type checkers: a user's stack of six services, against an empty file, with warm caches."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .measure import PROGRAMS, ROOT, Row, environment, medians, milliseconds

# Python that names what any library with types needs; pyright reads typing's stubs for it, as it does for ours.
TYPED = """from collections.abc import Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Box(Generic[T]):
    content: Mapping[str, Any]


box: Box[int] = Box()
"""
GOALS = {"mypy": 2.0, "pyright": 1.5}


def rows(runs: int) -> list[Row]:
    """A row a checker; the stack is checked as a user would, in a folder of its own, and so is the empty file."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        files = {"stack": Path(folder, "stack.py"), "empty": Path(folder, "empty.py")}
        shutil.copy(PROGRAMS / "services_ours.py", files["stack"])
        files["empty"].write_text("")
        files["typed"] = Path(folder, "typed.py")
        files["typed"].write_text(TYPED)
        for checker, goal in GOALS.items():
            work = f"{checker}: stack of six services, against an empty file"
            if importlib.util.find_spec(checker) is None:
                found.append(Row(work, "", f"not measured ({checker} is not installed)"))
                continue
            times = medians({name: _check(checker, file, folder) for name, file in files.items()}, runs)
            peer = f"{milliseconds(times['empty'])} ({milliseconds(times['typed'])} with a generic class)"
            ratio = times["stack"] / times["empty"]
            found.append(Row(work, milliseconds(times["stack"]), peer, ratio, goal))
    return found


def _check(checker: str, file: Path, folder: str) -> Callable[[], object]:
    variables = {**environment(), "MYPYPATH": str(ROOT)}
    options = ["--strict", "--config-file="] if checker == "mypy" else []
    command = [sys.executable, "-m", checker, *options, str(file)]

    def run() -> None:
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr

    run()  # Fills the cache.
    return run
