"""Lists put together, with + and with a star."""

from pyformation.aws import ec2

OURS = ["sg-1"]
THEIRS = ["sg-2", "sg-3"]
first = ec2.Instance(security_group_ids=OURS + THEIRS)
second = ec2.Instance(security_group_ids=[*OURS, "sg-4"])
third = ec2.Instance(security_group_ids=sorted(set(OURS + THEIRS)))
