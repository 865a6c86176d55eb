"""A web service of six AWS services, with troposphere."""

import sys

from troposphere import (
    GetAtt,
    Output,
    Parameter,
    Ref,
    Sub,
    Template,
    ec2,
    ecs,
    elasticloadbalancingv2,
    iam,
    logs,
    rds,
)

template = Template(Description="A web service")
template.set_version()
vpc = template.add_parameter(Parameter("Vpc", Type="AWS::EC2::VPC::Id"))
subnets = template.add_parameter(Parameter("Subnets", Type="List<AWS::EC2::Subnet::Id>"))
image = template.add_parameter(Parameter("Image", Type="String"))
password = template.add_parameter(Parameter("Password", Type="String", NoEcho=True))

group = template.add_resource(
    ec2.SecurityGroup(
        "Group",
        GroupDescription="The service",
        VpcId=Ref(vpc),
        SecurityGroupIngress=[
            ec2.SecurityGroupRule(IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0")
        ],
    )
)
role = template.add_resource(
    iam.Role(
        "Role",
        AssumeRolePolicyDocument={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
        ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
    )
)
log_group = template.add_resource(logs.LogGroup("LogGroup", RetentionInDays=14))
database = template.add_resource(
    rds.DBInstance(
        "Database",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage="20",
        MasterUsername="web",
        MasterUserPassword=Ref(password),
        VPCSecurityGroups=[GetAtt(group, "GroupId")],
        MultiAZ=True,
    )
)
balancer = template.add_resource(
    elasticloadbalancingv2.LoadBalancer(
        "Balancer", Subnets=Ref(subnets), SecurityGroups=[GetAtt(group, "GroupId")]
    )
)
cluster = template.add_resource(ecs.Cluster("Cluster"))
task = template.add_resource(
    ecs.TaskDefinition(
        "Task",
        Cpu="256",
        Memory="512",
        NetworkMode="awsvpc",
        RequiresCompatibilities=["FARGATE"],
        ExecutionRoleArn=GetAtt(role, "Arn"),
        ContainerDefinitions=[
            ecs.ContainerDefinition(
                Name="web",
                Image=Ref(image),
                PortMappings=[ecs.PortMapping(ContainerPort=443)],
                Environment=[ecs.Environment(Name="DATABASE", Value=GetAtt(database, "Endpoint.Address"))],
                LogConfiguration=ecs.LogConfiguration(
                    LogDriver="awslogs",
                    Options={
                        "awslogs-group": Ref(log_group),
                        "awslogs-region": Ref("AWS::Region"),
                        "awslogs-stream-prefix": "web",
                    },
                ),
            )
        ],
    )
)
service = template.add_resource(
    ecs.Service(
        "Service",
        Cluster=Ref(cluster),
        TaskDefinition=Ref(task),
        DesiredCount=2,
        LaunchType="FARGATE",
        NetworkConfiguration=ecs.NetworkConfiguration(
            AwsvpcConfiguration=ecs.AwsvpcConfiguration(
                Subnets=Ref(subnets), SecurityGroups=[GetAtt(group, "GroupId")]
            )
        ),
    )
)
template.add_output(Output("Url", Value=Sub("https://${Balancer.DNSName}")))

if __name__ == "__main__":
    sys.stdout.write(template.to_yaml())
