"""Replacement conditions that can be decided from both sides of a resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .records import Path

Decide = Callable[[dict[str, Any], dict[str, Any], Path], "bool | None"]
TABLE: dict[str, Decide] = {}


def decide(rule: str, before: dict[str, Any], after: dict[str, Any], path: Path) -> bool | None:
    """Whether a rule replaces: None where it cannot be told."""
    found = TABLE.get(rule)
    return None if found is None else found(before, after, path)
