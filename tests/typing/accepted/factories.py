"""Classes as values: which one is decided by a table."""

from collections.abc import Callable

from pyformation import Resource, Stack
from pyformation.aws import sns, sqs

KINDS: dict[str, type[Resource]] = {"queue": sqs.Queue, "topic": sns.Topic}
MAKERS: dict[str, Callable[[], Resource]] = {"queue": lambda: sqs.Queue(delay_seconds=5), "topic": sns.Topic}


class Channels(Stack):
    def __init__(self, *kinds: str) -> None:
        self.channels: list[Resource] = [MAKERS[kind]() for kind in kinds]


channels = Channels("queue", "topic", "queue")
assert len(channels.template.find(KINDS["queue"])) == 2
