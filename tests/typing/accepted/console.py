"""How the console shows parameters, and what a macro is told."""

from pyformation import Hook, Interface, Parameter, Stack, Transform
from pyformation.aws import ec2


class Web(Stack, transform=["AWS::CodeDeployBlueGreen", Transform("AWS::Include", {"Location": "s3://a/b"})]):
    vpc = Parameter("AWS::EC2::VPC::Id")
    subnet = Parameter("AWS::EC2::Subnet::Id")
    interface = Interface(groups={"Network": [vpc, "Subnet"]}, labels={vpc: "Which VPC?", "Subnet": "Where?"})
    hook = Hook("AWS::CodeDeploy::BlueGreen", {"ServiceRole": "arn:aws:iam::123456789012:role/deploy"})
    group = ec2.SecurityGroup(group_description="web", vpc_id=vpc)
    server = ec2.Instance(subnet_id=subnet)


assert list(Web().template.hooks) == ["Hook"]
