"""Each type of Python's has a parameter type, and CloudFormation's own go by name."""

from pyformation import Parameter

stage = Parameter(str, default="dev", allowed_values=["dev", "prod"], min_length=3, max_length=4)
days = Parameter(int, default=7, min_value=1, max_value=90, allowed_values=(1, 7, 90))
share = Parameter(float, default=0.5, max_value=1)
zones = Parameter(list[str], default=["a", "b"], allowed_values=["a", "b", "c"])
ports = Parameter(list[int], default="80,443")
key = Parameter("AWS::EC2::KeyPair::KeyName", description="For ssh")
image = Parameter("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", default="/aws/service/ami")
secret = Parameter(str, no_echo=True, allowed_pattern="[a-z]+", constraint_description="small letters")
limits = Parameter("Number", default=3, min_value=1)
