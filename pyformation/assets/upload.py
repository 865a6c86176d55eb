"""Uploads to S3: only what does not exist yet, and nothing that looks finished before it is.

boto3 is imported when a bucket is opened. An object is named by its content, so one that exists is never written
again: `IfNoneMatch` holds also where two machines upload at once.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

from ..errors import SourceError
from .sessions import configured, failures, new_session

_PART = 16 * 1024 * 1024
_WORKERS = 4
# Who tells how many bytes were sent.
Progress = Callable[[int], None]
T = TypeVar("T")


class Bucket:
    """A bucket of the caller's account, in the region of the stack."""

    def __init__(
        self,
        name: str,
        *,
        region: str | None = None,
        owner: str | None = None,
        profile: str | None = None,
        session: Any = None,
    ) -> None:
        """Find out where the bucket is and whose. Raises `SourceError` if it is in another region or account.

        `region` is that of the stack, by default the configured one; `owner` is the account that the bucket must
        belong to, by default the caller's. `session` is a session of boto3, by default a new one.
        """
        self.name = name
        with failures(f"the bucket {name!r}", "s3"), configured():
            session = session or new_session(region, profile)
            stated: str | None = region or session.region_name
            self._client = session.client("s3", region_name=stated or "us-east-1")
            self.owner = owner or str(
                session.client("sts", region_name=stated or "us-east-1").get_caller_identity()["Account"]
            )
            self.region = self._find_region()
            if stated is not None and self.region != stated:
                raise SourceError(
                    f"the bucket {name!r} is in {self.region} and the stack in {stated}, where it cannot be read from: "
                    "choose a bucket there, or another --region"
                )
            self._client = session.client("s3", region_name=self.region)

    def _find_region(self) -> str:
        try:
            about = self._client.head_bucket(Bucket=self.name, ExpectedBucketOwner=self.owner)
        except self._client.exceptions.ClientError as error:
            status, headers = _answer(error)
            found = headers.get("x-amz-bucket-region")
            if status in (301, 400) and found:
                return found
            if status == 404:
                raise SourceError(f"the bucket {self.name!r} does not exist") from None
            if status == 403:
                raise SourceError(
                    f"the bucket {self.name!r} does not belong to the account {self.owner}, or access to it is denied"
                ) from None
            raise
        headers = about["ResponseMetadata"]["HTTPHeaders"]
        return str(about.get("BucketRegion") or headers.get("x-amz-bucket-region") or "us-east-1")

    @property
    def partition(self) -> str:
        """The partition of the bucket's region: ``aws``, ``aws-cn``."""
        return str(self._client.meta.partition)

    @property
    def suffix(self) -> str:
        """The domain of the bucket's region: ``amazonaws.com``."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def has(self, key: str) -> bool:
        """Whether an object exists."""
        with failures(f"s3://{self.name}/{key}", "s3"):
            try:
                self._client.head_object(Bucket=self.name, Key=key, ExpectedBucketOwner=self.owner)
            except self._client.exceptions.ClientError as error:
                if _answer(error)[0] == 404:
                    return False
                raise
        return True

    def put(self, key: str, path: str, progress: Progress = lambda _sent: None) -> None:
        """Upload a file, unless an object with that key exists or appears meanwhile.

        S3 compares checksums of what it gets. A file of several parts becomes an object when all have arrived; after
        an error, or Ctrl-C, its parts are deleted.
        """
        with failures(f"s3://{self.name}/{key}", "s3"):
            try:
                if os.path.getsize(path) > _PART:
                    self._put_parts(key, path, progress)
                else:
                    with open(path, "rb") as file:
                        data = file.read()
                    self._client.put_object(
                        Bucket=self.name,
                        Key=key,
                        Body=data,
                        IfNoneMatch="*",
                        ExpectedBucketOwner=self.owner,
                        ChecksumSHA256=_checksum(data),
                    )
                    progress(len(data))
            except self._client.exceptions.ClientError as error:
                # 412: another upload of the same content was faster; 409: one ends just now.
                status = _answer(error)[0]
                if status != 412 and not (status == 409 and self.has(key)):
                    raise

    def _put_parts(self, key: str, path: str, progress: Progress) -> None:
        where = {"Bucket": self.name, "Key": key, "ExpectedBucketOwner": self.owner}
        upload = self._client.create_multipart_upload(**where, ChecksumAlgorithm="SHA256")["UploadId"]
        parts = range(-(-os.path.getsize(path) // _PART))

        def send(number: int) -> dict[str, Any]:
            with open(path, "rb") as file:
                file.seek(number * _PART)
                data = file.read(_PART)
            checksum = _checksum(data)
            sent = self._client.upload_part(
                **where, UploadId=upload, PartNumber=number + 1, Body=data, ChecksumSHA256=checksum
            )
            progress(len(data))
            return {"PartNumber": number + 1, "ETag": sent["ETag"], "ChecksumSHA256": checksum}

        try:
            sent = _in_threads(send, list(parts))
            self._client.complete_multipart_upload(
                **where, UploadId=upload, MultipartUpload={"Parts": sent}, IfNoneMatch="*"
            )
        except BaseException:
            with contextlib.suppress(Exception):
                self._client.abort_multipart_upload(**where, UploadId=upload)
            raise


def _in_threads(work: Callable[[int], T], numbers: Sequence[int]) -> list[T]:
    """The results of some work on each number, in their order; the first error ends it.

    The threads are daemons: a pool would wait for parts that hang, also after Ctrl-C.
    """
    waiting: SimpleQueue[int] = SimpleQueue()
    done: SimpleQueue[tuple[int, T | None, Exception | None]] = SimpleQueue()
    for number in numbers:
        waiting.put(number)

    def run() -> None:
        with contextlib.suppress(Empty):
            while True:
                number = waiting.get_nowait()
                try:
                    done.put((number, work(number), None))
                except Exception as error:
                    done.put((number, None, error))

    for _ in range(min(_WORKERS, len(numbers))):
        threading.Thread(target=run, daemon=True).start()
    found: dict[int, T] = {}
    while len(found) < len(numbers):
        number, result, error = done.get()
        if error is not None:
            while not waiting.empty():
                with contextlib.suppress(Empty):
                    waiting.get_nowait()
            raise error
        found[number] = cast(T, result)
    return [found[number] for number in numbers]


def _checksum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _answer(error: Exception) -> tuple[int, dict[str, str]]:
    """The status of the answer behind an error of boto3, and its headers."""
    response: dict[str, Any] = getattr(error, "response", {})
    about: dict[str, Any] = response.get("ResponseMetadata", {})
    return int(about.get("HTTPStatusCode", 0)), dict(about.get("HTTPHeaders", {}))
