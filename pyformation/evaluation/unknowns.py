"""Values that are not known offline: symbols that are kept, compared and explained, never dropped.

An `Unknown` equals the one on the other side of a diff if both mean the same thing. Functions of unknown values stay
unknown functions, and texts with unknown pieces stay lists of pieces, so that their known parts are still compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import attrs

from ..budget import BudgetError, take_characters, take_parts
from ..plain import is_list, is_mapping, is_sequence, same_exactly
from .secrets import MASK, Secret, like, opened

Made = TypeVar("Made")

# References that double each other's length would fill the memory; no real template needs as much.
_LONGEST = 16_000_000
_MOST_PARTS = 50_000
# What is smaller is spent by the step that makes it.
_MANY_PARTS = 100
_MANY_CHARACTERS = 1_000


@attrs.frozen(eq=False)
class Unknown:
    """A value that is not known offline.

    `kind` is ``parameter`` (no value was given), ``ssm`` (a stored value), ``pseudo``, ``reference`` and
    ``attribute`` (of a resource), ``import``, ``output`` (of another stack), ``macro``, ``function`` (of
    unknown values), ``text`` (with unknown pieces) or ``condition``. `name` says which; `parts` are the
    arguments of a function, the pieces of a text.
    """

    kind: str
    name: str
    parts: tuple[Any, ...] = ()
    # How a text was made: AWS shows an unknown piece of a Sub by itself, but hides all of a Join.
    made_by: str = ""
    _size: int = attrs.field(default=1, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.parts:
            object.__setattr__(self, "_size", _combined(self.parts, self.name))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Unknown):
            return NotImplemented
        return self.kind == other.kind and self.name == other.name and same_exactly(self.parts, other.parts)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        if self.kind == "text":
            return "".join(_readable(part) if isinstance(part, str) else f"{{{part}}}" for part in self.parts)
        if self.kind == "function" or (self.kind == "condition" and self.parts):
            return f"{self.name}({', '.join(map(_readable, self.parts))})"
        return self.name


def _combined(values: Iterable[Any], who: str) -> int:
    """How many parts a value has that is made of others, which are spent."""
    size, plain = 1, 0
    for value in values:
        kind = value.__class__
        if kind is str:
            size += 1
        elif kind is Unknown or kind is Choice:
            size += value._size
        else:
            plain += size_of(value, who)
    if size + plain >= _MANY_PARTS:
        if size + plain > _MOST_PARTS:
            raise BudgetError(f"{who} combines more than {_MOST_PARTS:,} unknown values")
        take_parts(size + plain, who)
    return size + plain


def size_of(value: Any, who: str) -> int:
    """How many parts a value has; raises `EvaluationError` where they are too many, as lists in lists can be."""
    size = 0
    left = [value]
    while left:
        here = left.pop()
        if isinstance(here, (Unknown, Choice)):
            size += here._size  # pyright: ignore[reportPrivateUsage]
        else:
            size += 1
            if is_mapping(here):
                left += here.values()
            elif is_sequence(here):
                left += here
        if size > _MOST_PARTS:
            raise BudgetError(f"{who} combines more than {_MOST_PARTS:,} values")
    return size


def _readable(value: Any) -> str:
    """A value within the text of an unknown value."""

    def readable(part: Any, inner: list[str]) -> str:
        if part is NO_VALUE:
            return "nothing"
        if is_list(part):
            return f"[{', '.join(inner)}]"
        if is_mapping(part):
            return f"{{{', '.join(f'{key}: {item}' for key, item in zip(part, inner, strict=True))}}}"
        return repr(part) if isinstance(part, Secret) else str(part)

    return folded(value, readable, is_symbol)


@attrs.frozen(eq=False)
class Choice:
    """One of two values, depending on an unknown condition."""

    condition: Unknown
    then: Any
    otherwise: Any
    _size: int = attrs.field(default=1, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_size", _combined((self.condition, self.then, self.otherwise), "Fn::If"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Choice):
            return NotImplemented
        return (
            self.condition == other.condition
            and same_exactly(self.then, other.then)
            and same_exactly(self.otherwise, other.otherwise)
        )

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{_readable(self.then)} or {_readable(self.otherwise)}, by {self.condition}"


def chosen(condition: Unknown, then: Any, otherwise: Any) -> Any:
    """One of two values, depending on an unknown condition; the same condition inside of them is resolved."""
    if isinstance(then, Choice) and then.condition == condition:
        then = then.then
    if isinstance(otherwise, Choice) and otherwise.condition == condition:
        otherwise = otherwise.otherwise
    if same_exactly(then, otherwise):
        return then
    return Choice(condition, then, otherwise)


class NoValue:
    """The value of AWS::NoValue, which removes the property that has it."""

    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE = NoValue()


class Missing:
    """The value of something that is not there, or is missing on one side of a diff."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


def text(pieces: list[Any], made_by: str) -> str | Unknown:
    """A text made of pieces: plain text if all are known, the unknown value itself if it is the only piece."""
    found: list[Any] = []
    known: list[str] = []  # Adjacent known pieces.
    length = 0
    for piece in pieces:
        inner = piece.parts if isinstance(piece, Unknown) and piece.kind == "text" else (piece,)
        for part in inner:
            if isinstance(part, str):
                if part:
                    known.append(part)
                    length += len(opened(part))
                    if length > _LONGEST:
                        raise BudgetError(f"{made_by} makes a text of more than {_LONGEST:,} characters")
                continue
            if known:
                found.append(_together(known))
                known = []
            found.append(part)
    if length > _MANY_CHARACTERS:
        take_characters(length, made_by)
    if known:
        found.append(_together(known))
    if not found:
        return ""
    if len(found) == 1 and isinstance(found[0], str):
        return found[0]
    if len(found) == 1 and isinstance(found[0], Unknown):
        return found[0]
    return Unknown("text", "text", tuple(found), made_by)


def _together(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else like("".join(map(opened, texts)), *texts)


def scalar_text(value: Any) -> str:
    """A scalar as CloudFormation converts it to text: ``true``, ``10``."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# ---------------------------------------------------------------------------------------------
# Walks: everything that looks into values is built on these, and on those of plain.py, which know paths.


# Most of what is in a value.
_SCALARS = frozenset({str, int, float, bool})


def inside(value: Any) -> Iterable[Any]:
    """The values directly inside a value, in order."""
    if is_mapping(value):
        return value.values()
    if is_sequence(value):
        return value
    if isinstance(value, Unknown):
        return value.parts
    if isinstance(value, Choice):
        return (value.condition, value.then, value.otherwise)
    return ()


def parts(value: Any, is_leaf: Callable[[Any], bool] | None = None) -> Iterator[Any]:
    """A value and everything inside it, outermost first; `is_leaf` says what is not entered."""
    left = [value]
    while left:
        here = left.pop()
        yield here
        if here.__class__ is not str and (is_leaf is None or not is_leaf(here)):
            left += reversed([*inside(here)])


def folded(
    value: Any, make: Callable[[Any, list[Made]], Made], is_leaf: Callable[[Any], bool] | None = None
) -> Made:
    """The result of `make` for a value and the results for the values inside it."""
    if value.__class__ in _SCALARS or (is_leaf is not None and is_leaf(value)):
        return make(value, [])
    return make(value, [folded(part, make, is_leaf) for part in inside(value)])


def is_symbol(value: Any) -> bool:
    """Whether a value as a whole is unknown or a choice."""
    return isinstance(value, (Unknown, Choice))


def mapped(value: Any, change: Callable[[Any], Any], is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """A value in which `change` has replaced parts, outermost first.

    Parts that `change` returns as they are get entered, unless `is_leaf` names them; parts that it replaces do not. A
    part that becomes `NO_VALUE` is removed from its mapping or list, and a text whose pieces are all known becomes
    plain text.
    """
    found = change(value)
    if found is not value or (is_leaf is not None and is_leaf(value)):
        return found
    if is_mapping(value):
        changed = {key: mapped(item, change, is_leaf) for key, item in value.items()}
        return {key: item for key, item in changed.items() if item is not NO_VALUE}
    if is_sequence(value):
        return [item for part in value if (item := mapped(part, change, is_leaf)) is not NO_VALUE]
    if isinstance(value, Unknown) and value.parts:
        pieces = [mapped(part, change, is_leaf) for part in value.parts]
        if value.kind == "text":
            return text(pieces, value.made_by)
        return attrs.evolve(value, parts=tuple(pieces))
    if isinstance(value, Choice):
        return attrs.evolve(
            value,
            condition=mapped(value.condition, change, is_leaf),
            then=mapped(value.then, change, is_leaf),
            otherwise=mapped(value.otherwise, change, is_leaf),
        )
    return value


def cases(value: Any) -> Iterator[Any]:
    """The values that a value may be, depending on unknown conditions."""
    return (case for case, _ in cases_when(value)) if isinstance(value, Choice) else iter((value,))


def cases_when(value: Any) -> Iterator[tuple[Any, tuple[Unknown, ...]]]:
    """The same, each with the conditions under which the value is that."""
    if isinstance(value, Choice):
        for branch, condition in ((value.then, value.condition), (value.otherwise, negated(value.condition))):
            yield from ((case, (condition, *inner)) for case, inner in cases_when(branch))
    else:
        yield value, ()


def by_case(value: Any, compute: Callable[[Any], Any]) -> Any:
    """The result of `compute` for a value: for a choice, in each case."""
    if isinstance(value, Choice):
        return chosen(value.condition, by_case(value.then, compute), by_case(value.otherwise, compute))
    return compute(value)


def is_known(value: Any) -> bool:
    """Whether a value has no unknown parts."""
    return not any(map(is_symbol, parts(value)))


def unknown_parts(value: Any) -> Iterator[Unknown]:
    """The outermost unknown values in a value."""
    return (p for p in parts(value, lambda part: isinstance(part, Unknown)) if isinstance(p, Unknown))


def unknowns(value: Any) -> list[Unknown]:
    """The innermost unknown values in a value: what it depends on."""

    def found(part: Any, inner: list[list[Unknown]]) -> list[Unknown]:
        return [one for each in inner for one in each] or ([part] if isinstance(part, Unknown) else [])

    return folded(value, found)


def masked(value: Any) -> Any:
    """A value as it may be shown: the values of NoEcho parameters are masked."""
    return mapped(value, lambda part: MASK if isinstance(part, Secret) else part)


def negated(condition: Unknown) -> Unknown:
    """The opposite of an unknown condition."""
    if (condition.kind, condition.name) == ("condition", "Fn::Not"):
        inner: Unknown = condition.parts[0]
        return inner
    return Unknown("condition", "Fn::Not", (condition,))
