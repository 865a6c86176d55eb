# at run time: InvalidValueError
"""One item of the wrong kind."""

from pyformation.aws import ec2

server = ec2.Instance(security_group_ids=["sg-1", 2])  # mypy: list-item; pyright: reportArgumentType
