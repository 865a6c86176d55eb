# at run time: InvalidValueError
"""One security group where a list of them belongs."""

from pyformation.aws import ec2

group = ec2.SecurityGroup(group_description="web")
server = ec2.Instance(security_group_ids=group)  # mypy: arg-type; pyright: reportArgumentType
