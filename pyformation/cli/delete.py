"""``pyformation delete STACK``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options, say
from . import stack_commands as common

if TYPE_CHECKING:
    from ..deployment.connection import Connection
    from ..deployment.deletion import DeletionPlan


@click.command()
@click.argument("stack")
@common.regions
@common.profile
@common.role
@click.option(
    "--retain",
    metavar="LOGICAL_ID",
    multiple=True,
    help="After a failed deletion: leave this resource behind. Can be repeated.",
)
@click.option("--force", is_flag=True, help="After a failed deletion: leave behind what cannot be deleted.")
@options.suppress
@click.option("-v", "--verbose", is_flag=True, help="List every resource.")
@common.yes
def delete(
    stack: str,
    regions: tuple[str, ...],
    profile: str | None,
    role: str | None,
    retain: tuple[str, ...],
    force: bool,
    suppress: tuple[str, ...],
    verbose: bool,
    yes: bool,
) -> int:
    """Delete STACK, and wait for the end.

    It first shows what is deleted and which data is lost, and asks. A stack with termination protection, or with exports that
    other stacks import, is not deleted. Nothing is emptied: the deletion of a bucket with objects fails.

    The exit status is 0 if the stack is gone, 1 for an error or if you do not agree, 4 if the deletion failed.
    """
    from ..deployment import stacks
    from ..deployment.deletion import carry_out, plan_deletion
    from ..deployment.diagnosis import Named
    from ..findings import settings_from
    from . import stack_reports

    settings = settings_from().and_suppress(suppress)
    connections = common.connected(regions, profile)

    def planned(connection: Connection) -> DeletionPlan:
        return plan_deletion(
            connection,
            stacks.existing(connection, stack),
            named=Named(bool(regions), profile),
            retain=retain or None,
            force=force,
            role=role,
            settings=settings,
        )

    results = common.in_each(connections, planned)
    plans = [plan for plan in results if plan is not None]
    if len(plans) < len(results):
        return common.ERROR
    for plan in plans:
        common.show(stack_reports.deletion_lines(plan, common.width(), verbose=verbose))
    where = "" if len(plans) == 1 else f" in {len(plans)} regions"
    running = all(plan.stack.status == "DELETE_IN_PROGRESS" for plan in plans)
    if not running and not common.agreed(f"Delete {plans[0].stack.name}{where}?", yes):
        say("error: nothing was deleted")
        return common.ERROR
    return common.carried_out(
        connections,
        {connection.region: plan for connection, plan in zip(connections, plans, strict=True)},
        carry_out,
        stack_reports.deleted_lines,
    )
