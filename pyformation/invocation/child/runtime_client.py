"""The transport of awslambdaric, in pure Python: it replaces the C module of that name in the function's process.

It stands on the path of that process, which may be any Python that awslambdaric supports, and imports nothing
of pyformation. The server is `pyformation.invocation.runtime_api`, which speaks as little HTTP as this does.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

_API = "/2018-06-01/runtime/invocation/"
_JSON = "application/json"
_connection: socket.socket | None = None
_owner = 0


def initialize_client(_user_agent: str) -> None:
    """Called once by awslambdaric, before it imports the handler."""
    import importlib

    errors: Any = importlib.import_module("awslambdaric.lambda_runtime_exception")
    original = errors.FaultException.__init__

    def noting(self: Any, kind: str, *details: Any) -> None:
        original(self, kind, *details)
        error = sys.exc_info()[1]
        if isinstance(error, ImportError):
            _print_traceback(error)

    errors.FaultException.__init__ = noting
    sys.meta_path.insert(0, _BeforeHandler())


class _BeforeHandler:
    """Sees the import of the handler's module: as on Lambda, no compiled files appear beside the function's code."""

    def __init__(self) -> None:
        self.wanted = os.environ.get("_HANDLER", "").replace("/", ".").partition(".")[0]

    def find_spec(self, name: str, *_where: object) -> None:
        if name == self.wanted:
            sys.dont_write_bytecode = True


def _print_traceback(error: ImportError) -> None:
    """Print where a module of the function could not be imported: awslambdaric keeps only the message."""
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename[:1] != "<"]
    ours = (os.path.join("awslambdaric", "bootstrap.py"), os.path.join("importlib", "__init__.py"))
    own = [frame for frame in frames if not frame.filename.endswith(ours)]
    if own:
        lines = traceback.format_list(own) + traceback.format_exception_only(type(error), error)
        sys.stderr.write("Traceback (most recent call last):\n" + "".join(lines))
        sys.stderr.flush()


def next() -> tuple[bytes, dict[str, Any]]:
    """Wait for the next event: its body, and the headers that describe it."""
    headers, body = _exchange("GET", "next", _JSON, b"")
    found: dict[str, Any] = dict(headers)
    found["Lambda-Runtime-Deadline-Ms"] = int(headers["Lambda-Runtime-Deadline-Ms"])
    return body, found


def post_invocation_result(invoke_id: str, body: bytes, content_type: str, *_rest: object) -> None:
    """Send the response of the handler."""
    _exchange("POST", f"{invoke_id}/response", content_type, body)


def post_error(invoke_id: str, error: str | bytes, _xray_fault: object, *_rest: object) -> None:
    """Send the error that the handler raised."""
    _exchange("POST", f"{invoke_id}/error", _JSON, error if isinstance(error, bytes) else error.encode())


def _exchange(method: str, path: str, content_type: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """Send a request and wait for the answer: its headers and its body."""
    connection = _connected()
    head = f"{method} {_API}{path} HTTP/1.1\r\nHost: lambda\r\nContent-Type: {content_type}\r\n"
    # One write: with two, the second waits for the acknowledgment of the first.
    try:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    except OSError:
        _end()
    received = b""
    while b"\r\n\r\n" not in received:
        received += _receive(connection)
    top, _, rest = received.partition(b"\r\n\r\n")
    status, *fields = top.decode().split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    parts, left = [rest], int(headers["Content-Length"]) - len(rest)
    while left > 0:
        parts.append(_receive(connection))
        left -= len(parts[-1])
    code = status.split(" ", 2)[1]
    if code[0] not in "23":
        raise RuntimeError(f"the Runtime API answered {method} {path} with {code}")
    return headers, b"".join(parts)


def _connected() -> socket.socket:
    global _connection, _owner
    if _connection is None or _owner != os.getpid():
        # The first call, or the first after a fork: processes cannot share a connection.
        host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rpartition(":")
        try:
            _connection = socket.create_connection((host, int(port)))
        except OSError:
            _end()
        _connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _owner = os.getpid()
    return _connection


def _receive(connection: socket.socket) -> bytes:
    try:
        part = connection.recv(262_144)
    except OSError:
        part = b""
    return part or _end()


def _end() -> NoReturn:
    """End with the server: nobody waits for this process anymore."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
