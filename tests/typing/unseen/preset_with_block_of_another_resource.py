# at run time: InvalidValueError
"""Properties read back as anything that they may be, so a preset's default is no mistake to a checker."""

from pyformation.aws import s3, sqs


class TaggedBucket(s3.Bucket):
    tags = [sqs.Queue.Tag(key="team", value="media")]
