"""Presets: a resource class with the defaults of the house.

A preset is a subclass. Its body gives defaults that each use may override or remove (None); a misspelled
property is an error when the class is made, not when somebody uses it. What a preset requires of its
users is written as an ordinary ``__init__``.
"""

from typing import Any

from pyformation import Output, Parameter, Stack, keywords_of
from pyformation.aws import logs, s3, sqs


class PrivateBucket(s3.Bucket):
    """Encrypted, private, versioned; kept when its stack goes."""

    bucket_encryption = s3.Bucket.BucketEncryption(
        server_side_encryption_configuration=[
            s3.Bucket.ServerSideEncryptionRule(
                server_side_encryption_by_default=s3.Bucket.ServerSideEncryptionByDefault(
                    sse_algorithm="aws:kms"
                ),
                bucket_key_enabled=True,
            )
        ]
    )
    public_access_block_configuration = s3.Bucket.PublicAccessBlockConfiguration(
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    versioning_configuration = s3.Bucket.VersioningConfiguration(status="Enabled")
    # Options of the resource, not only properties, can have defaults.
    deletion_policy = "Retain"
    update_replace_policy = "Retain"


class Logs(logs.LogGroup):
    """A log group with a required retention."""

    @keywords_of(logs.LogGroup)
    def __init__(self, days: int, **properties: Any) -> None:
        super().__init__(retention_in_days=days, **properties)


class PresetsStack(Stack):
    """Buckets and logs with the company's defaults."""

    stage = Parameter(str, default="dev")

    documents = PrivateBucket()
    # Builds can be repeated: no versions, and deleted with the stack. None removes a default.
    builds = PrivateBucket(
        versioning_configuration=None,
        deletion_policy=None,
        update_replace_policy=None,
        lifecycle_configuration=s3.Bucket.LifecycleConfiguration(
            rules=[s3.Bucket.Rule(status="Enabled", expiration_in_days=30)]
        ),
    )
    access_log = Logs(90, log_group_name=f"/documents/{stage}/access")
    uploads = sqs.Queue(
        # Properties that the catalog does not know yet have CloudFormation's own names, and are not checked.
        extra_properties={"BrandNewProperty": {"Enabled": True}},
    )

    documents_name = Output(documents)


if __name__ == "__main__":
    PresetsStack().main()
