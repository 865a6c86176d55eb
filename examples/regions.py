"""One template for several regions and stages: CloudFormation decides, not Python.

Python's `if` decides when the template is rendered, so that each result would be another file. Mappings and
conditions stay in the template: one file, reviewed once, deployed everywhere.
"""

from pyformation import AccountId, Equals, If, Mapping, NoValue, Output, Parameter, Region, Stack
from pyformation.aws import cloudwatch, ec2, s3, sns


class RegionsStack(Stack):
    """A batch server in any of three regions."""

    stage = Parameter(str, default="dev", allowed_values=["dev", "test", "prod"])
    subnet = Parameter("AWS::EC2::Subnet::Id")

    # The same image has another ID in each region.
    images = Mapping(
        {
            "eu-central-1": {"Arm": "ami-0a1b2c3d4e5f60001", "Intel": "ami-0a1b2c3d4e5f60002"},
            "eu-west-1": {"Arm": "ami-0a1b2c3d4e5f60003", "Intel": "ami-0a1b2c3d4e5f60004"},
            "us-east-1": {"Arm": "ami-0a1b2c3d4e5f60005", "Intel": "ami-0a1b2c3d4e5f60006"},
        }
    )
    # Numbers and text by stage; a missing key is an error here, not during deployment.
    sizes = Mapping(
        {
            "dev": {"InstanceType": "t4g.small", "VolumeSize": 20},
            "test": {"InstanceType": "t4g.small", "VolumeSize": 20},
            "prod": {"InstanceType": "m7g.xlarge", "VolumeSize": 200},
        }
    )

    is_prod = Equals(stage, "prod")
    is_dev = Equals(stage, "dev")
    is_ireland = Equals(Region, "eu-west-1")
    is_frankfurt = Equals(Region, "eu-central-1")
    # Named here, used below under this name.
    is_europe = is_ireland | is_frankfurt

    server = ec2.Instance(
        image_id=images.find(Region, "Arm"),
        instance_type=sizes.find(stage, "InstanceType"),
        subnet_id=subnet,
        # NoValue: in dev, the property does not exist.
        monitoring=If(is_dev, NoValue, True),
        block_device_mappings=[
            ec2.Instance.BlockDeviceMapping(
                device_name="/dev/xvda",
                ebs=ec2.Instance.Ebs(
                    volume_type="gp3",
                    volume_size=sizes.find(stage, "VolumeSize"),
                    encrypted=True,
                ),
            )
        ],
    )

    # A combination without a name gets one: IsProdAndIsEurope.
    audit = s3.Bucket(
        condition=is_prod & is_europe,
        bucket_name=f"audit-{AccountId}-{Region}",
        object_lock_enabled=True,
        deletion_policy="Retain",
        update_replace_policy="Retain",
    )
    alarms = sns.Topic(condition=~is_dev)
    not_reachable = cloudwatch.Alarm(
        condition=~is_dev,
        alarm_description=f"The {stage} server in {Region} does not answer",
        namespace="AWS/EC2",
        metric_name="StatusCheckFailed",
        dimensions=[cloudwatch.Alarm.Dimension(name="InstanceId", value=server)],
        statistic="Maximum",
        period=60,
        evaluation_periods=3,
        comparison_operator="GreaterThanThreshold",
        threshold=0,
        treat_missing_data="breaching",
        alarm_actions=[alarms],
    )

    address = Output(server.private_ip)
    audit_bucket = Output(audit, condition=is_prod & is_europe)


if __name__ == "__main__":
    RegionsStack().main()
