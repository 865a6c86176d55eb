"""The options that several commands have."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager

import click

from .. import gates
from ..errors import did_you_mean

output = click.option("-o", "--output", metavar="FILE", help="Write to FILE, completely or not at all.")
policy = click.option(
    "--policy", metavar="FILE.py[:FUNCTION]", multiple=True, help="Run a user-defined policy."
)
suppress = click.option(
    "--suppress",
    metavar="CODE[:NAME]=REASON",
    multiple=True,
    help="Do not report findings with CODE, everywhere or for the elements with that name.",
)
modules = click.option(
    "--modules/--templates-only",
    default=None,
    help="Of a directory: run the Python files that declare stacks, or leave them out. Without either they are an error.",
)
assigned = click.option("-P", "assigned", metavar="KEY=VALUE", multiple=True, help="A parameter value.")
parameters = click.option(
    "--parameters", metavar="FILE", multiple=True, help="Parameter values; later files and -P override."
)
allow_outside = click.option(
    "--allow-outside",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    help="Also read files below DIR that a template names; by default those in its repository or folder.",
)


def named_gates(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """The gates of all ``--fail-on`` options; one option may name several, separated by commas."""
    found = tuple(part.strip() for text in given for part in text.split(","))
    for part in found:
        if part not in gates.GATES:
            hint = did_you_mean(part, gates.GATES)
            raise click.BadParameter(f"{part!r} is not one of {', '.join(gates.GATES)}{hint}", ctx, param)
    return found


def complete_gates(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The gates that begin like what was typed."""
    return [gate for gate in gates.GATES if gate.startswith(incomplete)]


fail_on = click.option(
    "--fail-on",
    metavar="GATE",
    multiple=True,
    callback=named_gates,
    shell_complete=complete_gates,
    help=f"Exit with status 3 on: {', '.join(gates.GATES)}. Can be repeated.",
)


@contextmanager
def ended_by_signals() -> Generator[None]:
    """SIGTERM and a closed terminal end the program as Ctrl-C does, so that nothing is left behind; a second signal does
    not disturb that."""

    def end(number: int, _frame: object) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    # Windows has no SIGHUP, and nohup ignores it.
    ending = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {each: signal.getsignal(each) for each in ending if signal.getsignal(each) is not signal.SIG_IGN}
    for each in before:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
