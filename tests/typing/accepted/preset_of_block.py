"""Property types can be presets as well."""

from pyformation.aws import ec2


class Disk(ec2.Instance.Ebs):
    """Encrypted, and of the present generation."""

    encrypted = True
    volume_type = "gp3"


server = ec2.Instance(
    block_device_mappings=[
        ec2.Instance.BlockDeviceMapping(device_name="/dev/xvda", ebs=Disk(volume_size=100)),
    ]
)
assert Disk(volume_size=100).encrypted is True
