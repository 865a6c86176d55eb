"""Whole processes: the sample stack, a stack of six services, and the import alone."""

from __future__ import annotations

from .measure import Row, medians, milliseconds, process_medians, program, run


def rows(runs: int, cdk: str | None = None) -> list[Row]:
    """The rows on processes; each is a program of `programs/` whose output is discarded.

    `cdk` is a Python that has aws-cdk-lib; node must be on the path.
    """
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
    cdk_work = "sample stack, process, against aws-cdk-lib"
    if cdk is None:
        found.insert(2, Row(cdk_work, "", "not measured (--cdk)"))
    else:
        slow = medians({"cdk": lambda: run(program("sample_cdk"), cdk)}, 3)["cdk"]
        found.insert(2, Row(cdk_work, milliseconds(times["ours"]), milliseconds(slow), times["ours"] / slow))
    return found
