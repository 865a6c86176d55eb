"""Sessions of boto3, and what AWS or the network refused, as one sentence.

boto3 is imported when a session is opened. `refusal` is the only place that knows botocore's exceptions and AWS's
error codes.
"""

from __future__ import annotations

import contextlib
import importlib
import re
from collections.abc import Generator
from functools import cache
from typing import Any, Literal

import attrs

from ..errors import DeploymentError, SourceError, did_you_mean, shown

Kind = Literal["credentials", "expired", "region", "denied", "throttled", "unreachable", "missing", "refused"]
"""Why a call failed. `throttled` and `unreachable` may succeed later, `expired` with new credentials."""


@attrs.frozen
class Refusal:
    """Why a call failed: the sentence for the user, and what a program needs to decide what to do next.

    `code` is AWS's code of the error, or the name of botocore's exception.
    """

    kind: Kind
    sentence: str
    code: str


def new_session(region: str | None, profile: str | None) -> Any:
    """A session of boto3. Raises `SourceError` for a profile that does not exist, or a configuration that is broken."""
    boto3: Any = importlib.import_module("boto3")
    botocore: Any = importlib.import_module("botocore.session")
    errors: Any = importlib.import_module("botocore.exceptions")
    core = botocore.Session()
    try:
        if profile is not None:
            core.set_config_variable("profile", profile)
        core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
        return boto3.Session(region_name=region, botocore_session=core)
    except errors.ProfileNotFound as error:
        name = str(error.kwargs["profile"])  # Of the argument, or of AWS_PROFILE.
        known: list[str] = botocore.Session().available_profiles
        raise SourceError(
            f"there is no profile {name!r} in the AWS configuration{did_you_mean(name, known)}"
        ) from None
    except errors.BotoCoreError as error:
        raise SourceError(f"the AWS configuration cannot be read: {str(error).rstrip('.')}") from None


@cache
def _loader(data_path: str | None) -> Any:
    """What reads botocore's models, for all sessions of the process: that takes longer than all else in a client."""
    loaders: Any = importlib.import_module("botocore.loaders")
    return loaders.create_loader(data_path)


@contextlib.contextmanager
def configured() -> Generator[None]:
    """Raise `SourceError` for a setting that botocore cannot use when it makes a client, such as an endpoint."""
    try:
        yield
    except ValueError as error:
        if type(error).__module__.startswith("botocore"):
            raise  # One of its own exceptions, which has a sentence.
        raise SourceError(f"the AWS configuration cannot be used: {str(error).rstrip('.')}") from None


@contextlib.contextmanager
def failures(what: str, service: str) -> Generator[None]:
    """Errors of a service's client as a `SourceError`, in one sentence about `what`."""
    errors: Any = importlib.import_module("botocore.exceptions")
    try:
        yield
    except (errors.ClientError, errors.BotoCoreError) as error:
        raise SourceError(f"{what}: {refusal(error, service).sentence}") from None


@contextlib.contextmanager
def refusals(service: str) -> Generator[None]:
    """Errors of a service's client as a `DeploymentError`."""
    errors: Any = importlib.import_module("botocore.exceptions")
    parsers: Any = importlib.import_module("botocore.parsers")
    try:
        yield
    except parsers.ResponseParserError:
        # A proxy or portal answered in AWS's place.
        raise DeploymentError(
            f"what answered in place of AWS ({service}) cannot be read; is there a proxy in between?",
            kind="unreachable",
        ) from None
    except (errors.ClientError, errors.BotoCoreError) as error:
        found = refusal(error, service)
        raise DeploymentError(found.sentence, kind=found.kind, code=found.code) from None


# AWS's codes, which differ from service to service, by what they mean.
_CODES: dict[Kind, str] = {
    "expired": "ExpiredToken ExpiredTokenException TokenRefreshRequired RequestExpired",
    "credentials": "InvalidClientTokenId InvalidClientTokenIdException UnrecognizedClientException AuthFailure "
    "SignatureDoesNotMatch InvalidSignatureException InvalidAccessKeyId IncompleteSignature MissingAuthenticationToken "
    "InvalidToken OptInRequired RequestTimeTooSkewed",
    "denied": "AccessDenied AccessDeniedException UnauthorizedOperation UnauthorizedAccess NotAuthorized 403 Forbidden",
    "throttled": "Throttling ThrottlingException ThrottledException RequestThrottledException RequestThrottled "
    "TooManyRequestsException ProvisionedThroughputExceededException TransactionInProgressException "
    "RequestLimitExceeded BandwidthLimitExceeded SlowDown PriorRequestNotComplete "
    "EC2ThrottledException",
    "unreachable": "InternalFailure InternalError InternalServerError ServiceUnavailable ServiceUnavailableException "
    "RequestTimeout RequestTimeoutException 500 502 503 504",
}
_KINDS: dict[str, Kind] = {code: kind for kind, codes in _CODES.items() for code in codes.split()}

# The exceptions of botocore that no service answered, by what they mean; subclasses count as well.
_EXCEPTIONS: dict[Kind, str] = {
    "expired": "SSOTokenLoadError UnauthorizedSSOTokenError SSOError TokenRetrievalError LoginRefreshRequired LoginTokenLoadError",
    "credentials": "NoCredentialsError PartialCredentialsError CredentialRetrievalError NoAuthTokenError "
    "LoginError RefreshWithMFAUnsupportedError",
    "region": "NoRegionError InvalidRegionError UnknownRegionError",
    "unreachable": "HTTPClientError ConnectionError EndpointConnectionError ResponseStreamingError "
    "IncompleteReadError",
}
_EXCEPTION_KINDS: dict[str, Kind] = {
    name: kind for kind, names in _EXCEPTIONS.items() for name in names.split()
}

_MISSING = re.compile(
    r"Stack (?:with id )?['\[]?(?P<name>[^\s'\[\]]+)['\]]? (?:does not exist|not found)", re.IGNORECASE
)
_DENIED = re.compile(
    r"(?:User: )?(?P<who>arn:\S+) is not authorized to perform: (?P<action>[\w-]+:\*?\w*)(?P<rest>.*)",
    re.DOTALL,
)


def refusal(error: Any, service: str) -> Refusal:
    """What an exception of a service's client means."""
    response: dict[str, Any] | None = getattr(error, "response", None)
    if response is None:
        return _without_answer(error)
    about: dict[str, str] = response.get("Error", {})
    code, message = str(about.get("Code") or "Unknown"), (about.get("Message") or "").strip()
    operation = str(getattr(error, "operation_name", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    kind = _KINDS.get(code) or ("unreachable" if status >= 500 else "refused")
    words = message if message not in ("", "Unknown") else code
    if kind == "expired":
        return Refusal(kind, "the AWS credentials have expired; renew them and run the command again", code)
    if kind == "credentials":
        if (
            code == "RequestTimeTooSkewed"
            or "Signature not yet current" in message
            or "Signature expired" in message
        ):
            return Refusal(
                kind, f"AWS refuses the time of the request; set the clock of this machine ({words})", code
            )
        return Refusal(kind, f"AWS does not accept the credentials: {words}", code)
    if kind == "denied":
        return Refusal(kind, _denied(service, operation, words), code)
    if kind == "throttled":
        return Refusal(kind, f"AWS throttles {operation}, also after several attempts: {words}", code)
    if kind == "unreachable":
        return Refusal(kind, f"AWS cannot answer {operation} now, also after several attempts: {words}", code)
    if code == "ValidationError" and (found := _MISSING.search(message)):
        return Refusal("missing", f"the stack {found['name']!r} does not exist", code)
    return Refusal("refused", f"AWS says {words}", code)


# The permissions of S3 that have other names than the operations that need them.
_ACTIONS = {
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}


def _denied(service: str, operation: str, words: str) -> str:
    """The action that is missing: as AWS names it, or by the operation that was called."""
    found = _DENIED.search(words)
    if found is None:
        action = _ACTIONS.get(operation, operation) if service == "s3" else operation
        return f"access denied: {operation} needs permission for {service}:{action}: AWS says {words}"
    return f"access denied: {found['who']} needs permission for {found['action']}{found['rest'].rstrip('.')}"


def _without_answer(error: Any) -> Refusal:
    names = [cls.__name__ for cls in type(error).__mro__]
    name = names[0]
    kinds: list[Kind] = [_EXCEPTION_KINDS[each] for each in names if each in _EXCEPTION_KINDS]
    kind: Kind = kinds[0] if kinds else "refused"
    words = str(error).rstrip(".")
    if name == "NoCredentialsError":
        words = "no AWS credentials were found; configure a profile (--profile) or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    elif kind == "expired":
        words = f"the AWS credentials have expired; renew them and run the command again ({words})"
    elif name == "NoRegionError":
        words = "no region was given: use --region, or configure one"
    elif name == "InvalidRegionError":
        words = f"expected the name of a region (eu-west-1), found {shown(error.kwargs['region_name'])}"
    elif name == "ParamValidationError":
        words = f"the request is not valid: {'; '.join(str(error.kwargs['report']).splitlines())}"
    elif kind == "unreachable":
        words = f"AWS cannot be reached: {words}"
    return Refusal(kind, words, name)
