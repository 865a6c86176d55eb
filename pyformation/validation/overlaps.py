"""Problems that both pyformation and cloudformation-validate find, and which of both reports them.

If both find the same problem at the same place, one of the findings is left out. A problem that only one of them
finds is always reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import attrs

from ..finding import Finding


@attrs.frozen
class Overlap:
    """One of our codes and the rules that find the same; `anywhere` if it is about the template as a whole."""

    code: str
    rules: tuple[str, ...]
    keeps: Literal["ours", "theirs"]
    reason: str
    anywhere: bool = False
    # A text in the message, for a rule that finds several problems.
    says: str = ""
    # Whether only the very same place counts.
    exact: bool = False


OVERLAPS = (
    Overlap(
        "PF215",
        ("F0003", "F0004", "F0007", "F0008", "F0011", "E1002", "E3010"),
        "ours",
        "One code for all limits, with the number that was found.",
        anywhere=True,
    ),
    Overlap(
        "PF217",
        ("F1010", "F1018", "F1020", "F6101"),
        "ours",
        "One code for every spelling of a reference, with the nearest name; the diff has it, too.",
    ),
    Overlap("PF217", ("E3005",), "ours", "As above, of DependsOn.", says="does not exist"),
    Overlap("PF701", ("W2001",), "ours", "The same."),
    Overlap("PF702", ("W8001",), "ours", "The same."),
    Overlap("PF703", ("W7001",), "ours", "The same."),
    Overlap("PF704", ("W1001", "W2503"), "ours", "Ours names a case in which it happens."),
    Overlap("PF705", ("W1001", "W2503"), "ours", "Ours is an error: it happens in every case."),
    Overlap("PF706", ("E3663",), "ours", "Ours stands at the variable itself."),
    Overlap("PF707", ("E3031", "F3031"), "theirs", "It reads every pattern, also those that Python cannot."),
    Overlap(
        "PF713",
        (
            "E1010",
            "F0010",
            "F1010",
            "F1012",
            "F1018",
            "F1020",
            "F6101",
            "E1011",
            "E1015",
            "E1016",
            "E1017",
            "E1018",
            "E1019",
            "E1021",
            "E1022",
            "E1024",
            "E1028",
            "E1030",
            "E1031",
            "E1032",
            "E8003",
            "E8004",
            "E8005",
            "E8006",
            "F0013",
            "F1101",
            "W1020",
        ),
        "ours",
        "The same arguments of the same function, with what was found.",
    ),
    Overlap("PF713", ("E3001",), "ours", "A resource without a type.", says="'Type' must be a string"),
    Overlap("PF713", ("E3001",), "ours", "A resource that is not a mapping.", says="body must be an object"),
    Overlap("PF713", ("E3001",), "ours", "The name of a condition.", says="'Condition' must be a string"),
    Overlap("PF713", ("E8001", "E8002"), "ours", "A condition that is not one, or does not exist."),
    Overlap(
        "PF713",
        ("E6005", "E8007", "E9106"),
        "ours",
        "Conditions that do not exist or refer to each other; ours stands at the place.",
        anywhere=True,
    ),
    Overlap("PF714", ("E1004", "F1004", "E6003", "E8001", "E8003"), "ours", "The same shape."),
    Overlap("PF714", ("E2001",), "ours", "A default that is not a text.", says="Default must"),
    Overlap("PF714", ("E3001",), "ours", "A null, or what is not a mapping.", says="null"),
    Overlap("PF714", ("E3001",), "ours", "A null.", says="list elements must be strings"),
    Overlap("PF714", ("F6101",), "ours", "A list.", says="must be a string, not a list"),
    Overlap("PF715", ("E3510",), "ours", "The effect of a statement."),
    Overlap("PF715", ("E9002",), "ours", "Ports in the wrong order."),
    Overlap("PF715", ("F3017",), "ours", "The zone of a volume.", says="AvailabilityZoneId", exact=True),
    Overlap(
        "PF715",
        (
            "E2504",
            "E3501",
            "E3706",
            "F3002",
            "F3014",
            "F3018",
            "F3020",
            "F3031",
            "F3034",
            "F3036",
            "F3037",
            "F3039",
        ),
        "ours",
        "The same rule, in words.",
        exact=True,
    ),
    Overlap("PF720", ("F3012",), "theirs", "It looks at what is written.", exact=True),
    Overlap("PF720", ("W9003", "E1010", "E3008"), "ours", "Ours is an error, and names the function."),
    Overlap("PF709", ("W2531",), "ours", "The same days, and what follows."),
    Overlap("PF710", ("E2531", "E2533", "W2531"), "ours", "The same days, and what follows."),
)

# Rules that depend on the present day; ours can be checked for any day.
BY_DATE = frozenset(rule for row in OVERLAPS if row.code in ("PF709", "PF710") for rule in row.rules)


def without_overlaps(
    ours: Sequence[Finding], theirs: Sequence[Finding]
) -> tuple[list[Finding], list[Finding]]:
    """Both without what the other one says of the same place."""
    left_out: set[int] = set()
    by_rule: dict[str, list[Finding]] = {}
    for found in theirs:
        by_rule.setdefault(found.code, []).append(found)
    by_code: dict[str, list[Finding]] = {}
    for found in ours:
        by_code.setdefault(found.code, []).append(found)
    for row in OVERLAPS:
        mine = by_code.get(row.code)
        others = [found for rule in row.rules for found in by_rule.get(rule, ()) if row.says in found.message]
        if not mine or not others:
            continue
        judged, by = (others, mine) if row.keeps == "ours" else (mine, others)
        places = _Places(by)
        for found in judged:
            if row.anywhere or (found.path in places.paths if row.exact else places.has(found)):
                left_out.add(id(found))
    return [f for f in ours if id(f) not in left_out], [f for f in theirs if id(f) not in left_out]


class _Places:
    """The places of some findings, to ask whether another one is at, above or below one of them, in the same
    element."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.paths = {found.path for found in findings}
        self._at = {(found.element, found.path) for found in findings}
        self._around = {(found.element, above) for found in findings for above in _above(found.path)}

    def has(self, found: Finding) -> bool:
        """Whether a finding is there."""
        element = found.element
        if element is None:
            return False
        if (element, found.path) in self._at or (element, found.path) in self._around:
            return True
        return any((element, above) in self._at for above in _above(found.path))


def _above(path: str | None) -> Iterator[str]:
    """The paths around a path."""
    place = len(path or "")
    while path is not None and (place := path.rfind("/", 0, place)) > 0:
        yield path[:place]


def without_repeats(ours: Sequence[Finding]) -> list[Finding]:
    """Our own findings without errors of the evaluation that another one explains at the same place."""
    better = _Places([found for found in ours if found.code in ("PF214", "PF215", "PF217", "PF714")])
    return [found for found in ours if found.code != "PF713" or not better.has(found)]
