"""The diff of 500 resources of which 150 change, against @aws-cdk/cloudformation-diff, warm and as a process.

Ours evaluates both sides, finds causes and says what a reviewer must know; the peer compares texts and looks
up what replaces.
"""

from __future__ import annotations

import copy
import json
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pyformation

from . import mixes
from .measure import PROGRAMS, Row, medians, milliseconds, process_medians

_WARM, _PROCESS, _GROWTH = 0.25, 0.35, 1.3


def pair(resources: int, changed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A template of all mixes, and the same with one value of every so many resources changed."""
    before: dict[str, Any] = json.loads(mixes.ours(resources).to_json())
    after = copy.deepcopy(before)
    names = list(after["Resources"])
    for number, name in enumerate(names[:: max(len(names) // changed, 1)][:changed]):
        properties: dict[str, Any] = after["Resources"][name].setdefault("Properties", {})
        # A name where there is one, which replaces; else the first text; else tags.
        keys = [key for key, value in properties.items() if isinstance(value, str)]
        key = next((key for key in keys if key.endswith("Name")), keys[0] if keys else None)
        if key is not None:
            properties[key] = f"{properties[key]}-{number}"
        else:
            properties["Tags"] = [{"Key": "changed", "Value": str(number)}]
    return before, after


def rows(runs: int, modules: str | None = None) -> list[Row]:
    """Ours against the peer; `modules` is the folder of node's modules where that was installed."""
    before, after = pair(500, 150)
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        files = [str(Path(folder, name)) for name in ("before.json", "after.json")]
        for file, data in zip(files, (before, after), strict=True):
            Path(file).write_text(json.dumps(data), encoding="utf-8")
        warm = medians({"ours": lambda: pyformation.diff(before, after)}, runs)["ours"]
        command = ["-m", "pyformation", "diff", *files, "--format", "json"]
        process = process_medians({"ours": command}, runs)["ours"]
        works = ("diff of 500 resources, 150 changed, warm", "the same as a process")
        if modules is None:
            missing = "not measured (--cdk-diff)"
            return [Row(works[0], milliseconds(warm), missing), Row(works[1], milliseconds(process), missing)]
        program = ["node", str(PROGRAMS / "diff_cdk.js"), str(Path(modules).resolve()), *files]

        def peer(*arguments: str) -> str:
            return subprocess.run([*program, *arguments], capture_output=True, text=True, check=True).stdout

        their_warm = statistics.median(json.loads(peer(str(runs)))) / 1e3
        their_process = medians({"peer": peer}, runs)["peer"]
        found += [
            Row(
                works[0],
                milliseconds(warm),
                f"{milliseconds(their_warm)} (fullDiff)",
                warm / their_warm,
                _WARM,
            ),
            Row(
                works[1],
                milliseconds(process),
                f"{milliseconds(their_process)} (node)",
                process / their_process,
                _PROCESS,
            ),
        ]
    return found


def growth(small: int, large: int, runs: int) -> Row:
    """The cost of a resource in a large diff against that in a small one."""
    pairs = {size: pair(size, size * 3 // 10) for size in (small, large)}
    times = medians({str(size): lambda p=p: pyformation.diff(*p) for size, p in pairs.items()}, runs)
    each = {size: times[str(size)] / size * 1e6 for size in pairs}
    return Row(
        f"diff: a resource among {large:,} against one among {small:,}",
        f"{each[large]:.1f} µs",
        f"{each[small]:.1f} µs",
        each[large] / each[small],
        _GROWTH,
    )
