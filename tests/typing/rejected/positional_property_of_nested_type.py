# at run time: TypeError
"""Key and value look clear without names; the next property would not be."""

from pyformation.aws import sqs

tag = sqs.Queue.Tag("team", "media")  # mypy: call-arg; pyright: reportCallIssue
