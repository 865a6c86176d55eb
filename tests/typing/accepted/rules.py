"""Rules with their own functions."""

from pyformation import (
    Contains,
    EachMemberEquals,
    EachMemberIn,
    Equals,
    Parameter,
    RefAll,
    Rule,
    Stack,
    ValueOf,
    ValueOfAll,
)
from pyformation.aws import ec2


class Network(Stack):
    stage = Parameter(str, default="dev")
    subnet = Parameter("AWS::EC2::Subnet::Id")
    vpc = Parameter("AWS::EC2::VPC::Id")
    known = Rule(
        (Contains(["dev", "prod"], stage), "dev or prod")
        and [(Contains(["dev", "prod"], stage), "dev or prod")]
    )
    matching = Rule(
        [
            EachMemberIn(ValueOfAll("AWS::EC2::Subnet::Id", "VpcId"), RefAll("AWS::EC2::VPC::Id")),
            EachMemberEquals(["a", "a"], "a"),
            (Equals(ValueOf(subnet, "VpcId"), vpc), "the subnet is in the VPC"),
        ],
        condition=Equals(stage, "prod"),
    )
    server = ec2.Instance(subnet_id=subnet)


assert list(Network().template.rules) == ["Known", "Matching"]
