"""Example events of the services that invoke functions: one file each in ``events/``, with AWS's page about it."""

from __future__ import annotations

import functools
import json
import os
from typing import Any

from ..errors import SourceError, did_you_mean

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "events")


def names() -> dict[str, str]:
    """The names of the event templates, and what happened in each."""
    return {row["name"]: row["about"] for row in _rows()}


def text(name: str) -> str:
    """An event as JSON, as it can be edited in a file."""
    for row in _rows():
        if row["name"] == name:
            return json.dumps(row["event"], indent=2) + "\n"
    raise SourceError(f"there is no event template {name!r}{did_you_mean(name, names())}")


@functools.cache
def _rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for file_name in sorted(os.listdir(_FOLDER)):
        if file_name.endswith(".json"):
            with open(os.path.join(_FOLDER, file_name), encoding="utf-8") as file:
                found.append(json.load(file))
    return sorted(found, key=lambda row: str(row["name"]))
