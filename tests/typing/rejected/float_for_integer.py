# at run time: InvalidValueError
"""Seconds are whole."""

from pyformation.aws import sqs

queue = sqs.Queue(visibility_timeout=1.5)  # mypy: arg-type; pyright: reportArgumentType
