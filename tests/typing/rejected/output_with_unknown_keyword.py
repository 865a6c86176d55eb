# at run time: TypeError
"""The template's Export is the keyword export."""

from pyformation import Output
from pyformation.aws import s3

bucket = s3.Bucket()
name = Output(bucket, export_name="logs-bucket")  # mypy: call-arg; pyright: reportCallIssue
