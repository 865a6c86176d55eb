# at run time: InvalidValueError
"""A parameter has no truth value before it has a value."""

from pyformation import Parameter
from pyformation.aws import sqs

slow = Parameter(str, default="no")
if slow:  # mypy: nothing; pyright: reportGeneralTypeIssues
    queue = sqs.Queue(delay_seconds=900)
