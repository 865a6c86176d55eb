# at run time: UnknownPropertyError
"""evolve takes the keywords of every class."""

from pyformation.aws import s3

bucket = s3.Bucket(bucket_name="logs")
other = bucket.evolve(bucket_nam="archive")
