"""``pyformation drift STACK``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import stack_commands as common

if TYPE_CHECKING:
    from ..deployment.connection import Connection
    from ..deployment.drifting import DriftReport

_DRIFTED = 2


@click.command()
@click.argument("stack")
@common.regions
@common.profile
@common.source
@common.unasked
@click.option("--exit-code", is_flag=True, help="Exit with status 2 if a resource drifted.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def drift(
    stack: str,
    regions: tuple[str, ...],
    profile: str | None,
    source: str | None,
    exit_code: bool,
    format_: str,
) -> int:
    """Show where the resources of STACK differ from its template.

    AWS compares the stack and its nested stacks with their templates; what it cannot check is counted. With --source, the
    report names the lines.

    With --exit-code the exit status is 2 if a resource drifted, and 1 if a check failed and nothing is known to have
    drifted.
    """
    from ..deployment import stacks
    from ..deployment.diagnosis import Named
    from ..deployment.drifting import detect
    from ..reports.formats import as_json
    from . import stack_reports

    template = common.template_of(source)

    def check(connection: Connection) -> DriftReport:
        return detect(
            connection,
            stacks.existing(connection, stack),
            template=template,
            named=Named(bool(regions), profile),
        )

    results = common.in_each(common.connected(regions, profile), check)
    found = [each for each in results if each is not None]
    if format_ == "json":
        data = [stack_reports.drift_json(each) for each in found]
        click.echo(as_json(data[0] if len(results) == 1 else data), nl=False)
    else:
        for each in found:
            common.show(stack_reports.drift_lines(each, common.width()))
    if len(found) < len(results):
        return common.ERROR
    if not exit_code:
        return 0
    if any(each.drifted for each in found):
        return _DRIFTED
    # What could not be checked may have drifted.
    unsure = any(each.incomplete or len(each.resources) > len(each.drifted) for each in found)
    return common.ERROR if unsure else 0
