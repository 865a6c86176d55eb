# at run time: InvalidValueError
"""The values of a dictionary are no list until they are made one."""

from pyformation.aws import ec2

GROUPS = {"web": "sg-1", "ssh": "sg-2"}
server = ec2.Instance(security_group_ids=GROUPS.values())  # mypy: arg-type; pyright: reportArgumentType
