# at run time: TypeError
"""CloudFormation's If has always two branches; NoValue is one."""

from pyformation import Equals, If, Region
from pyformation.aws import sqs

is_ireland = Equals(Region, "eu-west-1")
queue = sqs.Queue(delay_seconds=If(is_ireland, 5))  # mypy: call-arg; pyright: reportCallIssue
