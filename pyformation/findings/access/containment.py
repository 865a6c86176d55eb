"""Sets of requests, and whether some of them contain another: the mathematics of "broader".

A policy statement allows a set of requests: a box of principals, actions and resources, under conditions. It grants
no more than others do if its box lies in the union of theirs. Each side of a box is a set of texts: those that match
any of some patterns (``s3:Get*``), or all others (``NotAction``). Such sets are compared exactly, as automata;
conditions are compared by rules that never call a wider condition narrower.

A text may have unknown pieces. An unknown piece is treated as a letter that equals only itself: what holds for this
letter holds for any value of it. Only in a pattern that excludes, it may stand for anything.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import product
from typing import Literal

import attrs

from ...budget import MOVES, may_move

# A pattern consists of letters, unknown pieces, and these two.
STAR = 0
ONE = 1


@attrs.frozen
class Symbol:
    """An unknown piece of a text.

    A ``variable`` is known only when a request is made. A ``name`` is the name of a resource: any text, but not the
    name of another resource. An ``input`` may be anything.
    """

    name: str
    kind: Literal["input", "name", "variable"] = attrs.field(default="input", eq=False)


Token = str | int | Symbol
Pattern = tuple[Token, ...]

# Represents all characters that are in no pattern.
_OTHER = "\U0010fffd"
# Beyond these limits the answer is "not contained", which is never optimistic.
_MOST_STATES = 20_000
_MOST_REGIONS = 200
_MOST_BOXES = 3_000
# What two statements cost to compare, in comparisons of patterns.
_PAIR = 25
# IAM takes some thousand characters; positions in more of them, as bits, are too long to compute with.
_LONGEST = 50_000
# So many steps of a comparison, or such a length, count as more than one.
_STEPS = 400
# So many patterns are not all tried for one text.
_MANY = 20


def normal(tokens: Iterable[Token]) -> Pattern:
    """The normal form of a pattern: in adjacent wildcards, each ``?`` comes first, and there is at most one ``*``."""
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
    """The pattern that matches only a text itself."""
    return tuple(text)


ALL: Pattern = (STAR,)


class _TooMuch(Exception):
    """Comparing would take more than is left, which is no answer to keep."""


def holds(outer: Pattern, inner: Pattern) -> bool:
    """Whether a pattern matches everything that another one does. The inner pattern is read as a text whose ``*``
    only a ``*`` matches."""
    try:
        return _holds(outer, inner)
    except _TooMuch:
        return False


@lru_cache(maxsize=50_000)
def _holds(outer: Pattern, inner: Pattern) -> bool:
    if outer in (inner, ALL):
        return True
    at = place = 0
    star, retry = -1, 0
    steps = 0
    while place < len(inner):
        steps += 1
        if steps % _STEPS == 0 and not may_move(_STEPS // 4):
            raise _TooMuch
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
    """An automaton that reads a text letter by letter. A state is a set of positions in the pattern, as bits."""

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
        """A step for an unknown letter that may be any text."""
        if isinstance(letter, str) or not state:
            return self.step(state, letter)
        return self.full & ~((state & -state) - 1)

    def wanted(self, state: int) -> Iterator[str | Symbol | None]:
        """The letters that lead to another state; None for any letter."""
        if state & (self.stars | self.ones):
            yield None
        for letter, places in self.of.items():
            if state & places:
                yield letter


def _loose(tokens: Pattern) -> Pattern:
    return normal(STAR if isinstance(token, Symbol) else token for token in tokens)


@attrs.frozen
class Texts:
    """A set of texts: those that match any pattern, or with `others` all texts of the universe that match none."""

    patterns: tuple[Pattern, ...]
    others: bool = False
    universe: Pattern = ALL

    def holds(self, inner: Texts) -> bool:
        """Whether another set lies in this one, as far as their form alone shows."""
        if not self.others:
            if inner.others:
                return any(holds(mine, inner.universe) for mine in self.patterns)
            if len(self.patterns) > _MANY:
                same = frozenset(self.patterns)
                wild = [mine for mine in self.patterns if not all(isinstance(token, str) for token in mine)]
                return all(
                    its in same or (may_move(len(wild)) and any(holds(mine, its) for mine in wild))
                    for its in inner.patterns
                )
            return all(any(holds(mine, its) for mine in self.patterns) for its in inner.patterns)
        if inner.others:
            return all(any(holds(its, mine) for its in inner.patterns) for mine in self.patterns)
        return False

    def meets(self, other: Texts) -> bool:
        """Whether two sets have a text in common, or may have."""
        if self.others or other.others:
            return True
        # What may meet is looked at closer, so that yes is the safe answer.
        if not may_move(len(self.patterns) * len(other.patterns)):
            return True
        return any(_meet(mine, its) for mine in self.patterns for its in other.patterns)


def _meet(one: Pattern, other: Pattern) -> bool:
    try:
        return _have_in_common(one, other)
    except _TooMuch:
        return True


@lru_cache(maxsize=50_000)
def _have_in_common(one: Pattern, other: Pattern) -> bool:
    for first, second in zip(one, other, strict=False):
        if not (isinstance(first, str) and isinstance(second, str)):
            break
        if first != second:
            return False
    if max(len(one), len(other)) > _LONGEST and not may_move(MOVES):
        raise _TooMuch
    mine, its = _Automaton(_loose(one)), _Automaton(_loose(other))
    letters = [*sorted(mine.letters | its.letters), _OTHER]
    each = len(letters) * (1 + (len(one) + len(other)) // _STEPS) // 16
    seen = {(mine.start, its.start)}
    todo = list(seen)
    while todo:
        if not may_move(each):
            raise _TooMuch
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
    """Whether every text of a set is in one of the others."""
    if any(outer.holds(inner) for outer in outers):
        return True
    if inner.others:
        return _nothing_left(inner.universe, inner.patterns, outers)
    return all(
        any(outer.holds(Texts((its,))) for outer in outers) or _nothing_left(its, (), outers)
        for its in inner.patterns
    )


def _nothing_left(inner: Pattern, without: Sequence[Pattern], outers: Sequence[Texts]) -> bool:
    """Whether everything that matches `inner` but not `without` is in an outer set.

    Searches for a counterexample with all automata side by side.
    """
    lengths = [*map(len, (inner, *without, *(its for outer in outers for its in outer.patterns)))]
    if max(lengths) > _LONGEST and not may_move(MOVES):
        return False
    size = sum(lengths)
    mine = _Automaton(inner)
    removed = [_Automaton(tokens) for tokens in without]
    plain = [_Automaton(tokens) for outer in outers if not outer.others for tokens in outer.patterns]
    # A text is not in "all others" if one of the patterns may match it.
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
        if not may_move(len(wanted) * (len(every) + size // _STEPS) // 4):
            return False
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

# Operators: how the values are compared, and whether the condition is true if none of them matches.
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
# With the same values, an operator is true whenever the one before it is.
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
# An operator that is true if a value matches, and the one that is true if none does.
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

    `values` are patterns; a value that is known as a whole is also a plain text, as most comparisons need it.
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
        """Whether it is true if no value matches."""
        known = _OPERATORS.get(self.operator)
        return known is not None and known[1]

    def parts(self) -> list[Constraint]:
        """The constraint as several ones, of which one must hold."""
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
    """The text that a pattern was made of; None if a piece is unknown."""
    if any(isinstance(token, Symbol) for token in value):
        return None
    return "".join(token if isinstance(token, str) else "*?"[int(token == ONE)] for token in value)  # pyright: ignore[reportUnknownArgumentType]


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network(text: str) -> Network | None:
    """A block of addresses; None if the text is not one."""
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
        """The three sides of the box."""
        return self.principals, self.actions, self.resources


def boxes(statement: Statement) -> Iterator[Statement]:
    """A statement as several ones, with one pattern on each side and one value in each condition."""
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
    """The boxes of a statement that do not lie in the union of others; empty if all do."""
    if (may_move(len(others) // 4) and statement in others) or any(
        side.others and within(side, ()) for side in statement.sides
    ):
        return []
    return [box for box in boxes(statement) if not _held(box, others)]


def _held(box: Statement, others: Sequence[Statement]) -> bool:
    near: list[Statement] = []
    for other in others:
        if not may_move(_PAIR + sum(map(_size, other.sides))):
            return False
        if not all(any(implies(mine, its) for mine in box.conditions) for its in other.conditions):
            continue
        if all(its.holds(mine) for mine, its in zip(box.sides, other.sides, strict=True)):
            return True
        if all(its.meets(mine) for mine, its in zip(box.sides, other.sides, strict=True)):
            near.append(other)
    # The rest of the box: on each side the texts that are not in these sets.
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


def _size(side: Texts) -> int:
    return len(side.patterns) // 4


def may_be_held(box: Statement, others: Sequence[Statement]) -> bool:
    """Whether one of some statements contains a box for suitable values of the unknown pieces."""
    # In doubt it is only said to be broader for certain.
    if not may_move(_PAIR * len(others)):
        return False
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
    """Whether a pattern matches everything that another one does, for suitable values of the unknown pieces."""
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
    """The positions in two patterns one token later."""
    if wanted == STAR and type(wanted) is int:
        yield at + 1, place
        if token is not None:
            yield at, place + 1
        return
    if wanted is not None and token is not None:
        if wanted == token or (wanted == ONE and type(wanted) is int and isinstance(token, str)):
            yield at + 1, place + 1
    # An unknown piece takes the other text token by token until it ends; a name is not empty.
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
    """Whether an unknown piece may contain a token of another text."""
    if isinstance(other, Symbol):
        return {piece.kind, other.kind} in ({"input"}, {"input", "name"})
    return isinstance(other, str) and piece.kind != "variable"


# ---------------------------------------------------------------------------------------------
# Network rules


@attrs.frozen
class Span:
    """A range of integers, or an unknown thing that equals only itself."""

    first: int = 0
    last: int = 0
    thing: str | None = None

    def minus(self, other: Span) -> list[Span]:
        """The parts that the other does not contain."""
        if self.thing is not None or other.thing is not None:
            return [] if self.thing == other.thing else [self]
        found: list[Span] = []
        if self.first < other.first:
            found.append(Span(self.first, min(self.last, other.first - 1)))
        if self.last > other.last:
            found.append(Span(max(self.first, other.last + 1), self.last))
        return found


# Full ranges, which contain unknown things as well.
PROTOCOLS = Span(0, 255)
PORTS = Span(0, 65_535)


@attrs.frozen
class Rule:
    """What a rule allows: protocols, ports and peers, which are `4:` or `6:` addresses or a thing. An `unknown` rule
    has a thing that may be anything."""

    protocols: Span
    ports: Span
    version: int
    peers: Span
    unknown: bool = attrs.field(default=False, eq=False)

    def minus(self, other: Rule) -> list[Rule]:
        """The parts that the other rule does not allow."""
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
    """Whether the other rule allows what this one does, for suitable values of unknown things."""
    spans = ((rule.protocols, other.protocols), (rule.ports, other.ports), (rule.peers, other.peers))
    return (
        (rule.unknown or other.unknown)
        and may_move(4)
        and all(mine.thing is not None or its.thing is not None or not mine.minus(its) for mine, its in spans)
    )


# A peer that is not a block of addresses: a group, whose members are in a VPC, or a prefix list, whose entries are
# unknown.
GROUP = 1
LIST = 2
SPACE = {4: Span(0, 2**32 - 1), 6: Span(0, 2**128 - 1)}


def _everywhere_for(rule: Rule, other: Rule) -> bool:
    """Whether the peer is a group and all IPv4 addresses were allowed already."""
    return rule.version == GROUP and other.version == 4 and other.peers == SPACE[4]


def _rules_meet(rule: Rule, other: Rule) -> bool:
    """Whether two rules may have something in common: without that, one takes nothing from the other."""
    mine, its = rule.ports, other.ports
    if mine.thing is None and its.thing is None and (mine.first > its.last or its.first > mine.last):
        return False
    if rule.version != other.version:
        return _everywhere_for(rule, other)
    mine, its = rule.peers, other.peers
    return (
        mine.thing is not None or its.thing is not None or (mine.first <= its.last and its.first <= mine.last)
    )


# So many rules are compared one with each other.
_MOST_RULES = 1_000


def broad(rules: Sequence[Rule]) -> list[Rule]:
    """The rules that others may be a part of: of too many the ones that allow most. Rules that are equal are found
    without them."""
    if len(rules) <= _MOST_RULES:
        return list(rules)

    def size(rule: Rule) -> int:
        spans = (rule.protocols, rule.ports, rule.peers)
        return sum((span.last - span.first).bit_length() for span in spans if span.thing is None)

    return sorted(rules, key=size, reverse=True)[:_MOST_RULES]


def rule_left_over(rule: Rule, others: Sequence[Rule]) -> list[Rule]:
    """The parts of a rule that the union of others does not allow."""
    left = [rule]
    for other in others:
        if not _rules_meet(rule, other):
            continue
        parts: dict[Rule, None] = dict.fromkeys(part for one in left for part in one.minus(other))
        left = list(parts)
        if not left or len(left) > _MOST_REGIONS:
            break
    return left
