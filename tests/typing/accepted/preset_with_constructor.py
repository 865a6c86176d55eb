"""What a preset requires of its users is an ordinary argument."""

from typing import Any

from pyformation.aws import logs, s3


class Logs(logs.LogGroup):
    """A log group that somebody decided the retention of."""

    def __init__(self, days: int, **properties: Any) -> None:
        super().__init__(retention_in_days=days, **properties)


class NamedBucket(s3.Bucket):
    """A bucket whose name follows the house's rule."""

    def __init__(self, name: str, *, versioned: bool = True) -> None:
        super().__init__(
            bucket_name=f"example-{name}",
            versioning_configuration=s3.Bucket.VersioningConfiguration(
                status="Enabled" if versioned else "Suspended"
            ),
        )


access = Logs(days=90, log_group_name="/access")
bucket: s3.Bucket = NamedBucket("orders")
assert bucket.bucket_name == "example-orders"
