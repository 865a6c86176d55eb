"""One execution environment: a process that runs the handler under awslambdaric, and the Runtime API that it asks.

Everything happens in the thread that calls `Sandbox.invoke`: it serves the API, reads the output of the process,
watches its memory and its time. Between two events nothing runs here.
"""

from __future__ import annotations

import json
import math
import os
import selectors
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from ..errors import SourceError
from . import processes
from .logs import Log, timestamp
from .records import Invocation, Report, Status
from .runtime_api import ACCEPTED, LARGEST_RESPONSE, NOT_AWAITED, UNKNOWN, Connection, Request, answer

# How long the INIT phase may take; Lambda then starts it again, within the time of the first invocation.
INIT_SECONDS = 10.0
# How often the process is looked at, and how often the whole group.
_TICK, _GROUP_TICK = 0.02, 0.25
# What a pipe holds at most.
_PIPE = 1_048_576


@attrs.frozen
class Program:
    """How the process of a function is started, and what it may use.

    `runtime` is how INIT_START names the runtime. `environment` lacks only what belongs to one process.
    """

    command: list[str]
    folder: str
    environment: Mapping[str, str]
    runtime: str
    arn: str
    timeout: float
    memory_mb: int
    json_log: bool = False
    log_level: str = "INFO"


@attrs.frozen
class _Outcome:
    """How an event ended, or why none can be handled."""

    payload: bytes
    status: Status
    error: dict[str, Any] | None = None

    @property
    def error_type(self) -> str | None:
        return None if self.error is None else str(self.error.get("errorType", "Unhandled"))


class Sandbox:
    """An execution environment, started by the first event. Use it in a ``with`` statement, or call `close`."""

    def __init__(self, program: Program, write: Callable[[str], object]) -> None:
        self.program = program
        self.log = Log(write, as_json=program.json_log, level=program.log_level)
        self._process: subprocess.Popen[bytes] | None = None
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._listener: socket.socket | None = None
        self._selector: selectors.BaseSelector | None = None
        self._connections: set[Connection] = set()
        self._limit = program.memory_mb * 1_048_576
        # The connection that waits for an event, the request that is handled, and how that ended.
        self._waiting: Connection | None = None
        self._request_id = ""
        self._outcome: _Outcome | None = None
        self._output_open = False
        self._stopped = False
        # What the process and its descendants have in their environment, and nobody else.
        self._token = ""
        self._peak = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    # -- one event

    def invoke(self, event: bytes, *, client_context: str | None = None) -> Invocation:
        """Handle one event; the process is started if there is none."""
        request_id = self._request_id = str(uuid.uuid4())
        init: float | None = None
        left = self.program.timeout
        try:
            if not self._is_ready():
                began = time.monotonic()
                failed = self._start(INIT_SECONDS, "init")
                init = (time.monotonic() - began) * 1000
                if failed is not None and failed.status == "timeout":
                    # As Lambda does: again, and now it counts as part of the invocation.
                    init = None
                    began = time.monotonic()
                    failed = self._start(left, "invoke")
                    left -= time.monotonic() - began
                if failed is not None:
                    self.log.start(request_id)
                    return self._finish(failed, request_id, init or 0.0, None)
            self.log.start(request_id)
            began = time.monotonic()
            outcome = self._handle(event, request_id, client_context, began + left)
            taken = (time.monotonic() - began + self.program.timeout - left) * 1000
            return self._finish(outcome, request_id, taken, init)
        except BaseException:
            self.close()
            raise

    def _handle(self, event: bytes, request_id: str, client_context: str | None, until: float) -> _Outcome:
        deadline = time.time() + until - time.monotonic()
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.program.arn,
            "Lambda-Runtime-Trace-Id": _trace_id(),
        }
        if client_context is not None:
            headers["Lambda-Runtime-Client-Context"] = client_context
        self._outcome = None
        waiting, self._waiting = self._waiting, None
        if waiting is None or not waiting.send(answer("200 OK", event, headers)):
            return self._exited()
        return self._serve(until, lambda: self._outcome) or self._timed_out()

    def _finish(self, outcome: _Outcome, request_id: str, taken: float, init: float | None) -> Invocation:
        if outcome.status == "timeout":
            taken = self.program.timeout * 1000
        self._measure()
        if outcome.status in ("success", "failure") and self._peak > self._limit:
            outcome = self._out_of_memory()  # A peak between two looks.
        self._drain()
        if outcome.status in ("error", "timeout"):
            self._kill()
        self.log.end_line()
        if outcome.status == "timeout":
            self.log.problem(f"{timestamp()} {request_id} {_timeout_words(self.program.timeout)}\n")
        elif outcome.error_type in ("Runtime.ExitError", "Runtime.OutOfMemory") and outcome.error:
            self.log.problem(f"{outcome.error['errorMessage']}\n{outcome.error_type}")
        report = Report(
            request_id,
            taken,
            math.ceil(taken + (init or 0.0)),
            self.program.memory_mb,
            min(max(1, math.ceil(self._peak / 1_048_576)), self.program.memory_mb),
            init,
            outcome.status,
            outcome.error_type,
        )
        self.log.end(report)
        self._request_id = ""
        return Invocation(outcome.payload, outcome.error, self.log.taken(), report)

    # -- the process

    def _is_ready(self) -> bool:
        """Whether the process has asked for another event, as it does after each."""
        if self._process is None:
            return False
        self._outcome = None
        self._serve(time.monotonic() + INIT_SECONDS, lambda: self._waiting)
        return self._waiting is not None and self._process.poll() is None

    def _start(self, seconds: float, phase: str) -> _Outcome | None:
        """Start the process and wait until it asks for an event; otherwise say why it does not."""
        self._kill()
        if self._stopped:
            raise SourceError("the function is closed")
        self._peak = 0
        program = self.program
        self.log.init_start(program.runtime)
        if self._listener is None or self._selector is None:
            self._selector = selectors.DefaultSelector()
            self._listener = socket.create_server(("127.0.0.1", 0))
            self._listener.setblocking(False)
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="pyformation-", ignore_cleanup_errors=True)
        api = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._token = f"AWS_LAMBDA_RUNTIME_API={api}"
        own = {"AWS_LAMBDA_RUNTIME_API": api, "TMPDIR": self._temporary.name}
        began = time.monotonic()
        try:
            with processes.uninterrupted():
                self._process = subprocess.Popen(
                    program.command,
                    cwd=program.folder,
                    env={**program.environment, **own},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SourceError(f"cannot start {program.command[0]!r}: {reason}") from None
        if self._stopped:  # Meanwhile, by another thread.
            raise SourceError("the function is closed")
        output = self._process.stdout
        assert output is not None
        os.set_blocking(output.fileno(), False)
        self._selector.register(output, selectors.EVENT_READ, self._read_output)
        self._output_open = True
        self._outcome = None
        self._serve(began + seconds, lambda: self._outcome or self._waiting)
        if self._waiting is not None:
            return None
        milliseconds = (time.monotonic() - began) * 1000
        if self._outcome is None:
            status = "timeout"
            failed = self._timed_out() if phase == "invoke" else _Outcome(b"", "timeout")
        else:
            failed, status = self._outcome, "error"
        self._measure()
        self._drain()
        self.log.end_line()
        if phase == "init":
            self.log.init_report(milliseconds, status, failed.error_type)
        return failed

    def _serve(self, until: float, done: Callable[[], Any]) -> Any:
        """Serve the process until `done` returns something, the time is over, or the process has ended."""
        process = self._process
        assert process is not None
        look, look_at_group = time.monotonic() + _TICK, time.monotonic() + _GROUP_TICK
        while True:
            found = done()
            if found:
                return found
            now = time.monotonic()
            if now >= until:
                return None
            if now >= look:
                look = now + _TICK
                used = processes.resident_memory(process.pid)
                if now >= look_at_group:
                    look_at_group = now + _GROUP_TICK
                    used = max(used, processes.group_memory(process.pid))
                self._peak = max(self._peak, used)
                if used > self._limit:
                    self._outcome = self._out_of_memory()
                    return self._outcome
                if process.poll() is not None:
                    self._select(0)  # Its last words may still be on their way.
                    self._outcome = self._outcome or self._exited()
                    return self._outcome
            self._select(max(0.0, min(until, look) - now))

    def _select(self, seconds: float) -> None:
        assert self._selector is not None
        for key, _ in self._selector.select(seconds):
            key.data()

    def _accept(self) -> None:
        assert self._listener is not None and self._selector is not None
        try:
            connected, _ = self._listener.accept()
        except OSError:
            return
        connection = Connection(connected)
        self._connections.add(connection)
        self._selector.register(connected, selectors.EVENT_READ, lambda: self._receive(connection))

    def _receive(self, connection: Connection) -> None:
        requests = connection.requests()
        if requests is None:
            self._drop(connection)
            return
        for request in requests:
            self._answer(connection, request)

    def _answer(self, connection: Connection, request: Request) -> None:
        if request.kind == "next":
            self._waiting = connection
            return
        if request.kind == "unknown":
            connection.send(UNKNOWN)
            return
        if self._outcome is not None or (
            request.kind != "init error" and request.request_id != self._request_id
        ):
            connection.send(NOT_AWAITED)
            return
        body = request.body
        if body is None:
            error = {
                "errorType": "Function.ResponseSizeTooLarge",
                "errorMessage": f"Response payload size ({request.size} bytes) exceeded maximum allowed payload "
                f"size ({LARGEST_RESPONSE} bytes).",
            }
            self._outcome = _failed("error", error)
        elif request.kind == "response":
            self._outcome = _Outcome(body, "success")
        else:
            status: Status = "error" if request.kind == "init error" else "failure"
            self._outcome = _Outcome(body, status, _error_of(body))
        connection.send(ACCEPTED)

    def _drop(self, connection: Connection) -> None:
        if self._waiting is connection:
            self._waiting = None
        self._connections.discard(connection)
        if self._selector is not None:
            self._selector.unregister(connection.socket)
        connection.close()

    def _read_output(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        try:
            data = os.read(process.stdout.fileno(), 262_144)
        except BlockingIOError:
            return
        if data:
            self.log.output(data)
        else:
            self._close_output(process)

    def _drain(self) -> None:
        """Read what the process has written so far: no more than a pipe holds, as others may go on writing."""
        process = self._process
        left = _PIPE
        while left > 0 and process is not None and process.stdout is not None and self._output_open:
            try:
                data = os.read(process.stdout.fileno(), left)
            except BlockingIOError:
                return
            left -= len(data)
            if data:
                self.log.output(data)
            else:
                self._close_output(process)

    def _measure(self) -> None:
        if self._process is not None:
            self._peak = max(self._peak, processes.peak_memory(self._process.pid))

    # -- how it can go wrong

    def _timed_out(self) -> _Outcome:
        return self._failed("timeout", "Sandbox.Timedout", _timeout_words(self.program.timeout))

    def _out_of_memory(self) -> _Outcome:
        return self._failed("error", "Runtime.OutOfMemory", "Runtime exited with error: signal: killed")

    def _exited(self) -> _Outcome:
        status = None if self._process is None else self._process.poll()
        if not status:
            words = "Runtime exited without providing a reason"
        elif status < 0:
            words = f"Runtime exited with error: signal: {_signal_name(-status)}"
        else:
            words = f"Runtime exited with error: exit status {status}"
        return self._failed("error", "Runtime.ExitError", words)

    def _failed(self, status: Status, kind: str, words: str) -> _Outcome:
        return _failed(
            status, {"errorType": kind, "errorMessage": f"RequestId: {self._request_id} Error: {words}"}
        )

    # -- the end

    def _kill(self) -> None:
        """End the process and everything that it has started."""
        with processes.uninterrupted():
            process, self._process = self._process, None
            if process is not None:
                self._end(process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        processes.end(process.pid, self._token)
        process.wait()
        for connection in list(self._connections):
            self._drop(connection)
        self._close_output(process)

    def _close_output(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        if self._output_open and self._selector is not None:
            self._selector.unregister(process.stdout)
        self._output_open = False
        process.stdout.close()

    def stop(self) -> None:
        """End the process from another thread: the event that it handles fails, and it is not started again."""
        self._stopped = True
        process = self._process
        if process is not None and process.returncode is None:
            processes.end(process.pid, self._token)

    def close(self) -> None:
        """End the process; nothing of it is left behind."""
        with processes.uninterrupted():
            self._kill()
            if self._listener is not None:
                self._listener.close()
                self._listener = None
            if self._selector is not None:
                self._selector.close()
                self._selector = None
            if self._temporary is not None:
                self._temporary.cleanup()
                self._temporary = None


def _failed(status: Status, error: dict[str, Any]) -> _Outcome:
    return _Outcome(json.dumps(error).encode(), status, error)


def _error_of(body: bytes) -> dict[str, Any]:
    try:
        found: Any = json.loads(body)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"errorMessage": body.decode("utf-8", "replace")}  # pyright: ignore[reportUnknownVariableType]


def _timeout_words(seconds: float) -> str:
    return f"Task timed out after {seconds:.2f} seconds"


def _signal_name(number: int) -> str:
    """A signal as Go's runtime names it, which Lambda is written in."""
    names: dict[int, str] = {
        signal.SIGKILL: "killed",
        signal.SIGSEGV: "segmentation fault",
        signal.SIGABRT: "aborted",
    }
    return names.get(number, f"signal {number}")


def _trace_id() -> str:
    root = f"1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"
    return f"Root={root};Parent={uuid.uuid4().hex[:16]};Sampled=0"
