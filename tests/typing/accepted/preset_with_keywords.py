"""A constructor of a preset says whose keywords it takes besides its own arguments."""

from typing import Any

from pyformation import Parameter, keywords_of
from pyformation.aws import lambda_, logs, s3


class Logs(logs.LogGroup):
    """A log group with a required retention."""

    @keywords_of(logs.LogGroup)
    def __init__(self, days: int, **properties: Any) -> None:
        super().__init__(retention_in_days=days, **properties)


class Traced(lambda_.Function):
    """A function with two arguments of its own."""

    tracing_config = lambda_.Function.TracingConfig(mode="Active")

    @keywords_of(lambda_.Function)
    def __init__(self, team: str, level: str, **properties: Any) -> None:
        properties.setdefault("description", f"{team}: {level}")
        super().__init__(**properties)


class Ours(s3.Bucket):
    """A bucket that only looks at what it is given."""

    @keywords_of(s3.Bucket)
    def __init__(self, **properties: Any) -> None:
        properties.setdefault("deletion_policy", "Retain")
        super().__init__(**properties)


class Kept(Logs):
    """A preset of a preset has its arguments."""

    deletion_policy = "Retain"


class Block(s3.Bucket.VersioningConfiguration):
    """A preset of a block."""

    @keywords_of(s3.Bucket.VersioningConfiguration)
    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)


name = Parameter(str, default="access")
access: Logs = Logs(30, log_group_name=name, deletion_policy="Retain")
kept = Kept(90, log_group_name="kept", tags={"team": "media"})
function = Traced(
    "media",
    "debug",
    code={"ZipFile": "x"},
    role="arn:aws:iam::123456789012:role/r",
    handler="index.f",
    runtime="python3.13",
)
bucket = Ours(bucket_name="ours", versioning_configuration=Block(status="Enabled"))
assert (access.retention_in_days, kept.deletion_policy) == (30, "Retain")
assert function.description == "media: debug"
