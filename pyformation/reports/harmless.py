"""Text from outside, made safe to show: no control character, terminal escape or change of text direction."""

from __future__ import annotations

import re

# Invisible, though Unicode calls them letters or marks.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_PLAIN = re.compile(r"[\x20-\x7e]*")
# A line of a log that is a command to the runner of a job, even if it is indented.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
_COMMAND = re.compile(r"\s*(?:::[A-Za-z-]+[^:]*::|##\[)")


def harmless(text: str) -> str:
    """A text with invisible characters spelled out: ``\\x1b``, ``\\u202e``."""
    if _COMMAND.match(text):
        start = len(text) - len(text.lstrip())
        text = f"{text[:start]}{_spelled(text[start])}{text[start + 1 :]}"
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_spelled(c) if _hidden(c) else c for c in text)


def html_text(text: str) -> str:
    """A harmless text, escaped for HTML and SVG."""
    from html import escape  # Its table of entities is big, and most reports are no HTML.

    return escape(harmless(text), quote=True)


def _hidden(character: str) -> bool:
    import unicodedata  # Most texts are plain.

    # Controls, formats (bidi and zero width), surrogates, private use, unassigned, line separators.
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp") or character in _INVISIBLE


def _spelled(character: str) -> str:
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if named is not None:
        return named
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
