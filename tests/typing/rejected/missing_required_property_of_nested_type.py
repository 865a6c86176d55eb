# at run time: MissingPropertyError
"""A tag without a value."""

from pyformation.aws import sqs

queue = sqs.Queue(
    tags=[
        sqs.Queue.Tag(key="team"),  # mypy: call-arg; pyright: reportCallIssue
    ]
)
