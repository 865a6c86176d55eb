"""The options that several commands have. `--fail-on` is in `fail_on`, as gates import what compares templates."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager

import click

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
