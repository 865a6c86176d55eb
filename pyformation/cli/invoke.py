"""``pyformation invoke SOURCE:FUNCTION``."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from ..errors import PyformationError, SourceError, did_you_mean
from ..files import read
from . import say

if TYPE_CHECKING:
    from ..invocation import Invocation, LocalFunction

_FAILED = 4
_WATCH_SECONDS = 0.3
# What a stack module or template reads from beside itself; the log of a program may lie there, too.
_SOURCES = (".py", ".json", ".yaml", ".yml", ".template", ".toml", ".txt")


@click.command()
@click.argument("source", metavar="SOURCE[:FUNCTION]", required=False)
@click.option(
    "-e",
    "--event",
    "events",
    metavar="FILE|-|NAME",
    multiple=True,
    help="The event: a JSON file, standard input, or an event template (s3:put). Can be repeated: the function "
    "stays warm.",
)
@click.option(
    "--events", "list_events", is_flag=True, help="List the event templates; with a name, print it."
)
@click.option("-P", "assigned", metavar="KEY=VALUE", multiple=True, help="A parameter value.")
@click.option("--parameters", metavar="FILE", multiple=True, help="Parameter values; -P overrides.")
@click.option(
    "--env", metavar="KEY=VALUE", multiple=True, help="An environment variable; overrides all others."
)
@click.option("--resolved", metavar="FILE", help="Values of SSM-typed parameters.")
@click.option("--client-context", metavar="JSON", help="The client context, as the caller would send it.")
@click.option("--region", metavar="REGION", help="The region of the function; by default us-east-1.")
@click.option("--account", metavar="NUMBER", help="The value of AWS::AccountId.")
@click.option("--stack-name", metavar="NAME", help="The value of AWS::StackName.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object an event: response, error, log, report."
)
@click.option("--watch", is_flag=True, help="Run again whenever the template, the code or an event changes.")
@click.option(
    "--serve",
    metavar="PORT",
    type=int,
    help="Serve the Invoke API on http://127.0.0.1:PORT, for a client with that endpoint URL.",
)
def invoke(source: str | None, list_events: bool, watch: bool, serve: int | None, **given: Any) -> int:
    """Run the Python function FUNCTION of a stack module or template locally, as Lambda would run it.

    FUNCTION is its logical ID or the attribute of the stack, after the name of the stack if there are several:
    stack.py:Function, stack.py:Orders.function, template.yaml:Function. A template with one function needs no name.

    The response goes to standard output, the log to standard error.

    The exit status is 1 for an error, 4 if the function failed, 0 otherwise.
    """
    if list_events:
        return _list_events(source)
    if source is None:
        raise click.UsageError("Missing argument 'SOURCE[:FUNCTION]'")
    if serve is not None and (watch or given["events"] or given["as_json"]):
        raise click.UsageError(
            "--serve takes its events over HTTP: it goes without --event, --watch and --json"
        )
    if watch and "-" in given["events"]:
        raise click.UsageError("--watch cannot read standard input again")
    with _ends_on_signals():
        if serve is not None:
            return _serve(source, serve, given)
        return _watch(source, given) if watch else _run(source, given)


def _list_events(name: str | None) -> int:
    from ..invocation import event_templates

    if name is None:
        width = max(map(len, event_templates.names()))
        for each, what in event_templates.names().items():
            click.echo(f"{each:{width}}  {what}")
    else:
        click.echo(event_templates.text(name), nl=False)
    return 0


def _run(source: str, given: dict[str, Any], seen: Callable[[list[str]], None] | None = None) -> int:
    """Handle the events in one process; the exit status. `seen` gets the files and folders behind the function before it
    runs."""
    from ..invocation import LocalFunction

    as_json = given["as_json"]
    events = [_event(name) for name in given["events"]] or [b"{}"]
    context = _client_context(given["client_context"])
    status = 0
    with LocalFunction(source, write=None if as_json else _to_stderr, **_options(given)) as function:
        if seen is not None:
            seen(function.files)
        for note in () if as_json else function.notes:
            say(f"note: {note}")
        for event in events:
            found = function.invoke(event, client_context=context)
            if as_json:
                click.echo(_as_json(function, found))
            else:
                # Past click, which would translate bytes on some systems.
                sys.stdout.flush()
                sys.stdout.buffer.write(found.payload + b"\n")
                sys.stdout.buffer.flush()
            if found.error is not None:
                status = _FAILED
                if not as_json:
                    say(f"error: {function.explain(found.error)}")
        return status


def _as_json(function: LocalFunction, found: Invocation) -> str:
    import attrs

    return json.dumps(
        {
            "response": found.response,
            "error": found.error,
            "log": found.log,
            "report": attrs.asdict(found.report),
            "notes": function.notes,
        },
        ensure_ascii=False,
    )


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The options of a `LocalFunction` from those of the command."""
    from ..sources import parameter_files as files

    return {
        "parameters": files.given_parameters(given["parameters"], given["assigned"]),
        "resolved": None if given["resolved"] is None else files.read_resolved(given["resolved"]),
        "environment": dict(files.assignments(given["env"], "--env")),
        **{key: given[key] for key in ("region", "account", "stack_name")},
    }


def _event(name: str) -> bytes:
    """The event in a file, on standard input, or of a template."""
    if name == "-":
        text, what = sys.stdin.buffer.read(16_000_000), "standard input"
    elif os.path.exists(name):
        what = name
        text = read(name, "the event ")
    else:
        from ..invocation import event_templates

        if name not in event_templates.names():
            beside = os.path.dirname(name) or "."
            files = os.listdir(beside) if os.path.isdir(beside) else []
            near = [os.path.join(os.path.dirname(name), file) for file in files]
            hint = did_you_mean(name, [*event_templates.names(), *near])
            raise SourceError(f"{name!r} is neither a file nor an event template (see --events){hint}")
        return event_templates.text(name).encode()
    try:
        json.loads(text)
    except UnicodeDecodeError:
        raise SourceError(f"the event in {what} is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise SourceError(f"the event in {what} is not JSON: {error.msg} at {place}") from None
    except RecursionError:
        raise SourceError(f"the event in {what} is nested too deeply") from None
    return text


def _client_context(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        found: Any = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SourceError(f"--client-context: expected a JSON object, found {text!r}")
    return found  # pyright: ignore[reportUnknownVariableType]


def _to_stderr(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


# ---------------------------------------------------------------------------------------------
# Longer runs


def _watch(source: str, given: dict[str, Any]) -> int:
    """Run now and after every change, until a signal ends it."""
    from ..sources import split_source

    path = split_source(source)[0]
    path = path if os.path.exists(path) else path.rpartition(":")[0]
    beside = os.path.dirname(os.path.abspath(path))
    given_files = [*given["events"], *given["parameters"]]
    inside: dict[str, tuple[int, int]] = {}
    files: list[str] = []

    def seen(found: list[str]) -> None:
        nonlocal inside
        files[:] = found
        inside = _state(found)

    while True:
        # What changes while the function runs counts, too.
        before = _state([*given_files, *_files_in(beside)])
        files.clear()
        inside = {}
        try:
            _run(source, given, seen)
        except PyformationError as error:
            say(f"error: {error}")
        say("watching for changes; Ctrl-C ends")
        while _state([*given_files, *_files_in(beside)]) == before and _state(files) == inside:
            time.sleep(_WATCH_SECONDS)


def _files_in(folder: str) -> list[str]:
    """The files directly in a folder: a stack module and what it imports from there."""
    with os.scandir(folder) as entries:
        return [entry.path for entry in entries if entry.name.endswith(_SOURCES) and entry.is_file()]


def _state(paths: list[str]) -> dict[str, tuple[int, int]]:
    """When files, and the files in folders, were changed."""
    from ..invocation.code import files_below

    written = _written()
    found: dict[str, tuple[int, int]] = {}
    for path in paths:
        for file in [entry.source for entry in files_below(path)] if os.path.isdir(path) else [path]:
            try:
                status = os.stat(file)
            except OSError:
                continue
            if (status.st_dev, status.st_ino) not in written:
                found[file] = status.st_mtime_ns, status.st_size
    return found


def _written() -> set[tuple[int, int]]:
    """The files that this command itself writes to."""
    found: set[tuple[int, int]] = set()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            status = os.fstat(stream.fileno())
            found.add((status.st_dev, status.st_ino))
    return found


def _serve(source: str, port: int, given: dict[str, Any]) -> int:
    """Serve the function, or all functions of the source, until a signal ends it."""
    from ..invocation import LocalFunction
    from ..invocation.serving import Server
    from ..invocation.targets import Target, find_all

    options = _options(given)

    def maker(target: Target) -> Callable[[], LocalFunction]:
        return lambda: LocalFunction(target, write=_to_stderr, **options)

    server = Server([maker(target) for target in find_all(source, several=True)], port)
    try:
        for function in server.functions:
            for note in function.notes:
                say(f"note: {note}")
        for sentence in server.refused:
            say(f"note: not served: {sentence}")
        names = ", ".join(function.name for function in server.functions)
        say(f"serving {names} on {server.url}; Ctrl-C ends")
        server.serve()
    finally:
        server.close()
    return 0


@contextmanager
def _ends_on_signals() -> Generator[None]:
    """SIGTERM and SIGHUP end the command like Ctrl-C, so that it ends the function's process first."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
