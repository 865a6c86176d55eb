# at run time: UnknownAttributeError
"""A function that wants a queue gets a topic."""

from pyformation import Output
from pyformation.aws import sns, sqs


def url(queue: sqs.Queue) -> Output:
    return Output(queue.queue_url)


url(sns.Topic())  # mypy: arg-type; pyright: reportArgumentType
