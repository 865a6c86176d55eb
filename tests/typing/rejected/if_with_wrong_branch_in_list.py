# at run time: InvalidValueError
"""An If is one item of the list, and its branches are items."""

from pyformation import Equals, If, NoValue, Region
from pyformation.aws import ec2

is_ireland = Equals(Region, "eu-west-1")
server = ec2.Instance(
    security_group_ids=["sg-1", If(is_ireland, 2, NoValue)]  # mypy: arg-type; pyright: reportArgumentType
)
