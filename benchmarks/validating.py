"""`pyformation validate` as a whole process, against a program of five lines that calls cloudformation-validate.

Both create an engine, which takes most of the time; ours also reads and checks the template, and finds the lines.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from . import mixes
from .measure import Row, medians, milliseconds, program, run

GOAL = 1.3


def rows(resources: int, runs: int) -> list[Row]:
    """A template of some resources, as YAML and as JSON."""
    template = mixes.ours(resources)
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        for form, text in (("yaml", template.to_yaml()), ("json", template.to_json())):
            file = Path(folder) / f"template.{form}"
            file.write_text(text, encoding="utf-8")
            times = medians(_work(str(file)), runs)
            found.append(
                Row(
                    f"validate {resources} resources ({form.upper()}), process, against five lines",
                    milliseconds(times["ours"]),
                    milliseconds(times["peer"]),
                    times["ours"] / times["peer"],
                    GOAL,
                )
            )
    return found


def _work(file: str) -> dict[str, Callable[[], object]]:
    # Errors have an exit status of their own; here only the time counts.
    ours = (
        "import sys; from pyformation.cli import pyformation; "
        f"pyformation.main(['validate', {file!r}], standalone_mode=False)"
    )
    return {"ours": lambda: run(["-c", ours]), "peer": lambda: run([*program("validate_peer"), file])}
