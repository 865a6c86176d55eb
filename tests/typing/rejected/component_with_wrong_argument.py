# at run time: CatalogWarning
"""A component is a user-defined class, and its arguments are checked."""

from pyformation import Component, Stack
from pyformation.aws import sqs


class Jobs(Component):
    def __init__(self, seconds: int) -> None:
        self.queue = sqs.Queue(visibility_timeout=seconds)


class Media(Stack):
    resize = Jobs("60")  # mypy: arg-type; pyright: reportArgumentType
