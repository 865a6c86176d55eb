# at run time: InvalidValueError
"""A condition is no boolean: If(condition, True, False) is one."""

from pyformation import Equals, Region
from pyformation.aws import s3

is_ireland = Equals(Region, "eu-west-1")
bucket = s3.Bucket(object_lock_enabled=is_ireland)  # mypy: arg-type; pyright: reportArgumentType
