# at run time: passes
"""A property that is read back may be an expression, or None."""

from pyformation.aws import s3

bucket = s3.Bucket(bucket_name="logs")
shouted = bucket.bucket_name.upper()  # mypy: union-attr; pyright: reportAttributeAccessIssue, reportOptionalMemberAccess, reportUnknownMemberType, reportUnknownVariableType
