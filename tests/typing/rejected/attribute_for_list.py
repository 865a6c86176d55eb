# at run time: InvalidValueError
"""The same with an attribute."""

from pyformation.aws import ec2

group = ec2.SecurityGroup(group_description="web")
server = ec2.Instance(security_group_ids=group.group_id)  # mypy: arg-type; pyright: reportArgumentType
