"""The comments of a YAML document, each with the path of what it is about.

PyYAML drops comments, so the text is read once more: what is in no scalar and begins with ``#`` is one.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from .reading import Document, YamlPlaces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Comment:
    """A comment: its `text` without the ``#``, the `path` of what it describes (None at the end of all),
    and whether it stands `beside` that, on the same line, or above it."""

    __slots__ = ("beside", "path", "text")

    def __init__(self, text: str, path: tuple[Any, ...] | None, beside: bool) -> None:
        self.text = text
        self.path = path
        self.beside = beside

    def __repr__(self) -> str:
        return f"Comment({self.text!r}, {self.path!r}, beside={self.beside})"


_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#([^\r\n\x85\u2028\u2029]*)", re.MULTILINE)


def comments(document: Document) -> list[Comment]:
    """The comments of a YAML document in their order; JSON has none."""
    text = document.text
    if document.format != "yaml" or "#" not in text:
        return []
    regions = _scalars(text)
    starts = [start for start, _ in regions]
    found: list[re.Match[str]] = []
    for match in _COMMENT.finditer(text):
        region = bisect_right(starts, match.start()) - 1
        if region < 0 or match.start() >= regions[region][1]:
            found.append(match)
    if not found:
        return []
    # The outermost value that starts at a place comes first.
    values = sorted(YamlPlaces(text).all(), key=lambda value: (value[0], len(value[1])))
    offsets = [offset for offset, _ in values]
    result: list[Comment] = []
    for match in found:
        line = max(text.rfind("\n", 0, match.start()), text.rfind("\r", 0, match.start())) + 1
        first = bisect_left(offsets, line)
        beside = first < len(values) and offsets[first] < match.start()
        if not beside and text[line : match.start()].strip():
            # Beside the end of what began on another line.
            first = max(0, first - 1)
            beside = True
        while beside and first + 1 < len(values) and offsets[first + 1] == offsets[first]:
            # ``- Key: value  # comment`` is about the value, not about the whole item.
            if values[first + 1][1][-1] == "Ref" or str(values[first + 1][1][-1]).startswith("Fn::"):
                break
            first += 1
        path = values[first][1] if first < len(values) else None
        result.append(Comment(match[1].strip(), path, beside and path is not None))
    return result


def _scalars(text: str) -> list[tuple[int, int]]:
    """Where the scalars stand, in which a ``#`` starts no comment."""
    import yaml

    regions: list[tuple[int, int]] = []
    loader: Any = getattr(yaml, "CLoader", yaml.Loader)
    event: Any
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.ScalarEvent):
            marks: tuple[Any, Any] = event.start_mark, event.end_mark
            start: int = marks[0].index
            end: int = marks[1].index
            if event.style in ("|", ">"):
                # Behind the sign of a block a comment may stand.
                start = text.find("\n", start, end) + 1 or end
            regions.append((start, end))
    return regions
