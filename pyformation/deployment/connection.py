"""A connection to one region of an account: clients made once, retries that are shown, errors in one sentence."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import attrs

from ..assets.sessions import configured, new_session, refusals
from ..errors import DeploymentError, did_you_mean

# The attempts of one call, the first included, unless the user configured a number (AWS_MAX_ATTEMPTS).
_ATTEMPTS = 6
_CONNECT_SECONDS = 10
_READ_SECONDS = 60


@attrs.frozen
class Retry:
    """A call that failed and is tried again: the `attempt` that begins, and why the last one failed."""

    operation: str
    attempt: int
    reason: str


OnRetry = Callable[[Retry], None]


def _ignore(_retry: Retry) -> None: ...


@attrs.define(eq=False)
class _Shared:
    """What the connections of one session share. Making a client is not safe in several threads at once."""

    lock: threading.RLock = attrs.field(factory=threading.RLock)
    clients: dict[tuple[str, str], Any] = attrs.field(factory=dict[tuple[str, str], Any])
    account: str | None = None


@attrs.frozen
class Connection:
    """A region of an account, over a session of boto3. All calls to CloudFormation go through `call` and `pages`.

    `on_retry` is told when a call is tried again. Threads may share a connection.
    """

    session: Any
    region: str
    on_retry: OnRetry = attrs.field(default=_ignore, eq=False, repr=False)
    _shared: _Shared = attrs.field(factory=_Shared, init=False, eq=False, repr=False)

    def at(self, region: str) -> Connection:
        """The connection of the same session to another region."""
        other = Connection(self.session, region, self.on_retry)
        object.__setattr__(other, "_shared", self._shared)
        return other

    def client(self, service: str) -> Any:
        """The client of a service in this region, made once."""
        key = (service, self.region)
        with self._shared.lock:
            if key not in self._shared.clients:
                with refusals(service), configured():
                    client: Any = self.session.client(
                        service, region_name=self.region, config=_config(self.session)
                    )
                if service == "cloudformation":
                    _keep_template_text(client)
                _tell_retries(client, self.on_retry)
                self._shared.clients[key] = client
            return self._shared.clients[key]

    @property
    def account(self) -> str:
        """The number of the account that the credentials belong to; asked for once."""
        with self._shared.lock:
            if self._shared.account is None:
                self._shared.account = str(self.call("get_caller_identity", service="sts")["Account"])
            return self._shared.account

    @property
    def partition(self) -> str:
        """The partition of the region: ``aws``, ``aws-cn``."""
        return str(self.client("cloudformation").meta.partition)

    def call(self, operation: str, *, service: str = "cloudformation", **arguments: Any) -> dict[str, Any]:
        """The answer of one call, by the name of boto3's method. Arguments that are None are not sent.

        Raises `DeploymentError` if AWS refuses, or cannot be reached after several attempts.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            with refusals(service):
                return cast("dict[str, Any]", getattr(self.client(service), operation)(**given))
        except DeploymentError as error:
            if error.code != "EndpointConnectionError" or self.region in (known := self._regions()):
                raise
            hint = f"; boto3 knows no region {self.region!r}{did_you_mean(self.region, known)}"
            raise DeploymentError(f"{error.message}{hint}", kind=error.kind, code=error.code) from None

    def _regions(self) -> list[str]:
        """The regions that this version of boto3 knows, in all partitions; there may be newer ones."""
        return [
            str(region)
            for partition in self.session.get_available_partitions()
            for region in self.session.get_available_regions("cloudformation", partition)
        ]

    def pages(
        self, operation: str, *, service: str = "cloudformation", **arguments: Any
    ) -> Iterator[dict[str, Any]]:
        """The pages of an operation's answer, each fetched when it is asked for."""
        token: str | None = None
        while True:
            page = self.call(operation, service=service, **arguments, NextToken=token)
            yield page
            following: str | None = page.get("NextToken")
            # A token that repeats would never end.
            if not following or following == token:
                return
            token = following

    def items(self, operation: str, key: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """The items on all pages of an operation's answer."""
        for page in self.pages(operation, **arguments):
            yield from page.get(key) or ()


def connect(
    region: str | None = None,
    profile: str | None = None,
    *,
    session: Any = None,
    on_retry: OnRetry = _ignore,
) -> Connection:
    """Open a connection: with a session of boto3, or a new one with a profile of the AWS configuration.

    Raises `DeploymentError` if neither an argument nor the configuration says which region.
    """
    if session is None:
        session = new_session(region, profile)
    with refusals("sts"):
        found = region or session.region_name
    if not found:
        raise DeploymentError("no region was given: use --region, or configure one", kind="region")
    return Connection(session, str(found), on_retry)


def _config(session: Any) -> Any:
    """Adaptive retries: botocore also slows down once AWS throttles."""
    from .. import __version__

    config: Any = importlib.import_module("botocore.config")
    retries: dict[str, Any] = {"mode": "adaptive"}
    if session._session.get_config_variable("max_attempts") is None:
        retries["total_max_attempts"] = _ATTEMPTS
    return config.Config(
        retries=retries,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        user_agent_extra=f"pyformation/{__version__}",
    )


def _keep_template_text(client: Any) -> None:
    """Leave a template of JSON the text that it is; botocore would parse it, and lines would be lost."""
    handlers: Any = importlib.import_module("botocore.handlers")
    client.meta.events.unregister("after-call.cloudformation.GetTemplate", handlers.json_decode_template_body)


def _tell_retries(client: Any, on_retry: OnRetry) -> None:
    """Tell `on_retry` of each further attempt: botocore decides, and asks these handlers beside its own."""
    failed = threading.local()

    def note(response: Any, caught_exception: Any, **_others: Any) -> None:
        if caught_exception is not None:
            failed.reason = str(caught_exception).rstrip(".")
        elif response is not None and response[0].status_code >= 300:
            about = response[1].get("Error", {})
            failed.reason = str(about.get("Message") or about.get("Code") or response[0].status_code)

    def tell(request: Any, operation_name: str, **_others: Any) -> None:
        attempt = int(request.context.get("retries", {}).get("attempt", 1))
        if attempt > 1:
            on_retry(Retry(operation_name, attempt, getattr(failed, "reason", "no answer")))

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"needs-retry.{service}", note)
    client.meta.events.register(f"request-created.{service}", tell)
