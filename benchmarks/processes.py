"""Whole processes: the sample stack, a stack of six services, and the import alone."""

from __future__ import annotations

import importlib.util
import shutil

from .measure import Row, milliseconds, process_medians, program


def rows(runs: int) -> list[Row]:
    """The rows about processes; each is a program of `programs/` whose output goes nowhere."""
    times = process_medians(
        {
            "python": ["-c", "pass"],
            "import": ["-c", "import pyformation"],
            "ours": program("sample_ours"),
            "literal": program("sample_literal"),
            "troposphere": program("sample_troposphere"),
            "six ours": program("services_ours"),
            "six troposphere": program("services_troposphere"),
        },
        runs,
    )

    def row(work: str, ours: str, peer: str, goal: float) -> Row:
        return Row(
            work, milliseconds(times[ours]), milliseconds(times[peer]), times[ours] / times[peer], goal
        )

    found = [
        row("sample stack, process, against a literal dict through PyYAML", "ours", "literal", 1.5),
        row("sample stack, process, against troposphere", "ours", "troposphere", 0.7),
        row("stack of six services, process, against troposphere", "six ours", "six troposphere", 0.5),
        Row(
            "`import pyformation` over bare Python",
            milliseconds(times["import"] - times["python"]),
            f"{milliseconds(times['python'])} (python -c pass)",
        ),
    ]
    if importlib.util.find_spec("aws_cdk") is not None and shutil.which("node"):
        cdk = process_medians({"ours": program("sample_ours"), "cdk": program("sample_cdk")}, 3)
        found.insert(
            2,
            Row(
                "sample stack, process, against aws-cdk-lib",
                milliseconds(cdk["ours"]),
                milliseconds(cdk["cdk"]),
                cdk["ours"] / cdk["cdk"],
            ),
        )
    else:
        found.insert(2, Row("sample stack, process, against aws-cdk-lib", "", "not installed: not measured"))
    return found
