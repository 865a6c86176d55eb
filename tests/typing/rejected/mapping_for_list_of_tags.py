# at run time: InvalidValueError
"""Tags as the mapping that a stack takes; a bucket takes a list."""

from pyformation.aws import s3

bucket = s3.Bucket(tags={"team": "media"})  # mypy: arg-type, dict-item; pyright: reportArgumentType
