# at run time: InvalidValueError
"""So have the blocks of one."""

from pyformation.aws import s3, sqs


class TaggedBucket(s3.Bucket):
    tags = [sqs.Queue.Tag(key="team", value="media")]  # mypy: list-item; pyright: reportAssignmentType
