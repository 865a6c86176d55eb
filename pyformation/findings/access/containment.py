"""Sets of requests, and whether some of them hold another: the mathematics of "broader".

A policy statement allows a set of requests: a box of principals, actions and resources, under conditions.
A statement grants no more than others if its box lies in the union of theirs. Each side of a box is a set
of texts: those that any of some patterns matches (``s3:Get*``), or all others (``NotAction``). Such sets are
compared exactly, as automata; conditions by rules that never call a wider condition narrower.

A text may have unknown pieces. An unknown piece is a letter of its own, equal only to itself: what holds
for that letter holds whatever it stands for. Only where a pattern excludes, it may stand for anything.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import product
from typing import Literal

import attrs

# What a pattern consists of: letters, unknown pieces, and these two.
STAR = 0
ONE = 1


@attrs.frozen
class Symbol:
    """An unknown piece of a text.

    A ``variable`` is known when a request is made. A ``name`` is that of a resource: any text, but never the name of
    another resource. An ``input`` may be anything.
    """

    name: str
    kind: Literal["input", "name", "variable"] = attrs.field(default="input", eq=False)


Token = str | int | Symbol
Pattern = tuple[Token, ...]

# A character that is in no pattern stands for all other characters.
_OTHER = "\U0010fffd"
# Beyond these limits the answer is "not contained", which is never optimistic.
_MOST_STATES = 20_000
_MOST_REGIONS = 200
_MOST_BOXES = 3_000


def normal(tokens: Iterable[Token]) -> Pattern:
    """The normal form of a pattern: of adjacent wildcards, ``?`` first and only one ``*``."""
    found: list[Token] = []
    star = False
    for token in tokens:
        if token is STAR or (type(token) is int and token == STAR):
            star = True
        elif type(token) is int:
            found.append(token)
        else:
            if star:
                found.append(STAR)
                star = False
            found.append(token)
    if star:
        found.append(STAR)
    return tuple(found)


def pattern(text: str) -> Pattern:
    """The pattern of a text in which ``*`` and ``?`` are wildcards."""
    return normal({"*": STAR, "?": ONE}.get(letter, letter) for letter in text)


def literal(text: str) -> Pattern:
    """The pattern of a text that matches itself only."""
    return tuple(text)


ALL: Pattern = (STAR,)


@lru_cache(maxsize=50_000)
def holds(outer: Pattern, inner: Pattern) -> bool:
    """Whether a pattern matches all that another one does.

    Reads the inner pattern as a text: its ``*`` is matched by a ``*`` only.
    """
    if outer in (inner, ALL):
        return True
    at = place = 0
    star, retry = -1, 0
    while place < len(inner):
        token = inner[place]
        wanted: Token | None = outer[at] if at < len(outer) else None
        if wanted is not None and wanted == STAR and type(wanted) is int:
            star, retry = at, place
            at += 1
        elif wanted is not None and (
            (type(wanted) is type(token) and wanted == token)
            or (type(wanted) is int and wanted == ONE and isinstance(token, str))
        ):
            at += 1
            place += 1
        elif star >= 0:
            retry += 1
            at, place = star + 1, retry
        else:
            return False
    return all(type(token) is int and token == STAR for token in outer[at:])


class _Automaton:
    """A pattern that reads a text letter by letter; a state is the set of places that were reached, as bits."""

    __slots__ = ("end", "full", "letters", "of", "ones", "start", "stars")

    def __init__(self, tokens: Pattern) -> None:
        self.of: dict[str | Symbol, int] = {}
        self.stars = self.ones = 0
        for place, token in enumerate(tokens):
            bit = 1 << place
            if isinstance(token, int):
                if token == STAR:
                    self.stars |= bit
                else:
                    self.ones |= bit
            else:
                self.of[token] = self.of.get(token, 0) | bit
        self.end = 1 << len(tokens)
        self.full = self.end | (self.end - 1)
        self.letters = {token for token in self.of if isinstance(token, str)}
        self.start = self._closed(1)

    def _closed(self, state: int) -> int:
        return state | (state & self.stars) << 1

    def step(self, state: int, letter: str | Symbol) -> int:
        moving = self.of.get(letter, 0)
        if isinstance(letter, str):
            moving |= self.ones
        return self._closed((state & moving) << 1 | (state & self.stars))

    def loosely(self, state: int, letter: str | Symbol) -> int:
        """A step in which an unknown letter may be any text."""
        if isinstance(letter, str) or not state:
            return self.step(state, letter)
        return self.full & ~((state & -state) - 1)

    def wanted(self, state: int) -> Iterator[str | Symbol | None]:
        """The letters that lead on; None for any."""
        if state & (self.stars | self.ones):
            yield None
        for letter, places in self.of.items():
            if state & places:
                yield letter


def _loose(tokens: Pattern) -> Pattern:
    return normal(STAR if isinstance(token, Symbol) else token for token in tokens)


@attrs.frozen
class Texts:
    """A set of texts: those that any pattern matches, or with `others` those of the universe that none does."""

    patterns: tuple[Pattern, ...]
    others: bool = False
    universe: Pattern = ALL

    def holds(self, inner: Texts) -> bool:
        """Whether another set lies in this one, where its shape alone shows it."""
        if not self.others:
            if inner.others:
                return any(holds(mine, inner.universe) for mine in self.patterns)
            return all(any(holds(mine, its) for mine in self.patterns) for its in inner.patterns)
        if inner.others:
            return all(any(holds(its, mine) for its in inner.patterns) for mine in self.patterns)
        return False

    def meets(self, other: Texts) -> bool:
        """Whether two sets have a text in common, or may have."""
        if self.others or other.others:
            return True
        return any(_meet(mine, its) for mine in self.patterns for its in other.patterns)


@lru_cache(maxsize=50_000)
def _meet(one: Pattern, other: Pattern) -> bool:
    for first, second in zip(one, other, strict=False):
        if not (isinstance(first, str) and isinstance(second, str)):
            break
        if first != second:
            return False
    mine, its = _Automaton(_loose(one)), _Automaton(_loose(other))
    letters = [*sorted(mine.letters | its.letters), _OTHER]
    seen = {(mine.start, its.start)}
    todo = list(seen)
    while todo:
        first, second = todo.pop()
        if first & mine.end and second & its.end:
            return True
        for letter in letters:
            found = mine.step(first, letter), its.step(second, letter)
            if all(found) and found not in seen:
                seen.add(found)
                todo.append(found)
    return False


def within(inner: Texts, outers: Sequence[Texts]) -> bool:
    """Whether every text of a set is in one of others."""
    if any(outer.holds(inner) for outer in outers):
        return True
    if inner.others:
        return _nothing_left(inner.universe, inner.patterns, outers)
    return all(
        any(outer.holds(Texts((its,))) for outer in outers) or _nothing_left(its, (), outers)
        for its in inner.patterns
    )


def _nothing_left(inner: Pattern, without: Sequence[Pattern], outers: Sequence[Texts]) -> bool:
    """Whether all that `inner` matches, and none of `without`, is in an outer set.

    Looks for a text that is not, all automata side by side.
    """
    mine = _Automaton(inner)
    removed = [_Automaton(tokens) for tokens in without]
    plain = [_Automaton(tokens) for outer in outers if not outer.others for tokens in outer.patterns]
    # A text is outside of "all others" if one of the patterns may match it.
    groups = [[_Automaton(_loose(tokens)) for tokens in outer.patterns] for outer in outers if outer.others]
    loose = [automaton for group in groups for automaton in group]
    every = [*removed, *plain, *loose]
    letters: set[str | Symbol] = {_OTHER, *mine.letters}
    for automaton in every:
        letters |= automaton.letters
    hard = len(removed) + len(plain)
    start = (mine.start, *(automaton.start for automaton in every))
    seen = {start}
    todo = [start]
    while todo:
        state = todo.pop()
        if state[0] & mine.end and not any(
            automaton.end & reached for automaton, reached in zip(every[:hard], state[1:], strict=False)
        ):
            ends = [bool(a.end & reached) for a, reached in zip(loose, state[1 + hard :], strict=True)]
            place = 0
            for group in groups:
                if not any(ends[place : place + len(group)]):
                    break
                place += len(group)
            else:
                return False
        wanted = set(mine.wanted(state[0]))
        if None in wanted:
            wanted |= letters
        for letter in wanted:
            if letter is None:
                continue
            found = (
                mine.step(state[0], letter),
                *(a.step(reached, letter) for a, reached in zip(every[:hard], state[1:], strict=False)),
                *(a.loosely(reached, letter) for a, reached in zip(loose, state[1 + hard :], strict=True)),
            )
            if found[0] and found not in seen:
                if len(seen) > _MOST_STATES:
                    return False
                seen.add(found)
                todo.append(found)
    return True


# ---------------------------------------------------------------------------------------------
# Conditions

Family = Literal["texts", "networks", "less", "greater", "values"]

# An operator: how its values are compared, and whether it is true where none of them matches.
_OPERATORS: dict[str, tuple[Family, bool]] = {
    "StringEquals": ("texts", False),
    "StringEqualsIgnoreCase": ("texts", False),
    "StringLike": ("texts", False),
    "ArnEquals": ("texts", False),
    "ArnLike": ("texts", False),
    "StringNotEquals": ("texts", True),
    "StringNotEqualsIgnoreCase": ("texts", True),
    "StringNotLike": ("texts", True),
    "ArnNotEquals": ("texts", True),
    "ArnNotLike": ("texts", True),
    "IpAddress": ("networks", False),
    "NotIpAddress": ("networks", True),
    "NumericEquals": ("values", False),
    "NumericNotEquals": ("values", True),
    "NumericLessThan": ("less", False),
    "NumericLessThanEquals": ("less", False),
    "NumericGreaterThan": ("greater", False),
    "NumericGreaterThanEquals": ("greater", False),
    "DateEquals": ("values", False),
    "DateNotEquals": ("values", True),
    "DateLessThan": ("less", False),
    "DateLessThanEquals": ("less", False),
    "DateGreaterThan": ("greater", False),
    "DateGreaterThanEquals": ("greater", False),
    "Bool": ("values", False),
    "BinaryEquals": ("values", False),
    "Null": ("values", False),
}
# An operator with the same values is true whenever the one before it is.
_WIDER = {
    ("StringEquals", "StringLike"),
    ("StringEquals", "StringEqualsIgnoreCase"),
    ("ArnEquals", "ArnLike"),
    ("ArnLike", "ArnEquals"),
    ("ArnNotEquals", "ArnNotLike"),
    ("ArnNotLike", "ArnNotEquals"),
    ("StringNotLike", "StringNotEquals"),
    ("StringNotEqualsIgnoreCase", "StringNotEquals"),
    ("NumericLessThan", "NumericLessThanEquals"),
    ("NumericGreaterThan", "NumericGreaterThanEquals"),
    ("DateLessThan", "DateLessThanEquals"),
    ("DateGreaterThan", "DateGreaterThanEquals"),
}
# One that is true where a value matches, and one that is true where none does.
_OPPOSITE = {
    (f"{family}{one}", f"{family}Not{other}")
    for family in ("String", "Arn")
    for one in ("Equals", "Like")
    for other in ("Equals", "Like")
}
_WILDCARDS = frozenset(["StringLike", "StringNotLike", "ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"])


def takes_wildcards(operator: str) -> bool:
    """Whether the values of an operator are patterns."""
    return operator in _WILDCARDS


@attrs.frozen
class Constraint:
    """One line of a Condition: an operator, a key, and values, one of which must match.

    `values` are patterns; where all of a value is known, as most comparisons need, it is a plain text too.
    """

    operator: str
    key: str
    values: tuple[Pattern, ...]
    if_exists: bool = False
    quantifier: str = ""

    @property
    def family(self) -> Family | None:
        """How values are compared, or None for an unknown operator."""
        known = _OPERATORS.get(self.operator)
        return None if known is None else known[0]

    @property
    def negated(self) -> bool:
        """Whether it is true where no value matches."""
        known = _OPERATORS.get(self.operator)
        return known is not None and known[1]

    def parts(self) -> list[Constraint]:
        """The same as several constraints, one of which must hold."""
        if self.negated or self.family is None or self.quantifier == "ForAllValues" or len(self.values) < 2:
            return [self]
        return [attrs.evolve(self, values=(value,)) for value in self.values]


def implies(stronger: Constraint, weaker: Constraint) -> bool:
    """Whether every request that satisfies one constraint also satisfies the other."""
    if stronger == weaker:
        return True
    if stronger.key != weaker.key or stronger.quantifier != weaker.quantifier:
        return False
    if stronger.if_exists and not weaker.if_exists:
        return False
    if (
        (stronger.operator, weaker.operator) in _OPPOSITE
        and not stronger.if_exists
        and not stronger.quantifier
    ):
        return not any(_meet(one, other) for one in stronger.values for other in weaker.values)
    if stronger.operator != weaker.operator and (stronger.operator, weaker.operator) not in _WIDER:
        return False
    family = stronger.family
    if family is None or not stronger.values or not weaker.values:
        return _same_sets(stronger.values, weaker.values) and stronger.operator == weaker.operator
    inner, outer = (weaker, stronger) if stronger.negated else (stronger, weaker)
    if family in ("texts", "values"):
        fold = "IgnoreCase" in outer.operator
        return all(
            any(holds(_folded(its, fold), _folded(value, fold)) for its in outer.values)
            for value in inner.values
        )
    if family == "networks":
        networks = [_network(value) for value in outer.values]
        return all(
            any(one is not None and _inside(value, one) for one in networks) or value in outer.values
            for value in inner.values
        )
    numbers = [_number(value) for value in stronger.values]
    limits = [_number(value) for value in weaker.values]
    mine = [number for number in numbers if number is not None]
    its = [number for number in limits if number is not None]
    if len(mine) < len(numbers) or not its:
        return False
    return max(mine) <= max(its) if family == "less" else min(mine) >= min(its)


def _same_sets(one: Sequence[Pattern], other: Sequence[Pattern]) -> bool:
    return all(value in other for value in one) and all(value in one for value in other)


def _folded(value: Pattern, fold: bool) -> Pattern:
    if not fold:
        return value
    return tuple(token.lower() if isinstance(token, str) else token for token in value)


def plain(value: Pattern) -> str | None:
    """A pattern as the text that it was, None where a piece is unknown."""
    if any(isinstance(token, Symbol) for token in value):
        return None
    return "".join(token if isinstance(token, str) else "*?"[int(token == ONE)] for token in value)  # pyright: ignore[reportUnknownArgumentType]


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network(text: str) -> Network | None:
    """A block of addresses; None where the text is none."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _network(value: Pattern) -> Network | None:
    text = plain(value)
    return None if text is None else network(text)


def _inside(value: Pattern, outer: Network) -> bool:
    inner = _network(value)
    return inner is not None and inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def _number(value: Pattern) -> float | None:
    text = plain(value)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if "T" in text else None
    except ValueError:
        return None


# ---------------------------------------------------------------------------------------------
# Statements


@attrs.frozen
class Statement:
    """A set of requests: principals, actions and resources, under conditions that must all hold."""

    principals: Texts
    actions: Texts
    resources: Texts
    conditions: tuple[Constraint, ...] = ()

    @property
    def sides(self) -> tuple[Texts, Texts, Texts]:
        """The box."""
        return self.principals, self.actions, self.resources


def boxes(statement: Statement) -> Iterator[Statement]:
    """A statement as many that have one pattern on each side, and one value in each condition."""
    sides = [
        [side] if side.others else [attrs.evolve(side, patterns=(one,)) for one in side.patterns]
        for side in statement.sides
    ]
    parts = [constraint.parts() for constraint in statement.conditions]
    count = 1
    for side in sides:
        count *= max(1, len(side))
    for choices in parts:
        count *= max(1, len(choices))
    if count > _MOST_BOXES:
        parts = [[constraint] for constraint in statement.conditions]
        if count > _MOST_BOXES * 10:
            sides = [[side] for side in statement.sides]
    for principals, actions, resources in product(*sides):
        for conditions in product(*parts):
            yield Statement(principals, actions, resources, tuple(conditions))


def left_over(statement: Statement, others: Sequence[Statement]) -> list[Statement]:
    """The boxes of a statement that the union of others does not hold; empty where it holds all of it."""
    if statement in others or any(side.others and within(side, ()) for side in statement.sides):
        return []
    return [box for box in boxes(statement) if not _held(box, others)]


def _held(box: Statement, others: Sequence[Statement]) -> bool:
    near: list[Statement] = []
    for other in others:
        if not all(any(implies(mine, its) for mine in box.conditions) for its in other.conditions):
            continue
        if all(its.holds(mine) for mine, its in zip(box.sides, other.sides, strict=True)):
            return True
        if all(its.meets(mine) for mine, its in zip(box.sides, other.sides, strict=True)):
            near.append(other)
    # What is left of the box: on each side the texts that these sets do not have.
    regions: dict[tuple[tuple[Texts, ...], ...], None] = {((), (), ()): None}
    for other in near:
        left: dict[tuple[tuple[Texts, ...], ...], None] = {}
        for region in regions:
            for place, (mine, its) in enumerate(zip(box.sides, other.sides, strict=True)):
                taken = (*region[place], its)
                if not within(mine, taken):
                    left[(*region[:place], taken, *region[place + 1 :])] = None
        if not left:
            return True
        if len(left) > _MOST_REGIONS:
            return False
        regions = left
    return False


def may_be_held(box: Statement, others: Sequence[Statement]) -> bool:
    """Whether one of some statements holds a box if unknown pieces are the right texts."""
    return any(
        all(any(_may_imply(mine, its) for mine in box.conditions) for its in other.conditions)
        and all(_side_may_hold(its, mine) for mine, its in zip(box.sides, other.sides, strict=True))
        for other in others
    )


def _side_may_hold(outer: Texts, inner: Texts) -> bool:
    if outer.holds(inner):
        return True
    if outer.others or inner.others:
        return any(_is_open(one) for one in (*outer.patterns, *inner.patterns))
    return all(any(_may_hold(its, mine) for its in outer.patterns) for mine in inner.patterns)


def _may_imply(stronger: Constraint, weaker: Constraint) -> bool:
    if implies(stronger, weaker):
        return True
    alike = attrs.evolve(stronger, values=()) == attrs.evolve(weaker, values=())
    return alike and any(map(_is_open, (*stronger.values, *weaker.values)))


def _is_open(value: Pattern) -> bool:
    return any(isinstance(token, Symbol) and token.kind != "variable" for token in value)


def _may_hold(outer: Pattern, inner: Pattern) -> bool:
    """Whether a pattern matches all that another one does if unknown pieces are the right texts."""
    if holds(outer, inner):
        return True
    if not _is_open(outer) and not _is_open(inner):
        return False
    seen = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        at, place = todo.pop()
        wanted: Token | None = outer[at] if at < len(outer) else None
        token: Token | None = inner[place] if place < len(inner) else None
        if wanted is None and token is None:
            return True
        for state in _steps(at, wanted, place, token):
            if state not in seen:
                seen.add(state)
                todo.append(state)
    return False


def _steps(at: int, wanted: Token | None, place: int, token: Token | None) -> Iterator[tuple[int, int]]:
    """Where two patterns are one token later, side by side."""
    if wanted == STAR and type(wanted) is int:
        yield at + 1, place
        if token is not None:
            yield at, place + 1
        return
    if wanted is not None and token is not None:
        if wanted == token or (wanted == ONE and type(wanted) is int and isinstance(token, str)):
            yield at + 1, place + 1
    # An unknown piece has in it what the other text has there, token by token, until it ends; a name is not empty.
    if isinstance(token, Symbol):
        if token.kind == "input":
            yield at, place + 1
        if _may_have(token, wanted):
            yield from ((at + 1, place), (at + 1, place + 1))
    if isinstance(wanted, Symbol):
        if wanted.kind == "input":
            yield at + 1, place
        if _may_have(wanted, token):
            yield from ((at, place + 1), (at + 1, place + 1))


def _may_have(piece: Symbol, other: Token | None) -> bool:
    """Whether an unknown piece may have in it what another text has in a place."""
    if isinstance(other, Symbol):
        return {piece.kind, other.kind} in ({"input"}, {"input", "name"})
    return isinstance(other, str) and piece.kind != "variable"


# ---------------------------------------------------------------------------------------------
# Network rules


@attrs.frozen
class Span:
    """A range of whole numbers, or one unknown thing that is equal only to itself."""

    first: int = 0
    last: int = 0
    thing: str | None = None

    def minus(self, other: Span) -> list[Span]:
        """What of this the other does not have."""
        if self.thing is not None or other.thing is not None:
            return [] if self.thing == other.thing else [self]
        found: list[Span] = []
        if self.first < other.first:
            found.append(Span(self.first, min(self.last, other.first - 1)))
        if self.last > other.last:
            found.append(Span(max(self.first, other.last + 1), self.last))
        return found


# Whole sides, which hold unknown things too.
PROTOCOLS = Span(0, 255)
PORTS = Span(0, 65_535)


@attrs.frozen
class Rule:
    """What one rule lets through: protocols, ports and peers, which are `4:` or `6:` addresses or a thing.

    `unknown`: a thing in it may be anything.
    """

    protocols: Span
    ports: Span
    version: int
    peers: Span
    unknown: bool = attrs.field(default=False, eq=False)

    def minus(self, other: Rule) -> list[Rule]:
        """What of this the other does not let through."""
        if self.version != other.version and not _everywhere_for(self, other):
            return [self]
        left: list[Rule] = []
        for found in [] if other.protocols == PROTOCOLS else self.protocols.minus(other.protocols):
            left.append(attrs.evolve(self, protocols=found))
        for found in [] if other.ports == PORTS else self.ports.minus(other.ports):
            left.append(attrs.evolve(self, ports=found))
        if self.version == other.version:
            for found in [] if other.peers == SPACE.get(self.version) else self.peers.minus(other.peers):
                left.append(attrs.evolve(self, peers=found))
        return left


def may_let(rule: Rule, other: Rule) -> bool:
    """Whether the other lets through what a rule does if unknown things are the right ones."""
    spans = ((rule.protocols, other.protocols), (rule.ports, other.ports), (rule.peers, other.peers))
    return (rule.unknown or other.unknown) and all(
        mine.thing is not None or its.thing is not None or not mine.minus(its) for mine, its in spans
    )


# A peer that is not a block of addresses: a group, whose members are in a VPC, or a list, whose entries are
# unknown.
GROUP = 1
LIST = 2
SPACE = {4: Span(0, 2**32 - 1), 6: Span(0, 2**128 - 1)}


def _everywhere_for(rule: Rule, other: Rule) -> bool:
    """Whether a group is asked for where all IPv4 addresses were let in."""
    return rule.version == GROUP and other.version == 4 and other.peers == SPACE[4]


def rule_left_over(rule: Rule, others: Sequence[Rule]) -> list[Rule]:
    """The parts of a rule that the union of others does not let through."""
    left = [rule]
    for other in others:
        parts: dict[Rule, None] = dict.fromkeys(part for one in left for part in one.minus(other))
        left = list(parts)
        if not left or len(left) > _MOST_REGIONS:
            break
    return left
