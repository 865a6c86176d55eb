# at run time: InvalidValueError
"""To Python a boolean is an integer, so a checker takes True for a number."""

from pyformation.aws import sqs

queue = sqs.Queue(delay_seconds=True)
