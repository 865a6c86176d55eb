"""Values as text: in one line, shortened around what differs, or as the lines that differ."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any

from ..plain import is_list, is_mapping
from .data import PropertyReport, plain
from .harmless import harmless
from .wording import INNER_LINES, LONGEST, Phrase, quoted

_STATES = {"new": "known after apply", "may": "may change", "parameter": "no value given"}


def unknown(value: Any) -> tuple[str, str] | None:
    """The text and the kind of an unknown value, None for a known one."""
    if is_mapping(value) and "unknown" in value:
        return str(value["unknown"]), str(value.get("kind", ""))
    return None


def literal(value: Any) -> Any:
    """A mapping without the mark that tells it from an unknown value."""
    return value["literal"] if is_mapping(value) and list(value) == ["literal"] else value


def compact(value: Any) -> str:
    """A value in one line: JSON, with unknown values as ``{Queue.Arn}``.

    No pass, as `_pretty`: the mark of a literal says that what is directly in it is no unknown value.
    """
    if isinstance(value, str):
        return value if value == "****" else quoted(value)
    is_unknown = unknown(value)
    if is_unknown is not None:
        text, kind = is_unknown
        if not text:
            return f"({_STATES.get(kind, 'unknown')})"
        return (
            f'"{harmless(text)}"'
            if kind == "text" or ("{" in text and kind != "function" and "(" not in text)
            else f"{{{harmless(text)}}}"
        )
    value = literal(value)
    if is_mapping(value):
        return "{" + ", ".join(f"{quoted(key)}: {compact(item)}" for key, item in value.items()) + "}"
    if is_list(value):
        return "[" + ", ".join(compact(item) for item in value) + "]"
    return json.dumps(value)


def _pretty(value: Any, indent: str = "") -> Iterator[str]:
    """A value over several lines, as `json.dumps` with an indent would write it, without the commas, so that
    an item added at the end is one changed line, not two."""
    value = literal(value) if unknown(value) is None else value
    more = indent + "  "
    if is_mapping(value) and value and unknown(value) is None:
        rows = [(f"{quoted(key)}: ", item) for key, item in value.items()]
        brackets = "{}"
    elif is_list(value) and value:
        rows = [("", item) for item in value]
        brackets = "[]"
    else:
        yield f"{indent}{compact(value)}"
        return
    yield f"{indent}{brackets[0]}"
    for key, item in rows:
        lines = _pretty(item, more)
        yield f"{more}{key}{next(lines)[len(more) :]}"
        yield from lines
    yield f"{indent}{brackets[1]}"


_HASH = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32,128}(?![0-9A-Za-z])")


def _without_hashes(text: str) -> str:
    return _HASH.sub("#", text)


def only_hashes(change: PropertyReport) -> bool:
    """Whether only the hash of an asset differs."""
    before, after = compact(change.before), compact(change.after)
    return (
        change.change_type == "Modify"
        and "#" in (made := _without_hashes(after))
        and _without_hashes(before) == made
    )


def shortened(before: str, after: str, longest: int) -> tuple[str, str]:
    """Two texts of at most about `longest` characters each, that show their first difference."""
    short = [_HASH.sub(lambda found: f"{found[0][:8]}...", text) for text in (before, after)]
    if short[0] != short[1] or before == after:
        before, after = short
    if len(before) <= longest and len(after) <= longest:
        return before, after
    same = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    start = max(0, same - longest // 3)
    if start < 12:
        start = 0

    def window(text: str) -> str:
        head = "..." if start else ""
        rest = text[start:]
        room = longest - len(head)
        return head + (rest if len(rest) <= room else f"{rest[: room - 3]}...")

    return window(before), window(after)


def only(text: str, longest: int) -> str:
    return shortened(text, text, longest)[0]


# The sign of a line of an inner diff (" ", "-", "+", or "..." for omitted lines), and the line.
Lines = list[tuple[str, str]]


def _inner_diff(before: list[str], after: list[str], most: int | None) -> Lines:
    """The lines that differ, each with a line of context."""
    head = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    one, other = before[head : len(before) - tail], after[head : len(after) - tail]
    found: Lines = []
    if head:
        found += [("...", "")] * (head > 1) + [(" ", before[head - 1])]
    if len(one) + len(other) <= 800:
        matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
        for group in matcher.get_grouped_opcodes(1):
            if group[0][1] > 0 and found and found[-1][0] != "...":
                found.append(("...", ""))
            for tag, i1, i2, j1, j2 in group:
                if tag == "equal":
                    found += [(" ", line) for line in one[i1:i2]]
                else:
                    found += [("-", line) for line in one[i1:i2]] + [("+", line) for line in other[j1:j2]]
    else:  # Matching this many lines would take too long.
        found += [("-", line) for line in one] + [("+", line) for line in other]
    if tail:
        found += [(" ", before[-tail])] + [("...", "")] * (tail > 1)
    indent = min(
        (len(line) - len(line.lstrip(" ")) for sign, line in found if sign != "..." and line), default=0
    )
    return _cut([(sign, line[indent:]) for sign, line in found], most)


def _cut(lines: Lines, most: int | None) -> Lines:
    if most is None or len(lines) <= most:
        return lines
    return [*lines[:most], ("...", f"{len(lines) - most:,} more lines")]


def _as_lines(value: Any) -> list[str] | None:
    """A text of several lines, or a structure, as lines; None for a single line."""
    if isinstance(value, str):
        if value.lstrip()[:1] in ("{", "[") and not value.startswith("{{"):
            try:
                found: Any = json.loads(value)
            except (ValueError, RecursionError):
                found = None
            if isinstance(found, (dict, list)):
                return list(_pretty(plain(found)))
        if "\n" in value.rstrip("\n"):
            return [harmless(line) for line in value.split("\n")]
        return None
    is_unknown = unknown(value)
    if is_unknown is not None:
        text = is_unknown[0]
        return [harmless(line) for line in text.split("\n")] if "\n" in text.rstrip("\n") else None
    if isinstance(literal(value), (dict, list)):
        return list(_pretty(value))
    return None


def values(
    change: PropertyReport, longest: int | None = LONGEST, most: int | None = INNER_LINES
) -> tuple[Phrase, Lines]:
    """A change of a value: ``"a" -> "b"`` in one line, or the lines that differ."""
    limit = 10**9 if longest is None else longest
    before, after = change.before, change.after
    if change.change_type == "Modify":
        old, new = unknown(before), unknown(after)
        if old is not None and old[1] == "unsaid" and new is not None and new[1] == "unsaid":
            return [], []
        one, other = _as_lines(before), _as_lines(after)
        text, new_text = compact(before), compact(after)
        if (one is not None and other is not None) and max(len(text), len(new_text)) > min(
            limit, LONGEST
        ) // 2:
            return [("", "changed lines")], _inner_diff(one, other, most)
        if longest is not None:
            text, new_text = shortened(text, new_text, limit)
        state = _state(new)
        if old is not None and new is not None and not old[0] and not new[0] and text == new_text:
            return [("maybe", text)], []
        if old is not None and new is not None and old[0] == new[0] and state:
            return [("value", text), ("", " -> "), ("maybe", f"({state})")], []
        phrase: Phrase = [("value", text), ("", " -> "), ("value", new_text)]
        if text == new_text == "****":
            phrase.append(("dim", " (secret)"))
        if state and new is not None and new[0]:
            phrase.append(("dim", f" ({state})"))
        return phrase, []
    value = after if change.change_type == "Add" else before
    sign = "+" if change.change_type == "Add" else "-"
    is_unknown = unknown(value)
    if is_unknown is not None and is_unknown[1] == "unsaid":
        return [], []
    text = compact(value)
    lines = _as_lines(value)
    if lines is not None and len(text) > min(limit, LONGEST):
        return [], _cut([(sign, line) for line in lines], most)
    phrase = [("value", only(text, limit) if longest is not None else text)]
    state = _state(is_unknown)
    if state and change.change_type == "Add" and is_unknown is not None and is_unknown[0]:
        phrase.append(("dim", f" ({state})"))
    return phrase, []


def _state(found: tuple[str, str] | None) -> str:
    return "" if found is None else _STATES.get(found[1], "")
