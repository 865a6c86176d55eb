"""The Runtime API of Lambda, as far as awslambdaric uses it: HTTP/1.1 on loopback, without threads.

A `Connection` turns received bytes into requests, and `answer` makes the bytes of an answer. Each answer is sent in
one write with TCP_NODELAY; in two, each invocation takes 40 ms longer.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping

import attrs

# The largest response of a synchronous invocation: 6 MB and a little for the envelope, as the service has it.
LARGEST_RESPONSE = 6 * 1024 * 1024 + 100
_LARGEST_HEAD = 1_000_000

_ROUTES = {
    "next": re.compile(r"GET /2018-06-01/runtime/invocation/next"),
    "response": re.compile(r"POST /2018-06-01/runtime/invocation/([^/ ]+)/response"),
    "error": re.compile(r"POST /2018-06-01/runtime/invocation/([^/ ]+)/error"),
    "init error": re.compile(r"POST /2018-06-01/runtime/init/error"),
}


@attrs.frozen
class Request:
    """A request of the runtime. `body` is None for one that is larger than a response may be."""

    kind: str
    request_id: str
    body: bytes | None
    size: int
    content_type: str


class Connection:
    """A connection of the runtime: received bytes in, requests out."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setblocking(False)
        self.socket = connected
        self._received = bytearray()

    def requests(self) -> Iterator[Request] | None:
        """The requests that are complete; None if the connection is closed or does not speak HTTP."""
        closed = False
        try:
            while part := self.socket.recv(262_144):
                self._received += part
                if len(self._received) > LARGEST_RESPONSE + _LARGEST_HEAD:
                    break  # The head says how long it is, and that is too much.
            else:
                closed = True
        except BlockingIOError:
            pass
        except OSError:
            return None
        try:
            found = list(self._parsed())
        except ValueError:
            return None
        return None if closed and not found else iter(found)

    def _parsed(self) -> Iterator[Request]:
        while True:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                if len(self._received) > _LARGEST_HEAD:
                    raise ValueError("the head of the request never ends")
                return
            first, *lines = self._received[:end].decode("utf-8", "replace").split("\r\n")
            fields = dict(_field(line) for line in lines)
            size = int(fields.get("content-length", "0"))
            too_large = size > LARGEST_RESPONSE
            if not too_large and len(self._received) < end + 4 + size:
                return
            body = None if too_large else bytes(self._received[end + 4 : end + 4 + size])
            del self._received[: end + 4 + size]
            kind, request_id = _route(first)
            yield Request(kind, request_id, body, size, fields.get("content-type", ""))

    def send(self, data: bytes) -> bool:
        """Send an answer; False if nobody reads it."""
        try:
            self.socket.settimeout(5)
            self.socket.sendall(data)
            self.socket.setblocking(False)
        except OSError:
            return False
        return True

    def close(self) -> None:
        self.socket.close()


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _route(first_line: str) -> tuple[str, str]:
    for kind, pattern in _ROUTES.items():
        found = pattern.match(first_line)
        if found is not None:
            return kind, found[1] if pattern.groups else ""
    return "unknown", ""


def answer(status: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


ACCEPTED = answer("202 Accepted", b'{"status":"OK"}')
UNKNOWN = answer("404 Not Found", b'{"errorType":"NotFound"}')
NOT_AWAITED = answer("400 Bad Request", b'{"errorType":"InvalidRequestID"}')
