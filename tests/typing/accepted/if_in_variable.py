"""An If that is made before it is used."""

from pyformation import Equals, Expression, If, Parameter
from pyformation.aws import sqs

stage = Parameter(str, default="dev")
is_prod = Equals(stage, "prod")
seconds = If(is_prod, 300, 30)
typed: Expression[int] = If(is_prod, 14, 1)
queue = sqs.Queue(visibility_timeout=seconds, delay_seconds=typed)
