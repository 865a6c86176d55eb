# at run time: InvalidValueError
"""Split gives a list, and Select one of it."""

from pyformation import Parameter, Split
from pyformation.aws import s3

names = Parameter(str)
bucket = s3.Bucket(bucket_name=Split(",", names))  # mypy: arg-type; pyright: reportArgumentType
