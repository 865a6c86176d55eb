"""The option ``--fail-on``, of the commands that compare templates."""

from __future__ import annotations

import click

from .. import gates
from ..errors import did_you_mean


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
