"""Resources and attributes are values; a list holds them beside text."""

from pyformation import Stack
from pyformation.aws import ec2


class Web(Stack):
    http = ec2.SecurityGroup(group_description="http")
    ssh = ec2.SecurityGroup(group_description="ssh")
    server = ec2.Instance(security_group_ids=[http.group_id, ssh, "sg-1"])


resources = Web().template.to_dict()["Resources"]
assert resources["Server"]["Properties"]["SecurityGroupIds"] == [
    {"Fn::GetAtt": ["Http", "GroupId"]},
    {"Ref": "Ssh"},
    "sg-1",
]
