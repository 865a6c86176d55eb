# at run time: InvalidValueError
"""All subnets where one belongs."""

from pyformation import Parameter
from pyformation.aws import ec2

subnets = Parameter(list[str])
server = ec2.Instance(subnet_id=subnets)  # mypy: arg-type; pyright: reportArgumentType
