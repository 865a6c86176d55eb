"""``pyformation deploy SOURCE --stack-name NAME``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import click

from ..errors import DeploymentError, SourceError
from . import options, say, stack_commands, stack_options

if TYPE_CHECKING:
    from ..deployment.deploying import Deployment, Ready
    from ..deployment.planning import Plan
    from ..sources import LoadedTemplate
    from .following import View

# The exit status of each outcome; of several regions the first of these counts.
_STATUS = {
    "failed": 4,
    "canceled": 4,
    "broken": 3,
    "error": 1,
    "refused": 1,
    "declined": 1,
    "detached": 130,
    "skipped": 1,
    "deployed": 0,
    "no changes": 0,
}


@click.command()
@click.argument("source", metavar="[SOURCE]", required=False)
@click.option("--stack-name", metavar="NAME", help="The name of the stack.")
@stack_options.shared
@click.option(
    "--plan", "plan_file", metavar="FILE", help="Execute the change set that `plan --save FILE` kept."
)
@click.option("--yes", is_flag=True, help="Do not ask. Needed where nobody can answer, as in CI.")
@click.option(
    "--termination-protection/--no-termination-protection",
    default=None,
    help="Turn termination protection on or off.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="How many regions are deployed at once.",
)
@click.option(
    "--on-failure",
    type=click.Choice(["stop", "continue"]),
    default="stop",
    show_default=True,
    help="Whether to begin further regions after one has failed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON, one object per line.")
@click.option("-v", "--verbose", is_flag=True, help="Shorten nothing.")
@click.option(
    "-q", "--quiet", is_flag=True, help="Only the totals, the errors and one line for each resource."
)
def deploy(
    source: str | None,
    stack_name: str | None,
    plan_file: str | None,
    yes: bool,
    termination_protection: bool | None,
    concurrency: int,
    on_failure: str,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Create or update a stack from SOURCE, and follow it to the end.

    SOURCE is a stack module, a template file, or git:REVISION:PATH for one at an earlier revision. Code is packaged and
    uploaded to --bucket. What breaks a rule is refused before AWS is asked; then AWS computes a change set, which is
    checked, too, and executed when you agree. With --yes, a change set that is worse than predicted is not executed.

    The exit status is 0 for a finished deployment or one without changes, 1 for an error or a refused command, 3 if
    --fail-on, a policy or a guard fails, 4 if the deployment failed, 130 or 143 if you leave it to AWS.
    """
    if verbose and quiet:
        raise click.UsageError("give --verbose or --quiet, not both")
    if plan_file is None and (source is None or stack_name is None):
        raise click.UsageError("give SOURCE and --stack-name, or --plan FILE")
    if plan_file is not None:
        _refuse_beside_plan()
    from .following import view_for

    view = view_for(as_json=as_json)
    run = _Run(view, as_json, yes, verbose, quiet, concurrency, on_failure)
    with options.ended_by_signals():
        try:
            if plan_file is not None:
                return run.saved(plan_file, source, given, termination_protection)
            assert source is not None and stack_name is not None
            wanted = stack_options.wanted_of(
                source, stack_name, given, termination_protection=termination_protection
            )
            return run.deploy(source, wanted, given)
        finally:
            view.pause()


# What does not change what a saved plan does.
_BESIDE_PLAN = frozenset(
    "source plan_file regions profile fail_on yes termination_protection concurrency on_failure as_json verbose quiet "
    "allow_outside".split()
)


def _refuse_beside_plan() -> None:
    """Refuse options that a saved plan has decided."""
    context = click.get_current_context()
    for parameter in context.command.params:
        given = context.get_parameter_source(str(parameter.name)) is click.core.ParameterSource.COMMANDLINE
        if given and parameter.name not in _BESIDE_PLAN:
            raise click.UsageError(
                f"--plan has decided {parameter.opts[0]}; leave it out, or make a new plan"
            )


@attrs.define
class _Run:
    """One run of the command."""

    view: View
    as_json: bool
    yes: bool
    verbose: bool
    quiet: bool
    concurrency: int
    on_failure: Any
    name: str = ""
    several: bool = False

    @property
    def width(self) -> int:
        """The columns of the output."""
        return stack_options.width()

    def watching(self, region: str) -> stack_commands.Watching:
        """What shows one region."""
        return stack_commands.Watching(self.view, self.name, region if self.several else "")

    def retried(self, retry: Any) -> None:
        """Say that a call is tried again."""
        self.view.note(f"{retry.operation}: attempt {retry.attempt} ({retry.reason})")

    def deploy(self, source: str, wanted: Any, given: dict[str, Any]) -> int:
        """Deploy a source."""
        from ..assets.packaging import Packager
        from ..deployment.planning import predicted, prepare

        self.name = wanted.stack_name
        found = stack_options.connections(given["regions"], given["profile"], self.retried)
        self.several = len(found) > 1
        template = stack_options.one_template(
            source, given["allow_outside"], found[0].session, found[0].region
        )
        with ExitStack() as stack:
            packager = stack.enter_context(Packager(wanted.packaging))

            def ready(connection: Any, watcher: Any) -> Ready | Deployment:
                from ..deployment.deploying import make_ready

                prepared = prepare(connection, template, wanted, packager)
                if not prepared.is_running:
                    self.predicted(predicted(prepared))
                return make_ready(prepared, watcher)

            return self.finish(stack, [(one.region, one) for one in found], ready)

    def finish(
        self, stack: ExitStack, items: list[tuple[str, Any]], make: Callable[[Any, Any], Ready | Deployment]
    ) -> int:
        """Make everything ready, ask once, and carry it out."""
        from ..deployment.deploying import Ready, carry_out, ended
        from ..deployment.regions import Failed, closing, in_regions

        made: dict[str, Any] = in_regions(
            items,
            make,
            self.watching,
            concurrency=self.concurrency,
            on_failure=self.on_failure,
            failed=lambda found: not isinstance(found, Ready) and not found.succeeded,
            discard=lambda found: found.close() if isinstance(found, Ready) else None,
        )
        with contextlib.ExitStack() as drafts:
            closing(drafts, made.values())
            stops = self.on_failure == "stop" and any(
                found is None
                or isinstance(found, Failed)
                or not (isinstance(found, Ready) or found.succeeded)
                for found in made.values()
            )
            waiting = {region: found for region, found in made.items() if isinstance(found, Ready)}
            self.view.expect(found.plan.prediction for found in waiting.values())
            for found in waiting.values():
                self.planned(found.plan)
            done: dict[str, Any] = {
                region: found for region, found in made.items() if not isinstance(found, Ready)
            }
            if waiting and not stops:
                seen = self.approved(waiting)
                if seen is None:
                    done |= {
                        region: ended(found.plan, "declined", "nothing was deployed")
                        for region, found in waiting.items()
                    }
                else:
                    with self.saying_what_goes_on(waiting):
                        done |= in_regions(
                            list(waiting.items()),
                            lambda one, watcher: carry_out(one, watcher, seen=bool(seen), keep=False),
                            self.watching,
                            concurrency=self.concurrency,
                            on_failure=self.on_failure,
                            failed=lambda found: not found.succeeded,
                            show=lambda running: self.view.tick(list(running.items())) if running else None,
                            interrupted=lambda: stack_commands.ask_what_next(
                                self.view,
                                self.name,
                                can_cancel=any(
                                    one.draft is not None and one.draft.existed for one in waiting.values()
                                ),
                            ),
                        )
            elif waiting:
                done |= dict.fromkeys(waiting)
        self.view.pause()
        return self.report({region: done[region] for region, _ in items})

    @contextlib.contextmanager
    def saying_what_goes_on(self, waiting: dict[str, Ready]) -> Generator[None]:
        """Where the command ends early, say what AWS goes on with."""
        try:
            yield
        except (KeyboardInterrupt, SystemExit):
            self.view.pause()
            for region, found in waiting.items():
                if found.running is not None or (found.draft is not None and found.draft.executed):
                    self.goes_on(region)
            raise

    def goes_on(self, region: str) -> None:
        """Say how to follow what AWS goes on with."""
        say(
            f"{self.name} goes on at AWS; follow it with: pyformation status {self.name} --region {region} --follow"
        )

    def approved(self, waiting: dict[str, Ready]) -> bool | None:
        """Whether somebody has seen the plan and agreed to it; None if nobody agreed, False with ``--yes``."""
        if self.yes or all(found.running is not None for found in waiting.values()):
            return False
        self.view.pause()
        if self.as_json or not stack_options.can_ask():
            raise DeploymentError("nobody can be asked here whether to deploy: give --yes")
        where = f" to {len(waiting)} regions" if self.several else ""
        try:
            answer = input(f"Deploy{where}? [y/N] ")
        except EOFError:
            answer = ""
        return True if answer.strip().lower() in ("y", "yes") else None

    # -----------------------------------------------------------------------------------------
    # A saved plan

    def saved(self, path: str, source: str | None, given: dict[str, Any], protection: bool | None) -> int:
        """Execute a saved plan."""
        from ..deployment.saved import check_source, read_plans, ready_again

        plans = read_plans(path)
        regions = list(dict.fromkeys(given["regions"])) or [one.region for one in plans]
        chosen = [one for one in plans if one.region in regions]
        missing = [region for region in regions if region not in {one.region for one in plans}]
        if missing:
            raise SourceError(f"{path} has no plan for {missing[0]}")
        self.name, self.several = chosen[0].stack_name, len(chosen) > 1
        found = stack_options.connections([one.region for one in chosen], given["profile"], self.retried)
        template: LoadedTemplate | None = None
        if source is not None:
            template = stack_options.one_template(source, given["allow_outside"])
            for one in chosen:
                check_source(one, template, path)
        gates = given["fail_on"]

        def ready(item: Any, watcher: Any) -> Ready | Deployment:
            connection, one = item
            return ready_again(connection, one, template=template, fail_on=gates, protection=protection)

        with ExitStack() as stack:
            return self.finish(
                stack,
                [(one.region, (connection, one)) for connection, one in zip(found, chosen, strict=True)],
                ready,
            )

    # -----------------------------------------------------------------------------------------
    # What is printed

    def predicted(self, plan: Plan) -> None:
        """The prediction."""
        from . import plans
        from .plan import report_lines

        if self.as_json:
            return
        lines = [plans.head(plan), *plans.notes(plan, self.width)]
        if not self.several or self.verbose:
            lines += report_lines(plan, self.width, self.verbose, self.quiet)
        self.view.lines(lines)

    def planned(self, plan: Plan) -> None:
        """AWS's answer, where it differs."""
        from . import plans
        from .following import Json

        if isinstance(self.view, Json):
            self.view.write("plan", **plans.plan_json(plan))
            return
        lines = list(plans.answer(plan, self.width, table=self.verbose))
        if self.several and lines and not plan.saved:
            lines = [[("title", f"{plan.stack_name}  {plan.region}")], *lines]
        self.view.lines(lines)

    def result(self, region: str, outcome: str, words: str) -> None:
        """As JSON, the result of a region that was not deployed."""
        from .following import Json

        if isinstance(self.view, Json):
            self.view.write("result", stack=self.name, region=region, outcome=outcome, reason=words)

    def report(self, done: dict[str, Any]) -> int:
        """How it ended; the exit status."""
        from ..deployment.progress import duration
        from ..deployment.regions import Failed
        from . import plans
        from .following import Json

        rows: dict[str, tuple[str, str, str]] = {}
        for region, found in done.items():
            if found is None:
                rows[region] = ("skipped", "", "not begun, because another region failed")
                continue
            if isinstance(found, Failed):
                words = str(found.error)
                if not self.several:
                    self.result(region, "error", words)
                    raise found.error
                rows[region] = ("error", "", words)
                continue
            outcome = found.outcome
            status = "" if found.stack is None else found.stack.status
            rows[region] = (
                outcome,
                duration(timedelta(seconds=found.seconds)),
                status if found.outcome in ("deployed", "failed", "canceled") else found.reason or "",
            )
            if isinstance(self.view, Json):
                self.view.write("result", **plans.deployment_json(found))
                continue
            if outcome in ("refused", "broken", "declined"):
                if outcome == "refused" and found.plan is not None and found.plan.change_set is not None:
                    self.planned(found.plan)
                word = "broken" if outcome == "broken" else "error"
                if not self.several:
                    for line in found.reasons:
                        say(f"{word}: {line}")
                continue
            lines = list(plans.ended(found, self.width))
            if self.several and lines:
                lines = [[("title", f"{found.stack_name}  {region}")], *lines]
            self.view.lines(lines)
            if outcome == "detached":
                self.goes_on(region)
        for region, (outcome, _, words) in rows.items():
            if outcome in ("skipped", "error"):
                self.result(region, outcome, words)
        if self.several and not self.as_json:
            self.view.lines([[], *plans.table(rows)])
        statuses = [_STATUS[outcome] for outcome, _, _ in rows.values()]
        order = list(dict.fromkeys(_STATUS.values()))
        return min(statuses, key=order.index, default=0)
