"""User-defined functions take values, too."""

from pyformation import Equals, If, Parameter, Value
from pyformation.aws import sqs


def queue(name: Value[str], seconds: Value[int] = 30) -> sqs.Queue:
    return sqs.Queue(queue_name=name, visibility_timeout=seconds)


stage = Parameter(str, default="dev")
timeout = Parameter(int, default=60)
is_prod = Equals(stage, "prod")
queue("orders")
queue(f"orders-{stage}", timeout)
queue(stage, If(is_prod, 300, 30))
