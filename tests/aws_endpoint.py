"""An endpoint of AWS for tests: answers that a test writes, and faults in front of another server.

Requests are parsed and answers serialized with botocore's own service models, so that a test says what AWS would, by
its names. Protocols: query (CloudFormation, STS, IAM, SNS) and JSON (SSM, Logs, ECR); others, like that of S3, are
only passed on.

    with Endpoint(behind=ministack) as endpoint:
        endpoint.fault("DescribeStacks", THROTTLED, THROTTLED)  # the first two calls fail
        endpoint.answer("DescribeEvents", {"OperationEvents": [...]})  # the server behind does not know this one
        ...
        assert endpoint.called("CreateChangeSet") == 1
"""

from __future__ import annotations

import base64
import functools
import http.client
import http.server
import json
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

import attrs


@attrs.frozen
class Request:
    """What was asked: the operation and its arguments by AWS's names. `time` is that of `time.monotonic`."""

    service: str
    region: str
    operation: str
    arguments: Mapping[str, Any]
    access_key: str
    time: float
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


@attrs.frozen
class Failure:
    """An error that AWS answers."""

    code: str
    message: str = "no"
    status: int = 400


@attrs.frozen
class Lost:
    """The connection ends without an answer, before the request took effect, or after it did."""

    after: bool = False


@attrs.frozen
class Delay:
    """The answer comes late."""

    seconds: float


THROTTLED = Failure("Throttling", "Rate exceeded")
EXPIRED = Failure("ExpiredToken", "The security token included in the request is expired", 403)
UNAVAILABLE = Failure("ServiceUnavailable", "Service is unable to handle request.", 503)
SKEWED = Failure(
    "SignatureDoesNotMatch", "Signature expired: 20261128T050000Z is now earlier than 20261128T051500Z", 403
)


def denied(action: str, who: str = "arn:aws:iam::111111111111:user/dev", on: str = "*") -> Failure:
    """The error of a missing permission, as AWS words it."""
    return Failure(
        "AccessDenied",
        f"User: {who} is not authorized to perform: {action} on resource: {on} because no identity-based policy "
        f"allows the {action} action",
        403,
    )


Fault = Failure | Lost | Delay
Answer = Mapping[str, Any] | Fault | Callable[[Request], Any]


class Endpoint:
    """The server. Without `behind`, an operation that no test answers is an error of AWS."""

    def __init__(self, behind: str | None = None, pause: float = 0.0) -> None:
        self.behind = behind
        self.requests: list[Request] = []
        # How long every answer takes.
        self.pause = pause
        self._answers: dict[str, list[Answer]] = {}
        self._faults: dict[str, list[Fault]] = {}
        self._lock = threading.Lock()
        self._server = _server(self)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Endpoint:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def answer(self, operation: str, *answers: Answer) -> None:
        """Answer an operation: with each of these in turn, and then always with the last.

        An answer is what the operation returns, a fault, or a function that makes one of them from the request; None
        from a function lets the server behind answer.
        """
        with self._lock:
            self._answers[operation] = list(answers)

    def fault(self, operation: str, *faults: Fault) -> None:
        """Let the next calls of an operation fail, before anything else answers them; ``*`` is any operation."""
        with self._lock:
            self._faults.setdefault(operation, []).extend(faults)

    def pages(self, operation: str, key: str, items: Sequence[Any], size: int, **others: Any) -> None:
        """Answer an operation with items, in pages."""

        def page(request: Request) -> dict[str, Any]:
            start = int(request.arguments.get("NextToken") or 0)
            found = {key: items[start : start + size], **others}
            return found | ({"NextToken": str(start + size)} if start + size < len(items) else {})

        self.answer(operation, page)

    def called(self, operation: str) -> int:
        """How often an operation was called."""
        return sum(request.operation == operation for request in self.requests)

    def arguments(self, operation: str) -> list[Mapping[str, Any]]:
        """The arguments of each call of an operation."""
        return [request.arguments for request in self.requests if request.operation == operation]

    def _next(self, request: Request) -> tuple[list[Fault], Answer | None]:
        with self._lock:
            self.requests.append(request)
            faults: list[Fault] = []
            for key in (request.operation, "*"):
                waiting = self._faults.get(key)
                if waiting:
                    faults.append(waiting.pop(0))
                    break
            if (
                faults
                and not isinstance(faults[0], Delay)
                and not (isinstance(faults[0], Lost) and faults[0].after)
            ):
                return faults, None
            answers = self._answers.get(request.operation)
            if not answers:
                return faults, None
            return faults, answers.pop(0) if len(answers) > 1 else answers[0]


# ---------------------------------------------------------------------------------------------
# HTTP


def _server(endpoint: Endpoint) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # One write an answer; two would wait for each other.
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = _parsed(self.path, dict(self.headers.items()), body)
            faults, answer = endpoint._next(request)
            if endpoint.pause:
                time.sleep(endpoint.pause)
            lost = False
            for fault in faults:
                if isinstance(fault, Delay):
                    time.sleep(fault.seconds)
                elif isinstance(fault, Lost):
                    lost = True
                    if not fault.after:
                        return self.drop()
                else:
                    return self.send(*_failed(request, fault))
            found: Any = answer(request) if callable(answer) else answer
            if isinstance(found, Lost):
                return self.drop()
            if isinstance(found, Delay):
                time.sleep(found.seconds)
                found = None
            if isinstance(found, Failure):
                made = _failed(request, found)
            elif found is not None:
                made = _serialized(request, found)
            elif endpoint.behind is not None:
                made = self.passed_on(body)
            else:
                made = _failed(request, Failure("InvalidAction", f"no test answers {request.operation}"))
            return self.drop() if lost else self.send(*made)

        def drop(self) -> None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

        def passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            assert endpoint.behind is not None
            connection = http.client.HTTPConnection(endpoint.behind.removeprefix("http://"), timeout=30)
            try:
                skipped = ("connection", "expect")
                headers = {key: value for key, value in self.headers.items() if key.lower() not in skipped}
                connection.request(self.command, self.path, body, headers)
                found = connection.getresponse()
                return found.status, dict(found.getheaders()), found.read()
            finally:
                connection.close()

        def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            own = ("transfer-encoding", "connection", "content-length", "server", "date")
            for key, value in headers.items():
                if key.lower() not in own:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            import sys

            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(request, client_address)

    return Server(("127.0.0.1", 0), Handler)


_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")


def _parsed(path: str, headers: dict[str, str], body: bytes) -> Request:
    lower = {key.lower(): value for key, value in headers.items()}
    found = _CREDENTIAL.search(lower.get("authorization", ""))
    key, region, service = found.group("key", "region", "service") if found else ("", "", "")
    operation, arguments = "", {}
    if "x-amz-target" in lower:
        operation = lower["x-amz-target"].rpartition(".")[2]
        arguments = json.loads(body or b"{}")
    elif service != "s3":
        flat = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        operation = flat.get("Action", "")
        if operation:
            shape = _model(service).operation_model(operation).input_shape
            arguments = {} if shape is None else _argument(shape, flat, "")
    return Request(service, region, operation or path, arguments, key, time.monotonic(), lower, body)


# ---------------------------------------------------------------------------------------------
# botocore's models

_SIGNED_AS = {"email": "ses", "monitoring": "cloudwatch"}


@functools.cache
def _model(service: str) -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model(_SIGNED_AS.get(service, service))


def _argument(shape: Any, flat: Mapping[str, str], prefix: str) -> Any:
    """The value of a shape among the flat arguments of the query protocol, or None."""
    below = {
        key: value
        for key, value in flat.items()
        if not prefix or key == prefix or key.startswith(prefix + ".")
    }
    if not below:
        return None
    dot = prefix + "." if prefix else ""
    if shape.type_name == "structure":
        found = {
            name: _argument(member, below, dot + member.serialization.get("name", name))
            for name, member in shape.members.items()
        }
        return {name: value for name, value in found.items() if value is not None}
    if shape.type_name == "list":
        start = (
            prefix
            if shape.serialization.get("flattened")
            else dot + shape.member.serialization.get("name", "member")
        )
        items: list[Any] = []
        while (value := _argument(shape.member, below, f"{start}.{len(items) + 1}")) is not None:
            items.append(value)
        return items
    if shape.type_name == "map":
        pairs: dict[str, Any] = {}
        while (key := below.get(f"{dot}entry.{len(pairs) + 1}.key")) is not None:
            pairs[key] = _argument(shape.value, below, f"{dot}entry.{len(pairs) + 1}.value")
        return pairs
    text = below.get(prefix)
    if text is None:
        return None
    if shape.type_name == "boolean":
        return text == "true"
    return int(text) if shape.type_name in ("integer", "long") else text


def _serialized(request: Request, found: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
    model = _model(request.service)
    shape = model.operation_model(request.operation).output_shape
    if "x-amz-target" in request.headers:
        body = json.dumps(found, default=lambda value: value.timestamp())
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, body.encode()
    result = "" if shape is None else _xml(f"{request.operation}Result", shape, found)
    text = (
        f"<{request.operation}Response>{result}<ResponseMetadata><RequestId>test</RequestId></ResponseMetadata>"
        f"</{request.operation}Response>"
    )
    return 200, {"Content-Type": "text/xml"}, text.encode()


def _xml(name: str, shape: Any, value: Any) -> str:
    kind = shape.type_name
    if kind == "structure":
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{shape.name} has no member {unknown}"
        inner = "".join(
            _xml(member.serialization.get("name", key), member, value[key])
            for key, member in shape.members.items()
            if value.get(key) is not None
        )
    elif kind == "list":
        if shape.serialization.get("flattened"):
            return "".join(_xml(name, shape.member, each) for each in value)
        inner = "".join(
            _xml(shape.member.serialization.get("name", "member"), shape.member, each) for each in value
        )
    elif kind == "map":
        inner = "".join(
            f"<entry>{_xml('key', shape.key, key)}{_xml('value', shape.value, each)}</entry>"
            for key, each in value.items()
        )
    elif kind == "boolean":
        inner = "true" if value else "false"
    elif kind == "timestamp":
        moment = value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
        inner = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    elif kind == "blob":
        inner = base64.b64encode(value).decode()
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"


def _failed(request: Request, failure: Failure) -> tuple[int, dict[str, str], bytes]:
    if "x-amz-target" in request.headers:
        body = json.dumps({"__type": failure.code, "message": failure.message})
        return failure.status, {"Content-Type": "application/x-amz-json-1.1"}, body.encode()
    inner = f"<Error><Type>Sender</Type><Code>{failure.code}</Code><Message>{escape(failure.message)}</Message></Error>"
    if request.service == "s3":
        inner = f"<Error><Code>{failure.code}</Code><Message>{escape(failure.message)}</Message></Error>"
        return failure.status, {"Content-Type": "application/xml"}, inner.encode()
    text = f"<ErrorResponse>{inner}<RequestId>test</RequestId></ErrorResponse>"
    return failure.status, {"Content-Type": "text/xml"}, text.encode()
