"""Classes that are found at run time, by CloudFormation's name."""

from pyformation import catalog, resource_class
from pyformation.aws import s3

kind = resource_class("AWS::S3::Bucket")
bucket = kind(bucket_name="logs")
assert isinstance(bucket, s3.Bucket)
assert catalog.requires_recreation("AWS::S3::Bucket", "/Properties/BucketName") == "Always"
assert "AWS::S3::Bucket" in catalog.types()
