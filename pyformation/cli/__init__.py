"""The ``pyformation`` command: one thin module for each subcommand, loaded when it is called.

Every error is one sentence on standard error; the exit status is 1 for errors, including usage errors.
"""

from __future__ import annotations

import gc
import importlib
import sys
from typing import TYPE_CHECKING, Any

import click

from ..errors import PyformationError, did_you_mean

if TYPE_CHECKING:
    from ..reports.formats import Format, View
    from ..sources import LoadedTemplate

# The subcommands, each a module of this package with a function of the same name.
_COMMANDS = {
    "completion": "Print a shell's completion script.",
    "convert": "Convert a template to Python.",
    "delete": "Delete a stack, after showing what is lost with it.",
    "deploy": "Create or update a stack, and follow it to the end.",
    "diff": "Predict what an update does to a stack, offline.",
    "drift": "Show where a stack is no longer as its template says.",
    "explain": "Explain a type, a property, a service or a finding.",
    "graph": "Draw the resources of a template and their references.",
    "invoke": "Run a Lambda function locally, as Lambda would run it.",
    "package": "Package code and other local files, and write the template that refers to them.",
    "plan": "Predict a deployment, with AWS's change set beside the prediction.",
    "recover": "Take the next legal step out of a state in which a stack is stuck.",
    "render": "Print a stack or template as YAML or JSON.",
    "status": "Show the state of a stack, why it failed, and what may be done next.",
    "validate": "Find what CloudFormation or AWS would refuse in a template, offline.",
}


class _LazyGroup(click.Group):
    """Subcommands by name, imported only when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        found = getattr(importlib.import_module(f"{__name__}.{cmd_name}"), cmd_name)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"no such command {args[0]!r}{did_you_mean(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from .. import __version__

        click.echo(f"pyformation {__version__}")
        ctx.exit()


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Print the version and exit.",
)
def pyformation() -> None:
    """Declare CloudFormation templates in Python, and predict what an update does."""


def main() -> None:
    """Run the command and end the process with its exit status."""
    # A command creates many objects and drops few, so frequent garbage collection finds nothing.
    gc.set_threshold(100_000)
    try:
        status = pyformation.main(prog_name="pyformation", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(1)
    except click.UsageError as error:
        where = f" (see '{error.ctx.command_path} --help')" if error.ctx is not None else ""
        _fail(error.format_message().rstrip(".").replace("\n", " ") + where)
    except click.ClickException as error:
        _fail(error.format_message())
    except PyformationError as error:
        _fail(str(error))
    except click.exceptions.Abort:
        _fail("interrupted", 130)
    except BrokenPipeError:
        # The reader is gone; Python would fail again when it closes standard output.
        sys.stderr.close()
        sys.exit(0)
    else:
        gc.freeze()  # No collection at exit, either.
        sys.exit(status if isinstance(status, int) else 0)


def _fail(sentence: str, status: int = 1) -> None:
    from ..reports.harmless import harmless

    click.echo(f"error: {harmless(sentence)}", err=True)
    sys.exit(status)


def note_unreadable(template: LoadedTemplate) -> None:
    """Warn of a deployed template whose text may not be what is deployed."""
    places = template.unreadable()
    if places:
        click.echo(
            f"note: GetTemplate answers ? for each character outside of ASCII, so {len(places)} "
            f"text{'' if len(places) == 1 else 's'} with a ? may be wrong ({places[0]}"
            f"{', ...' if len(places) > 1 else ''}): correct them before you deploy this",
            err=True,
        )


def note(sentence: str) -> None:
    """Print what is no error and must be known, to standard error."""
    from ..reports.harmless import harmless

    click.echo(f"note: {harmless(sentence)}", err=True)


def report(format_: Format, subject: Any, view: View, output: str | None) -> None:
    """Print a report, as the format shows it in a terminal, or write it to a file."""
    out: Any = sys.stdout
    if output is None and format_.show is not None and out is not None and out.isatty():
        format_.show(subject, view)
        return
    from ..programs import write_text

    write_text(format_.write(subject, view), output)
