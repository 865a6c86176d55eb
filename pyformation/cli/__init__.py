"""The ``pyformation`` command: one thin module for each subcommand, loaded when it is called.

Every error is one sentence on standard error; the exit status is 1 for errors, including usage errors.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ..errors import CatalogWarning, PyformationError, did_you_mean, shortened, shown
from ..programs import cannot_write, give_up, reader_has_gone

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
    "drift": "Show where the resources of a stack differ from its template.",
    "explain": "Explain a type, a property, a service or a finding.",
    "graph": "Draw the resources of a template and their references.",
    "invoke": "Run a Lambda function locally, as Lambda would run it.",
    "package": "Package code and other local files, and write the template that refers to them.",
    "plan": "Predict a deployment, with AWS's change set beside the prediction.",
    "recover": "Take the next legal step out of a state in which a stack is stuck.",
    "render": "Print a stack or template as YAML or JSON.",
    "status": "Show the state of a stack, why its last operation failed, and what may be done next.",
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
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an unexpected error.")
def pyformation() -> None:
    """Declare CloudFormation templates in Python, and predict what an update does."""


# Errors of writing, which name no file if that is a stream.
_OF_STREAMS = (errno.EBADF, errno.EFBIG, errno.EIO, errno.ENOSPC)


def main() -> None:
    """Run the command and end the process with its exit status: always one sentence, never a traceback."""
    # A command creates many objects and drops few, so frequent garbage collection finds nothing.
    gc.set_threshold(100_000)
    arguments, debug = _without_debug(sys.argv[1:])
    try:
        _prepare_streams()
        _end(_status_of(arguments))
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except BrokenPipeError:
        # The reader has gone, and knows it.
        give_up(sys.stdout)
        sys.exit(1)
    except (
        Exception
    ) as error:  # The last net: what arrives here is a fault of this package or of the computer.
        if debug:
            raise
        _fail(_told(error))


def _status_of(arguments: list[str]) -> int:
    try:
        status = pyformation.main(arguments, prog_name="pyformation", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 1
    except click.UsageError as error:
        where = f" (see '{error.ctx.command_path} --help')" if error.ctx is not None else ""
        _fail(error.format_message().rstrip(".").replace("\n", " ") + where)
    except click.ClickException as error:
        _fail(error.format_message())
    except PyformationError as error:
        _fail(str(error))
    except click.exceptions.Abort:
        _fail("interrupted", 130)
    return status if isinstance(status, int) else 0


def _end(status: int) -> NoReturn:
    gc.freeze()  # No collection at exit, either.
    sys.stdout.flush()
    sys.exit(status or int(reader_has_gone()))


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """The arguments without ``--debug``, which may stand anywhere, and whether it was there."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [word for word in arguments[:end] if word != "--debug"]
    return [*kept, *arguments[end:]], len(kept) < end


def _prepare_streams() -> None:
    """Let all names be written, and no file take the place of a stream that is closed."""
    import warnings

    if not sys.warnoptions:
        warnings.simplefilter(
            "ignore"
        )  # Those of Python, as on patterns of templates, are about no code of the user's.
        warnings.simplefilter("default", CatalogWarning)
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)
    if sys.stdout is None:
        # It cannot be written to, so that whatever writes to it fails.
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    streams: list[Any] = [sys.stdout, sys.stderr]
    for stream in streams:
        with contextlib.suppress(
            AttributeError, OSError
        ):  # It may be that of a test, or have no place to start from.
            stream.reconfigure(errors="backslashreplace")


def _told(error: Exception) -> str:
    """A sentence on an error that nobody foresaw."""
    if isinstance(error, OSError):
        if error.filename is None and error.errno in _OF_STREAMS:
            give_up(sys.stdout)
            return cannot_write(error)
        try:
            os.getcwd()
        except OSError:
            return "the current directory was deleted"
        named = "" if error.filename is None else f": {error.filename!r}"
        return f"{error.strerror or error}{named}"
    if isinstance(error, RecursionError):
        return "the input is nested too deeply"
    if isinstance(error, MemoryError):
        return "there is not enough memory for the input"
    said = shown(str(error), 200) if str(error) else "no message"
    return (
        f"this is a bug in pyformation: {type(error).__name__}, {said}; run it again with --debug, and report what it "
        "prints"
    )


def _fail(sentence: str, status: int = 1) -> NoReturn:
    with contextlib.suppress(OSError, ValueError):  # There may be nobody to tell.
        say(f"error: {sentence}")
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.exit(status)
    give_up(sys.stdout)
    sys.exit(status)


def note_unreadable(template: LoadedTemplate) -> None:
    """Warn of a deployed template whose text may not be what is deployed."""
    places = template.unreadable()
    if places:
        say(
            f"note: GetTemplate answers ? for each character outside of ASCII, so {len(places)} "
            f"text{'' if len(places) == 1 else 's'} with a ? may be wrong ({places[0]}"
            f"{', ...' if len(places) > 1 else ''}): correct them before you deploy this"
        )


def note(sentence: str) -> None:
    """Print what is no error and must be known, to standard error."""
    say(f"note: {sentence}")


def say(line: str) -> None:
    """Print a line to standard error; every line there is printed so, as names come from outside."""
    from ..reports.harmless import harmless

    click.echo(harmless(shortened(line)), err=True)


def report(format_: Format, subject: Any, view: View, output: str | None) -> None:
    """Print a report, as the format shows it in a terminal, or write it to a file."""
    out: Any = sys.stdout
    if output is None and format_.show is not None and out is not None and out.isatty():
        format_.show(subject, view)
        return
    from ..programs import write_text

    write_text(format_.write(subject, view), output)
