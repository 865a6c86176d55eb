# at run time: MissingPropertyError
"""And those that are required."""

from pyformation.aws import sqs

queue = sqs.Queue(tags=[{"Key": "team"}])  # mypy: dict-item; pyright: reportArgumentType
