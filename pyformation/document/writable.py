"""What every writer of templates shares: which data can be written, and the error for what cannot."""

from __future__ import annotations

from ..errors import InvalidValueError, LimitError, PyformationError, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEEPEST = 400


class Unwritable(Exception):
    """Something that is not plain data; `_fault` describes it."""


def exact(value: Any) -> Any:
    """A subclass of a plain type as the plain type itself; a tuple as a list."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__index__(value)
    if isinstance(value, float):
        return float.__float__(value)
    kind: type = value.__class__  # not isinstance: its narrowing is noise to a strict checker
    if issubclass(kind, dict):
        return dict(value.items())
    if issubclass(kind, (list, tuple)):
        return list(value)
    raise Unwritable


def fault(data: Any) -> PyformationError:
    """The error for data that could not be written: the first place that is at fault."""

    def search(value: Any, path: str, above: tuple[int, ...]) -> PyformationError | None:
        if isinstance(value, str):
            return surrogate(value, path)
        if isinstance(value, float) and value - value != 0:
            return InvalidValueError(f"a template cannot hold the number {value}", path=path or None)
        if value is None or isinstance(value, (int, float)):
            try:
                str(value)
            except ValueError:
                return InvalidValueError("a number of more digits than Python writes", path=path or None)
            return None
        kind: type = value.__class__
        if not issubclass(kind, (dict, list, tuple)):
            message = f"a template cannot hold {shown(value)} ({type(value).__name__})"
            return InvalidValueError(message, path=path or None)
        if id(value) in above:
            return InvalidValueError("a value that contains itself cannot be written", path=path or None)
        if len(above) > DEEPEST:
            return LimitError(f"nested deeper than {DEEPEST} levels", path=path or None)
        above = (*above, id(value))
        if not issubclass(kind, dict):
            for index, item in enumerate(value):
                if found := search(item, f"{path}[{index}]", above):
                    return found
            return None
        for key, item in value.items():
            if not isinstance(key, str):
                message = f"a key must be a string, not {shown(key)} ({type(key).__name__})"
                return InvalidValueError(message, path=path or None)
            if found := surrogate(key, path) or search(item, f"{path}.{key}" if path else key, above):
                return found
        return None

    def surrogate(text: str, path: str) -> PyformationError | None:
        try:
            text.encode()
        except UnicodeEncodeError:
            message = f"{shown(text)} holds half a character (a lone surrogate)"
            return InvalidValueError(message, path=path or None)
        return None

    too_deep = LimitError(f"nested deeper than {DEEPEST} levels")
    try:
        return search(data, "", ()) or too_deep
    except RecursionError:
        return too_deep


def number_text(value: float) -> str:
    """A float that every reader takes for one: YAML 1.1 wants a dot and a signed exponent."""
    if value - value != 0:
        raise Unwritable
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    return text if not e or "." in mantissa else f"{mantissa}.0e{exponent}"


UNSAFE = (  # what an editor does not show, or shows in another order, or YAML takes for a line break
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\ud800-\\udfff\\ufeff\\ufff9-\\ufffb\\ufffe\\uffff]"
)


def is_printable(text: str) -> bool:
    if text.isascii():
        return text.isprintable()
    import re

    return re.search(UNSAFE, text) is None
