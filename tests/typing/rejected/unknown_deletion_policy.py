# at run time: InvalidValueError
"""Other tools say Keep; CloudFormation says Retain."""

from pyformation.aws import s3

bucket = s3.Bucket(deletion_policy="Keep")  # mypy: arg-type; pyright: reportArgumentType
