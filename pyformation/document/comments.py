"""The comments of a YAML document, each with the path of the value that it describes.

PyYAML drops comments, so the text is read once more: what is in no scalar and begins with ``#`` is one.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from .reading import Document, YamlPlaces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
else:
    Any = object


class Comment:
    """A comment: its `text` without the ``#``, the `path` of what it describes (None at the end of all), and
    its `place`: ``"above"`` that, ``"beside"`` it on the same line, or ``"below"``, at the end of a block."""

    __slots__ = ("path", "place", "text")

    def __init__(self, text: str, path: tuple[Any, ...] | None, place: str) -> None:
        self.text = text
        self.path = path
        self.place = place

    def __repr__(self) -> str:
        return f"Comment({self.text!r}, {self.path!r}, {self.place!r})"


_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#([^\r\n\x85\u2028\u2029]*)", re.MULTILINE)
# What may stand before a scalar: its tag and its anchor, ends of lines, and comments between them.
_PROPERTIES: Any = re.compile(r"(?:[!&]\S*|[ \t]+(?:#[^\r\n]*)?|[\r\n]+)*")


def comments(document: Document) -> list[Comment]:
    """The comments of a YAML document in their order; JSON has none."""
    text = document.text
    if document.format != "yaml" or "#" not in text:
        return []
    found = _found(text)
    if not found:
        return []
    places = YamlPlaces(text)
    # The outermost value that starts at a place comes first.
    values = sorted(places.all(), key=lambda value: (value[0], len(value[1])))
    offsets = [offset for offset, _ in values]
    result: list[Comment] = []
    for match in found:
        line = _line_start(text, match.start())
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
        place = "beside" if beside and path is not None else "above"
        if place == "above" and first:
            column = match.start() - line
            next_column = -1 if path is None else _column(text, *values[first])
            ended = _ended(text, places, values[first - 1][1], column, next_column)
            if ended is not None:
                path, place = ended, "below"
        result.append(Comment(match[1].strip(), path, place))
    return result


def _ended(
    text: str, places: YamlPlaces, path: tuple[Any, ...], column: int, next_column: int
) -> tuple[Any, ...] | None:
    """What ends with a comment at a column that stands behind the value at a path: of the values that the
    last one is in, the innermost that is not further right. None where the comment belongs to what follows."""
    if column <= next_column:
        return None
    while path:
        offset = places.offset(path)
        if offset is not None:
            own = _column(text, offset, path)
            if own <= next_column:
                return None
            if own <= column:
                return path
        path = path[:-1]
    return None


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _column(text: str, offset: int, path: tuple[Any, ...]) -> int:
    """Where a value begins in its line, the dash of a list's item included."""
    line = _line_start(text, offset)
    if path[-1].__class__ is int and not text[line:offset].strip("- "):
        offset = max(text.rfind("-", line, offset), line)
    return offset - line


def _found(text: str) -> list[re.Match[str]]:
    regions = _scalars(text)
    starts = [start for start, _ in regions]
    found: list[re.Match[str]] = []
    match = _COMMENT.search(text)
    while match is not None:
        region = bisect_right(starts, match.start()) - 1
        end = regions[region][1] if region >= 0 else 0
        if match.start() < end:
            # In a scalar; the line may go on behind it.
            match = _COMMENT.search(text, end)
        else:
            found.append(match)
            match = _COMMENT.search(text, match.end())
    return found


def _scalars(text: str) -> list[tuple[int, int]]:
    """The positions of the scalars, in which a ``#`` does not start a comment."""
    import yaml

    regions: list[tuple[int, int]] = []
    loader: Any = getattr(yaml, "CLoader", yaml.Loader)
    event: Any
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.ScalarEvent):
            marks: tuple[Any, Any] = event.start_mark, event.end_mark
            start: int = marks[0].index
            end: int = marks[1].index
            if event.tag is not None or event.anchor is not None:
                start = _PROPERTIES.match(text, start, end).end()
            if event.style in ("|", ">"):
                # Behind the sign of a block a comment may stand.
                start = text.find("\n", start, end) + 1 or end
            regions.append((start, end))
    return regions
