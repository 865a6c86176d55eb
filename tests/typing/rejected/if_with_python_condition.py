# at run time: InvalidValueError
"""A condition of Python's is decided before there is a template."""

from pyformation import If
from pyformation.aws import sqs

DEBUG = True
queue = sqs.Queue(delay_seconds=If(DEBUG, 5, 10))  # mypy: arg-type; pyright: reportArgumentType
