"""The branches may be lists, of text or of blocks, or parameters that are."""

from pyformation import Equals, If, NoValue, Parameter
from pyformation.aws import ec2, s3

stage = Parameter(str, default="dev")
groups = Parameter(list[str])
is_prod = Equals(stage, "prod")
server = ec2.Instance(
    security_group_ids=If(is_prod, ["sg-1", "sg-2"], ["sg-1"]),
    tags=If(is_prod, [ec2.Instance.Tag(key="stage", value="prod")], NoValue),
)
other = ec2.Instance(security_group_ids=If(is_prod, groups, ["sg-1"]))
bucket = s3.Bucket(tags=If(is_prod, [{"Key": "stage", "Value": "prod"}], NoValue))
