# at run time: AttributeError
"""What stands in a component is known by its name."""

from pyformation import Component, Output
from pyformation.aws import sqs


class Jobs(Component):
    queue = sqs.Queue()


url = Output(
    Jobs().queues  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType
)
