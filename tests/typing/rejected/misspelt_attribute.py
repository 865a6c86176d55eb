# at run time: UnknownAttributeError
"""An attribute with a typing error."""

from pyformation import Output
from pyformation.aws import sqs

queue = sqs.Queue()
url = Output(
    queue.queue_ulr  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType
)
