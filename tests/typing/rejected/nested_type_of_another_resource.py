# at run time: InvalidValueError
"""A queue's tag on a bucket: the two look alike and are different types."""

from pyformation.aws import s3, sqs

bucket = s3.Bucket(
    tags=[sqs.Queue.Tag(key="team", value="media")]  # mypy: list-item; pyright: reportArgumentType
)
