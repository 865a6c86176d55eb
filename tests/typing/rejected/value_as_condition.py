# at run time: InvalidValueError
"""A resource is there or not by a condition, not by a parameter."""

from pyformation import Parameter
from pyformation.aws import s3

wanted = Parameter(str, default="true")
bucket = s3.Bucket(condition=wanted)  # mypy: arg-type; pyright: reportArgumentType
