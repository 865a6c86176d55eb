"""Values inside such a mapping are values like all others."""

from pyformation import Equals, If, Region
from pyformation.aws import lambda_, sns

is_ireland = Equals(Region, "eu-west-1")
topic = sns.Topic()
function = lambda_.Function(
    code={"S3Bucket": f"artifacts-{Region}", "S3Key": "orders.zip"},
    role="arn:aws:iam::123456789012:role/orders",
    handler="index.handler",
    runtime="python3.13",
    dead_letter_config={"TargetArn": topic},
    ephemeral_storage={"Size": If(is_ireland, 1024, 512)},
)
