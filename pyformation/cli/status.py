"""``pyformation status STACK``."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

from . import say
from . import stack_commands as common

if TYPE_CHECKING:
    from ..deployment.connection import Connection
    from ..deployment.inspection import StackStatus


@click.command()
@click.argument("stack")
@common.regions
@common.profile
@common.source
@common.unasked
@click.option("--follow", is_flag=True, help="Show the events of what is running, and wait for its end.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status(
    stack: str,
    regions: tuple[str, ...],
    profile: str | None,
    source: str | None,
    follow: bool,
    format_: str,
) -> int:
    """Show the state of STACK, why its last operation failed, and what may be done next.

    STACK is a name or an ARN; a deleted stack is found by its ARN for 90 days. With --source, the report names the lines
    that declare what failed.

    The exit status is 4 if --follow saw an operation fail, 1 for an error, 0 otherwise.
    """
    from ..deployment import stacks
    from ..deployment.diagnosis import Named
    from ..deployment.inspection import follow_stack, inspect
    from ..deployment.statuses import State
    from ..reports.formats import as_json
    from . import stack_reports

    template = common.template_of(source)
    connections = common.connected(regions, profile)
    as_data = format_ == "json"
    shown = 0
    failed = False

    def look(connection: Connection) -> StackStatus:
        nonlocal shown, failed
        found = stacks.existing(connection, stack)
        running = State.of(found).in_progress
        if follow and running:
            label = connection.region if len(connections) > 1 else ""
            follow_it = functools.partial(follow_stack, connection, stack)
            found = common.watched(found.name, label, follow_it, aside=as_data)
        seen = inspect(connection, found, template=template, named=Named(bool(regions), profile, source))
        failed = failed or (follow and running and seen.failed)
        if not as_data:
            if shown:
                click.echo()
            common.show(stack_reports.status_lines(seen, common.width()))
        shown += 1
        return seen

    try:
        results = common.in_each(connections, look)
    except KeyboardInterrupt:
        if follow:
            say(f"{stack} goes on at AWS")
            return common.DETACHED
        raise
    if as_data:
        data = [stack_reports.status_json(seen) for seen in results if seen is not None]
        click.echo(as_json(data[0] if len(results) == 1 else data), nl=False)
    return common.FAILED if failed else common.ERROR if None in results else 0
