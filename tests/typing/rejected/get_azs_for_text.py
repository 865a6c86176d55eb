# at run time: InvalidValueError
"""All zones of the region where one belongs."""

from pyformation import GetAZs
from pyformation.aws import ec2

server = ec2.Instance(availability_zone=GetAZs())  # mypy: arg-type; pyright: reportArgumentType
