"""What a refresh of the catalog changes for users: new and removed types, properties, behavior."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOTED = ("update", "required", "type", "update_not_supported")


def read(texts: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The entries of data files that may be half edited: what cannot be read counts as absent."""
    entries: dict[str, dict[str, Any]] = {}
    for name, text in texts.items():
        if not name.startswith("_"):
            try:
                entries.update(json.loads(text)["types"])
            except (ValueError, KeyError):
                continue
    return entries


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """One line a change, types first."""
    if not before:
        return
    for name in sorted({*before, *after}):
        if name not in before:
            yield f"+ {name}"
        elif name not in after:
            yield f"- {name}"
        elif before[name] != after[name]:
            yield from _type_changes(name, before[name], after[name])


def _type_changes(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in ("replacement", "stateful", "ref", "identifier", "name", "protection", "tags", "snapshot"):
        if old.get(key) != new.get(key):
            yield f"~ {name}: {key} {_shown(old.get(key))} -> {_shown(new.get(key))}"
    was, now = _places(old), _places(new)
    for place in sorted({*was, *now}):
        if place not in was:
            yield f"+ {name} {place}"
        elif place not in now:
            yield f"- {name} {place}"
        else:
            for key in _NOTED:
                if was[place].get(key) != now[place].get(key):
                    yield f"~ {name} {place}: {key} {_shown(was[place].get(key))} -> {_shown(now[place].get(key))}"


def _places(entry: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = {f"/Properties/{n}": f for n, f in entry["properties"].items()}
    for definition, properties in entry.get("definitions", {}).items():
        found.update({f"{definition}.{n}": f for n, f in properties.items()})
    found.update({f"{n} (attribute)": f for n, f in entry.get("attributes", {}).items()})
    found.update({f"{n} (path)": f for n, f in entry.get("paths", {}).items()})
    return found


def _shown(value: object) -> str:
    return "none" if value is None else str(value)
