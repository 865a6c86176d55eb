# at run time: AttributeError
"""A stack has main and template, besides its elements."""

from pyformation import Stack
from pyformation.aws import sqs


class Orders(Stack):
    queue = sqs.Queue()


Orders().run()  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType
