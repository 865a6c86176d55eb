# at run time: InvalidValueError
"""A generator can be read once, a list as often as needed."""

from pyformation.aws import iam

NAMES = ["ReadOnlyAccess", "AWSXrayFullAccess"]
group = iam.Group(
    managed_policy_arns=(  # mypy: arg-type; pyright: reportArgumentType
        f"arn:aws:iam::aws:policy/{name}" for name in NAMES
    )
)
