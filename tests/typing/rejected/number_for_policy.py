# at run time: InvalidValueError
"""Free JSON is a mapping, a policy document or a text."""

from pyformation.aws import iam

role = iam.Role(assume_role_policy_document=2012)  # mypy: arg-type; pyright: reportArgumentType
