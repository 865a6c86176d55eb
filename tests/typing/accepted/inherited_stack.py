"""A stack that changes what another one has."""

from pyformation import Parameter, Stack
from pyformation.aws import sqs


class Orders(Stack, tags={"team": "orders"}):
    stage = Parameter(str, default="dev")
    queue = sqs.Queue(queue_name=f"orders-{stage}")


class Slow(Orders, description="Orders that can wait"):
    queue = sqs.Queue(queue_name=f"slow-{Orders.stage}", delay_seconds=900)


assert Slow().template.find(sqs.Queue)["Queue"].delay_seconds == 900
