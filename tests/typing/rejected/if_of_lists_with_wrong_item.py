# at run time: InvalidValueError
"""Branches that are lists are checked item by item."""

from pyformation import Equals, If, Region
from pyformation.aws import ec2

is_ireland = Equals(Region, "eu-west-1")
server = ec2.Instance(
    security_group_ids=If(is_ireland, ["sg-1"], ["sg-1", 2])  # mypy: list-item; pyright: reportArgumentType
)
