"""Branches that are references of several kinds."""

from pyformation import Equals, If, Parameter
from pyformation.aws import lambda_, sns, sqs

stage = Parameter(str, default="dev")
timeout = Parameter(int, default=30)
is_prod = Equals(stage, "prod")
queue, topic = sqs.Queue(), sns.Topic()
failures = lambda_.Function.DeadLetterConfig(target_arn=If(is_prod, queue.arn, topic))
other = sqs.Queue(visibility_timeout=If(is_prod, timeout, 30), queue_name=If(is_prod, stage, "any"))
