"""Plain data to JSON, written while walking: Python's own indenting avoids its C encoder."""

from __future__ import annotations

from .writable import DEEPEST, UNSAFE, Unwritable, exact, fault, number_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from typing import Any


def to_json(data: dict[str, Any], indent: int | None = 2, *, ascii: bool = False) -> str:
    """JSON text of plain data, ending in one newline; `indent` None writes it as short as it gets.

    `ascii` escapes every other character. Raises as `to_yaml` does.
    """
    try:
        text = _to_json(data, indent)
        return text if text.isascii() and "\x7f" not in text else _escaped(text, _OTHER if ascii else _HIDDEN)
    except (Unwritable, RecursionError, ValueError):  # ValueError: an int past Python's limit
        raise fault(data) from None


def _to_json(data: Any, indent: int | None) -> str:
    out: list[str] = []
    encode = _encoder()
    newline, step = ("", "") if indent is None else ("\n", " " * indent)
    colon = ":" if indent is None else ": "
    # By depth: what ends a mapping or list, what leads its members, and its keys with both, as most keys repeat.
    levels: list[tuple[str, str, dict[str, str]]] = []

    def deeper() -> tuple[str, str, dict[str, str]]:
        depth = len(levels)
        if depth > DEEPEST:
            raise Unwritable
        levels.append((newline + step * depth, "," + newline + step * (depth + 1), {}))
        return levels[depth]

    def named(key: Any, lead: str, names: dict[str, str]) -> str:
        if not isinstance(key, str):
            raise Unwritable
        name = names[key] = lead + encode(key) + colon
        return name

    def write(value: Any, depth: int) -> None:
        kind = value.__class__
        if kind is dict:
            if not value:
                out.append("{}")
                return
            end, lead, names = levels[depth] if depth < len(levels) else deeper()
            first = len(out)
            for key, item in value.items():
                out.append(names.get(key) or named(key, lead, names))
                if item.__class__ is str:
                    out.append(encode(item))
                else:
                    write(item, depth + 1)
            out[first] = "{" + out[first][1:]  # The comma.
            out.append(end)
            out.append("}")
        elif kind is list:
            if not value:
                out.append("[]")
                return
            end, lead, _ = levels[depth] if depth < len(levels) else deeper()
            first = len(out)
            for item in value:
                out.append(lead)
                if item.__class__ is str:
                    out.append(encode(item))
                else:
                    write(item, depth + 1)
            out[first] = "[" + out[first][1:]
            out.append(end)
            out.append("]")
        elif value is None:
            out.append("null")
        elif value is True:
            out.append("true")
        elif value is False:
            out.append("false")
        elif kind is int:
            out.append(str(value))
        elif kind is float:
            out.append(number_text(value))
        elif kind is str:
            out.append(encode(value))
        else:
            write(exact(value), depth)

    write(data, 0)
    out.append("\n")
    return "".join(out)


_HIDDEN = UNSAFE.replace("\\x1f", "\\x09\\x0b-\\x1f")
_OTHER = "[^\\n -~]"


def _escaped(text: str, what: str) -> str:
    """Escape characters of text that is JSON already."""
    import re

    def escape(match: re.Match[str]) -> str:
        units = match[0].encode("utf-16-be", "surrogatepass")
        if len(units) == 2 and "\ud800" <= match[0] <= "\udfff":
            raise Unwritable
        return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))

    return re.sub(what, escape, text)


def _encoder() -> Callable[[str], str]:
    try:
        from _json import encode_basestring  # The package around it takes 8 ms to import.
    except ImportError:
        from json.encoder import encode_basestring
    return encode_basestring
