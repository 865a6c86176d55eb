# at run time: InvalidValueError
"""A document is made of statements."""

from pyformation.aws import iam

document = iam.policy_document("s3:GetObject")  # mypy: arg-type; pyright: reportArgumentType
