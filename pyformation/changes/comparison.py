"""Two values, and where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..evaluation.secrets import opened
from ..evaluation.unknowns import NO_VALUE, Choice, Unknown, cases_when, negated, scalar_text
from ..plain import is_list, is_mapping, is_sequence, spelling
from .records import MISSING, Difference, Missing, Path

# Classes of values that have no parts and are never unknown.
PLAIN = frozenset({str, int, float, bool, Missing})

_SCALARS = (str, int, float)


def same_as_text(before: Any, after: Any) -> bool:
    """Whether two values are equal for CloudFormation, which converts scalars: ``"10"`` equals 10.

    Walks two values at once and takes most of a diff's time, so it is not built on the passes over one value.
    """
    if before is after:
        return True
    if isinstance(before, _SCALARS) and isinstance(after, _SCALARS):
        # In Python, 1 equals True; in CloudFormation, it does not.
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
    """Whether two expressions are written alike, including the order of keys, which ``Fn::ToJsonString`` keeps."""
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
    """Every place where two values differ, as deep as their structures match.

    A part that only one side has (`MISSING` on the other) is a single difference. Paths for which `is_leaf` is true
    are compared as a whole. `key_of` gives the property that identifies the items of a list: items are then compared
    by key, and a list whose items change their order differs as a whole as well. Items without such a property, or
    whose keys are unknown or not unique, are compared by position.
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
    """The differences of two values; inside of items with keys, `paths` are the paths on each side.

    Walks two values at once, so it is not built on the passes over one.
    """
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
    """The items of a list by key, each with its position; None if a key is unknown or not unique."""
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
    """The combinations of what two values may be: an unknown condition chooses alike on both sides."""
    if not isinstance(before, Choice) and not isinstance(after, Choice):
        return [(_present(before), _present(after))]
    return [
        (_present(old), _present(new))
        for old, held in cases_when(before)
        for new, holding in cases_when(after)
        if not any(same_as_text(one, negated(other)) for one in held for other in holding)
    ]


def _present(value: Any) -> Any:
    return MISSING if value is NO_VALUE else value
