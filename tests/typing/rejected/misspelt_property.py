# at run time: UnknownPropertyError
"""A property with a typing error."""

from pyformation.aws import s3

logs = s3.Bucket(bucket_nam="logs")  # mypy: call-arg; pyright: reportCallIssue
