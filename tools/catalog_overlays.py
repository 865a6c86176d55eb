"""From the registry's schemas to finished entries: every other source and the reviewed tables on top."""

from __future__ import annotations

from typing import Any

import catalog_sources
from pyformation.catalog.schema import convert, prune


class BadRow(Exception):
    """A reviewed row that names something that does not exist, or weakens a fact."""


def entries() -> dict[str, dict[str, Any]]:
    """Every type's entry, in its final form."""
    found = {name: convert(schema) for name, schema in catalog_sources.schemas().items()}
    for entry in found.values():
        prune(entry)
    return found
