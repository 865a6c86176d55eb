"""Lines of styled pieces: broken at a width, and printed with colors where the terminal takes them."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from .harmless import without_commands

# The pieces of a line, each with its style.
Line = list[tuple[str, str]]
# The shortest part of a broken word, except its last.
_LEAST = 8

# How the styles of all reports look. https://rich.readthedocs.io/en/stable/style.html
_LOOKS = {
    "title": "bold underline",
    "heading": "bold",
    "label": "cyan",
    "name": "bold",
    "place": "blue",
    "link": "blue",
    "good": "green",
    "change": "cyan",
    "maybe": "yellow",
    "bad": "bold red",
    "error": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "dim": "dim",
}


def look(style: str) -> str:
    """How a style looks, in rich's words."""
    return _LOOKS.get(style, "")


def is_colored(file: TextIO) -> bool:
    """Whether a stream is a terminal that takes colors; ``NO_COLOR`` and ``TERM=dumb`` switch them off."""
    return file.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def plain(lines: Iterable[Iterable[tuple[str, str]]]) -> str:
    """The lines as text without styles."""
    return without_commands("".join("".join(text for _, text in line).rstrip() + "\n" for line in lines))


def print_lines(lines: Iterable[Iterable[tuple[str, str]]], file: TextIO | None = None) -> None:
    """Print lines, in colors where the stream takes them. Only then is rich imported."""
    out = sys.stdout if file is None else file
    reconfigure = getattr(out, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")  # Not every terminal has every letter.
    if not is_colored(out):
        out.write(plain(lines))
        return
    from rich.console import Console

    console = Console(file=out, soft_wrap=True, highlight=False, markup=False, emoji=False)
    for line in lines:
        console.print(styled(line))


def styled(line: Iterable[tuple[str, str]]) -> Any:
    """A line as rich's text; without styles where its pieces make a command together."""
    from rich.text import Text

    pieces = list(line)
    whole = "".join(text for _, text in pieces)
    safe = without_commands(whole)
    return Text.assemble(*((text, look(style)) for style, text in pieces)) if safe == whole else Text(safe)


# ---------------------------------------------------------------------------------------------
# Lines of a width


def cells(part: str) -> int:
    """The width of a text in a terminal, in columns."""
    if part.isascii():
        return len(part)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in part
    )


def wrap(phrase: Iterable[tuple[str, str]], width: int, indent: int, hanging: int) -> list[Line]:
    """A phrase in lines of at most `width`, broken at spaces where possible."""
    lines: list[Line] = [[("", " " * indent)] if indent else []]
    used = start = indent
    space: Line = []

    def feed() -> None:
        nonlocal used, start
        lines.append([("", " " * hanging)])
        used = start = hanging

    for word in _words(phrase):
        if not word[0][1].strip():
            space = word
            continue
        gap = sum(len(part) for _, part in space)
        if used > start and used + gap + sum(cells(part) for _, part in word) > width:
            feed()
        elif used > start or len(lines) == 1:
            lines[-1] += space
            used += gap
        space = []
        for style, part in word:
            if used > start and width - used < min(cells(part), _LEAST):
                feed()
            for number, piece in enumerate(broken(part, width - used, width - hanging)):
                if number:
                    feed()
                lines[-1].append((style, piece))
                used += cells(piece)
    return [_merged(line) for line in lines]


def _words(phrase: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """Runs of spaces, and the words between them; a word may have several pieces."""
    word: Line = []
    for style, piece in phrase:
        for part in re.findall(" +|[^ ]+", piece):
            if word and (part[0] == " ") != (word[0][1][0] == " "):
                yield word
                word = []
            word.append((style, part))
    if word:
        yield word


def _merged(line: Line) -> Line:
    """A line with neighboring pieces of the same style joined."""
    found: Line = []
    for style, part in line:
        if found and found[-1][0] == style:
            found[-1] = (style, found[-1][1] + part)
        else:
            found.append((style, part))
    return found


def broken(word: str, room: int, later: int | None = None) -> list[str]:
    """A text in parts of at most `room` columns, or `later` from the second part on."""
    later = max(room if later is None else later, _LEAST)
    room = max(room, _LEAST)
    if cells(word) <= room:
        return [word] if word else []
    parts: list[str] = []
    part, used = "", 0
    for character in word:
        size = cells(character)
        if used + size > room:
            parts.append(part)
            part, used, room = "", 0, later
        part += character
        used += size
    return [*parts, part]
