"""A list where a list belongs."""

from pyformation.aws import ec2

server = ec2.Instance(security_group_ids=["sg-1", "sg-2"])
assert server.security_group_ids == ["sg-1", "sg-2"]
