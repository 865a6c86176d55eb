"""Plain data, as JSON and YAML have it: what a value is, in a form that type checkers understand.

``isinstance(value, dict)`` leaves a checker with a mapping of unknown keys and values. These functions say
what every mapping and list of a template holds: text keys, and anything.
"""

from __future__ import annotations

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import TypeIs


def is_mapping(value: object) -> TypeIs[dict[str, Any]]:
    """Whether a value is a mapping; its keys are text, as in every template."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeIs[list[Any]]:
    """Whether a value is a list."""
    return isinstance(value, list)


def is_sequence(value: object) -> TypeIs[list[Any] | tuple[Any, ...]]:
    """Whether a value is a list or a tuple, which programs use alike."""
    return isinstance(value, (list, tuple))


def mapping_or_empty(value: object) -> dict[str, Any]:
    """The value itself if it is a mapping, otherwise an empty one."""
    return value if is_mapping(value) else {}


def list_or_empty(value: object) -> list[Any]:
    """The value itself if it is a list, otherwise an empty one."""
    return value if is_list(value) else []


def mapping_or_none(value: object) -> dict[str, Any] | None:
    """The value itself if it is a mapping, otherwise None."""
    return value if is_mapping(value) else None


def list_or_none(value: object) -> list[Any] | None:
    """The value itself if it is a list, otherwise None."""
    return value if is_list(value) else None


def spelling(data: Any) -> bytes:
    """Plain data as bytes that are equal exactly where types, values and the order of keys are."""
    try:
        return marshal.dumps(data, 0)  # Of the ways to write data down the fastest; 0 is without its sharing.
    except ValueError:
        return repr(data).encode(errors="surrogatepass")  # Not plain data.
