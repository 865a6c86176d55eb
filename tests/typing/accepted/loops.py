"""Lists and dictionaries of resources, made in loops."""

from pyformation import Output, Stack
from pyformation.aws import sns, sqs


class Regional(Stack):
    def __init__(self, regions: list[str]) -> None:
        self.topics = {region: sns.Topic(topic_name=f"orders-{region}") for region in regions}
        self.queues = [sqs.Queue(delay_seconds=seconds) for seconds in range(3)]
        self.subscriptions = [
            sns.Subscription(topic_arn=topic, protocol="sqs", endpoint=queue.arn)
            for topic, queue in zip(self.topics.values(), self.queues, strict=False)
        ]
        self.urls = {f"queue-{i}": Output(queue.queue_url) for i, queue in enumerate(self.queues)}


template = Regional(["eu-west-1", "us-east-1"]).template
assert list(template.find(sns.Topic)) == ["TopicsEuWest1", "TopicsUsEast1"]
