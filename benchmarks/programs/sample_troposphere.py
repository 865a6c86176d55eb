"""The sample stack with troposphere."""

import sys

from troposphere import Template, ec2

template = Template(Description="A sample template")
template.set_version()
template.add_resource(
    ec2.Instance(
        "MyEC2Instance",
        ImageId="ami-0ff8a91507f77f867",
        InstanceType="t2.micro",
        KeyName="testkey",
        BlockDeviceMappings=[
            ec2.BlockDeviceMapping(
                DeviceName="/dev/sdm",
                Ebs=ec2.EbsBlockDevice(VolumeType="io1", Iops=200, DeleteOnTermination=False, VolumeSize=20),
            )
        ],
    )
)

if __name__ == "__main__":
    sys.stdout.write(template.to_yaml())
