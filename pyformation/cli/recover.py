"""``pyformation recover STACK``."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

from . import say
from . import stack_commands as common

if TYPE_CHECKING:
    from ..deployment.connection import Connection
    from ..deployment.recovery import RecoveryPlan


@click.command()
@click.argument("stack")
@common.regions
@common.profile
@common.source
@common.role
@click.option(
    "--skip",
    metavar="LOGICAL_ID",
    multiple=True,
    help="Continue a rollback without this resource only; by default without those that failed.",
)
@click.option(
    "--retain",
    metavar="LOGICAL_ID",
    multiple=True,
    help="Finish a deletion and keep this resource only; by default those that failed.",
)
@click.option("--retry", is_flag=True, help="Skip and keep nothing, because the cause has been corrected.")
@click.option("--force", is_flag=True, help="Let AWS choose what to skip or to leave behind.")
@common.yes
def recover(
    stack: str,
    regions: tuple[str, ...],
    profile: str | None,
    source: str | None,
    role: str | None,
    skip: tuple[str, ...],
    retain: tuple[str, ...],
    retry: bool,
    force: bool,
    yes: bool,
) -> int:
    """Take the next legal step out of a state in which STACK is stuck.

    It says what it will do, asks, and waits for the end. A stack that ever succeeded is not deleted, unless its
    deletion had already begun.

    The exit status is 0 if the stack has recovered or does not need to, 1 for an error, a state without a legal step,
    or if you do not agree, 4 if the step failed.
    """
    from ..deployment import stacks
    from ..deployment.diagnosis import Named
    from ..deployment.recovery import carry_out, plan_recovery
    from . import stack_reports

    template = common.template_of(source)
    connections = common.connected(regions, profile)

    def planned(connection: Connection) -> RecoveryPlan:
        return plan_recovery(
            connection,
            stacks.existing(connection, stack),
            template=template,
            named=Named(bool(regions), profile, source),
            skip=skip or None,
            retain=retain or None,
            retry=retry,
            force=force,
            role=role,
        )

    results = common.in_each(connections, planned)
    plans = [plan for plan in results if plan is not None]
    if len(plans) < len(results):
        return common.ERROR
    for plan in plans:
        common.show(stack_reports.recovery_lines(plan, common.width()))
    todo = {
        connection.region: plan
        for connection, plan in zip(connections, plans, strict=True)
        if plan.operation is not None
    }
    if not todo:
        return 0
    if any(plan.began is None for plan in todo.values()) and not common.agreed("Go on?", yes):
        say("error: nothing was done")
        return common.ERROR
    return common.carried_out(
        connections, todo, functools.partial(carry_out, template=template), stack_reports.recovered_lines
    )
