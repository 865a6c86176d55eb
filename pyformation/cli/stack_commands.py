"""What `status`, `recover`, `delete` and `drift` have in common: regions, a question, and a view of what happens."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import attrs
import click

from ..errors import DeploymentError, PyformationError
from . import options, say, stack_options

if TYPE_CHECKING:
    from ..deployment.connection import Connection
    from ..deployment.events import Followed
    from ..deployment.progress import Progress, Step
    from ..deployment.records import Stack
    from ..deployment.watching import Choice
    from ..reports.terminal import Line
    from .following import View


class _Planned(Protocol):
    """A plan for a stack."""

    @property
    def stack(self) -> Stack:
        """The stack."""
        ...


T = TypeVar("T")
P = TypeVar("P", bound=_Planned)

ERROR = 1
FAILED = 4
DETACHED = 130

regions = click.option(
    "--region", "regions", metavar="REGION", multiple=True, help="A region. Can be repeated."
)
profile = click.option("--profile", metavar="NAME", help="A profile of the AWS configuration.")
source = click.option(
    "--source", metavar="SOURCE", help="What was deployed, to name the lines of what failed or drifted."
)
yes = click.option("--yes", is_flag=True, help="Do not ask. Needed where nobody can answer, as in CI.")
# Commands that only read ask nothing, and take the option all the same.
unasked = click.option("--yes", is_flag=True, hidden=True, expose_value=False)
role = click.option(
    "--role", metavar="ARN", help="The role that CloudFormation assumes, instead of the stack's."
)


def connected(regions: Iterable[str], profile: str | None) -> list[Connection]:
    """A connection to each region."""
    return stack_options.connections(regions, profile, stack_options.tell_retry)


def in_each(connections: Sequence[Connection], work: Callable[[Connection], T]) -> list[T | None]:
    """The results of some work in each region. Of several, one that fails is named and stops no other; its result is
    None."""
    if len(connections) == 1:
        return [work(connections[0])]
    found: list[T | None] = []
    for connection in connections:
        try:
            found.append(work(connection))
        except PyformationError as error:
            say(f"error: {connection.region}: {error!s}")
            found.append(None)
    return found


def carried_out(
    connections: Sequence[Connection],
    plans: Mapping[str, P],
    work: Callable[[Connection, P, Watching], Any],
    lines: Callable[[Any, int], Iterable[Line]],
) -> int:
    """The exit status of plans, by region, that are carried out one after the other. Who leaves one to AWS begins no
    further one."""
    detached = False

    def one(connection: Connection) -> int:
        nonlocal detached
        plan = plans.get(connection.region)
        if plan is None:
            return 0
        if detached:
            say(f"{connection.region}: not begun")
            return DETACHED
        label = connection.region if len(connections) > 1 else ""
        found = watched(plan.stack.name, label, functools.partial(work, connection, plan))
        show(lines(found, width()))
        detached = found.outcome == "detached"
        return {"failed": FAILED, "detached": DETACHED}.get(found.outcome, 0)

    return max(ERROR if status is None else status for status in in_each(connections, one))


def template_of(source: str | None) -> Any:
    """The template that was deployed, if it was named."""
    if source is None:
        return None
    from ..sources import loaded

    return loaded(source)


width = stack_options.width


def show(lines: Iterable[Line]) -> None:
    """Print lines, in colors where the terminal takes them."""
    from ..reports.terminal import print_lines

    print_lines(lines)


def agreed(question: str, yes: bool) -> bool:
    """Whether to go on: by ``--yes``, or because somebody says so."""
    if yes:
        return True
    if not stack_options.can_ask():
        raise DeploymentError(
            "nobody can be asked here: give --yes to go on without a question", kind="state"
        )
    from ..reports.harmless import harmless

    return click.confirm(harmless(question))


@attrs.define
class Watching:
    """Shows what happens to a stack. Ctrl-C stops the watching; what AWS does goes on."""

    view: View
    name: str
    label: str = ""

    def told(self, sentence: str) -> None:
        self.view.note(f"{self.label}: {sentence}" if self.label else sentence)

    def event(self, followed: Followed, progress: Progress) -> None:
        self.view.event(followed, progress, self.label)

    def step(self, step: Step) -> None:
        self.view.step(step, self.label)

    def tick(self, progress: Progress) -> None:
        self.view.tick([(self.label, progress)])

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def interrupted(self, status: str) -> Choice:
        return ask_what_next(self.view, self.name, can_cancel=status == "UPDATE_IN_PROGRESS")


def ask_what_next(view: View, name: str, *, can_cancel: bool) -> Choice:
    """What Ctrl-C means: whether to leave the stack alone, to cancel its update, or to go on waiting."""
    view.pause()
    if not stack_options.can_ask():
        return "detach"
    choices = "[d]etach, [c]ancel the update, or [w]ait" if can_cancel else "[d]etach or [w]ait"
    while True:
        try:
            answer = input(f"{name} goes on at AWS: {choices}? ").strip().lower()
        except (KeyboardInterrupt, EOFError):
            return "detach"
        if answer.startswith("d"):
            return "detach"
        if answer.startswith("w") or not answer:
            return "wait"
        if answer.startswith("c") and can_cancel:
            return "cancel"


def watched(name: str, label: str, work: Callable[[Watching], T], *, aside: bool = False) -> T:
    """The result of some work that is shown while it runs; `aside`, on standard error, where the output is data."""
    from .following import view_for

    view = view_for(file=sys.stderr if aside else None)
    with options.ended_by_signals():
        try:
            return work(Watching(view, name, label))
        finally:
            view.pause()
