# at run time: InvalidValueError
"""A list where one text belongs."""

from pyformation.aws import ec2

server = ec2.Instance(instance_type=["t4g.small"])  # mypy: arg-type; pyright: reportArgumentType
