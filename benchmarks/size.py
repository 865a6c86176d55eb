"""The size of what is installed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .measure import ROOT, Row

GOAL = 25.0


def wheel_bytes() -> int | None:
    """The size of an unpacked wheel, or None if none can be built."""
    if importlib.util.find_spec("hatchling") is None:
        return None
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", directory],
            cwd=ROOT,
            capture_output=True,
        )
        wheels = list(Path(directory).glob("*.whl"))
        if done.returncode or not wheels:
            return None
        with zipfile.ZipFile(wheels[0]) as wheel:
            return sum(entry.file_size for entry in wheel.infolist())


def source_bytes() -> int:
    """The files of the package, as in a wheel."""
    files = (ROOT / "pyformation").rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file() and "__pycache__" not in file.parts)


def rows() -> list[Row]:
    """Ours against the goal, and troposphere's for comparison."""
    built = wheel_bytes()
    size = (source_bytes() if built is None else built) / 1e6
    theirs = sum(
        file.size or 0
        for file in importlib.metadata.files("troposphere") or ()
        if "__pycache__" not in str(file)
    )
    work = f"installed size, at most {GOAL:.0f} MB" + (
        " (no wheel could be built: source)" if built is None else ""
    )
    return [Row(work, f"{size:.1f} MB", f"{theirs / 1e6:.1f} MB (troposphere)", size / GOAL, 1.0)]
