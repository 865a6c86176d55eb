"""``pyformation recover STACK``."""

from __future__ import annotations

import functools

import click

from . import stack_commands as common


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
@click.option("--retry", is_flag=True, help="Skip and keep nothing, because the cause is corrected.")
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
    deletion has begun before.

    The exit status is 0 if the stack has recovered or does not need to, 1 for an error, a state without a legal step,
    or a no, 4 if the step failed.
    """
    from ..deployment import stacks
    from ..deployment.diagnosis import Named
    from ..deployment.recovery import carry_out, plan_recovery
    from . import stack_reports

    template = common.template_of(source)
    connections = common.connected(regions, profile)
    plans = [
        plan_recovery(
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
        for connection in connections
    ]
    for plan in plans:
        common.show(stack_reports.recovery_lines(plan, common.width()))
    todo = [
        (connection, plan)
        for connection, plan in zip(connections, plans, strict=True)
        if plan.operation is not None
    ]
    if not todo:
        return 0
    if any(plan.began is None for _, plan in todo) and not common.agreed("Go on?", yes):
        return 1
    worst = 0
    for connection, plan in todo:
        label = connection.region if len(connections) > 1 else ""
        found = common.watched(
            plan.stack.name,
            label,
            functools.partial(carry_out, connection, plan, template=template),
        )
        common.show(stack_reports.recovered_lines(found, common.width()))
        worst = max(worst, {"failed": common.FAILED, "detached": common.DETACHED}.get(found.outcome, 0))
    return worst
