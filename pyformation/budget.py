"""How much work one evaluation may take: a template of a hundred lines can ask for more than a computer can do.

`limited` begins an evaluation; everything that it calls, nested stacks and findings included, spends from the same
`Budget`. Who asks for more gets an `EvaluationError` that says what spent it. docs/security.md has the figures.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

from .errors import MOST_SUGGESTIONS, SUGGESTIONS, EvaluationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType
    from typing import NoReturn, ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

# Functions that are computed, and turns of loops.
STEPS = 2_000_000
# Characters of all texts that functions make.
CHARACTERS = 64_000_000
# Parts of values that are kept because they are not known: choices by conditions, arguments of functions.
PARTS = 1_000_000
# Seconds that patterns may take which only a child process can try.
SECONDS = 3.0

# Comparisons of policies and rules; behind them the answer is the one that is never optimistic.
MOVES = 4_000_000


class BudgetError(EvaluationError):
    """A template that asks for more than an evaluation may take, which says nothing about what CloudFormation takes."""


class Budget:
    """What is left of an evaluation."""

    __slots__ = ("characters", "moves", "parts", "seconds", "steps")

    def __init__(self) -> None:
        self.steps = STEPS
        self.characters = CHARACTERS
        self.parts = PARTS
        self.seconds = SECONDS
        self.moves = MOVES

    def refuse_steps(self, who: str) -> NoReturn:
        """Say that no steps are left."""
        raise BudgetError(
            f"the template takes too long to evaluate: more than {STEPS:,} steps, the last in {who}"
        )

    def used(self) -> dict[str, int]:
        """What was spent of each kind, for tests of how it grows."""
        return {
            "steps": STEPS - self.steps,
            "characters": CHARACTERS - self.characters,
            "parts": PARTS - self.parts,
            "moves": MOVES - self.moves,
        }


_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)
current = _CURRENT.get


class limited:  # noqa: N801 - A function to those who use it.
    """An evaluation: with a budget of its own, or as a part of the one around it."""

    __slots__ = ("suggestions", "token")

    def __enter__(self) -> Budget:
        found = current()
        self.token = None
        if found is None:
            found = Budget()
            self.token = _CURRENT.set(found)
            self.suggestions = SUGGESTIONS.set([MOST_SUGGESTIONS])
        return found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.token is not None:
            _CURRENT.reset(self.token)
            SUGGESTIONS.reset(self.suggestions)


def budgeted(function: Callable[P, R]) -> Callable[P, R]:
    """A function that is one evaluation."""

    @wraps(function)
    def inside(*arguments: P.args, **options: P.kwargs) -> R:
        with limited():
            return function(*arguments, **options)

    return inside


def may_move(count: int) -> bool:
    """Spend comparisons; whether there were so many left."""
    budget = current()
    if budget is None:
        return True
    budget.moves -= count
    return budget.moves >= 0


def take_moves(count: int, who: str) -> None:
    """Spend comparisons; raises `EvaluationError` where none are left."""
    if not may_move(count):
        raise BudgetError(f"the template has too much to compare: more than {MOVES:,} comparisons, in {who}")


def take_steps(count: int, who: str) -> None:
    """Spend steps; raises `EvaluationError` where none are left."""
    budget = current()
    if budget is not None:
        budget.steps -= count
        if budget.steps < 0:
            budget.refuse_steps(who)


def take_characters(count: int, who: str) -> None:
    """Spend characters of text; raises `EvaluationError` where none are left."""
    budget = current()
    if budget is not None:
        budget.characters -= count
        if budget.characters < 0:
            raise BudgetError(
                f"the template makes too much text: more than {CHARACTERS:,} characters, in {who}"
            )


def take_parts(count: int, who: str) -> None:
    """Spend parts of values that are not known; raises `EvaluationError` where none are left."""
    budget = current()
    if budget is not None:
        budget.parts -= count
        if budget.parts < 0:
            raise BudgetError(
                f"the template combines too many values that are not known: more than {PARTS:,}, in {who}"
            )


@contextmanager
def without_collections() -> Generator[None]:
    """Pause the garbage collector: nearly everything that a comparison or a validation creates is in use until its end, and scanning
    it again and again takes a third of the time for a big template."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
