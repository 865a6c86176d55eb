# at run time: InvalidValueError
"""A stack is no value; what another stack may use of it is an Output."""

from pyformation import Stack
from pyformation.aws import ec2, sns


class Network(Stack):
    vpc = ec2.VPC(cidr_block="10.0.0.0/16")


topic = sns.Topic(display_name=Network())  # mypy: arg-type; pyright: reportArgumentType
