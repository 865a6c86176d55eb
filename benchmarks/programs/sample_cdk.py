"""The sample stack with the CDK, which needs node."""

import sys

import aws_cdk as cdk
import yaml
from aws_cdk import aws_ec2 as ec2

app = cdk.App(analytics_reporting=False)
stack = cdk.Stack(app, "Sample", synthesizer=cdk.LegacyStackSynthesizer(), description="A sample template")
instance = ec2.CfnInstance(
    stack,
    "MyEC2Instance",
    image_id="ami-0ff8a91507f77f867",
    instance_type="t2.micro",
    key_name="testkey",
    block_device_mappings=[
        ec2.CfnInstance.BlockDeviceMappingProperty(
            device_name="/dev/sdm",
            ebs=ec2.CfnInstance.EbsProperty(
                volume_type="io1", iops=200, delete_on_termination=False, volume_size=20
            ),
        )
    ],
)

if __name__ == "__main__":
    template = app.synth().get_stack_by_name("Sample").template
    sys.stdout.write(yaml.dump(template, Dumper=yaml.CSafeDumper, sort_keys=False))
