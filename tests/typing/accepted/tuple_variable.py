"""Tuples of a known and of an unknown length."""

from pyformation.aws import ec2

WEB = ("sg-1", "sg-2")
MORE: tuple[str, ...] = ("sg-3",)
first = ec2.Instance(security_group_ids=WEB)
second = ec2.Instance(security_group_ids=MORE)
third = ec2.Instance(security_group_ids=(*WEB, *MORE))
assert third.security_group_ids == ["sg-1", "sg-2", "sg-3"]
