# at run time: InvalidValueError
"""A tuple is as good as a list, and its items are checked as well."""

from pyformation.aws import ec2

server = ec2.Instance(security_group_ids=("sg-1", 2))  # mypy: arg-type; pyright: reportArgumentType
