"""The smallest useful stack: one instance. ``python ec2_sample.py > template.yaml``."""

from pyformation import Stack
from pyformation.aws import ec2


class SampleStack(Stack):
    """A sample template"""

    # The name is already the logical ID that CloudFormation shows, so it stays as it is.
    MyEC2Instance = ec2.Instance(
        image_id="ami-0ff8a91507f77f867",
        instance_type="t2.micro",
        key_name="testkey",
        block_device_mappings=[
            ec2.Instance.BlockDeviceMapping(
                device_name="/dev/sdm",
                ebs=ec2.Instance.Ebs(
                    volume_type="io1",
                    iops=200,
                    delete_on_termination=False,
                    volume_size=20,
                ),
            )
        ],
    )


if __name__ == "__main__":
    SampleStack().main()
