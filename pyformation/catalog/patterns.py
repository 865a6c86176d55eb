"""Text that matches AWS's patterns: for examples in an explanation, and for the strategies of tests.

The patterns of the registry's schemas are written in JavaScript's and Java's dialects; `compiled` reads them,
`texts_for` gives a few texts that match one.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import random
import re
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from _typeshed import SupportsLenAndGetItem

_PRINTABLE = "".join(map(chr, range(32, 127)))
_PUNCTUATION = r"!\"#%&'()*,\-./:;?@\[\\\]_{}"
_UNICODE = {
    "L": "A-Za-z",
    "N": "0-9",
    "Nd": "0-9",
    "Z": " ",
    "Zs": " ",
    "P": _PUNCTUATION,
    "S": "$+<=>^`|~",
    "M": "\u0300",
    "C": "\\x00-\\x1f\\x7f",
    "Cc": "\\x00-\\x1f\\x7f",
    "Cf": "\\xad",
    "Graph": "!-~",
    "Print": " -~",
    "ASCII": "\\x00-\\x7f",
}
_NOT_UNICODE = {"C": " -~", "M": "\\x00-\\x7f"}


def readable(pattern: str) -> str:
    """A pattern of AWS's (JavaScript's and Java's dialects) as one of Python's, for ASCII text."""
    text = re.sub(r"\(\?[ims]+\)", "", pattern)
    # Pairs of surrogates: a range of characters above the 16 bits.
    text = text.replace(r"\uD800\uDC00-\uDBFF\uDFFF", "")
    text = re.sub(r"\(\?<(?![=!])", "(?P<", text)
    result: list[str] = []
    inside = False
    position = 0
    while position < len(text):
        c = text[position]
        named = re.match(r"\\([pP])\{(\w+)\}", text[position:])
        if named:
            table = _UNICODE if named[1] == "p" else _NOT_UNICODE
            members = table.get(named[2], "A-Za-z0-9")
            result.append(members if inside else f"[{members}]")
            position += named.end()
        elif c == "\\":
            result.append(text[position : position + 2])
            # [\w-.]: a dash after a class of characters is itself.
            if inside and re.match(r"\\[wds]-[^\]]", text[position:]):
                result.append("\\-")
                position += 1
            position += 2
        else:
            if c == "[" and inside:
                result.append("\\")
            elif c == "[":
                inside = True
            elif c == "]":
                inside = False
            result.append(c)
            position += 1
    return "".join(result)


@functools.cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern for Python, or None where it cannot be read."""
    for text in (pattern, readable(pattern)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return re.compile(text, re.ASCII)
        except (re.error, OverflowError):
            continue
    return None


class _Sampler:
    """Makes text for a parsed pattern. Anchors and looking around are ignored: the result is checked."""

    def __init__(self, chance: random.Random, extra: int) -> None:
        self.chance = chance
        self.extra = extra
        self.groups: dict[int, str] = {}

    def text(self, parts: Iterable[Any]) -> str:
        return "".join(self._part(str(code), argument) for code, argument in parts)

    def _part(self, code: str, argument: Any) -> str:
        if code == "LITERAL":
            return chr(argument)
        if code == "NOT_LITERAL":
            return self._one_of(c for c in _PRINTABLE if ord(c) != argument)
        if code == "ANY":
            return self._one_of(_PRINTABLE)
        if code == "IN":
            return self._one_of(_members(argument))
        if code == "BRANCH":
            return self.text(self.chance.choice(argument[1]))
        if code == "SUBPATTERN":
            text = self.text(argument[3])
            if argument[0] is not None:
                self.groups[argument[0]] = text
            return text
        if code == "GROUPREF":
            return self.groups.get(argument, "")
        if code in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            fewest, most, inner = argument
            times = fewest + self.chance.randint(0, min(int(most) - fewest, self.extra))
            return "".join(self.text(inner) for _ in range(times))
        if code == "ATOMIC_GROUP":
            return self.text(argument)
        return ""  # AT, ASSERT, ASSERT_NOT

    def _one_of(self, members: Iterable[str]) -> str:
        found = list(members)
        if not found:
            return ""
        plain = [c for c in found if c.isalnum()]
        return self.chance.choice(plain if plain and self.chance.random() < 0.9 else found)


def _members(items: list[Any]) -> list[str]:
    """The printable characters of a ``[...]``; others only where there are no printable ones."""
    wanted: set[int] = set()
    negated = False
    for code, argument in ((str(code), argument) for code, argument in items):
        if code == "NEGATE":
            negated = True
        elif code == "LITERAL":
            wanted.add(argument)
        elif code == "RANGE":
            wanted.update(range(argument[0], min(argument[1], argument[0] + 0x2FF) + 1))
        elif code == "CATEGORY":
            wanted.update(ord(c) for c in map(chr, range(128)) if _in_category(c, str(argument)))
    if negated:
        return [c for c in _PRINTABLE if ord(c) not in wanted]
    printable = [c for c in _PRINTABLE if ord(c) in wanted]
    return printable or [chr(n) for n in sorted(wanted)]


def _in_category(c: str, category: str) -> bool:
    kind = category.removeprefix("CATEGORY_").removeprefix("NOT_")
    found = {"DIGIT": c.isdigit(), "WORD": c.isalnum() or c == "_", "SPACE": c in " \t\n\r\f\v"}[kind]
    return found != ("NOT_" in category)


# Patterns that are ruled by what they look ahead for, that match slowly, or that are long: how each begins,
# and texts that match.
_KNOWN = {
    r"^(?=^\$)(?=^\S+$).*$": ("$", "$.key"),
    r"^[^\u0000-\u00FF]$": ("\u0416",),
    r"^(?=^.{8,64}$)((?=.*\d)(?=.*[A-Z])(?=.*[a-z])": ("Passw0rd", "aB3-aB3-aB3"),
    r"^arn:(?=[^:]+:fsx:[^:]+:\d{12}:)": (
        "arn:aws:fsx:us-east-1:123456789012:volume/fs-0123456789abcdef0/v",
    ),
    r"cron\((\b[0-5]?[0-9]\b)": ("cron(0 12 * * ? *)",),
    r"^-{5}BEGIN (ENCRYPTED )?PRIVATE KEY-{5}": (
        "-----BEGIN PRIVATE KEY-----\n" + ("A" * 64 + "\n") * 26 + "AAAA\n-----END PRIVATE KEY-----",
    ),
}


def _parsed(matcher: re.Pattern[str]) -> Any:
    parser: Any = importlib.import_module("re._parser")  # which checkers do not know
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return parser.parse(matcher.pattern, re.ASCII)


@functools.cache
def texts_for(pattern: str, shortest: int = 0, longest: int | None = None) -> tuple[str, ...]:
    """A few texts that match a pattern within bounds, simplest first; none where that is not cheap."""
    for start, texts in _KNOWN.items():
        if pattern.startswith(start):
            return texts
    matcher = compiled(pattern)
    if matcher is None:
        return ()
    parsed = _parsed(matcher)
    chance = random.Random(pattern)
    sizes = sorted({0, 1, 2, 4, 8, 16, max(shortest - 1, 0), shortest, shortest * 2})
    found: dict[str, None] = {}
    for attempt in range(8 * len(sizes)):
        text = _Sampler(chance, sizes[attempt % len(sizes)]).text(parsed)
        text += "a" * (shortest - len(text))
        fits = longest is None or len(text) <= longest
        if fits and matcher.search(text) and not text.endswith("\n"):
            found[text] = None
        if len(found) >= 5:
            break
    return tuple(sorted(found, key=len))


class _Plainest(random.Random):
    """No chance at all: the first branch, the fewest repeats, and characters that spell a word."""

    def __init__(self) -> None:
        super().__init__(0)
        self.letters = itertools.cycle("example")
        self.digits = itertools.cycle("123456789012")

    def randint(self, a: int, b: int) -> int:
        return b

    def random(self) -> float:
        return 0.0

    def choice(self, seq: SupportsLenAndGetItem[Any]) -> Any:
        members = [seq[i] for i in range(len(seq))]
        if not all(isinstance(c, str) for c in members):
            return members[0]
        wanted = next(self.letters) if "m" in members or "M" in members else next(self.digits)
        for c in (wanted, wanted.upper()):
            if c in members:
                return c
        return members[0]


@functools.cache
def plainest(pattern: str, shortest: int = 0, longest: int | None = None) -> str | None:
    """One text that matches a pattern within bounds, as plain as they come; None where none is found."""
    matcher = compiled(pattern)
    if matcher is None:
        return None
    parsed = _parsed(matcher)
    for extra in (6, 5, 4, 3, 2, 1, 0, shortest, max(shortest - 1, 0)):
        text = _Sampler(_Plainest(), extra).text(parsed)
        if shortest <= len(text) <= (longest or 10**6) and matcher.search(text) and text.isprintable():
            if text.strip() == text:
                return text
    found = texts_for(pattern, shortest, longest)
    return found[0] if found else None
