"""Two values, and where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..evaluation.expressions import spelling
from ..evaluation.unknowns import NO_VALUE, Choice, Unknown, cases, scalar_text
from .records import MISSING, Difference, Missing, Path

# The classes of what has nothing in it, and nothing unknown.
PLAIN = frozenset({str, int, float, bool, Missing})

_SCALARS = (str, int, float)


def same_as_text(before: Any, after: Any) -> bool:
    """Whether two values are one: ``"10"`` and 10 are, as CloudFormation converts scalars."""
    if before is after:
        return True
    if isinstance(before, _SCALARS) and isinstance(after, _SCALARS):
        # Python's 1 is its True, and CloudFormation's is not.
        return (type(before) is type(after) and before == after) or scalar_text(before) == scalar_text(after)
    if isinstance(before, dict) and isinstance(after, dict):
        mine: dict[str, Any] = before  # pyright: ignore[reportUnknownVariableType]
        theirs: dict[str, Any] = after  # pyright: ignore[reportUnknownVariableType]
        return mine.keys() == theirs.keys() and all(
            same_as_text(item, theirs[key]) for key, item in mine.items()
        )
    if isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        return len(before) == len(after) and all(map(same_as_text, before, after))  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(before, Unknown) and isinstance(after, Unknown):
        return (
            before.kind == after.kind
            and before.name == after.name
            and same_as_text(before.parts, after.parts)
        )
    if isinstance(before, Choice) and isinstance(after, Choice):
        return (
            same_as_text(before.condition, after.condition)
            and same_as_text(before.then, after.then)
            and same_as_text(before.otherwise, after.otherwise)
        )
    return before is None and after is None


def same_spelling(before: Any, after: Any) -> bool:
    """Whether two expressions are written alike, the order of keys included: ``Fn::ToJsonString`` keeps it."""
    if isinstance(before, str):
        return bool(before == after)
    return bool(before == after) and spelling(before) == spelling(after)


def differences(
    before: Any, after: Any, path: Path, is_leaf: Callable[[Path], bool] = lambda _path: False
) -> Iterator[Difference]:
    """Every place where two values differ, as deep as both have the same structure.

    What stands on one side only (`MISSING` on the other) is one difference at its root; items of lists are
    compared by their place.
    `is_leaf` says which paths are not looked into.
    """
    if same_as_text(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict) and not is_leaf(path):
        mine: dict[str, Any] = before  # pyright: ignore[reportUnknownVariableType]
        theirs: dict[str, Any] = after  # pyright: ignore[reportUnknownVariableType]
        for key in dict.fromkeys([*mine, *theirs]):
            yield from differences(mine.get(key, MISSING), theirs.get(key, MISSING), (*path, key), is_leaf)
    elif isinstance(before, list) and isinstance(after, list) and not is_leaf(path):
        old: list[Any] = before  # pyright: ignore[reportUnknownVariableType]
        new: list[Any] = after  # pyright: ignore[reportUnknownVariableType]
        for index in range(max(len(old), len(new))):
            one = old[index] if index < len(old) else MISSING
            other = new[index] if index < len(new) else MISSING
            yield from differences(one, other, (*path, index), is_leaf)
    else:
        yield Difference(path, before, after)


def pairs(before: Any, after: Any) -> list[tuple[Any, Any]]:
    """What two values may be together: one unknown condition chooses on both sides alike."""
    if (
        isinstance(before, Choice)
        and isinstance(after, Choice)
        and same_as_text(before.condition, after.condition)
    ):
        return [*pairs(before.then, after.then), *pairs(before.otherwise, after.otherwise)]
    return [(old, new) for old in alternatives(before) for new in alternatives(after)]


def alternatives(value: Any) -> list[Any]:
    """What a value may be, where unknown conditions choose: `MISSING` where it may be none."""
    return [MISSING if case is NO_VALUE else case for case in cases(value)]
