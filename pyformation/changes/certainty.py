"""Whether a value that differs certainly changes, or may turn out to be the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import matching
from ..evaluation.secrets import opened
from ..evaluation.unknowns import Choice, Unknown, chosen, is_known, mapped, parts, text, unknowns
from ..plain import same_exactly
from .comparison import PLAIN, pairs, same_as_text
from .records import MISSING, Difference, Missing, Reason


def doubt(difference: Difference) -> Reason:
    """The condition under which a change that is not certain replaces the resource."""
    names = dict.fromkeys(found.name for found in unknowns(difference.after) if found.kind == "may")
    return Reason("attribute_may_change", tuple(names)) if names else Reason("value_unknown")


def _symbol(name: str) -> Unknown:
    return Unknown("attribute" if "." in name else "reference", name)


def may_be_same(before: Any, after: Any, as_it_is: Callable[[str], Any] = _symbol) -> bool:
    """Whether two values that differ now may be equal unless something unknown changes. The result of a macro may
    always equal the old value."""
    if before.__class__ in PLAIN and (after.__class__ in PLAIN or _is_new(after)):
        return False
    return any(_case_may_be_same(old, new, as_it_is) for old, new in pairs(before, after))


def _case_may_be_same(old: Any, new: Any, as_it_is: Callable[[str], Any]) -> bool:
    if old is new:
        return True
    if old is not MISSING and new is not MISSING:
        if same_as_text(old, new) or not same_exactly(_chosen_inside(old), _chosen_inside(new)):
            return True
        # A resource may have one of several names now; here, a condition has chosen one already.
        if _may_change(new):
            for now in (as_it_is, _symbol):
                unchanged = _unchanged(new, now)
                if same_as_text(old, unchanged) or _NOT_COMPUTED in parts(unchanged):
                    return True
    return (
        _made_by_macro(old) or _made_by_macro(new) or _may_turn_out_as(old, new) or _may_turn_out_as(new, old)
    )


def _is_new(value: Any) -> bool:
    """Whether a value is a name or an attribute of a resource that the update creates."""
    return isinstance(value, Unknown) and value.kind == "new" and not value.parts


def _chosen_inside(value: Any) -> list[Any]:
    """The parts of a value that depend on unknown conditions or unknown keys: both sides may turn out equal."""

    def is_chosen(part: Any) -> bool:
        return isinstance(part, Choice) or (isinstance(part, Unknown) and _looks_up(part))

    return [part for part in parts(value, is_chosen) if is_chosen(part)]


def _looks_up(value: Unknown) -> bool:
    if value.name == "Fn::Select":  # Items at different known positions are different values.
        return bool(value.parts) and not is_known(value.parts[0])
    return value.name == "Fn::FindInMap"


# Values that come from outside the template and may be anything.
_INPUTS = frozenset({"parameter", "ssm", "pseudo", "import", "output"})


_FROM_OTHER_STACKS = {"import", "output"}


def _may_turn_out_as(value: Any, other: Any) -> bool:
    """Whether a value that depends on missing inputs may be equal to the other one."""
    if not isinstance(value, Unknown) or isinstance(other, (Missing, Choice)):
        return False
    if any(found.kind not in _INPUTS for found in unknowns([value, other])):
        return False
    if isinstance(other, Unknown):
        return _may_agree(_atoms(value), _atoms(other))
    return fits(value, other) if value.kind == "text" and isinstance(other, str) else True


def _atoms(value: Unknown) -> list[Any]:
    """A text as a list of characters and unknown pieces."""
    pieces = value.parts if value.kind == "text" else (value,)
    return [atom for part in pieces for atom in (opened(part) if isinstance(part, str) else (part,))]


def _may_agree(one: list[Any], other: list[Any]) -> bool:
    """Whether two texts may be equal: where they differ, one of them has an input whose value may be what the other
    one has. Two different inputs are never equal."""
    start, end = 0, min(len(one), len(other))
    while start < end and same_exactly(one[start], other[start]):
        start += 1
    last = 0
    while last < end - start and same_exactly(one[-1 - last], other[-1 - last]):
        last += 1
    mine, theirs = one[start : len(one) - last], other[start : len(other) - last]
    if {atom.kind if isinstance(atom, Unknown) else "" for atom in (*mine, *theirs)} == _FROM_OTHER_STACKS:
        return len(mine) == len(theirs) == 1  # The same output can be imported or requested by its name.
    for atoms, whole in ((mine, theirs), (theirs, mine)):
        if all(isinstance(atom, str) for atom in whole):
            pieces = text(atoms, "")
            return isinstance(pieces, Unknown) and _may_turn_out_as(pieces, "".join(whole))
    return False


def fits(value: Unknown, whole: str) -> bool:
    """Whether a text has the known pieces of another in order, with anything between them."""
    fixed = [""]
    for piece in value.parts:
        if isinstance(piece, str):
            fixed[-1] += opened(piece)
        else:
            fixed.append("")
    return matching.fits(fixed, opened(whole))


def _made_by_macro(value: Any) -> bool:
    return isinstance(value, Unknown) and any(
        isinstance(part, Unknown) and part.kind == "macro" for part in parts(value)
    )


def _may_change(value: Any) -> bool:
    """Whether any part of a value may change or depends on an unknown condition."""
    return any(
        isinstance(part, Choice) or (isinstance(part, Unknown) and part.kind == "may")
        for part in parts(value)
    )


# The result of a function whose arguments would all be known: the engine has evaluated it for changed arguments only.
_NOT_COMPUTED = Unknown("function", "")


def _unchanged(value: Any, as_it_is: Callable[[str], Any]) -> Any:
    """A value in which everything that may change is as it is now."""

    def change(part: Any) -> Any:
        if isinstance(part, Unknown) and part.kind == "function" and _may_change(part.parts):
            arguments = [mapped(each, change) for each in part.parts]
            return _NOT_COMPUTED if all(map(is_known, arguments)) else part
        if isinstance(part, Choice):
            return chosen(part.condition, mapped(part.then, change), mapped(part.otherwise, change))
        return as_it_is(part.name) if isinstance(part, Unknown) and part.kind == "may" else part

    return mapped(value, change)
