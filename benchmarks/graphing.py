"""Graphs of a template of 300 resources, as whole processes, against the two seconds that we allow ourselves."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from . import diffing, mixes
from .measure import Row, milliseconds, process_medians

MOST = 2.0
FORMATS = ("mermaid", "dot", "svg", "html")


def rows(resources: int, runs: int) -> list[Row]:
    """One row for each format, and one for a page with a diff drawn on it."""
    with tempfile.TemporaryDirectory(prefix="pyformation-") as name:
        folder = Path(name)
        file = folder / "template.json"
        file.write_text(json.dumps(mixes.ours(resources).to_dict(), indent=2), encoding="utf-8")
        before, after = diffing.write(folder, resources)
        command = ["-m", "pyformation", "graph"]
        work = {f"as {form}": [*command, str(file), "--format", form] for form in FORMATS}
        work["as html, with a diff"] = [*command, str(after), "--before", str(before), "--format", "html"]
        times = process_medians(work, runs)
    return [
        Row(
            f"graph of {resources} resources {title}, process",
            milliseconds(times[title]),
            f"{milliseconds(MOST)} (the most that is allowed)",
            times[title] / MOST,
            1.0,
        )
        for title in work
    ]
