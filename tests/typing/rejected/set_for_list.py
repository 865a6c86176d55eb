# at run time: InvalidValueError
"""A set has no order, and a template has one."""

from pyformation.aws import ec2

server = ec2.Instance(security_group_ids={"sg-1", "sg-2"})  # mypy: arg-type; pyright: reportArgumentType
