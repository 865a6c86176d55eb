# at run time: UnknownAttributeError
"""A bucket has no queue's URL."""

from pyformation import Output
from pyformation.aws import s3

bucket = s3.Bucket()
url = Output(
    bucket.queue_url  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType
)
