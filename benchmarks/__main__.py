"""``python -m benchmarks``: measure everything and print a table; ``--quick`` for a first look.

Each ratio is ours divided by the peer's, both measured in this run. The exit status is always 0, as a busy machine is
no failure.
"""

from __future__ import annotations

import argparse
import platform
from importlib.metadata import version

from . import (
    adopting,
    building,
    checking,
    deploying,
    diffing,
    graphing,
    invoking,
    packaging,
    processes,
    rendering,
    size,
    validating,
)
from .measure import Row


def table(rows: list[Row]) -> str:
    """The rows as text, in columns."""
    lines = [("", "ours", "peer", "ratio", "goal", "")]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        goal = "" if row.goal is None else f"<= {row.goal:.2f}"
        lines.append((row.work, row.ours, row.peer, ratio, goal, row.verdict))
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def measure(quick: bool, cdk: str | None = None, node_modules: str | None = None) -> list[Row]:
    """All rows, in the order of the goals."""
    runs = 3 if quick else 9
    return [
        *processes.rows(5 if quick else 25, cdk),
        *building.rows(500, runs),
        *rendering.rows(500, runs),
        building.growth(500, 5000, runs),
        *rendering.growth(500, 5000, runs),
        *diffing.rows(500, runs, node_modules),
        diffing.growth(500, 5000, runs),
        *graphing.rows(300, runs),
        *adopting.rows(300, 3 if quick else 9),
        *validating.rows(300, runs),
        *invoking.rows(runs),
        *checking.rows(3 if quick else 9),
        *packaging.rows(3 if quick else 9),
        *deploying.rows(3 if quick else 9, 20.0 if quick else 60.0),
        *size.rows(),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    parser.add_argument(
        "--cdk", metavar="PYTHON", help="a Python that has aws-cdk-lib and pyyaml (needs node)"
    )
    parser.add_argument(
        "--node-modules", metavar="FOLDER", help="where @aws-cdk/cloudformation-diff of npm is (needs node)"
    )
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, troposphere {version('troposphere')}, PyYAML {version('PyYAML')}; "
        "medians of runs in turn\n"
    )
    print(table(measure(options.quick, options.cdk, options.node_modules)))


if __name__ == "__main__":
    main()
