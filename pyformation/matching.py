"""Whether text matches a pattern that somebody else wrote: always in time.

Python's `re` may try more ways than there are atoms. So it gets only patterns that cannot have many ways; others go to
google-re2, whose time is linear (the extra ``patterns``), and what that does not read, or where it is not installed,
to a child process with a limit of time and memory.
"""

from __future__ import annotations

import re
from functools import lru_cache

from . import budget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Literal

    Answer = Literal["yes", "no", "unreadable", "too slow"]

# So many ways to match, times the length of the text, are no work.
_FEW = 2_000_000
_LONGEST_PATTERN = 2_000
# One question takes at most so many seconds of the child, which counts its own and is ended by the system: a busy
# machine changes no answer. Where it cannot count, and if it is stuck, the clock decides.
_PATIENCE = 1.0
_STUCK = 20.0


def matches(pattern: str, text: str, *, whole: bool = True) -> Answer:
    """Whether a text, as a whole or somewhere in it, matches a pattern of Java's or JavaScript's dialect.

    ``unreadable`` are patterns of those dialects that nothing here reads.
    """
    length = len(text)
    ways = _ways(pattern, min(length, 1_000_000))
    if ways is not None and ways * (length + 1) * (1 if whole else length + 1) <= _FEW:
        return _by_re(pattern, text, whole)
    found = _by_re2(pattern, text, whole)
    return _in_child(pattern, text, whole) if found is None else found


def fits(pieces: Sequence[str], text: str) -> bool:
    """Whether a text has some pieces in their order, the first at its start, the last at its end, with anything
    between them."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, last = pieces[0], pieces[-1]
    end = len(text) - len(last)
    start = len(first)
    if end < start or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in pieces[1:-1]:
        place = text.find(piece, start, end)
        if place < 0:
            return False
        start = place + len(piece)
    return True


# ---------------------------------------------------------------------------------------------
# In this process


@lru_cache(1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(pattern, re.ASCII)
    except (re.error, RecursionError, OverflowError, ValueError):
        return None


def _by_re(pattern: str, text: str, whole: bool) -> Answer:
    found = _compiled(pattern)
    if found is None:
        return "unreadable"
    try:
        match = found.fullmatch(text) if whole else found.search(text)
    except (RecursionError, MemoryError):
        return "too slow"
    return "no" if match is None else "yes"


@lru_cache(1024)
def _ways(pattern: str, length: int) -> float | None:
    """In how many ways a text can match a pattern at most, None where that is not known."""
    if len(pattern) > _LONGEST_PATTERN:
        return None
    import importlib
    import warnings

    parser: Any = importlib.import_module("re._parser")  # which checkers do not know
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = parser.parse(pattern, re.ASCII)
        # Without regard to case, compiling walks through every character of a class.
        return None if parsed.state.flags & re.IGNORECASE else _ways_of(parsed, length)
    except (re.error, RecursionError, OverflowError, ValueError):
        return None


_INFINITE = float("inf")
_ONE_CHARACTER = frozenset("LITERAL NOT_LITERAL ANY AT CATEGORY RANGE".split())
# Compiling marks the characters of a class one by one.
_WIDE = 3_000


def _ways_of(parts: Iterable[Any], length: int) -> float:
    ways = 1.0
    for code, argument in parts:
        name = str(code)
        if name in _ONE_CHARACTER:
            continue
        if name == "IN":
            if any(str(kind) == "RANGE" and given[1] - given[0] > _WIDE for kind, given in argument):
                return _INFINITE
            continue
        if name == "BRANCH":
            ways *= sum(_ways_of(branch, length) for branch in argument[1])
        elif name == "SUBPATTERN":
            ways *= _INFINITE if argument[1] else _ways_of(argument[3], length)
        elif name == "ATOMIC_GROUP":
            ways *= _ways_of(argument, length)
        elif name in ("ASSERT", "ASSERT_NOT"):
            ways *= _ways_of(argument[1], length)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            fewest, most, inner = argument
            # A repetition of nothing ends, but may be tried as often as it says.
            most = min(int(most), length + 1)
            each = _ways_of(inner, length)
            ways *= max(most - fewest + 1, 1)
            if each > 1:
                ways *= each**most if most * len(f"{each:.0f}") < 300 else _INFINITE
        else:  # References to groups.
            return _INFINITE
        if ways > _FEW:
            return _INFINITE
    return ways


# ---------------------------------------------------------------------------------------------
# By google-re2

_re2: Any = None


def _by_re2(pattern: str, text: str, whole: bool) -> Answer | None:
    """The answer of google-re2, None where it has none."""
    global _re2
    if _re2 is None:
        try:
            import re2  # type: ignore[import-not-found, import-untyped, unused-ignore]  # pyright: ignore
        except ImportError:
            _re2 = False
        else:
            _re2 = re2
    if _re2 is False:
        return None
    options = _re2.Options()
    options.log_errors = False  # It would write to standard error.
    try:
        found = _re2.compile(pattern, options)
        match = found.fullmatch(text) if whole else found.search(text)
    except (_re2.error, UnicodeError, ValueError, OverflowError):
        return None
    return "no" if match is None else "yes"


# ---------------------------------------------------------------------------------------------
# In a child

_CHILD = """
import json, re, signal, sys, warnings
timer = getattr(signal, "setitimer", lambda which, seconds: None)
virtual = getattr(signal, "ITIMER_VIRTUAL", 0)
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000))
except Exception:
    pass
warnings.simplefilter("ignore")
for line in sys.stdin:
    pattern, text, whole, seconds = json.loads(line)
    timer(virtual, seconds)
    try:
        found = re.compile(pattern, re.ASCII)
        match = found.fullmatch(text) if whole else found.search(text)
        answer = "no" if match is None else "yes"
    except (re.error, OverflowError, ValueError):
        answer = "unreadable"
    except (RecursionError, MemoryError):
        answer = "too slow"
    timer(virtual, 0)
    print(json.dumps(answer), flush=True)
"""
_child: Any = None


def _in_child(pattern: str, text: str, whole: bool) -> Answer:
    import json
    import queue
    import signal
    import threading
    import time

    spent = budget.current()
    patience = _PATIENCE if spent is None else min(_PATIENCE, spent.seconds)
    if patience <= 0:
        return "too slow"
    answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    begun = time.monotonic()
    try:
        child = _running()

        def ask() -> None:
            try:
                child.stdin.write(json.dumps([pattern, text, whole, patience]).encode() + b"\n")
                child.stdin.flush()
                answers.put(child.stdout.readline())
            except (OSError, ValueError):
                answers.put(b"")

        threading.Thread(target=ask, daemon=True).start()
        line = answers.get(timeout=_STUCK if hasattr(signal, "setitimer") else patience)
        found: Any = json.loads(line)
    except (OSError, queue.Empty, ValueError):
        stop()
        found = "too slow"
    if spent is not None:
        spent.seconds -= min(time.monotonic() - begun, patience)
    answer: Answer = found
    return answer


def _running() -> Any:
    """The child, which is started once."""
    global _child
    if _child is None or _child.poll() is not None:
        import atexit
        import subprocess
        import sys

        _child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        atexit.unregister(stop)
        atexit.register(stop)
    return _child


def stop() -> None:
    """End the child, if there is one."""
    global _child
    child, _child = _child, None
    if child is not None:
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            try:
                stream.close()
            except OSError:
                pass
