# at run time: InvalidValueError
"""A parameter is no condition, even if it says true or false."""

from pyformation import If, Parameter
from pyformation.aws import sqs

slow = Parameter(str, default="true", allowed_values=["true", "false"])
queue = sqs.Queue(delay_seconds=If(slow, 5, 10))  # mypy: arg-type; pyright: reportArgumentType
