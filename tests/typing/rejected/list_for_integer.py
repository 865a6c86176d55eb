# at run time: InvalidValueError
"""A list where one number belongs."""

from pyformation.aws import sqs

queue = sqs.Queue(message_retention_period=[60, 3600])  # mypy: arg-type; pyright: reportArgumentType
