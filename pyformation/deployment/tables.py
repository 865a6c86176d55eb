"""The reviewed tables of this room, which stand beside it as JSON."""

from __future__ import annotations

import functools
import json
import os
from typing import Any


@functools.cache
def table(name: str) -> dict[str, Any]:
    """A table by its name, such as ``statuses``; read once."""
    with open(
        os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.json"), encoding="utf-8"
    ) as file:
        found: dict[str, Any] = json.load(file)
    return found
