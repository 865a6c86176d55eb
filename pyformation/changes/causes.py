"""Why a value changes: the edits, parameters, mappings, conditions and resources behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..evaluation.expressions import Reference, section
from ..evaluation.references import named
from .comparison import PLAIN, same_as_text
from .places import deciding, expression_at
from .records import MISSING, Cause, Difference, entity_of
from .sides import Expressions, Side, Sides


def causes_of(
    sides: Sides, expressions: Expressions, difference: Difference, differs: Callable[[Reference], bool]
) -> Iterator[Cause]:
    """Why the value of some expressions differs. `differs` says whether the value of a reference to a resource
    changes, or may change."""
    top, node_before, node_after, _ = expressions
    if top[0] == "Tags":
        yield Cause("tags")
        return
    if node_before.__class__ in PLAIN and node_after.__class__ in PLAIN:
        yield Cause("edit")
        return
    found: dict[Cause, None] = {}
    was, is_now = (
        (path or difference.path)[len(top) :] for path in (difference.path_before, difference.path_after)
    )
    engine = sides.after.engine
    flipped: tuple[Cause, ...] = ()
    if not sides.same_surroundings:
        flipped = _flipped(
            sides, *deciding(sides.before.engine, node_before, was), *deciding(engine, node_after, is_now)
        )
    # An item can disappear although its list was not edited, because its key changed; its expression before the
    # update shows the cause.
    by_before = difference.is_by_key and difference.after is MISSING and node_before == node_after
    side, node, way = (sides.before, node_before, was) if by_before else (sides.after, node_after, is_now)
    if node is not MISSING:
        place = expression_at(side.engine, node, way)
        for reference in side.engine.references(place):
            if reference.attribute is None and sides.has_changed(reference.name):
                found[Cause("parameter", reference.name)] = None
            elif differs(reference):
                found[Cause("resource", entity_of(reference))] = None
        for name in () if sides.same_surroundings else named(place, "mapping"):
            mappings = (section(side.data, "Mappings").get(name) for side in (sides.before, sides.after))
            if not same_as_text(*mappings):
                found[Cause("mapping", name)] = None
    found.update(dict.fromkeys(flipped))
    if not found or node_before is MISSING or node_after is MISSING:
        found[Cause("edit")] = None
    elif node_before != node_after:
        one = expression_at(sides.before.engine, node_before, was)
        if one != expression_at(engine, node_after, is_now) and not flipped:
            found[Cause("edit")] = None
    yield from found


def _flipped(sides: Sides, *names: str) -> tuple[Cause, ...]:
    """The conditions whose value differs."""

    def value(side: Side, name: str) -> Any:
        return side.engine.condition(name) if name in section(side.data, "Conditions") else None

    return tuple(
        Cause("condition", name)
        for name in dict.fromkeys(names)
        if not same_as_text(value(sides.before, name), value(sides.after, name))
    )
