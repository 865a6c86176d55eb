# at run time: InvalidValueError
"""A parameter is never absent: its default is its own keyword."""

from pyformation import Parameter
from pyformation.aws import sqs

seconds = Parameter(int, default=30)
queue = sqs.Queue(delay_seconds=seconds or 5)
