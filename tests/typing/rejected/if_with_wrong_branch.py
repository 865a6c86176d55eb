# at run time: InvalidValueError
"""Both branches of an If are held against the property."""

from pyformation import Equals, If, Parameter
from pyformation.aws import sqs

stage = Parameter(str, default="dev")
is_prod = Equals(stage, "prod")
queue = sqs.Queue(delay_seconds=If(is_prod, "many", 5))  # mypy: arg-type; pyright: reportArgumentType
