"""Lines of styled pieces in a terminal: whether it takes colors, and how each style looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any, TextIO

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


def is_colored(file: TextIO) -> bool:
    """Whether a stream is a terminal that takes colors; ``NO_COLOR`` and ``TERM=dumb`` switch them off."""
    return file.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_lines(lines: Iterable[Iterable[tuple[Any, str]]], file: TextIO | None = None) -> None:
    """Print lines, in colors where the stream takes them. Only then is rich imported."""
    out = sys.stdout if file is None else file
    reconfigure = getattr(out, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")  # Not every terminal has every letter.
    if not is_colored(out):
        for line in lines:
            out.write("".join(text for _, text in line).rstrip() + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, soft_wrap=True, highlight=False, markup=False, emoji=False)
    for line in lines:
        console.print(Text.assemble(*((text, _LOOKS.get(style, "")) for style, text in line)))
