"""Functions that give lists, where lists belong."""

from pyformation import Cidr, GetAZs, Parameter, Region, Select, Split
from pyformation.aws import autoscaling, ec2

names = Parameter(str, default="sg-1,sg-2")
server = ec2.Instance(
    security_group_ids=Split(",", names),
    availability_zone=Select(0, GetAZs(Region)),
)
group = autoscaling.AutoScalingGroup(min_size="1", max_size="2", availability_zones=GetAZs())
vpc = ec2.VPC(cidr_block="10.0.0.0/16")
subnet = ec2.Subnet(vpc_id=vpc, cidr_block=Select(1, Cidr(vpc.cidr_block or "10.0.0.0/16", 4, 8)))
