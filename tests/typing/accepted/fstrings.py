"""Text with anything in it that CloudFormation computes."""

from pyformation import AccountId, Equals, If, Parameter, Partition, Region, Stack
from pyformation.aws import lambda_, logs, s3


class Orders(Stack):
    stage = Parameter(str, default="dev")
    is_prod = Equals(stage, "prod")
    bucket = s3.Bucket(bucket_name=f"orders-{stage}-{AccountId}-{Region}")
    group = logs.LogGroup(log_group_name="/aws/lambda/" + stage)
    permission = lambda_.Permission(
        action="lambda:InvokeFunction",
        function_name=f"arn:{Partition}:lambda:{Region}:{AccountId}:function:{If(is_prod, 'a', 'b')}",
        principal="s3.amazonaws.com",
        source_arn=f"{bucket.arn}/*",
    )


resources = Orders().template.to_dict()["Resources"]
assert resources["Group"]["Properties"]["LogGroupName"] == {"Fn::Sub": "/aws/lambda/${Stage}"}
