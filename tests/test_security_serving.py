"""What `pyformation invoke --serve` answers to clients that break the rules: it goes on, and says nothing but its sentences."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pyformation.invocation import LocalFunction, serving

pytest.importorskip("awslambdaric", reason="the extra lambda is not installed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="functions run locally on Linux and macOS")

PATH = "/2015-03-31/functions/Echo/invocations"
CODE = """
import time
def handler(event, context):
    if isinstance(event, dict) and "seconds" in event:
        time.sleep(event["seconds"])
    return event
"""
TEMPLATE = {
    "Resources": {
        "Echo": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": f"python3.{sys.version_info.minor}",
                "Handler": "index.handler",
                "Role": "arn:aws:iam::123456789012:role/r",
                "Code": {"ZipFile": CODE},
            },
        }
    }
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = serving.Server([lambda: LocalFunction(TEMPLATE, "Echo")], 0)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield int(server.url.rpartition(":")[2])
    server.stop()
    thread.join(5)
    server.close()


def ask(port: int, sent: bytes, *, end: bool = False) -> tuple[int, bytes]:
    """The status and body of the first answer to some bytes, and what comes after it; status 0 for no answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(sent)
        if end:
            client.shutdown(socket.SHUT_WR)
        found = b""
        try:
            while data := client.recv(65536):
                found += data
        except ConnectionResetError:
            pass
        except TimeoutError:
            found += b" (the connection stays open)"
    head, _, body = found.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, body


def post(headers: str = "", body: bytes = b"", path: str = PATH) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode("latin-1") + body


SECOND = post("Content-Length: 8\r\nConnection: close\r\n", b'"second"')
CHUNKED = "Transfer-Encoding: chunked\r\n"
REFUSED: dict[str, tuple[bytes, int]] = {
    "a length that is no number": (post("Content-Length: many\r\n", b"{}"), 400),
    "a negative length": (post("Content-Length: -1\r\n", b"{}"), 400),
    "a length of other digits": (post("Content-Length: \u00b2\r\n", b"{}"), 400),
    "a length with an underscore": (post("Content-Length: 0_2\r\n", b"{}"), 400),
    "two lengths": (post("Content-Length: 2\r\nContent-Length: 50\r\n", b"{}" + SECOND), 400),
    "a length of many digits": (post(f"Content-Length: {'9' * 5000}\r\n"), 413),
    "a body in chunks": (post(CHUNKED, b"2\r\n{}\r\n0\r\n\r\n"), 411),
    "a request in chunks": (post(CHUNKED, SECOND), 411),
    "a length and chunks": (post(f"Content-Length: 2\r\n{CHUNKED}", b"{}" + SECOND), 411),
    "no JSON": (post("Content-Length: 1\r\nConnection: close\r\n", b"{"), 400),
    "deep JSON": (post("Content-Length: 1000000\r\nConnection: close\r\n", b"[" * 1_000_000), 400),
    "a large event": (post("Content-Length: 9999999999\r\n"), 413),
    "a large asynchronous event": (post("Content-Length: 2000000\r\nX-Amz-Invocation-Type: Event\r\n"), 413),
    "another path, and a request as its body": (
        post(f"Content-Length: {len(SECOND)}\r\n", SECOND, "/"),
        404,
    ),
    "a path that is no URL": (post("Content-Length: 0\r\n", path="http://[::1"), 404),
    "a path above": (post("Connection: close\r\n", path="/2015-03-31/functions/../Echo/invocations"), 404),
    "an encoded slash": (post("Connection: close\r\n", path="/2015-03-31/functions/a%2FEcho/invocations"), 404),
    "encoded line ends": (post("Connection: close\r\n", path="/2015-03-31/functions/a%0D%0AX:%20y/invocations"), 404),
    "a long name": (post("Connection: close\r\n", path=f"/2015-03-31/functions/{'a' * 60000}/invocations"), 404),
    "a long path": (post(path="/" + "a" * 70000), 414),
    "a long header": (post(f"X: {'a' * 70000}\r\n"), 431),
    "many headers": (post("".join(f"X{number}: y\r\n" for number in range(200))), 431),
    "a client context that is no Base64": (post("Connection: close\r\nX-Amz-Client-Context: *\r\n"), 400),
    "another type of invocation": (post("Connection: close\r\nX-Amz-Invocation-Type: a\u00e9b\r\n"), 400),
    "GET": (PATH.join(("GET ", " HTTP/1.1\r\nHost: x\r\n\r\n")).encode(), 501),
    "a method that others make": (b"do_POST / HTTP/1.1\r\n\r\n", 501),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "another version": (f"POST {PATH} HTTP/9.9\r\n\r\n".encode(), 505),
    "a web page": (post("Origin: https://example.org\r\nContent-Length: 2\r\n", b"{}"), 403),
    "a sandboxed web page": (post("Origin: null\r\nContent-Length: 2\r\n", b"{}"), 403),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_invocation_is_refused(port: int, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    sent, status = REFUSED[name]
    began = time.monotonic()
    found, body = ask(port, sent)
    assert found in (status, 0) if len(sent) > 60_000 else found == status, body
    assert b"HTTP/1.1" not in body and b"stays open" not in body  # One answer, and then the end.
    assert time.monotonic() - began < 3
    assert len(body) < 2_000
    assert capfd.readouterr().err == ""


def test_half_an_event_is_not_an_event(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    for body in (b"", b"1"):
        assert ask(port, post("Content-Length: 2\r\n", body), end=True)[0] == 400
    assert capfd.readouterr().err == ""


def test_clients_that_leave(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    for sent in (b"", b"POST", post("Content-Length: 100\r\n", b"{"), post("Content-Length: 16\r\n", b'{"seconds": 0.1}')):  # fmt: skip
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
        client.sendall(sent)
        # A reset instead of an end.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        client.close()
    time.sleep(0.3)
    assert ask(port, SECOND) == (200, b'"second"')
    assert capfd.readouterr().err == ""


def test_slow_clients_and_many_connections(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyformation.invocation.serving._Handler.timeout", 0.5)
    monkeypatch.setattr(serving, "_MOST_CONNECTIONS", 20)
    waiting = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(40)]
    try:
        for client in waiting:
            client.sendall(b"P")
    except OSError:
        pass  # It has been refused.
    began = time.monotonic()
    for client in waiting:
        try:
            assert client.recv(1) == b""
        except ConnectionResetError:
            pass
        client.close()
    assert time.monotonic() - began < 5
    assert ask(port, SECOND) == (200, b'"second"')


def test_too_many_events_at_once(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_MOST_EVENTS", 1)
    event = json.dumps({"seconds": 0.5}).encode()
    headers = f"X-Amz-Invocation-Type: Event\r\nConnection: close\r\nContent-Length: {len(event)}\r\n"
    assert ask(port, post(headers, event))[0] == 202
    status, body = ask(port, SECOND)
    assert status == 429
    assert "1 events" in json.loads(body)["Message"]
    deadline = time.monotonic() + 5
    while (found := ask(port, SECOND))[0] == 429 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found == (200, b'"second"')


def test_a_process_that_cannot_start_is_an_answer(
    port: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(*_arguments: Any, **_options: Any) -> Any:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(LocalFunction, "invoke", fails)
    status, body = ask(port, SECOND)
    assert (status, json.loads(body)["Type"]) == (500, "Service")
    assert "Too many open files" in json.loads(body)["Message"]
    assert capfd.readouterr().err == ""


def test_a_thread_that_cannot_start_is_an_answer(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fails(threading.Thread):
        def start(self) -> None:
            if self._target is serving._quietly:  # type: ignore[attr-defined]
                raise RuntimeError("can't start new thread")
            super().start()

    monkeypatch.setattr(serving, "_MOST_EVENTS", 1)
    with monkeypatch.context() as patch:
        patch.setattr("threading.Thread", Fails)
        for _ in range(2):  # The first one does not count as running.
            sent = post("X-Amz-Invocation-Type: Event\r\nConnection: close\r\nContent-Length: 2\r\n", b"{}")
            status, body = ask(port, sent)
            assert (status, json.loads(body)["Message"]) == (500, "can't start new thread")
    assert ask(port, SECOND) == (200, b'"second"')
