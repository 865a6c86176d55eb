"""CloudFormation converts scalars, so a reference fits wherever one belongs."""

from pyformation import Parameter
from pyformation.aws import ec2, lambda_, rds

port = Parameter(str, default="5432")
seconds = Parameter(int, default=30)
share = Parameter(float, default=0.5)
protected = Parameter(str, default="true", allowed_values=["true", "false"])
database = rds.DBInstance(
    port=seconds,
    allocated_storage=seconds,
    deletion_protection=protected,
    multi_az=protected,
)
rule = ec2.SecurityGroup.Ingress(
    ip_protocol="tcp",
    from_port=port,
    to_port=database.endpoint_port,
    description=database.endpoint_address,
)
concurrency = lambda_.Alias.VersionWeight(function_version="1", function_weight=share)
