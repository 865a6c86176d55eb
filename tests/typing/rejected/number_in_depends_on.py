# at run time: InvalidValueError
"""A resource, or the logical ID of one."""

from pyformation.aws import sqs

queue = sqs.Queue(depends_on=["Topic", 2])  # mypy: list-item; pyright: reportArgumentType
