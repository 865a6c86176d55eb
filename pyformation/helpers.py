"""What users reach for at once and no resource type has: ARNs, text from files beside the stack."""

from __future__ import annotations

from .errors import SourceError, here
from .values import AccountId, Partition, Region, beside_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    from .aws._kinds import Text


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
