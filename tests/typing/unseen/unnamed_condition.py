# at run time: UnresolvedReferenceError
"""A condition that an If uses has a name, or is made of such that have."""

from pyformation import Equals, If, Parameter, Stack
from pyformation.aws import sqs


class Orders(Stack):
    stage = Parameter(str, default="dev")
    queue = sqs.Queue(delay_seconds=If(Equals(stage, "prod"), 5, 0))


Orders().template.to_yaml()
