# at run time: InvalidValueError
"""None means absent, and a rule cannot be without a status."""

from pyformation.aws import s3

rule = s3.Bucket.Rule(
    status=None,  # mypy: arg-type; pyright: reportArgumentType
    expiration_in_days=30,
)
