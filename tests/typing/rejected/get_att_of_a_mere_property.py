# at run time: UnknownAttributeError
"""A property that CloudFormation cannot read back as an attribute."""

from pyformation import Output
from pyformation.aws import s3

bucket = s3.Bucket(bucket_name="logs")
name = Output(
    bucket.get_att.bucket_name  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType
)
