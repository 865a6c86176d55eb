"""Converting a template of 300 resources to Python, as a whole process, including the run that verifies the result.

There is no peer to compare with: the goal is a second.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from . import mixes
from .measure import ROOT, Row, environment, medians, milliseconds

LIMIT = 1.0


def rows(resources: int, runs: int) -> list[Row]:
    """YAML and JSON, against a second."""
    template = mixes.ours(resources)
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="pyformation-") as name:
        for form, text in (("yaml", template.to_yaml()), ("json", template.to_json())):
            file = Path(name) / f"template.{form}"
            file.write_text(text, encoding="utf-8")
            command = [sys.executable, "-m", "pyformation", "convert", str(file)]

            def convert(command: list[str] = command) -> object:
                return subprocess.run(
                    command, env=environment(), stdout=subprocess.DEVNULL, check=True, cwd=ROOT
                )

            seconds = medians({"convert": convert}, runs)["convert"]
            title = f"convert {resources} resources of {form.upper()}, process, against a second"
            found.append(Row(title, milliseconds(seconds), milliseconds(LIMIT), seconds / LIMIT, 1.0))
    return found
