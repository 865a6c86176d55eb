# at run time: InvalidValueError
"""Python's own and, or and not ask for a truth value; &, | and ~ combine conditions."""

from pyformation import Equals, Parameter, Region
from pyformation.aws import s3

stage = Parameter(str, default="dev")
is_prod, is_ireland = Equals(stage, "prod"), Equals(Region, "eu-west-1")
bucket = s3.Bucket(condition=is_prod and is_ireland)
