# at run time: InvalidValueError
"""The name of an export is text."""

from pyformation import Output
from pyformation.aws import s3

bucket = s3.Bucket()
name = Output(bucket, export=1)  # mypy: arg-type; pyright: reportArgumentType
