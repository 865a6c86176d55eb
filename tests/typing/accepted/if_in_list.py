"""An item that is there under a condition only."""

from pyformation import Equals, If, NoValue, Parameter
from pyformation.aws import ec2

stage = Parameter(str, default="dev")
is_prod = Equals(stage, "prod")
monitoring = ec2.SecurityGroup(group_description="monitoring")
server = ec2.Instance(
    security_group_ids=["sg-1", If(is_prod, "sg-2", NoValue), If(is_prod, monitoring.group_id, "sg-3")],
    block_device_mappings=[
        ec2.Instance.BlockDeviceMapping(device_name="/dev/xvda", ebs=ec2.Instance.Ebs(volume_size=20)),
        If(
            is_prod,
            ec2.Instance.BlockDeviceMapping(device_name="/dev/xvdb", ebs=ec2.Instance.Ebs(volume_size=200)),
            NoValue,
        ),
    ],
)
