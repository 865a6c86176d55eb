"""Two values, and where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..evaluation.secrets import opened
from ..evaluation.unknowns import NO_VALUE, Choice, Unknown, cases, scalar_text
from ..plain import is_list, is_mapping, is_sequence, spelling
from .records import MISSING, Difference, Missing, Path

# The classes of what has nothing in it, and nothing unknown.
PLAIN = frozenset({str, int, float, bool, Missing})

_SCALARS = (str, int, float)


def same_as_text(before: Any, after: Any) -> bool:
    """Whether two values are one: ``"10"`` and 10 are, as CloudFormation converts scalars.

    It walks two values at once, and most of a diff's time: no pass over one value fits.
    """
    if before is after:
        return True
    if isinstance(before, _SCALARS) and isinstance(after, _SCALARS):
        # Python's 1 is its True, and CloudFormation's is not.
        return (type(before) is type(after) and before == after) or scalar_text(before) == scalar_text(after)
    if is_mapping(before) and is_mapping(after):
        return before.keys() == after.keys() and all(
            same_as_text(item, after[key]) for key, item in before.items()
        )
    if is_sequence(before) and is_sequence(after):
        return len(before) == len(after) and all(map(same_as_text, before, after))
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
    before: Any,
    after: Any,
    path: Path,
    is_leaf: Callable[[Path], bool] = lambda _path: False,
    key_of: Callable[[Path], str | None] = lambda _path: None,
) -> Iterator[Difference]:
    """Every place where two values differ, as deep as both have the same structure.

    What stands on one side only (`MISSING` on the other) is one difference at its root. `is_leaf` says which paths are
    not looked into. `key_of` gives the property that tells the items of a list apart: an item is then compared with
    the one of the same key, and a list in which others come first differs as a whole, too. Where it gives none, or
    where keys are not known or not unique, items are compared by their places.
    """
    yield from _differences(before, after, path, None, is_leaf, key_of)


def _differences(
    before: Any,
    after: Any,
    path: Path,
    paths: tuple[Path, Path] | None,
    is_leaf: Callable[[Path], bool],
    key_of: Callable[[Path], str | None],
) -> Iterator[Difference]:
    """The differences of two values; `paths` are those of each side inside of items with keys."""
    if same_as_text(before, after):
        return

    def below(one: Any, other: Any, step: str | int) -> Iterator[Difference]:
        inside = None if paths is None else ((*paths[0], step), (*paths[1], step))
        return _differences(one, other, (*path, step), inside, is_leaf, key_of)

    if is_mapping(before) and is_mapping(after) and not is_leaf(path):
        for key in dict.fromkeys([*before, *after]):
            yield from below(before.get(key, MISSING), after.get(key, MISSING), key)
    elif is_list(before) and is_list(after) and not is_leaf(path):
        by = key_of(path)
        old, new = (None, None) if by is None else (items_by_key(before, by), items_by_key(after, by))
        if old is None or new is None:
            for index in range(max(len(before), len(after))):
                one = before[index] if index < len(before) else MISSING
                other = after[index] if index < len(after) else MISSING
                yield from below(one, other, index)
            return
        at = paths or (path, path)
        places = len(old), len(new)
        in_order = sorted({**old, **new}.items(), key=lambda item: (item[1][0], item[0] in new))
        for name, (shown, _) in in_order:
            index, one = old.get(name, (places[0], MISSING))
            place, other = new.get(name, (places[1], MISSING))
            inside = (*at[0], index), (*at[1], place)
            yield from _differences(one, other, (*path, shown), inside, is_leaf, key_of)
        if [name for name in old if name in new] != [name for name in new if name in old]:
            yield Difference(path, before, after, *at)
    else:
        yield Difference(path, before, after, *(paths or (None, None)))


def items_by_key(items: list[Any], key: str) -> dict[str, tuple[int, Any]] | None:
    """The items of a list by their keys, each with its place; None where a key is not known or not unique."""
    found: dict[str, tuple[int, Any]] = {}
    for place, item in enumerate(items):
        name = item.get(key) if is_mapping(item) else None
        if (
            not isinstance(name, _SCALARS)
            or (text := scalar_text(name)) in found
            or "{{resolve:" in opened(text)
        ):
            return None
        found[text] = place, item
    return found


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
