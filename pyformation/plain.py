"""Plain data, as JSON and YAML have it: what a value is, in a form that type checkers understand, and walks with paths.

``isinstance(value, dict)`` leaves a checker with a mapping of unknown keys and values. These functions say
what every mapping and list of a template holds: text keys, and anything.
"""

from __future__ import annotations

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Path = tuple[str | int, ...]

    from typing_extensions import TypeIs


# The beginning of the key of a loop, which stands among elements.
LOOP = "Fn::ForEach::"


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


def same_exactly(one: Any, other: Any) -> bool:
    """Whether two values are equal in everything that CloudFormation distinguishes: 1 is not true, unlike in Python.

    Walks two values at once, so it is not built on the passes over one.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if is_mapping(one):
        return one.keys() == other.keys() and all(same_exactly(item, other[key]) for key, item in one.items())
    if is_sequence(one):
        return len(one) == len(other) and all(map(same_exactly, one, other))
    return bool(one == other)


def spelling(data: Any) -> bytes:
    """Plain data as bytes that are equal exactly where types, values and the order of keys are."""
    try:
        return marshal.dumps(data, 0)  # Of the ways to write data down the fastest; 0 is without its sharing.
    except ValueError:
        return repr(data).encode(errors="surrogatepass")  # Not plain data.


def entries(value: Any) -> Iterable[tuple[str | int, Any]]:
    """What is directly in a mapping or a list, each with its key or place; nothing for other values."""
    return value.items() if is_mapping(value) else enumerate(value) if is_list(value) else ()


def placed(
    value: Any, path: Path = (), is_leaf: Callable[[Any], bool] | None = None
) -> Iterator[tuple[Path, Any]]:
    """A value and everything in its mappings and lists, each with its path, outermost first."""
    left: list[tuple[Path, Any]] = [(path, value)]
    while left:
        here, part = left.pop()
        yield here, part
        # Most parts are texts.
        if isinstance(part, (dict, list)) and (is_leaf is None or not is_leaf(part)):
            left += reversed([((*here, step), item) for step, item in entries(part)])


def leaves(
    value: Any, path: Path = (), is_leaf: Callable[[Any], bool] | None = None
) -> Iterator[tuple[Path, Any]]:
    """The parts of a value that are not mappings or lists, or are empty, each with its path."""
    for place, part in placed(value, path, is_leaf):
        if not part or not (is_mapping(part) or is_list(part)) or (is_leaf is not None and is_leaf(part)):
            yield place, part


def elements(section: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The elements of a section, each with its path, and in place of a loop those that it repeats."""
    left: list[tuple[Path, Any]] = [((*path, name), element) for name, element in reversed(section.items())]
    while left:
        here, element = left.pop()
        if str(here[-1]).startswith(LOOP) and is_list(element):
            body = mapping_or_empty(element[2]) if len(element) == 3 else {}
            left += [((*here, 2, name), inner) for name, inner in reversed(body.items())]
        else:
            yield here, element


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
