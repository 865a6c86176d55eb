"""Two stacks in one file, the second built on the first.

    python cross_stack.py network > network.yaml
    python cross_stack.py service > service.yaml

An exported Output of another stack can be used like any value: it becomes Fn::ImportValue. While the
service imports them, CloudFormation does not let anybody change or delete the exports.
"""

import sys

from pyformation import Cidr, GetAZs, Output, Parameter, Select, Stack, resolve_ssm
from pyformation.aws import ec2


class NetworkStack(Stack):
    """A network with private subnets in several zones."""

    def __init__(self, environment: str, zones: int = 2) -> None:
        self.vpc = ec2.VPC(cidr_block="10.20.0.0/16", enable_dns_hostnames=True)
        self.subnets = [
            ec2.Subnet(
                vpc_id=self.vpc,
                # The first blocks of 256 addresses, in the first zones of the region.
                cidr_block=Select(i, Cidr(self.vpc.get_att.cidr_block, zones, 8)),
                availability_zone=Select(i, GetAZs()),
            )
            for i in range(zones)
        ]
        # No AWS::StackName in an export: the name must mean the same in the stack that imports it.
        self.vpc_id = Output(self.vpc, export=f"{environment}-vpc-id")
        self.subnet_ids = [
            Output(subnet, export=f"{environment}-subnet-{i}") for i, subnet in enumerate(self.subnets)
        ]
        # Not exported: stacks that read it do not block its changes.
        self.default_group = Output(self.vpc.default_security_group)


class ServiceStack(Stack):
    """An instance in the network of another stack."""

    network_stack = Parameter(str, default="network", description="The name of the network's stack.")

    def __init__(self, network: NetworkStack) -> None:
        self.group = ec2.SecurityGroup(
            group_description="Nobody comes in",
            vpc_id=network.vpc_id,
        )
        self.server = ec2.Instance(
            # CloudFormation reads the newest image's ID when it deploys.
            image_id=resolve_ssm("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"),
            instance_type="t4g.micro",
            subnet_id=network.subnet_ids[0],
            security_group_ids=[
                self.group.group_id,
                # The weak reference reads the output by the stack's name when this stack is deployed.
                network.default_group.weak(self.network_stack),
            ],
        )


network = NetworkStack("demo")
service = ServiceStack(network)

if __name__ == "__main__":
    stacks: dict[str, Stack] = {"network": network, "service": service}
    name, *options = sys.argv[1:] or [""]
    if name not in stacks:
        sys.exit(f"usage: python cross_stack.py {'|'.join(stacks)} [--format yaml|json]")
    stacks[name].main(options)
