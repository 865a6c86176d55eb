"""A component of any kind of target."""

from typing import Generic, TypeVar

from pyformation import Component, Resource, Stack
from pyformation.aws import events, lambda_, sqs

Target = TypeVar("Target", bound=Resource)


class Scheduled(Component, Generic[Target]):
    """Something that happens every hour."""

    def __init__(self, target: Target, arn: str) -> None:
        self.target = target
        self.rule = events.Rule(
            schedule_expression="rate(1 hour)",
            targets=[events.Rule.Target(id="target", arn=arn)],
        )


class Night(Stack):
    def __init__(self) -> None:
        queue = sqs.Queue()
        self.cleaning = Scheduled(queue, f"{queue.arn}")
        self.permission = lambda_.Permission(
            action="lambda:InvokeFunction",
            function_name="clean",
            principal="events.amazonaws.com",
            source_arn=self.cleaning.rule.arn,
        )


night = Night()
assert night.cleaning.target.queue_name is None
assert "CleaningRule" in night.template.resources
