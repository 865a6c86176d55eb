"""Functions that give text."""

from pyformation import Base64, ImportValue, Join, Region, Select, StackName, Sub, ToJsonString
from pyformation.aws import ec2, ssm

bucket = Join("-", [StackName, Region, "logs"])
first = ssm.Parameter(type="String", value=bucket)
second = ssm.Parameter(type="String", value=Sub("${AWS::Region}/${Name}", {"Name": bucket}))
third = ssm.Parameter(type="String", value=ImportValue(f"{StackName}-name"))
fourth = ssm.Parameter(type="String", value=ToJsonString({"region": Region, "stages": ["dev", "prod"]}))
fifth = ssm.Parameter(type="String", value=Select("1", ["a", "b"]))
server = ec2.Instance(user_data=Base64(f"#!/bin/bash\necho {Region}"))
other = ec2.Instance(user_data=ec2.user_data("#!/bin/bash\nyum update -y\n"))
