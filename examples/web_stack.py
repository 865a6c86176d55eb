"""A web service in an existing network: load balancer, Auto Scaling group, database.

    browser -> load balancer (public subnets) -> instances (private subnets) -> PostgreSQL (private subnets)

The private subnets need a way out (a NAT gateway): instances install packages and send signals.
"""

from pyformation import (
    CreationPolicy,
    Equals,
    If,
    Interface,
    Output,
    Parameter,
    Region,
    Stack,
    StackName,
    UpdatePolicy,
)
from pyformation.aws import autoscaling, ec2, iam, rds
from pyformation.aws import elasticloadbalancingv2 as elb

HTTP, POSTGRES = 80, 5432


class WebStack(Stack, tags={"service": "shop"}):
    """A web service: load balancer, Auto Scaling group, PostgreSQL."""

    stage = Parameter(str, default="dev", allowed_values=["dev", "prod"])
    vpc = Parameter("AWS::EC2::VPC::Id")
    public_subnets = Parameter("List<AWS::EC2::Subnet::Id>", description="For the load balancer.")
    private_subnets = Parameter("List<AWS::EC2::Subnet::Id>", description="For instances and database.")
    certificate_arn = Parameter(str, default="", description="Certificate for HTTPS; empty for HTTP only.")
    # CloudFormation looks the image up at each deployment, so a new one rolls out with the next.
    image = Parameter(
        "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
        default="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    )
    interface = Interface(
        groups={
            "Network": [vpc, public_subnets, private_subnets],
            "Service": [stage, certificate_arn, image],
        },
        labels={vpc: "Which VPC?"},
    )

    is_prod = Equals(stage, "prod")
    has_certificate = ~Equals(certificate_arn, "")

    # Each group lets in the one before it and nobody else.
    load_balancer_group = ec2.SecurityGroup(
        group_description="Load balancer: the internet may come in",
        vpc_id=vpc,
        security_group_ingress=[
            ec2.SecurityGroup.Ingress(ip_protocol="tcp", from_port=port, to_port=port, cidr_ip="0.0.0.0/0")
            for port in (80, 443)
        ],
    )
    web_group = ec2.SecurityGroup(
        group_description="Instances: the load balancer may come in",
        vpc_id=vpc,
        security_group_ingress=[
            ec2.SecurityGroup.Ingress(
                ip_protocol="tcp",
                from_port=HTTP,
                to_port=HTTP,
                source_security_group_id=load_balancer_group.group_id,
            )
        ],
    )
    database_group = ec2.SecurityGroup(
        group_description="Database: instances may come in",
        vpc_id=vpc,
        security_group_ingress=[
            ec2.SecurityGroup.Ingress(
                ip_protocol="tcp",
                from_port=POSTGRES,
                to_port=POSTGRES,
                source_security_group_id=web_group.group_id,
            )
        ],
    )

    load_balancer = elb.LoadBalancer(
        scheme="internet-facing",
        subnets=public_subnets,
        security_groups=[load_balancer_group.group_id],
    )
    target_group = elb.TargetGroup(
        vpc_id=vpc,
        protocol="HTTP",
        port=HTTP,
        health_check_path="/",
        target_group_attributes=[
            # Requests that are still running get half a minute, not the default of five.
            elb.TargetGroup.TargetGroupAttribute(key="deregistration_delay.timeout_seconds", value="30")
        ],
    )
    http = elb.Listener(
        load_balancer_arn=load_balancer,
        protocol="HTTP",
        port=HTTP,
        default_actions=[
            If(
                has_certificate,
                elb.Listener.Action(
                    type="redirect",
                    redirect_config=elb.Listener.RedirectConfig(
                        protocol="HTTPS", port="443", status_code="HTTP_301"
                    ),
                ),
                elb.Listener.Action(type="forward", target_group_arn=target_group),
            )
        ],
    )
    https = elb.Listener(
        condition=has_certificate,
        load_balancer_arn=load_balancer,
        protocol="HTTPS",
        port=443,
        ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        certificates=[elb.Listener.Certificate(certificate_arn=certificate_arn)],
        default_actions=[elb.Listener.Action(type="forward", target_group_arn=target_group)],
    )

    database_subnets = rds.DBSubnetGroup(
        db_subnet_group_description="The private subnets",
        subnet_ids=private_subnets,
    )
    database = rds.DBInstance(
        engine="postgres",
        engine_version="17",
        db_instance_class=If(is_prod, "db.m7g.large", "db.t4g.micro"),
        allocated_storage="20",
        storage_type="gp3",
        storage_encrypted=True,
        db_name="shop",
        master_username="shop",
        # RDS generates the password, keeps it in Secrets Manager and rotates it: it is in no template.
        manage_master_user_password=True,
        db_subnet_group_name=database_subnets,
        vpc_security_groups=[database_group.group_id],
        multi_az=If(is_prod, True, False),
        backup_retention_period=If(is_prod, 14, 1),
        deletion_protection=If(is_prod, True, False),
        # CloudFormation may delete or replace it only after taking a snapshot ...
        deletion_policy="Snapshot",
        update_replace_policy="Snapshot",
        # ... and this is not part of the template: it makes a diff fail that would replace the database.
        prevent_replacement=True,
    )

    role = iam.Role(
        assume_role_policy_document=iam.trust_policy("ec2.amazonaws.com"),
        # A shell on an instance goes through Session Manager, so no port and no key is needed.
        managed_policy_arns=["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"],
        policies=[
            iam.Role.Policy(
                policy_name="database-password",
                policy_document=iam.policy_document(
                    iam.statement("secretsmanager:GetSecretValue", database.master_user_secret_secret_arn)
                ),
            )
        ],
    )
    profile = iam.InstanceProfile(roles=[role])
    launch_template = ec2.LaunchTemplate(
        launch_template_data=ec2.LaunchTemplate.LaunchTemplateData(
            image_id=image,
            instance_type=If(is_prod, "m7i.large", "t3.micro"),
            iam_instance_profile=ec2.LaunchTemplate.IamInstanceProfile(arn=profile.arn),
            security_group_ids=[web_group.group_id],
            # Version 1 of the metadata service gives the role's keys to whoever can make one request.
            metadata_options=ec2.LaunchTemplate.MetadataOptions(http_tokens="required"),
            # References in the script are replaced by CloudFormation; $(...) and $name stay the shell's.
            user_data=ec2.user_data(f"""
                #!/bin/bash -e
                # Tell CloudFormation how it went, whatever happens below.
                trap '/opt/aws/bin/cfn-signal -e $? --stack {StackName} --region {Region} --resource Group' EXIT
                dnf install -y aws-cfn-bootstrap nginx
                echo 'DATABASE_HOST={database.endpoint_address}' >> /etc/environment
                echo 'DATABASE_SECRET={database.master_user_secret_secret_arn}' >> /etc/environment
                systemctl enable --now nginx
                """),
        ),
    )
    group = autoscaling.AutoScalingGroup(
        # Sizes are text: that is how CloudFormation declares them.
        min_size=If(is_prod, "2", "1"),
        max_size=If(is_prod, "6", "2"),
        vpc_zone_identifier=private_subnets,
        launch_template=autoscaling.AutoScalingGroup.LaunchTemplateSpecification(
            launch_template_id=launch_template,
            version=launch_template.latest_version_number,
        ),
        target_group_arns=[target_group],
        health_check_type="ELB",
        health_check_grace_period=120,
        # Targets are healthy only when something listens, which no property of the group expresses.
        depends_on=http,
        # The stack fails, and rolls back, unless the first instances say that they are up.
        creation_policy=CreationPolicy(
            resource_signal=CreationPolicy.ResourceSignal(count=If(is_prod, 2, 1), timeout="PT10M")
        ),
        # A new launch template replaces the instances one by one, each only when the last has signalled.
        update_policy=UpdatePolicy(
            auto_scaling_rolling_update=UpdatePolicy.AutoScalingRollingUpdate(
                min_instances_in_service=1,
                max_batch_size=1,
                wait_on_resource_signals=True,
                pause_time="PT10M",
                suspend_processes=["HealthCheck", "ReplaceUnhealthy", "AZRebalance", "ScheduledActions"],
            )
        ),
    )
    scaling = autoscaling.ScalingPolicy(
        auto_scaling_group_name=group,
        policy_type="TargetTrackingScaling",
        target_tracking_configuration=autoscaling.ScalingPolicy.TargetTrackingConfiguration(
            predefined_metric_specification=autoscaling.ScalingPolicy.PredefinedMetricSpecification(
                predefined_metric_type="ASGAverageCPUUtilization"
            ),
            target_value=50,
        ),
    )

    url = Output(f"{If(has_certificate, 'https', 'http')}://{load_balancer.dns_name}")


if __name__ == "__main__":
    WebStack().main()
