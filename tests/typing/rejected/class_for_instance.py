# at run time: InvalidValueError
"""The class of a block, not made with its parentheses."""

from pyformation.aws import s3

bucket = s3.Bucket(
    versioning_configuration=s3.Bucket.VersioningConfiguration  # mypy: arg-type; pyright: reportArgumentType
)
