"""Samples of values that a property takes, made from the catalog's facts and the reviewed table ``sample_values``."""

from __future__ import annotations

import re
from functools import cache
from math import inf, isfinite

from ..plain import is_mapping
from .patterns import compiled, plainest, texts_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


def listed(facts: Mapping[str, Any], scalar: str | None) -> list[Any]:
    """The listed values, of a scalar type of the catalog only where some are of it."""
    kinds: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    values: list[Any] = facts.get("enum", [])
    return [value for value in values if isinstance(value, kinds.get(scalar or "", object))] or values


def of_items(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of the items of a list: what the list takes, its items take."""
    return {**({"takes": facts["takes"]} if "takes" in facts else {}), **facts.get("items", {})}


def text(name: str, facts: Mapping[str, Any], variant: int) -> str:
    """Text for a property of some name, within its facts."""
    shortest, longest = facts.get("min_length", 0), facts.get("max_length", 10**6)
    pattern: str | None = facts.get("pattern")
    matcher = compiled(pattern or "")

    def fits(candidate: str) -> bool:
        return (
            shortest <= len(candidate) <= longest and matcher is not None and bool(matcher.search(candidate))
        )

    likely = [value for names, value in _samples() if isinstance(value, str) and names.search(name)]
    found = list(filter(fits, [*identifiers(facts.get("takes", ())), *likely]))
    if variant and found:
        first = found[0]
        numbered = [*(f"{first}-{n}" for n in range(2, 12)), *(f"{first[:-1]}{n}" for n in range(1, 10))]
        found = list(dict.fromkeys([first, *filter(fits, numbered), *found]))
    if pattern is not None and len(found) <= variant:
        found = list(dict.fromkeys([*found, *_matching(pattern, shortest, facts.get("max_length"))]))
    if not found:
        found = [("example-" * (shortest // 8 + 1))[: max(shortest, 7)][:longest]]
    return found[variant % len(found)]


def keys(pattern: str | None) -> list[str]:
    """Keys of a map, the plainest first; those that match its pattern, where it has one."""
    usual = ["example", "other", "third", "Example", "1", "10", "/example"]
    if pattern is None:
        return usual
    matcher = compiled(pattern)
    fitting = [key for key in usual if matcher is not None and matcher.search(key)]
    return list(dict.fromkeys([*fitting, *_matching(pattern)])) or usual


def _matching(pattern: str, shortest: int = 0, longest: int | None = None) -> list[str]:
    """Texts that match a pattern, the plainest first."""
    first = plainest(pattern, shortest, longest)
    return [*([] if first is None else [first]), *texts_for(pattern, shortest, longest)]


def mapping(path: str) -> dict[str, Any] | None:
    """A mapping that a property at this path may hold, where one is known."""
    return next((value for names, value in _samples() if is_mapping(value) and names.search(path)), None)


def number(facts: Mapping[str, Any], integer: bool) -> int | float:
    """A number within its bounds: 1 where that fits, else the least."""
    low, high = facts.get("minimum", -inf), facts.get("maximum", inf)
    above, below = facts.get("exclusive_minimum", -inf), facts.get("exclusive_maximum", inf)
    step = facts.get("multiple_of") or (1 if integer else 0)
    near = [above + (step or 1), above + 0.1, low + 1, min(below, high) - 1]
    for n in (1, low, high, step, 0, *near):
        if low <= n <= high and above < n < below and isfinite(n) and (not step or n % step == 0):
            return int(n) if int(n) == n else n
    return 1


def identifiers(targets: Iterable[str]) -> list[str]:
    """Examples of attributes such as ``AWS::IAM::Role.Arn``, as far as we know what they look like."""
    return [value for target in targets for names, value in _samples() if names.fullmatch(target)]


@cache
def _samples() -> list[tuple[re.Pattern[str], Any]]:
    from . import reviewed

    rows = reviewed("sample_values")
    return [(re.compile(f"(?:{row['names']})$"), row["value"]) for row in rows]
