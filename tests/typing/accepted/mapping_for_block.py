"""A mapping with CloudFormation's own names stands for a property type."""

from pyformation.aws import s3

bucket = s3.Bucket(
    versioning_configuration={"Status": "Enabled"},
    tags=[{"Key": "team", "Value": "media"}, s3.Bucket.Tag(key="stage", value="prod")],
)
