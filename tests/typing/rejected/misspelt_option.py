# at run time: UnknownPropertyError
"""Options are keywords like properties."""

from pyformation.aws import sqs

queue = sqs.Queue(depend_on="Topic")  # mypy: call-arg; pyright: reportCallIssue
