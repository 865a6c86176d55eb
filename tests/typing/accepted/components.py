"""Components take keywords, and hand them on where they have a constructor of their own."""

from typing import Unpack

from pyformation import Component, ComponentOptions, Equals, Output, Parameter, Stack
from pyformation.aws import sqs


class Inbox(Component):
    queue = sqs.Queue()


class Sized(Component, condition="IsProd"):
    def __init__(self, seconds: int, **options: Unpack[ComponentOptions]) -> None:
        super().__init__(**options)
        self.queue = sqs.Queue(visibility_timeout=seconds)


class Shop(Stack, moved={"Queue": "InboxQueue"}):
    stage = Parameter(str)
    is_prod = Equals(stage, "prod")
    inbox = Inbox(condition=is_prod, moved={"Old": "Queue"}, tags={"a": "b"})
    sized = Sized(5, depends_on=[inbox, "InboxQueue"], prefix="")
    last = sqs.Queue(depends_on=inbox)
    more = sqs.Queue(depends_on=[inbox, last, "Queue"])
    out = Output(sized.queue, condition=is_prod)


resources = Shop().template.resources
print(resources["Queue"].condition, resources["More"].depends_on)
