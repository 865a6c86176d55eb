"""``pyformation plan SOURCE --stack-name NAME``."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from . import options, say, stack_options

if TYPE_CHECKING:
    from ..deployment.change_sets import Draft
    from ..deployment.planning import Plan, Prepared
    from ..deployment.saved import SavedPlan
    from ..deployment.watching import Watcher

_BROKEN = 3
_CHANGES = 2
_ERROR = 1
# The report of a diff is a page; other lines are as wide as it takes.
_WIDEST = 120


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option("--stack-name", metavar="NAME", required=True, help="The name of the stack.")
@stack_options.shared
@click.option(
    "--save", metavar="FILE", help="Keep the change set, and write what `deploy --plan FILE` needs."
)
@click.option("--exit-code", is_flag=True, help="Exit with status 2 if there are changes.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the plan is printed.",
)
@click.option("-v", "--verbose", is_flag=True, help="Shorten nothing.")
@click.option(
    "-q", "--quiet", is_flag=True, help="Only the totals, the errors and one line for each resource."
)
def plan(
    source: str,
    stack_name: str,
    save: str | None,
    exit_code: bool,
    format_: str,
    verbose: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Predict what a deployment of SOURCE does, and compare the prediction with a change set of AWS.

    SOURCE is a stack module, a template file or git:REVISION:PATH. Nothing is changed: the change set is deleted, and
    so is the empty stack that AWS makes for one. With --save both are kept, and `deploy --plan FILE` executes exactly
    that change set, unless the stack has changed meanwhile.

    The exit status is 1 for an error, 3 if --fail-on, a policy or a guard fails, by the prediction or by AWS's change
    set, 2 for changes with --exit-code, 0 otherwise.
    """
    if verbose and quiet:
        raise click.UsageError("give --verbose or --quiet, not both")
    from ..assets.packaging import Packager
    from ..deployment.planning import prepare
    from ..deployment.regions import Failed, in_regions

    with options.ended_by_signals(), ExitStack() as stack:
        wanted = stack_options.wanted_of(source, stack_name, given)
        found = stack_options.connections(given["regions"], given["profile"], stack_options.tell_retry)
        template = stack_options.one_template(
            source, given["allow_outside"], found[0].session, found[0].region
        )
        packager = stack.enter_context(Packager(wanted.packaging))
        printer = _Printer(format_, verbose, quiet, len(found) > 1)

        def work(connection: Any, watcher: Watcher) -> tuple[Plan, tuple[SavedPlan, Draft] | None]:
            prepared = prepare(connection, template, wanted, packager)
            printer.predicted(prepared)
            return _planned(prepared, watcher, save is not None)

        results = in_regions(
            [(connection.region, connection) for connection in found],
            work,
            lambda _region: _Quiet(),
            on_failure="continue",
            discard=lambda result: None if result[1] is None else result[1][1].delete(),
        )
        kept = [one[1] for one in results.values() if isinstance(one, tuple) and one[1] is not None]
        plans: list[Plan] = []
        with ExitStack() as unsaved:
            # Where the file is not written, whatever the reason, no change set is kept.
            for _, draft in kept:
                unsaved.callback(draft.delete)
            for result in results.values():
                if isinstance(result, Failed):
                    if len(found) == 1:
                        raise result.error
                    printer.failed(result)
                elif result is not None:
                    plans.append(result[0])
                    printer.planned(result[0])
            printer.finish(plans)
            if save is not None and _save([one for one, _ in kept], plans, len(found), save):
                unsaved.pop_all()
        return _status(plans, len(plans) < len(found), exit_code)


def _save(saved: list[SavedPlan], plans: list[Plan], regions: int, path: str) -> bool:
    """Write the file if all of it may be executed: a later command knows nothing of the rules."""
    from ..deployment.saved import write_plans

    why = None
    if len(plans) < regions or any(one.failed for one in plans):
        why = "not every region could be planned" if regions > 1 else "AWS refuses the change set"
    elif any(one.broken or one.broken_by_aws for one in plans):
        why = "a rule is broken"
    elif not saved:
        why = "there is no change set to execute"
    if why is not None:
        say(f"nothing was saved to {path}: {why}")
        return False
    write_plans(saved, path)
    say(f"saved to {path}; execute it with: pyformation deploy --plan {path}")
    return True


def _planned(prepared: Prepared, watcher: Watcher, keep: bool) -> tuple[Plan, tuple[SavedPlan, Draft] | None]:
    """The plan of one region, whose change set is deleted unless it is to be kept."""
    import attrs

    from ..deployment.planning import draft_of, predicted, propose, why_unplanned
    from ..deployment.saved import saved_plan

    if prepared.is_running or prepared.starts_over:
        return attrs.evolve(predicted(prepared), unplanned=why_unplanned(prepared)), None
    prepared.uploads.send(watcher.told)
    with draft_of(prepared) as draft:
        made = propose(prepared, draft, watcher.sleep)
        if not keep or made.no_changes or made.failed:
            return made, None
        draft.kept = True
        return made, (saved_plan(made, prepared), draft)


def _status(plans: list[Plan], failed: bool, exit_code: bool) -> int:
    if failed or any(one.failed for one in plans):
        return _ERROR
    broken = [sentence for one in plans for sentence in (*one.broken, *one.broken_by_aws)]
    if broken:
        for line in dict.fromkeys(broken):
            say(f"broken: {line}")
        return _BROKEN
    return _CHANGES if exit_code and any(one.changes for one in plans) else 0


def _watcher() -> Any:
    from ..deployment.watching import Silent

    class Quiet(Silent):
        def told(self, sentence: str) -> None:

            say(sentence)

    return Quiet()


_Quiet = _watcher


class _Printer:
    """Prints each prediction as soon as it is there, and AWS's answer when it comes."""

    def __init__(self, format_: str, verbose: bool, quiet: bool, several: bool) -> None:
        self.json = format_ == "json"
        self.verbose = verbose
        self.quiet = quiet
        self.several = several
        self.width = stack_options.width()

    def predicted(self, prepared: Prepared) -> None:
        """The prediction."""
        if self.json or prepared.is_running:
            return
        from ..deployment.planning import predicted
        from . import plans

        made = predicted(prepared)
        lines = [plans.head(made), *plans.notes(made, self.width)]
        if not self.several or self.verbose:
            lines += report_lines(made, self.width, self.verbose, self.quiet)
        self._print(lines)

    def planned(self, made: Plan) -> None:
        """AWS's answer."""
        if self.json:
            return
        from . import plans

        lines = list(plans.answer(made, self.width, table=not self.quiet))
        if self.several:
            lines = [[("title", f"{made.stack_name}  {made.region}")], *lines]
        self._print(lines)

    def failed(self, failed: Any) -> None:
        """A region that could not be planned."""

        say(f"error: {failed.region}: {failed.error!s}")

    def finish(self, made: list[Plan]) -> None:
        """With JSON, everything at once."""
        if not self.json:
            return
        from ..reports.formats import as_json
        from . import plans

        data = [plans.plan_json(one) for one in made]
        click.echo(as_json({"version": 1, "plans": data}), nl=False)

    def _print(self, lines: list[Any]) -> None:
        from ..reports.terminal import print_lines

        print_lines(lines)
        sys.stdout.flush()


def report_lines(made: Plan, width: int, verbose: bool, quiet: bool) -> list[Any]:
    """The prediction as the report of a diff."""
    from ..reports.text import layout

    diff = made.prediction
    lines = layout(diff, width=min(width, _WIDEST), verbose=verbose, quiet=quiet)[
        1:
    ]  # The first one says the totals again.
    told = diff.resources or diff.findings or diff.partial or diff.refreshed
    # Where nothing changes, what was compared is all that there is to say.
    return lines if told or any(not line for line in lines) else []
