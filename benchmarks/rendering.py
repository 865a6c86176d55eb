"""Rendering a finished template to text; ours starts from the elements, the peers' dicts are finished."""

from __future__ import annotations

import json

import yaml

from .measure import Row, medians, microseconds
from .mixes import MIXES, Mix, ours, theirs


def rows(resources: int, runs: int) -> list[Row]:
    """YAML against PyYAML's C dumper and troposphere, JSON against the C encoder and decoder."""
    template = ours(resources)
    data = template.to_dict()
    count = len(data["Resources"])
    times = medians(
        {
            "yaml": template.to_yaml,
            "dump": lambda: yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False),
            "json": template.to_json,
            "dumps": lambda: json.loads(json.dumps(data)),
        },
        runs,
    )
    peer = theirs(min(resources, 400))
    few = len(peer.resources)
    slow = medians({"yaml": peer.to_yaml, "json": peer.to_json}, 3)

    def row(work: str, kind: str, peers: float, peers_count: int, goal: float | None = None) -> Row:
        ratio = times[kind] / count / (peers / peers_count)
        return Row(work, microseconds(times[kind], count), microseconds(peers, peers_count), ratio, goal)

    return [
        row(
            f"render {count} resources to YAML, against yaml.dump of a dict",
            "yaml",
            times["dump"],
            count,
            0.5,
        ),
        row(f"render {count} resources to YAML, against troposphere", "yaml", slow["yaml"], few),
        row(
            f"render {count} resources to indented JSON, against json.dumps + loads of a dict",
            "json",
            times["dumps"],
            count,
            2,
        ),
        row(f"render {count} resources to indented JSON, against troposphere", "json", slow["json"], few),
        *(_json_of(mix, resources, runs) for mix in MIXES),
    ]


def _json_of(mix: Mix, resources: int, runs: int) -> Row:
    """Indented JSON of one mix, against the C encoder and decoder."""
    template = ours(resources, (mix,))
    data = template.to_dict()
    count = len(data["Resources"])
    times = medians({"json": template.to_json, "dumps": lambda: json.loads(json.dumps(data))}, runs)
    return Row(
        f"render {count} {mix.name} to indented JSON, against json.dumps + loads of a dict",
        microseconds(times["json"], count),
        microseconds(times["dumps"], count),
        times["json"] / times["dumps"],
        2,
    )


def growth(small: int, large: int, runs: int) -> list[Row]:
    """The cost of one of many resources, against one of few."""
    few, many = ours(small), ours(large)
    counts = {"few": len(few.resources), "many": len(many.resources)}
    found: list[Row] = []
    for name, times in (
        ("YAML", medians({"few": few.to_yaml, "many": many.to_yaml}, runs)),
        ("indented JSON", medians({"few": few.to_json, "many": many.to_json}, runs)),
    ):
        each = {key: time / counts[key] for key, time in times.items()}
        found.append(
            Row(
                f"render {counts['many']} resources to {name}, against {counts['few']} of ours",
                microseconds(times["many"], counts["many"]),
                microseconds(times["few"], counts["few"]),
                each["many"] / each["few"],
                1.3,
            )
        )
    return found
