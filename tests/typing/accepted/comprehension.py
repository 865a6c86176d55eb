"""Lists that Python computes."""

from pyformation.aws import iam

NAMES = {"ReadOnlyAccess": True, "AWSXrayFullAccess": False}
role = iam.Role(
    assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"),
    managed_policy_arns=[f"arn:aws:iam::aws:policy/{name}" for name, wanted in NAMES.items() if wanted],
)
assert role.managed_policy_arns == ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
