"""A web service of six AWS services, with pyformation."""

from pyformation import Output, Parameter, Region, Stack
from pyformation.aws import ec2, ecs, elasticloadbalancingv2, iam, logs, rds


class WebService(Stack):
    """A web service"""

    vpc = Parameter("AWS::EC2::VPC::Id")
    subnets = Parameter("List<AWS::EC2::Subnet::Id>")
    image = Parameter(str)
    password = Parameter(str, no_echo=True)

    group = ec2.SecurityGroup(
        group_description="The service",
        vpc_id=vpc,
        security_group_ingress=[
            ec2.SecurityGroup.Ingress(ip_protocol="tcp", from_port=443, to_port=443, cidr_ip="0.0.0.0/0")
        ],
    )
    role = iam.Role(
        assume_role_policy_document={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
        managed_policy_arns=["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
    )
    log_group = logs.LogGroup(retention_in_days=14)
    database = rds.DBInstance(
        engine="postgres",
        db_instance_class="db.t4g.micro",
        allocated_storage="20",
        master_username="web",
        master_user_password=password,
        vpc_security_groups=[group.group_id],
        multi_az=True,
    )
    balancer = elasticloadbalancingv2.LoadBalancer(subnets=subnets, security_groups=[group.group_id])
    cluster = ecs.Cluster()
    task = ecs.TaskDefinition(
        cpu="256",
        memory="512",
        network_mode="awsvpc",
        requires_compatibilities=["FARGATE"],
        execution_role_arn=role.arn,
        container_definitions=[
            ecs.TaskDefinition.ContainerDefinition(
                name="web",
                image=image,
                port_mappings=[ecs.TaskDefinition.PortMapping(container_port=443)],
                environment=[
                    ecs.TaskDefinition.KeyValuePair(name="DATABASE", value=database.endpoint_address)
                ],
                log_configuration=ecs.TaskDefinition.LogConfiguration(
                    log_driver="awslogs",
                    options={
                        "awslogs-group": log_group,
                        "awslogs-region": Region,
                        "awslogs-stream-prefix": "web",
                    },
                ),
            )
        ],
    )
    service = ecs.Service(
        cluster=cluster,
        task_definition=task,
        desired_count=2,
        launch_type="FARGATE",
        network_configuration=ecs.Service.NetworkConfiguration(
            awsvpc_configuration=ecs.Service.AwsVpcConfiguration(
                subnets=subnets, security_groups=[group.group_id]
            )
        ),
    )
    url = Output(f"https://{balancer.dns_name}")


if __name__ == "__main__":
    WebService().main()
