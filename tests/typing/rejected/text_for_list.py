# at run time: InvalidValueError
"""One ARN where a list of them belongs; a text is no list of letters."""

from pyformation.aws import iam

role = iam.Role(
    assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"),
    managed_policy_arns="arn:aws:iam::aws:policy/ReadOnlyAccess",  # mypy: arg-type; pyright: reportArgumentType
)
