"""``pyformation delete STACK``."""

from __future__ import annotations

import functools

import click

from . import options
from . import stack_commands as common


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

    It first shows what goes, and which data is lost, and asks. A stack with termination protection, or with exports that
    other stacks import, is not deleted. Nothing is emptied: the deletion of a bucket with objects fails.

    The exit status is 0 if the stack is gone, 1 for an error, a refusal or a no, 4 if the deletion failed.
    """
    from ..deployment import stacks
    from ..deployment.deletion import carry_out, plan_deletion
    from ..deployment.diagnosis import Named
    from ..findings import settings_from
    from . import stack_reports

    settings = settings_from().and_suppress(suppress)
    connections = common.connected(regions, profile)
    plans = [
        plan_deletion(
            connection,
            stacks.existing(connection, stack),
            named=Named(bool(regions), profile),
            retain=retain or None,
            force=force,
            role=role,
            settings=settings,
        )
        for connection in connections
    ]
    for plan in plans:
        common.show(stack_reports.deletion_lines(plan, common.width(), verbose=verbose))
    where = "" if len(plans) == 1 else f" in {len(plans)} regions"
    running = all(plan.stack.status == "DELETE_IN_PROGRESS" for plan in plans)
    if not running and not common.agreed(f"Delete {plans[0].stack.name}{where}?", yes):
        return 1
    worst = 0
    for connection, plan in zip(connections, plans, strict=True):
        label = connection.region if len(connections) > 1 else ""
        found = common.watched(
            plan.stack.name,
            label,
            functools.partial(carry_out, connection, plan),
        )
        common.show(stack_reports.deleted_lines(found, common.width()))
        worst = max(worst, {"failed": common.FAILED, "detached": common.DETACHED}.get(found.outcome, 0))
    return worst
