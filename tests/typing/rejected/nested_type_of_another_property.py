# at run time: InvalidValueError
"""The right resource, the wrong one of its property types."""

from pyformation.aws import s3

bucket = s3.Bucket(
    bucket_encryption=s3.Bucket.VersioningConfiguration(  # mypy: arg-type; pyright: reportArgumentType
        status="Enabled"
    ),
)
