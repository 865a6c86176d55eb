# at run time: InvalidValueError
"""Nor has an attribute a value yet."""

from pyformation.aws import s3

bucket = s3.Bucket()
same = bucket.arn == "arn:aws:s3:::logs"  # mypy: comparison-overlap; pyright: reportUnnecessaryComparison
