"""Everything that an output can show."""

from pyformation import Equals, Join, Output, Parameter, Stack
from pyformation.aws import sqs


class Orders(Stack):
    stage = Parameter(str, default="dev")
    zones = Parameter(list[str], default="a,b")
    is_prod = Equals(stage, "prod")
    queue = sqs.Queue()
    plain = Output("text")
    number = Output(3)
    reference = Output(queue, description="The URL")
    attribute = Output(queue.arn, export=f"{stage}-orders")
    joined = Output(Join(",", zones), condition=is_prod, logical_id="Zones")


assert set(Orders().template.outputs) == {"Plain", "Number", "Reference", "Attribute", "Zones"}
