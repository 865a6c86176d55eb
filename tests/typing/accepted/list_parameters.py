"""A parameter that is a list fits where a list belongs, whole or in pieces."""

from pyformation import Join, Parameter, Select
from pyformation.aws import ec2, rds

subnets = Parameter(list[str])
vpc_subnets = Parameter("List<AWS::EC2::Subnet::Id>")
first = rds.DBSubnetGroup(db_subnet_group_description="ours", subnet_ids=subnets)
second = rds.DBSubnetGroup(db_subnet_group_description="ours", subnet_ids=vpc_subnets)
server = ec2.Instance(subnet_id=Select(0, subnets), user_data=Join(",", subnets))
