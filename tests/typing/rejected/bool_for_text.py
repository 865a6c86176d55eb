# at run time: InvalidValueError
"""A boolean where a name belongs."""

from pyformation.aws import s3

bucket = s3.Bucket(bucket_name=True)  # mypy: arg-type; pyright: reportArgumentType
