"""A list that was declared elsewhere, with its own type."""

from pyformation.aws import ec2

groups: list[str] = []
groups.append("sg-1")
server = ec2.Instance(security_group_ids=groups)
