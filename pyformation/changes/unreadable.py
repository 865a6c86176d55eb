"""Unreadable texts in a deployed template: GetTemplate returns ``?`` for each character outside ASCII.

If BEFORE is such an answer, a text of AFTER that would look the same is most likely the deployed one, and is assumed
to be. Only if another text would replace the resource, this is reported as a possible change.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import attrs

from ..evaluation.secrets import opened
from ..evaluation.unknowns import parts
from ..plain import is_list, is_mapping, leaves
from ..pointers import pointer
from .records import Path

_OUTSIDE_OF_ASCII = re.compile(r"[^\x00-\x7f]")


@attrs.frozen
class Restored:
    """A deployed template with the texts of the following one.

    `places` are JSON Pointers to the texts that were unreadable, `characters` the characters in them outside ASCII.
    """

    data: dict[str, Any]
    places: tuple[str, ...] = ()
    characters: frozenset[str] = frozenset()

    def leaves(self, value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
        """The places in a value that may have been unreadable, each with its present value."""
        for place, leaf in leaves(value, path, self._has_key):
            if self._has_key(leaf) or any(
                isinstance(part, str) and not self.characters.isdisjoint(_decoded(part) or opened(part))
                for part in parts(leaf)
            ):
                yield place, leaf

    def _has_key(self, value: Any) -> bool:
        return is_mapping(value) and any(not self.characters.isdisjoint(key) for key in value)


def as_answered(text: str) -> str:
    """A text as GetTemplate returns it, or the result of Fn::Base64 for such a text."""
    inner = _decoded(text)
    if inner is not None and not inner.isascii():
        return base64.b64encode(as_answered(inner).encode()).decode()
    return _OUTSIDE_OF_ASCII.sub("?", text)


def _decoded(value: str) -> str | None:
    """The text of which a value is the result of Fn::Base64, None if it is not one."""
    try:
        return base64.b64decode(opened(value), validate=True).decode()
    except ValueError:
        return None


def restored(deployed: dict[str, Any], after: dict[str, Any]) -> Restored:
    """The deployed template with the texts of the other one wherever both look the same."""
    found: list[tuple[str, str]] = []
    data = _restored(deployed, after, (), found)
    characters = frozenset(c for _, text in found for c in text if not c.isascii())
    return Restored(data, tuple(place for place, _ in found), characters)


def _restored(old: Any, new: Any, path: tuple[str | int, ...], found: list[tuple[str, str]]) -> Any:
    # Walks two values at once, so it is not built on the passes over one.
    if isinstance(old, str):
        if isinstance(new, str) and old != new and as_answered(new) == old:
            found.append((pointer(path), new))
            return new
        return old
    if is_mapping(old) and is_mapping(new):
        names = dict(_keys(old, new))
        for key, name in names.items():
            if key != name:
                found.append((pointer((*path, name)), name))
        return {
            names[key]: _restored(item, new.get(names[key]), (*path, names[key]), found)
            for key, item in old.items()
        }
    if is_list(old) and is_list(new):
        rest = [None] * (len(old) - len(new))
        return [
            _restored(one, other, (*path, index), found)
            for index, (one, other) in enumerate(zip(old, [*new, *rest], strict=False))
        ]
    return old


def _keys(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The name of each key in the other template; an ambiguous key keeps its own."""
    for key in old:
        name = key
        if "?" in key and key not in new:
            alike = [other for other in new if other not in old and as_answered(other) == key]
            name = alike[0] if len(alike) == 1 else key
        yield key, name
