"""Blocks evolve like resources, and compare by what they hold."""

from pyformation.aws import ec2

small = ec2.Instance.Ebs(volume_size=20, volume_type="gp3")
big = small.evolve(volume_size=200, encrypted=True)
assert big != small
assert big == ec2.Instance.Ebs(volume_size=200, volume_type="gp3", encrypted=True)
