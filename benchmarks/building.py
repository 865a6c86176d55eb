"""Building resources with all checks on, by mix, and how the time grows with their number."""

from __future__ import annotations

from .measure import Row, medians, microseconds
from .mixes import MIXES, ours, theirs


def rows(resources: int, runs: int) -> list[Row]:
    """Against troposphere, all mixes together and each by itself."""
    found: list[Row] = []
    for name, mixes in [("mixed", MIXES), *((mix.name, (mix,)) for mix in MIXES)]:
        count = len(ours(resources, mixes).resources)
        times = medians(
            {
                "ours": lambda mixes=mixes: ours(resources, mixes),
                "troposphere": lambda mixes=mixes: theirs(resources, mixes),
            },
            runs,
        )
        found.append(
            Row(
                f"build {count} resources, against troposphere: {name}",
                microseconds(times["ours"], count),
                microseconds(times["troposphere"], count),
                times["ours"] / times["troposphere"],
                0.35,
            )
        )
    return found


def growth(small: int, large: int, runs: int) -> Row:
    """The cost of one of many resources, against one of few."""
    few, many = len(ours(small).resources), len(ours(large).resources)
    times = medians({"few": lambda: ours(small), "many": lambda: ours(large)}, runs)
    return Row(
        f"build {many} resources, against {few} of ours",
        microseconds(times["many"], many),
        microseconds(times["few"], few),
        times["many"] / many / (times["few"] / few),
        1.3,
    )
