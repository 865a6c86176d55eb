"""Elements are replaced, not changed: references follow."""

from pyformation import Output, Stack
from pyformation.aws import sqs


class Orders(Stack):
    queue = sqs.Queue(queue_name="orders")
    url = Output(queue)


template = Orders().template
for name, queue in template.find(sqs.Queue).items():
    template[name] = queue.evolve(queue_name=None, delay_seconds=5, deletion_policy="Retain")
assert template.to_dict()["Outputs"]["Url"]["Value"] == {"Ref": "Queue"}
