"""The Invoke API of Lambda on loopback, so that an SDK's client with an endpoint URL reaches local functions.

An invocation takes a process that is free, or starts another one, as Lambda does.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
import re
import threading
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..errors import PyformationError, SourceError, did_you_mean
from . import LARGEST_EVENT, Invocation, LocalFunction, processes

# The largest event of an asynchronous invocation, and the part of the log that an answer holds.
_LARGEST_ASYNC = 1024 * 1024
_TAIL = 4096
_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations/?")


class _Pool:
    """The processes of one function: those that are free, and all that exist."""

    def __init__(self, make: Callable[[], LocalFunction]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._all: list[LocalFunction] = []
        self._free: list[LocalFunction] = []
        self._closed = False
        self.first = self._another()
        self._free.append(self.first)

    def _another(self) -> LocalFunction:
        made = self._make()
        with self._lock:
            if self._closed:
                made.close()
                raise SourceError("the server has ended")
            self._all.append(made)
        return made

    def invoke(self, event: bytes, context: Mapping[str, Any] | None) -> Invocation:
        with self._lock:
            taken = self._free.pop() if self._free else None
        function = taken or self._another()
        try:
            return function.invoke(event, client_context=context)
        finally:
            with self._lock:
                self._free.append(function)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            found, self._all = self._all, []
        for function in found:
            function.close()


class Server:
    """Answers invocations of some functions on a port of loopback, until `close`. Port 0 is any free port."""

    def __init__(self, functions: list[Callable[[], LocalFunction]], port: int) -> None:
        self._pools: list[_Pool] = []
        try:
            self._server = _HTTPServer(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "expected a port from 0 to 65535"
            raise SourceError(f"cannot serve on port {port}: {reason}") from None
        self._server.find = self._find
        # Why some of several functions are not served.
        self.refused: list[str] = []
        try:
            for make in functions:
                try:
                    self._pools.append(_Pool(make))
                except SourceError as error:
                    self.refused.append(str(error))
            if not self._pools:
                raise SourceError(self.refused[0])
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """The endpoint URL for a client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def functions(self) -> list[LocalFunction]:
        """One process of each function."""
        return [pool.first for pool in self._pools]

    def serve(self) -> None:
        """Answer until `stop` is called in another thread, or an exception ends this one."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """Let `serve` return."""
        self._server.shutdown()

    def close(self) -> None:
        """Free the port and end all processes."""
        with processes.uninterrupted():
            self._server.server_close()
            for pool in self._pools:
                pool.close()

    def _find(self, name: str) -> _Pool | str:
        """The processes of the function with a name, logical ID or ARN; a sentence if there is none."""
        plain = name.split(":function:")[-1].split(":")[0]
        for pool in self._pools:
            if plain in (pool.first.name, pool.first.logical_id):
                return pool
        known = [pool.first.name for pool in self._pools]
        return f"Function not found: {name}{did_you_mean(plain, known)}"


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    find: Callable[[str], _Pool | str]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HTTPServer  # pyright: ignore[reportIncompatibleVariableOverride]
    # The headers and the body of an answer go out in one write.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        most = _LARGEST_ASYNC if kind == "Event" else LARGEST_EVENT
        path = _PATH.fullmatch(urllib.parse.urlsplit(self.path).path)
        if path is None:
            self._refuse(404, "UnknownOperationException", "only Invoke is served")
            return
        if size > most:
            self.close_connection = True
            words = f"{size} byte payload is too large for the {kind} invocation type (limit {most} bytes)"
            self._refuse(413, "RequestTooLargeException", words)
            return
        body = self.rfile.read(size) or b"{}"
        pool = self.server.find(urllib.parse.unquote(path[1]))
        if isinstance(pool, str):
            self._refuse(404, "ResourceNotFoundException", pool)
            return
        try:
            json.loads(body)
        except ValueError as error:
            words = f"Could not parse request body into json: {error}"
            self._refuse(400, "InvalidRequestContentException", words)
            return
        try:
            context = _client_context(self.headers.get("X-Amz-Client-Context"))
        except ValueError:
            words = "Client context must be a valid Base64-encoded JSON object."
            self._refuse(400, "InvalidRequestContentException", words)
            return
        if kind == "DryRun":
            self._send(204, b"", {})
        elif kind == "Event":
            threading.Thread(target=_quietly, args=(pool, body, context), daemon=True).start()
            self._send(202, b"", {})
        elif kind == "RequestResponse":
            self._invoke(pool, body, context)
        else:
            words = f"1 validation error detected: {kind!r} is not an invocation type"
            self._refuse(400, "InvalidParameterValueException", words)

    def _invoke(self, pool: _Pool, body: bytes, context: Mapping[str, Any] | None) -> None:
        try:
            found = pool.invoke(body, context)
        except PyformationError as error:
            self._refuse(500, "ServiceException", str(error))
            return
        headers = {"X-Amz-Executed-Version": "$LATEST"}
        if found.error is not None:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            tail = found.log.encode()[-_TAIL:]
            headers["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
        self._send(200, found.payload, headers, found.request_id)

    def _refuse(self, status: int, kind: str, message: str) -> None:
        body = json.dumps({"Type": "User" if status < 500 else "Service", "Message": message}).encode()
        self._send(status, body, {"x-amzn-ErrorType": kind})

    def _send(
        self, status: int, body: bytes, headers: Mapping[str, str], request_id: str | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", request_id or str(uuid.uuid4()))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """The log is that of the functions."""


def _client_context(header: str | None) -> dict[str, Any] | None:
    if header is None:
        return None
    found: Any = json.loads(base64.b64decode(header, validate=True))
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found  # pyright: ignore[reportUnknownVariableType]


def _quietly(pool: _Pool, body: bytes, context: Mapping[str, Any] | None) -> None:
    """An asynchronous invocation: nobody waits for it, and the log tells how it went."""
    try:
        pool.invoke(body, context)
    except PyformationError:
        return
