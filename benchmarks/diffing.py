"""The diff of two JSON files of 500 resources, 150 of them edited, against `@aws-cdk/cloudformation-diff` of npm.

Ours evaluates both sides, follows references and finds causes. The peer compares the text, and repeats that as long
as it finds replacements, so its time depends on the edits: both kinds are measured. It is not a dependency: give
`--node-modules FOLDER`, where ``npm install @aws-cdk/cloudformation-diff`` was run.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyformation.changes import compare

from . import mixes
from .measure import PROGRAMS, ROOT, Row, environment, medians, microseconds, milliseconds

WARM, PROCESS, GROWTH = 0.25, 0.35, 1.3
# The goal for a warm process applies to a pair for which the peer takes 450 ms, that is, one with replacements.
# Without them, the peer only compares text: that row is for information.

# The edits of an author, by type. The first edit is made in place, the second replaces the resource, so that
# resources that refer to it change as well.
_EDITS: dict[str, tuple[tuple[str, Any], tuple[str, Any]]] = {
    "AWS::S3::Bucket": (("AccessControl", "Private"), ("BucketName", "other-{}")),
    "AWS::Lambda::Function": (("Timeout", 60), ("FunctionName", "other-{}")),
    "AWS::Logs::LogGroup": (("RetentionInDays", 30), ("RetentionInDays", 60)),
    "AWS::SQS::Queue": (("VisibilityTimeout", 90), ("QueueName", "other-{}")),
    "AWS::SNS::Topic": (("DisplayName", "Other {}"), ("TopicName", "other-{}")),
    "AWS::CloudWatch::Alarm": (("Threshold", 2), ("AlarmName", "other-{}")),
    "AWS::DynamoDB::Table": (("BillingMode", "PROVISIONED"), ("TableName", "other-{}")),
    "AWS::IAM::Role": (("Description", "other {}"), ("RoleName", "other-{}")),
}


def pair(resources: int, *, replacing: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """A template of all mixes, and the same one with three of ten resources edited."""
    before = mixes.ours(resources).to_dict()
    after = copy.deepcopy(before)
    changed = 0
    for number, resource in enumerate(after["Resources"].values()):
        edits = _EDITS.get(resource["Type"])
        if edits is not None and changed <= number * 0.3:
            name, value = edits[replacing]
            resource["Properties"][name] = value.format(number) if isinstance(value, str) else value
            changed += 1
    return before, after


def write(folder: Path, resources: int, *, replacing: bool = True) -> tuple[Path, Path]:
    """The pair as JSON files."""
    kind = "replacing" if replacing else "in-place"
    files = folder / f"before-{resources}-{kind}.json", folder / f"after-{resources}-{kind}.json"
    for file, template in zip(files, pair(resources, replacing=replacing), strict=True):
        file.write_text(json.dumps(template, indent=2), encoding="utf-8")
    return files


def _ours(files: tuple[Path, Path]) -> object:
    return compare(*files)


def rows(resources: int, runs: int, node_modules: str | None = None) -> list[Row]:
    """Edits that update in place and edits that replace: in a warm process, and as a whole process."""
    with tempfile.TemporaryDirectory(prefix="pyformation-") as name:
        found: list[Row] = []
        for replacing in (False, True):
            files = write(Path(name), resources, replacing=replacing)
            what = "replaced" if replacing else "updated in place"
            work = f"diff {resources} resources, three of ten {what}"
            found += _rows(work, files, runs, node_modules, WARM if replacing else None)
        return found


def _rows(
    work: str, files: tuple[Path, Path], runs: int, node_modules: str | None, warm: float | None
) -> list[Row]:
    arguments = [str(file) for file in files]
    command = [sys.executable, "-m", "pyformation", "diff", *arguments, "--format", "json"]
    peer = ["node", str(PROGRAMS / "diff_peer.cjs"), *arguments]
    variables = {**environment(), "NODE_PATH": node_modules or ""}

    def start(what: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run(what, env=variables, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)

    functions: dict[str, Callable[[], object]] = {"process": start(command)}
    if node_modules is not None:
        functions["peer"] = start(peer)
    functions["process"]()  # Compiles what is imported.
    times = medians(functions, runs)
    times["warm"] = _warm(arguments, runs)
    rows = {f"{work}, warm": ("warm", warm), f"{work}, process": ("process", PROCESS)}
    if node_modules is None:
        said = "not measured (--node-modules)"
        return [Row(title, milliseconds(times[ours]), said) for title, (ours, _) in rows.items()]
    done = subprocess.run([*peer, str(runs)], env=variables, capture_output=True, text=True, check=True)
    theirs = {"warm": float(done.stdout), "process": times["peer"]}
    return [
        Row(title, milliseconds(times[ours]), milliseconds(theirs[ours]), times[ours] / theirs[ours], goal)
        for title, (ours, goal) in rows.items()
    ]


def _warm(files: list[str], runs: int) -> float:
    """Ours in a warm process of its own, as the peer has one: not among all that other rows have left in this one."""
    program = (
        "import statistics, sys, time\n"
        "from pyformation.changes import compare\n"
        "compare(*sys.argv[1:3])\n"
        "found = []\n"
        "for _ in range(int(sys.argv[3])):\n"
        "    start = time.perf_counter()\n"
        "    compare(*sys.argv[1:3])\n"
        "    found.append(time.perf_counter() - start)\n"
        "print(statistics.median(found))\n"
    )
    command = [sys.executable, "-c", program, *files, str(runs)]
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def growth(small: int, big: int, runs: int) -> Row:
    """The time for one resource of a big template, against one of a small template."""
    with tempfile.TemporaryDirectory(prefix="pyformation-") as name:
        folder = Path(name)
        files = {size: write(folder, size) for size in (small, big)}
        times = medians(
            {"small": lambda: _ours(files[small]), "big": lambda: _ours(files[big])}, max(2, runs // 3)
        )
    ours, peer = times["big"] / big, times["small"] / small
    return Row(
        f"diff {big} resources, against {small}",
        microseconds(times["big"], big),
        microseconds(times["small"], small),
        ours / peer,
        GROWTH,
    )
