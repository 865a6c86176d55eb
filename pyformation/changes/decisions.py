"""Whether a change that AWS calls conditional replaces the resource, decided from both sides of it.

A row of `catalog/reviewed/updates.json` that is ``exact`` has a ``decide``, which this module reads:

- ``replaced`` and ``in_place`` are lists of clauses (`clauses`); one clause that holds is enough. If only one list
  is given, the other is its opposite; if both are given and neither holds, the answer is not known.
- ``unclear``: clauses under which the answer is not known after all.
- ``at``: the property that the clauses are about, if it is not the path of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import attrs

from .. import catalog
from ..evaluation.secrets import Secret, opened
from ..evaluation.unknowns import scalar_text
from ..evaluation.verdicts import Verdict, is_absent, is_open, opposite, steps_to, value_at
from ..pointers import pointer
from .clauses import one_holds
from .records import Path, Reason


@attrs.frozen
class Decision:
    """Whether a change replaces the resource, with the reason or the condition."""

    replaces: Verdict
    reason: Reason


def decide(
    type_name: str,
    path: Path,
    before: Callable[[], Mapping[str, Any]],
    after: Callable[[], Mapping[str, Any]],
) -> Decision:
    """What a conditional change at a path does to the resource.

    `before` and `after` give the evaluated resource of each side; they are called only if a rule needs it.
    """
    facts = catalog.find_property(type_name, pointer(path))
    if facts is None:
        return Decision(None, _why_unknown(type_name, path))
    row = _rows()[facts.rule] if facts.rule is not None else _row_of_all(type_name)
    if row is None:
        return Decision(None, Reason("unpublished"))
    if "decide" not in row:
        return Decision(None, reason_of(row, None))
    subject: Path | None = _subject(row, path)
    if subject is None:
        return Decision(None, reason_of(row, None))
    sides = before(), after()
    old, new = (value_at(side, subject) for side in sides)
    verdict = _verdict(row["decide"], old, new, *sides)
    transition = _transition(row["decide"], old, new) if verdict is not None else None
    if transition is None:
        return Decision(verdict, reason_of(row, verdict))
    return Decision(verdict, Reason("replaced" if verdict else "in_place", (transition,)))


def reason_of(row: Mapping[str, Any], verdict: Verdict) -> Reason:
    """The reason that a reviewed row gives for a verdict."""
    replaced, in_place = row.get("replaced_if"), row.get("in_place_if")
    if verdict is True and replaced:
        return Reason("replaced", (str(replaced),))
    if verdict is False and in_place:
        return Reason("in_place", (str(in_place),))
    if replaced:
        return Reason("replaced_if", (str(replaced),))
    if in_place:
        return Reason("in_place_if", (str(in_place),))
    practice = row.get("in_practice")
    return Reason("unpublished", (str(practice),) if practice else ())


def is_in_place_in_practice(type_name: str, path: Path) -> bool:
    """Whether a reviewed row says that a conditional change has never replaced the resource in practice."""
    found = catalog.find_property(type_name, pointer(path))
    return found is not None and found.rule is not None and "in_practice" in _rows()[found.rule]


def always(type_name: str, path: Path) -> Reason | None:
    """The reason that a reviewed row gives for a change that always replaces."""
    facts = catalog.find_property(type_name, pointer(path))
    if facts is None or facts.rule is None:
        return None
    found = _rows()[facts.rule].get("replaced_if")
    return None if found is None else Reason("replaced", (str(found),))


@cache
def _rows() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in catalog.reviewed("updates")}


def _row_of_all(type_name: str) -> dict[str, Any] | None:
    """The row for all properties of a type without a row of their own; custom resources share one."""
    general = "AWS::CloudFormation::CustomResource" if type_name.startswith("Custom::") else type_name
    return next((row for row in _rows().values() if row.get("all") and row["type"] == general), None)


def _why_unknown(type_name: str, path: Path) -> Reason:
    if catalog.find(type_name) is None:
        return Reason("unknown_type", (type_name,))
    return Reason("unknown_property", (pointer(path),))


def _subject(row: Mapping[str, Any], path: Path) -> Path | None:
    """The path that a row's clauses are about: the nearest path of the row at or above the changed one."""
    stated = row["decide"].get("at")
    if stated is not None:
        return steps_to(stated)
    found = [steps for steps in map(steps_to, row["paths"]) if path[: len(steps)] == steps]
    return max(found, key=len, default=None)


def _verdict(
    decide: Mapping[str, Any], old: Any, new: Any, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Verdict:
    def holds(key: str) -> Verdict:
        clauses: list[dict[str, Any]] = decide.get(key, [])
        return one_holds(clauses, old, new, before, after)

    replaced = holds("replaced") if "replaced" in decide else opposite(holds("in_place"))
    in_place = holds("in_place") if "in_place" in decide else opposite(replaced)
    if replaced is False and in_place is True:
        return False
    if replaced is not True or holds("unclear") is not False:
        return None
    # Many services ignore the case of names; then nothing changes.
    if isinstance(old, str) and isinstance(new, str) and opened(old).lower() == opened(new).lower():
        return None
    return True


def _transition(decide: Mapping[str, Any], old: Any, new: Any) -> str | None:
    """``aurora to postgres``, if the values are known and may be shown."""
    clauses: list[dict[str, Any]] = [*decide.get("in_place", []), *decide.get("replaced", [])]
    about_values = any(
        isinstance(clause.get("before"), list) and isinstance(clause.get("after"), list) for clause in clauses
    )
    if not about_values or not all(map(_showable, (old, new))):
        return None
    one, other = ("absent" if is_absent(value) else scalar_text(value) for value in (old, new))
    return f"{one} to {other}"


def _showable(value: Any) -> bool:
    if isinstance(value, Secret) or is_open(value):
        return False
    return is_absent(value) or isinstance(value, (str, int, float))
