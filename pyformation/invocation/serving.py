"""The Invoke API of Lambda on loopback, so that an SDK's client with an endpoint URL reaches local functions.

An invocation takes a process that is free, or starts another one, as Lambda does. Everything that runs on the computer
can connect, web pages included, so only a whole and plain request of a program runs a function, and all else is refused.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..errors import PyformationError, SourceError, did_you_mean, shortened
from . import LARGEST_EVENT, Invocation, LocalFunction, processes

# The largest event of an asynchronous invocation, and the part of the log that an answer holds.
_LARGEST_ASYNC = 1024 * 1024
_TAIL = 4096
# How many clients are connected, and how many events are handled, at once: a function that invokes itself would fill
# the computer with processes.
_MOST_CONNECTIONS = 500
_MOST_EVENTS = 100
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
    request_queue_size = 128  # Clients that come at once wait for a moment, not for a second.
    find: Callable[[str], _Pool | str]

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._lock = threading.Lock()
        self._connections = 0
        self._events = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            refused = self._connections >= _MOST_CONNECTIONS
            self._connections += not refused
        if refused:
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # There is no thread.
            self._left()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._left()

    def _left(self) -> None:
        with self._lock:
            self._connections -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is gone gets no answer, and the log is that of the functions."""

    def begin_event(self) -> bool:
        """Whether one more event can be handled; then `end_event` is to be called."""
        with self._lock:
            found = self._events < _MOST_EVENTS
            self._events += found
        return found

    def end_event(self) -> None:
        """An event has been handled."""
        with self._lock:
            self._events -= 1


class _Refused(Exception):
    """Why a request is not an invocation: the status, the type of the error and the sentence."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # Of an answer to what is no request.
    timeout = 60.0  # Of a client that is silent.
    server: _HTTPServer  # pyright: ignore[reportIncompatibleVariableOverride]
    # The headers and the body of an answer go out in one write.
    wbufsize = -1
    disable_nagle_algorithm = True

    def finish(self) -> None:
        super().finish()
        # What the client still sends is read for a moment: otherwise it may lose the answer.
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(0.2)
            for _ in range(1_000):
                if not self.connection.recv(65536):
                    break
        except OSError:
            pass

    def do_POST(self) -> None:
        try:
            self._answer()
        except _Refused as refused:
            self._refuse(*refused.args)
        except Exception as error:
            words = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self._refuse(500, "ServiceException", words)

    def _answer(self) -> None:
        kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        # What follows a request that is refused here may be its body, and is no request.
        self.close_connection, after = True, self.close_connection
        if self.headers.get("Origin") is not None:
            raise _Refused(403, "AccessDeniedException", "requests of web pages are not served")
        path = _PATH.fullmatch(self.path.partition("?")[0])
        if path is None:
            raise _Refused(404, "UnknownOperationException", "only Invoke is served")
        body = self._body(kind, _LARGEST_ASYNC if kind == "Event" else LARGEST_EVENT)
        self.close_connection = after
        pool = self.server.find(urllib.parse.unquote(path[1]))
        if isinstance(pool, str):
            raise _Refused(404, "ResourceNotFoundException", pool)
        try:
            json.loads(body)
        except ValueError as error:
            words = f"Could not parse request body into json: {error}"
            raise _Refused(400, "InvalidRequestContentException", words) from None
        except RecursionError:
            words = "Could not parse request body into json: it is nested too deeply"
            raise _Refused(400, "InvalidRequestContentException", words) from None
        try:
            context = _client_context(self.headers.get("X-Amz-Client-Context"))
        except (ValueError, RecursionError):
            words = "Client context must be a valid Base64-encoded JSON object."
            raise _Refused(400, "InvalidRequestContentException", words) from None
        if kind == "DryRun":
            self._send(204, b"", {})
            return
        if kind not in ("Event", "RequestResponse"):
            words = f"1 validation error detected: {kind!r} is not an invocation type"
            raise _Refused(400, "InvalidParameterValueException", words)
        if not self.server.begin_event():
            words = f"{_MOST_EVENTS} events are being handled, and no more are at once"
            raise _Refused(429, "TooManyRequestsException", words)
        if kind == "Event":
            thread = threading.Thread(target=_quietly, args=(self.server, pool, body, context), daemon=True)
            try:
                thread.start()
            except BaseException:
                self.server.end_event()
                raise
            self._send(202, b"", {})
            return
        try:
            self._invoke(pool, body, context)
        finally:
            self.server.end_event()

    def _body(self, kind: str, most: int) -> bytes:
        """The event, which the client sent whole, or none."""
        if self.headers.get("Transfer-Encoding") is not None:
            words = "a body in chunks is not read; send its Content-Length"
            raise _Refused(411, "InvalidRequestContentException", words)
        lengths: list[str] = self.headers.get_all("Content-Length", ["0"])
        if len(set(lengths)) > 1 or re.fullmatch("[0-9]+", lengths[0]) is None:
            words = "the Content-Length is not one number"
            raise _Refused(400, "InvalidRequestContentException", words)
        digits = lengths[0].lstrip("0") or "0"
        if len(digits) > 12 or int(digits) > most:
            words = f"{digits} byte payload is too large for the {kind} invocation type (limit {most} bytes)"
            raise _Refused(413, "RequestTooLargeException", words)
        body = self.rfile.read(int(digits))
        if len(body) < int(digits):
            words = f"the body has {len(body)} bytes of the {digits} in its Content-Length"
            raise _Refused(400, "InvalidRequestContentException", words)
        return body or b"{}"

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
        kinds = {"Type": "User" if status < 500 else "Service", "Message": shortened(message)}
        body = json.dumps(kinds).encode()
        self._send(status, body, {"x-amzn-ErrorType": kind})

    def _send(
        self, status: int, body: bytes, headers: Mapping[str, str], request_id: str | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", request_id or str(uuid.uuid4()))
        if self.close_connection:
            self.send_header("Connection", "close")
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


def _quietly(server: _HTTPServer, pool: _Pool, body: bytes, context: Mapping[str, Any] | None) -> None:
    """An asynchronous invocation: nobody waits for it, and the log tells how it went."""
    try:
        pool.invoke(body, context)
    except (PyformationError, OSError):
        return
    finally:
        server.end_event()
