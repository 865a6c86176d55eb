# at run time: passes
"""evolve gives a resource of the same class."""

from pyformation.aws import s3, sqs

bucket = s3.Bucket(bucket_name="logs")
queue: sqs.Queue = bucket.evolve(bucket_name="archive")  # mypy: assignment; pyright: reportAssignmentType
