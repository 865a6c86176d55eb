"""A Lambda function that runs locally, in a process of its own, as Lambda runs it. docs/invoke.md.

`invoke` handles one event; a `LocalFunction` stays warm between events.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import InvalidValueError, SourceError, here
from ..evaluation import Given
from ..plain import mapping_or_empty
from ..sources.projects import code_folder
from . import code, environment, interpreters, processes, targets
from .declarations import Declaration, declared
from .hints import hint_for
from .packages import packages_of
from .records import Invocation, Report
from .sandbox import Program, Sandbox

__all__ = ["Invocation", "LocalFunction", "Report", "invoke"]

# The largest event of a synchronous invocation.
LARGEST_EVENT = 6 * 1024 * 1024


class LocalFunction:
    """A function of a template that runs on this computer; the first event starts it, and it stays warm.

    `source` names it, as ``pyformation invoke`` does (``stack.py:Function``), or is a stack, a template or a mapping;
    `function` is then its logical ID or attribute. `parameters` are values of the template's parameters, `resolved`
    those behind SSM-typed ones, `environment` are variables that win over all others; `write` gets the log as it is
    written.
    `notes` are sentences about what differs from Lambda, `files` the template and the folders that it is made of.
    Use it in a ``with`` statement, or call `close`: until then its process exists.
    """

    def __init__(
        self,
        source: object,
        function: str | None = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        resolved: Mapping[str, Any] | None = None,
        region: str | None = None,
        account: str | None = None,
        stack_name: str | None = None,
        write: Callable[[str], object] | None = None,
    ) -> None:
        if os.name != "posix":
            raise SourceError(
                "functions run locally on Linux and macOS; on Windows use the Linux subsystem (WSL)"
            )
        given = Given(parameters or {}, resolved or {}, region=region, account=account, stack_name=stack_name)
        target = source if isinstance(source, targets.Target) else targets.find(source, function)
        with _at_its_line(target):
            self._declaration = declared(target, given, environment or {})
        # Removed at the latest with this object.
        self._temporary = tempfile.TemporaryDirectory(prefix="pyformation-", ignore_cleanup_errors=True)
        # One event at a time; the process may be ended from any thread.
        self._lock = threading.Lock()
        self._sandbox: Sandbox | None = None
        try:
            self._program, self.notes, self.files = _program(
                self._declaration, target, self._temporary.name, environment or {}
            )
        except BaseException:
            self.close()
            raise
        self._sandbox = Sandbox(self._program, write or _nowhere)

    @property
    def name(self) -> str:
        """The name of the function."""
        return self._declaration.name

    @property
    def logical_id(self) -> str:
        """The logical ID of the function in its template."""
        return self._declaration.logical_id

    @property
    def arn(self) -> str:
        """The ARN that the function sees."""
        return self._declaration.arn

    def __enter__(self) -> LocalFunction:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def invoke(self, event: Any = None, *, client_context: Mapping[str, Any] | None = None) -> Invocation:
        """Handle one event: bytes of JSON, or a value that becomes JSON; ``{}`` if there is none."""
        context = None if client_context is None else json.dumps(client_context)
        data = _as_json(event)
        with self._lock:
            if self._sandbox is None:
                raise InvalidValueError("the function is closed", origin=here())
            return self._sandbox.invoke(data, client_context=context)

    def explain(self, error: Mapping[str, Any]) -> str:
        """The error of an invocation in one sentence, with the nearest name if the handler does not exist."""
        kind, message = error.get("errorType", ""), str(error.get("errorMessage", ""))
        if message.startswith("RequestId: "):
            words = message.partition(" Error: ")[2]
        else:
            words = f"{kind}: {message}" if kind and message else kind or message
        program = self._program
        hint = hint_for(dict(error), self._declaration.handler, program.folder, program.command[0])
        if kind == "Runtime.OutOfMemory":
            hint = f"; it needs more than its MemorySize of {program.memory_mb} MB"
        return f"{self.logical_id} failed: {' '.join(words.split())}{hint}"

    def close(self) -> None:
        """End the process of the function and remove its temporary files."""
        with processes.uninterrupted():
            sandbox = self._sandbox
            if sandbox is not None:
                sandbox.stop()
            with self._lock:
                self._sandbox = None
                if sandbox is not None:
                    sandbox.close()
                self._temporary.cleanup()


def invoke(
    source: object,
    event: Any = None,
    *,
    function: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    resolved: Mapping[str, Any] | None = None,
    region: str | None = None,
    account: str | None = None,
    stack_name: str | None = None,
    client_context: Mapping[str, Any] | None = None,
) -> Invocation:
    """Run a Lambda function locally with one event, as Lambda would run it.

    `source` names the function: ``stack.py:Function``, ``stack.py:Stack.Function``, ``template.yaml:Function``, by its
    logical ID or the attribute of the stack; or it is a stack, a template or a mapping, and `function` names it.
    `event` is a value that becomes JSON. `parameters` are values of the template's parameters, `resolved` those behind
    SSM-typed ones, `environment` are variables that win over all others.

    An error of the function is part of the result; `SourceError` is raised for a function that cannot be run.
    """
    with LocalFunction(
        source,
        function,
        parameters=parameters,
        environment=environment,
        resolved=resolved,
        region=region,
        account=account,
        stack_name=stack_name,
    ) as running:
        return running.invoke(event, client_context=client_context)


@contextmanager
def _at_its_line(target: targets.Target, name: str | None = None) -> Generator[None]:
    """Errors about a function, or one of its properties, with the line of it."""
    try:
        yield
    except SourceError as error:
        if error.origin is None:
            resource = mapping_or_empty(
                mapping_or_empty(target.template.data.get("Resources")).get(target.logical_id)
            )
            steps = ["Resources", target.logical_id]
            if name is not None:
                given = mapping_or_empty(resource.get("Properties"))
                steps += ["Properties", next((key for key in given if key.startswith(name)), name)]
            # A function that a loop makes has no line of its own.
            error.origin = target.template.origin(steps) if resource else None
        raise


def _program(
    declaration: Declaration, target: targets.Target, temporary: str, over: Mapping[str, str]
) -> tuple[Program, list[str], list[str]]:
    """How a function is started, notes about it, and the files and folders that it is made of."""
    interpreter, note = interpreters.find(declaration.runtime)
    runtime = os.path.join(temporary, "runtime")
    os.mkdir(runtime)
    environment.make_runtime(runtime, interpreter)
    folder = target.template.folder()
    with _at_its_line(target, "Code"):
        task = code.folder_of(declaration.logical_id, declaration.code, folder, temporary)
        layers = [
            code.folder_of(f"the layer {name}", content, folder, temporary)
            for name, content in declaration.layers
        ]
        code.check_size(declaration.logical_id, [task, *layers])
    notes: list[str] = []
    packages: list[str] = []
    for each in (task, *layers):
        packages += packages_of(each, interpreter, temporary, notes)
    source = target.template.module or target.template.file
    local = [path for path in (source, task, *layers) if not path.startswith(temporary)]
    # A package of a project begins with its folder of code.
    task, *layers = (each if each.startswith(temporary) else code_folder(each) for each in (task, *layers))
    variables, about = environment.variables(
        declaration, task=task, layers=layers, packages=packages, runtime=runtime, over=over
    )
    notes += about
    program = Program(
        [interpreter.path, "-m", "awslambdaric", declaration.handler],
        task,
        variables,
        f"python:{interpreter.name}",
        declaration.arn,
        declaration.timeout,
        declaration.memory_mb,
        declaration.json_log,
        declaration.system_level,
    )
    return program, [*([note] if note else []), *declaration.notes, *notes], local


def _as_json(event: Any) -> bytes:
    if isinstance(event, bytes):
        found = event
    else:
        try:
            found = json.dumps({} if event is None else event).encode()
        except (TypeError, ValueError) as error:
            raise InvalidValueError(f"the event cannot become JSON: {error}", origin=here()) from None
    if len(found) > LARGEST_EVENT:
        raise InvalidValueError(
            f"the event has {len(found):,} bytes; Lambda takes at most {LARGEST_EVENT:,}", origin=here()
        )
    return found


def _nowhere(_text: str) -> None:
    """Where a log goes that only the result has."""
