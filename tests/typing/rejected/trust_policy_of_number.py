# at run time: InvalidValueError
"""An account number is text."""

from pyformation.aws import iam

policy = iam.trust_policy(aws=123456789012)  # mypy: arg-type; pyright: reportArgumentType
