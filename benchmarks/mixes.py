"""The same resources in pyformation and in troposphere, in several mixes.

Each mix makes a group of resources by number, the same in both; a mixed template takes groups of all mixes in turn.
All checks of troposphere (types, required properties, validators) stay on, as do ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import troposphere as t
import troposphere.awslambda
import troposphere.cloudwatch
import troposphere.dynamodb
import troposphere.ec2
import troposphere.iam
import troposphere.logs
import troposphere.s3
import troposphere.sns
import troposphere.sqs

from pyformation import If, Parameter, Template
from pyformation.aws import cloudwatch, dynamodb, ec2, iam, lambda_, logs, s3, sns, sqs
from pyformation.values import Equals


@dataclass(frozen=True)
class Mix:
    """A group of `size` resources, added to a template of ours or of troposphere's."""

    name: str
    size: int
    ours: Callable[[Template, int, Any, Any], None]
    theirs: Callable[[t.Template, int], None]


def _bucket_ours(template: Template, i: int, stage: Any, _condition: Any) -> None:
    template.add(
        f"Bucket{i}",
        s3.Bucket(
            bucket_name=f"data-{i}",
            versioning_configuration=s3.Bucket.VersioningConfiguration(status="Enabled"),
            bucket_encryption=s3.Bucket.BucketEncryption(
                server_side_encryption_configuration=[
                    s3.Bucket.ServerSideEncryptionRule(
                        server_side_encryption_by_default=s3.Bucket.ServerSideEncryptionByDefault(
                            sse_algorithm="AES256"
                        )
                    )
                ]
            ),
            public_access_block_configuration=s3.Bucket.PublicAccessBlockConfiguration(
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
            ),
            lifecycle_configuration=s3.Bucket.LifecycleConfiguration(
                rules=[
                    s3.Bucket.Rule(id="expire", status="Enabled", expiration_in_days=365, prefix="logs/"),
                    s3.Bucket.Rule(id="versions", status="Enabled", expiration_in_days=30, prefix="tmp/"),
                ]
            ),
            tags=[
                s3.Bucket.Tag(key="number", value=str(i)),
                s3.Bucket.Tag(key="stage", value=stage),
                s3.Bucket.Tag(key="team", value="data"),
            ],
        ),
    )


def _bucket_theirs(template: t.Template, i: int) -> None:
    template.add_resource(
        t.s3.Bucket(
            f"Bucket{i}",
            BucketName=f"data-{i}",
            VersioningConfiguration=t.s3.VersioningConfiguration(Status="Enabled"),
            BucketEncryption=t.s3.BucketEncryption(
                ServerSideEncryptionConfiguration=[
                    t.s3.ServerSideEncryptionRule(
                        ServerSideEncryptionByDefault=t.s3.ServerSideEncryptionByDefault(
                            SSEAlgorithm="AES256"
                        )
                    )
                ]
            ),
            PublicAccessBlockConfiguration=t.s3.PublicAccessBlockConfiguration(
                BlockPublicAcls=True,
                BlockPublicPolicy=True,
                IgnorePublicAcls=True,
                RestrictPublicBuckets=True,
            ),
            LifecycleConfiguration=t.s3.LifecycleConfiguration(
                Rules=[
                    t.s3.LifecycleRule(Id="expire", Status="Enabled", ExpirationInDays=365, Prefix="logs/"),
                    t.s3.LifecycleRule(Id="versions", Status="Enabled", ExpirationInDays=30, Prefix="tmp/"),
                ]
            ),
            Tags=t.Tags({"number": str(i), "stage": t.Ref("Stage"), "team": "data"}),
        )
    )


def _policy(service: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": ["sts:AssumeRole"]},
        ],
    }


def _function_ours(template: Template, i: int, stage: Any, condition: Any) -> None:
    role = template.add(
        f"FunctionRole{i}",
        iam.Role(
            assume_role_policy_document=_policy("lambda.amazonaws.com"),
            managed_policy_arns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
            policies=[
                iam.Role.Policy(
                    policy_name="read",
                    policy_document={
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Sid": "Read",
                                "Effect": "Allow",
                                "Action": ["s3:GetObject", "s3:ListBucket"],
                                "Resource": [f"arn:aws:s3:::data-{i}", f"arn:aws:s3:::data-{i}/*"],
                            }
                        ],
                    },
                )
            ],
        ),
    )
    function = template.add(
        f"Function{i}",
        lambda_.Function(
            runtime="python3.13",
            handler="index.handler",
            role=role.arn,
            memory_size=If(condition, 512, 128),
            timeout=30,
            code=lambda_.Function.Code(s3_bucket="code", s3_key=f"function-{i}.zip"),
            environment=lambda_.Function.Environment(
                variables={"STAGE": stage, "NUMBER": str(i), "TABLE": "table"}
            ),
        ),
    )
    template.add(
        f"FunctionLogs{i}",
        logs.LogGroup(log_group_name=f"/aws/lambda/{function}", retention_in_days=14),
    )


def _function_theirs(template: t.Template, i: int) -> None:
    role = template.add_resource(
        t.iam.Role(
            f"FunctionRole{i}",
            AssumeRolePolicyDocument=_policy("lambda.amazonaws.com"),
            ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
            Policies=[
                t.iam.Policy(
                    PolicyName="read",
                    PolicyDocument={
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Sid": "Read",
                                "Effect": "Allow",
                                "Action": ["s3:GetObject", "s3:ListBucket"],
                                "Resource": [f"arn:aws:s3:::data-{i}", f"arn:aws:s3:::data-{i}/*"],
                            }
                        ],
                    },
                )
            ],
        )
    )
    template.add_resource(
        t.awslambda.Function(
            f"Function{i}",
            Runtime="python3.13",
            Handler="index.handler",
            Role=t.GetAtt(role, "Arn"),
            MemorySize=t.If("IsProd", 512, 128),
            Timeout=30,
            Code=t.awslambda.Code(S3Bucket="code", S3Key=f"function-{i}.zip"),
            Environment=t.awslambda.Environment(
                Variables={"STAGE": t.Ref("Stage"), "NUMBER": str(i), "TABLE": "table"}
            ),
        )
    )
    template.add_resource(
        t.logs.LogGroup(
            f"FunctionLogs{i}", LogGroupName=t.Sub(f"/aws/lambda/${{Function{i}}}"), RetentionInDays=14
        )
    )


def _network_ours(template: Template, i: int, stage: Any, _condition: Any) -> None:
    vpc = template.add(f"Vpc{i}", ec2.VPC(cidr_block="10.0.0.0/16", enable_dns_hostnames=True))
    subnet = template.add(
        f"Subnet{i}", ec2.Subnet(vpc_id=vpc, cidr_block="10.0.1.0/24", map_public_ip_on_launch=False)
    )
    group = template.add(
        f"Group{i}",
        ec2.SecurityGroup(
            group_description="Web",
            vpc_id=vpc,
            security_group_ingress=[
                ec2.SecurityGroup.Ingress(
                    ip_protocol="tcp", from_port=port, to_port=port, cidr_ip="0.0.0.0/0"
                )
                for port in (80, 443, 8080)
            ],
        ),
    )
    template.add(
        f"Instance{i}",
        ec2.Instance(
            image_id="ami-0ff8a91507f77f867",
            instance_type="t3.micro",
            subnet_id=subnet,
            security_group_ids=[group.group_id],
            block_device_mappings=[
                ec2.Instance.BlockDeviceMapping(
                    device_name="/dev/xvda",
                    ebs=ec2.Instance.Ebs(
                        volume_type="gp3", volume_size=20, encrypted=True, delete_on_termination=True
                    ),
                )
            ],
            tags=[ec2.Instance.Tag(key="Name", value=f"web-{i}"), ec2.Instance.Tag(key="stage", value=stage)],
        ),
    )


def _network_theirs(template: t.Template, i: int) -> None:
    vpc = template.add_resource(t.ec2.VPC(f"Vpc{i}", CidrBlock="10.0.0.0/16", EnableDnsHostnames=True))
    subnet = template.add_resource(
        t.ec2.Subnet(f"Subnet{i}", VpcId=t.Ref(vpc), CidrBlock="10.0.1.0/24", MapPublicIpOnLaunch=False)
    )
    group = template.add_resource(
        t.ec2.SecurityGroup(
            f"Group{i}",
            GroupDescription="Web",
            VpcId=t.Ref(vpc),
            SecurityGroupIngress=[
                t.ec2.SecurityGroupRule(IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0")
                for port in (80, 443, 8080)
            ],
        )
    )
    template.add_resource(
        t.ec2.Instance(
            f"Instance{i}",
            ImageId="ami-0ff8a91507f77f867",
            InstanceType="t3.micro",
            SubnetId=t.Ref(subnet),
            SecurityGroupIds=[t.GetAtt(group, "GroupId")],
            BlockDeviceMappings=[
                t.ec2.BlockDeviceMapping(
                    DeviceName="/dev/xvda",
                    Ebs=t.ec2.EbsBlockDevice(
                        VolumeType="gp3", VolumeSize=20, Encrypted=True, DeleteOnTermination=True
                    ),
                )
            ],
            Tags=t.Tags({"Name": f"web-{i}", "stage": t.Ref("Stage")}),
        )
    )


def _messages_ours(template: Template, i: int, _stage: Any, _condition: Any) -> None:
    letters = template.add(f"DeadLetters{i}", sqs.Queue(message_retention_period=1209600))
    queue = template.add(
        f"Queue{i}",
        sqs.Queue(
            visibility_timeout=60, redrive_policy={"deadLetterTargetArn": letters.arn, "maxReceiveCount": 5}
        ),
    )
    topic = template.add(f"Topic{i}", sns.Topic(display_name=f"Topic {i}"))
    template.add(f"Subscription{i}", sns.Subscription(topic_arn=topic, protocol="sqs", endpoint=queue.arn))
    template.add(
        f"Alarm{i}",
        cloudwatch.Alarm(
            alarm_name=f"letters-{i}",
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            statistic="Maximum",
            period=300,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            dimensions=[cloudwatch.Alarm.Dimension(name="QueueName", value=letters.get_att.queue_name)],
            alarm_actions=[topic],
        ),
    )


def _messages_theirs(template: t.Template, i: int) -> None:
    letters = template.add_resource(t.sqs.Queue(f"DeadLetters{i}", MessageRetentionPeriod=1209600))
    queue = template.add_resource(
        t.sqs.Queue(
            f"Queue{i}",
            VisibilityTimeout=60,
            RedrivePolicy=t.sqs.RedrivePolicy(
                deadLetterTargetArn=t.GetAtt(letters, "Arn"), maxReceiveCount=5
            ),
        )
    )
    topic = template.add_resource(t.sns.Topic(f"Topic{i}", DisplayName=f"Topic {i}"))
    template.add_resource(
        t.sns.SubscriptionResource(
            f"Subscription{i}", TopicArn=t.Ref(topic), Protocol="sqs", Endpoint=t.GetAtt(queue, "Arn")
        )
    )
    template.add_resource(
        t.cloudwatch.Alarm(
            f"Alarm{i}",
            AlarmName=f"letters-{i}",
            Namespace="AWS/SQS",
            MetricName="ApproximateNumberOfMessagesVisible",
            Statistic="Maximum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Dimensions=[t.cloudwatch.MetricDimension(Name="QueueName", Value=t.GetAtt(letters, "QueueName"))],
            AlarmActions=[t.Ref(topic)],
        )
    )


def _table_ours(template: Template, i: int, stage: Any, _condition: Any) -> None:
    template.add(
        f"Table{i}",
        dynamodb.Table(
            table_name=f"table-{i}",
            billing_mode="PAY_PER_REQUEST",
            attribute_definitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
                {"AttributeName": "gsi", "AttributeType": "N"},
            ],
            key_schema=[
                dynamodb.Table.KeySchema(attribute_name="pk", key_type="HASH"),
                dynamodb.Table.KeySchema(attribute_name="sk", key_type="RANGE"),
            ],
            global_secondary_indexes=[
                dynamodb.Table.GlobalSecondaryIndex(
                    index_name="by-number",
                    key_schema=[{"AttributeName": "gsi", "KeyType": "HASH"}],
                    projection=dynamodb.Table.Projection(projection_type="ALL"),
                )
            ],
            tags=[dynamodb.Table.Tag(key="stage", value=stage)],
        ),
    )


def _table_theirs(template: t.Template, i: int) -> None:
    table = t.dynamodb
    template.add_resource(
        table.Table(
            f"Table{i}",
            TableName=f"table-{i}",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                table.AttributeDefinition(AttributeName="pk", AttributeType="S"),
                table.AttributeDefinition(AttributeName="sk", AttributeType="S"),
                table.AttributeDefinition(AttributeName="gsi", AttributeType="N"),
            ],
            KeySchema=[
                table.KeySchema(AttributeName="pk", KeyType="HASH"),
                table.KeySchema(AttributeName="sk", KeyType="RANGE"),
            ],
            GlobalSecondaryIndexes=[
                table.GlobalSecondaryIndex(
                    IndexName="by-number",
                    KeySchema=[table.KeySchema(AttributeName="gsi", KeyType="HASH")],
                    Projection=table.Projection(ProjectionType="ALL"),
                )
            ],
            Tags=t.Tags({"stage": t.Ref("Stage")}),
        )
    )


MIXES = (
    Mix("buckets (deep blocks, tags)", 1, _bucket_ours, _bucket_theirs),
    Mix("functions (policies, references, If, Sub)", 3, _function_ours, _function_theirs),
    Mix("network (EC2, blocks, tags)", 4, _network_ours, _network_theirs),
    Mix("messages (small, references)", 5, _messages_ours, _messages_theirs),
    Mix("tables (lists of blocks, some as mappings)", 1, _table_ours, _table_theirs),
)


def _groups(mixes: tuple[Mix, ...], resources: int) -> list[tuple[Mix, int]]:
    """Which mix makes which group, for at most so many resources."""
    groups: list[tuple[Mix, int]] = []
    made = 0
    for number in range(resources):
        for mix in mixes:
            if made + mix.size > resources:
                return groups
            groups.append((mix, number))
            made += mix.size
    return groups


def ours(resources: int, mixes: tuple[Mix, ...] = MIXES) -> Template:
    """A template of at most so many resources (groups stay whole), with pyformation."""
    template = Template(limits=False)
    stage = template.add("Stage", Parameter(str, default="dev"))
    is_prod = template.add("IsProd", Equals(stage, "prod"))
    for mix, number in _groups(mixes, resources):
        mix.ours(template, number, stage, is_prod)
    return template


def theirs(resources: int, mixes: tuple[Mix, ...] = MIXES) -> t.Template:
    """The same with troposphere, which accepts 500 at most."""
    template = t.Template()
    template.set_version()
    template.add_parameter(t.Parameter("Stage", Type="String", Default="dev"))
    template.add_condition("IsProd", t.Equals(t.Ref("Stage"), "prod"))
    for mix, number in _groups(mixes, resources):
        mix.theirs(template, number)
    return template
