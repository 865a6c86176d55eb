"""Text from outside, made safe to show: no control character, terminal escape or change of text direction."""

from __future__ import annotations

import re
from collections.abc import Callable

# Invisible, though Unicode calls them letters or marks.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_PLAIN = re.compile(r"[\x20-\x7e]*")
# What the runner of a job takes for a command in its log: a line that starts so, even if it is indented (GitHub), or has
# such a word anywhere (GitHub, Azure, TeamCity, GitLab).
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
# https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands
# https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
_AT_START = re.compile(r"^([^\S\n]*):(?=:[A-Za-z][\w-]*(?:[^\S\n][^\n]*)?::)", re.MULTILINE)
_ANYWHERE = re.compile(r"#(?=#\w*\[)|s(?=ection_(?:start|end):\d)")


def harmless(text: str) -> str:
    """A text with invisible characters spelled out (``\\x1b``, ``\\u202e``), and so that it is no command to a runner."""
    text = without_commands(text)
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_spelled(c) if _hidden(c) else c for c in text)


def without_commands(text: str, spelled: Callable[[str], str] | None = None) -> str:
    """A finished text, of which no line is a command to the runner of a job: harmless pieces may make one together.

    `spelled` writes a character in the language of the text.
    """
    write = spelled or _spelled
    if "##" in text or "section_" in text:
        text = _ANYWHERE.sub(lambda found: write(found[0]), text)
    if "::" in text:
        text = _AT_START.sub(lambda found: found[1] + write(":"), text)
    return text


def in_json(character: str) -> str:
    """A character in a string of JSON."""
    return f"\\u{ord(character):04x}"


def in_html(character: str) -> str:
    """A character in HTML or SVG."""
    return f"&#{ord(character)};"


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
