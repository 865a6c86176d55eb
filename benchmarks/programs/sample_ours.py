"""The sample stack of one instance, with pyformation."""

from pyformation import Stack
from pyformation.aws import ec2


class SampleStack(Stack):
    """A sample template"""

    MyEC2Instance = ec2.Instance(
        image_id="ami-0ff8a91507f77f867",
        instance_type="t2.micro",
        key_name="testkey",
        block_device_mappings=[
            ec2.Instance.BlockDeviceMapping(
                device_name="/dev/sdm",
                ebs=ec2.Instance.Ebs(
                    volume_type="io1", iops=200, delete_on_termination=False, volume_size=20
                ),
            )
        ],
    )


if __name__ == "__main__":
    SampleStack().main()
