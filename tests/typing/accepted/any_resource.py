"""A type that nobody knows, with the options that every resource has."""

from pyformation import AnyResource, Equals, Output, Parameter, Stack
from pyformation.aws import sqs


class Orders(Stack):
    stage = Parameter(str, default="dev")
    is_prod = Equals(stage, "prod")
    queue = sqs.Queue()
    thing = AnyResource("AWS::New::Thing", {"Name": f"thing-{stage}", "Queue": queue.arn}, condition=is_prod)
    arn = Output(thing.get_att["Arn"], condition=is_prod)
    name = Output(thing, condition=is_prod)


assert str(Orders().template.find(AnyResource)["Thing"].properties["Name"]) != "thing-dev"
