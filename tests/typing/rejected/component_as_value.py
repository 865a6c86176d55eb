# at run time: InvalidValueError
"""A component is a group of resources; one of them is the value."""

from pyformation import Component
from pyformation.aws import lambda_, sqs


class Jobs(Component):
    queue = sqs.Queue()


jobs = Jobs()
environment = lambda_.Function.Environment(
    variables={"QUEUE": jobs}  # mypy: dict-item; pyright: reportArgumentType
)
