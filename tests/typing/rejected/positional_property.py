# at run time: TypeError
"""Properties are given by name."""

from pyformation.aws import s3

bucket = s3.Bucket("logs")  # mypy: call-arg; pyright: reportCallIssue
