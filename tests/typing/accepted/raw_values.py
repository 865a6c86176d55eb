"""The escape hatch fits everywhere."""

from pyformation import Function, Raw, Transform
from pyformation.aws import ec2, s3, sqs

queue = sqs.Queue(delay_seconds=Raw("5"), queue_name=Raw({"Fn::Sub": "${AWS::StackName}-jobs"}))
server = ec2.Instance(security_group_ids=Raw({"Fn::Split": [",", "sg-1,sg-2"]}))
bucket = s3.Bucket(
    versioning_configuration=Transform("AWS::Include", {"Location": "s3://snippets/versioning.yaml"}),
    bucket_name=Function("Fn::NewThing", {"Any": "argument"}),
)
