"""An exported output of another stack is a value here."""

from pyformation import Output, Stack
from pyformation.aws import ec2, rds


class Network(Stack):
    vpc = ec2.VPC(cidr_block="10.0.0.0/16")
    vpc_id = Output(vpc, export="network-vpc")
    subnets = Output("subnet-1,subnet-2", export="network-subnets")
    size = Output("20")


network = Network()


class Data(Stack):
    group = ec2.SecurityGroup(group_description="database", vpc_id=network.vpc_id)
    database = rds.DBInstance(
        allocated_storage=network.size.weak("network"),
        vpc_security_groups=[group.group_id],
        db_subnet_group_name=network.subnets,
        engine="postgres",
    )


properties = Data().template.to_dict()["Resources"]["Group"]["Properties"]
assert properties["VpcId"] == {"Fn::ImportValue": "network-vpc"}
