"""Plain data, as JSON and YAML have it: what a value is, in a form that type checkers understand, and walks with paths.

``isinstance(value, dict)`` leaves a checker with a mapping of unknown keys and values. These functions say
what every mapping and list of a template holds: text keys, and anything.
"""

from __future__ import annotations

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Path = tuple[str | int, ...]

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


def placed(
    value: Any, path: Path = (), is_leaf: Callable[[Any], bool] | None = None
) -> Iterator[tuple[Path, Any]]:
    """A value and everything in its mappings and lists, each with its path, outermost first."""
    left: list[tuple[Path, Any]] = [(path, value)]
    while left:
        here, part = left.pop()
        yield here, part
        if is_leaf is None or not is_leaf(part):
            items = part.items() if is_mapping(part) else enumerate(part) if is_list(part) else ()
            left += reversed([((*here, step), item) for step, item in items])


def leaves(
    value: Any, path: Path = (), is_leaf: Callable[[Any], bool] | None = None
) -> Iterator[tuple[Path, Any]]:
    """The parts of a value that are not mappings or lists, or are empty, each with its path."""
    for place, part in placed(value, path, is_leaf):
        if not part or not (is_mapping(part) or is_list(part)) or (is_leaf is not None and is_leaf(part)):
            yield place, part


def branches(value: Any, path: Path = (), *, with_items: bool = False) -> Iterator[tuple[Path, Any]]:
    """What an expression may be: itself or, of an ``Fn::If``, each of both, to any depth and each with its path; of a
    list, if asked for, each item."""
    left: list[tuple[Path, Any]] = [(path, value)]
    while left:
        here, part = left.pop()
        both = part.get("Fn::If") if is_mapping(part) and len(part) == 1 else None
        if is_list(both) and len(both) == 3:
            left += [((*here, "Fn::If", number), both[number]) for number in (2, 1)]
        elif with_items and is_list(part):
            left += reversed([((*here, number), item) for number, item in enumerate(part)])
        else:
            yield here, part
