"""What users reach for at once and no resource type has: ARNs, text from files beside the stack, keywords of presets."""

from __future__ import annotations

from .errors import InvalidValueError, SourceError, here
from .values import AccountId, Partition, Region, beside_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

    from .aws._kinds import Text

    _A = TypeVar("_A")
    _B = TypeVar("_B")
    _C = TypeVar("_C")
    _Self = TypeVar("_Self")
    _Keywords = ParamSpec("_Keywords")

    class _WithKeywords(Protocol[_Keywords]):
        """A constructor's own arguments, of which checkers know up to three, and then the keywords."""

        @overload
        def __call__(
            self, init: Callable[[_Self, _A, _B, _C], None], /
        ) -> Callable[Concatenate[_Self, _A, _B, _C, _Keywords], None]: ...
        @overload
        def __call__(
            self, init: Callable[[_Self, _A, _B], None], /
        ) -> Callable[Concatenate[_Self, _A, _B, _Keywords], None]: ...
        @overload
        def __call__(
            self, init: Callable[[_Self, _A], None], /
        ) -> Callable[Concatenate[_Self, _A, _Keywords], None]: ...
        @overload
        def __call__(
            self, init: Callable[[_Self], None], /
        ) -> Callable[Concatenate[_Self, _Keywords], None]: ...


def arn(
    service: Text,
    resource: Text,
    *,
    region: Text = Region,
    account: Text = AccountId,
    partition: Text = Partition,
) -> str:
    """An ARN of the current partition, region and account: ``arn("sqs", "orders")``.

    An empty `region` or `account` leaves that part empty, as S3 and IAM want it:
    ``arn("iam", "role/admin", region="")``. What comes back is text for any property.
    """
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"


def file_text(path: str | os.PathLike[str]) -> str:
    """The text of a file, relative to the file of the program that asks: ``file_text("index.py")``.

    For the code of a Lambda function, user data, state machines. Raises `SourceError` if it cannot be
    read as UTF-8 text.
    """
    text = beside_program(path, "file_text")
    try:
        with open(text, encoding="utf-8", newline="") as file:
            return file.read().replace("\r\n", "\n")
    except OSError as error:
        raise SourceError(f"cannot read {text!r}: {error.strerror}", origin=here()) from None
    except UnicodeDecodeError:
        raise SourceError(f"{text!r} is not UTF-8 text", origin=here()) from None


def keywords_of(cls: Callable[_Keywords, object]) -> _WithKeywords[_Keywords]:
    """Let checkers and editors know what ``**properties`` of a preset's constructor takes.

    ``@keywords_of(logs.LogGroup)`` above ``def __init__(self, days: int, **properties: Any)``: uses are checked as
    those of `logs.LogGroup` are. The constructor's own arguments, at most three, are given by position.
    """

    def decorated(init: Any) -> Any:
        # CO_VARKEYWORDS, as `inspect` would take longer than the rest of a stack.
        if not init.__code__.co_flags & 0x08:
            raise InvalidValueError(
                f"keywords_of needs a constructor that takes **properties, and {init.__qualname__} takes none",
                origin=here(),
            )
        init._keywords_of = cls
        return init

    return decorated
