# at run time: InvalidValueError
"""A resource is no text, although an f-string takes it."""

from pyformation.aws import s3

bucket = s3.Bucket()
same = bucket == "logs"  # mypy: comparison-overlap; pyright: reportUnnecessaryComparison
