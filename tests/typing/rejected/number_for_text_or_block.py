# at run time: InvalidValueError
"""A property that takes a block or a text, given neither."""

from pyformation.aws import sqs

queue = sqs.Queue(redrive_policy=3)  # mypy: arg-type; pyright: reportArgumentType
