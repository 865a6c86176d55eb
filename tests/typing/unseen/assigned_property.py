# at run time: FrozenError
"""Elements are frozen; to a checker a property is an attribute like any other."""

from pyformation.aws import s3

bucket = s3.Bucket(bucket_name="logs")
bucket.bucket_name = "archive"
