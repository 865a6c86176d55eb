# at run time: InvalidValueError
"""A function's argument that may be None, given where something must be."""

from pyformation.aws import iam


def user_policy(document: dict[str, object], user: str | None = None) -> iam.UserPolicy:
    return iam.UserPolicy(
        policy_name="own",
        user_name=user,  # mypy: arg-type; pyright: reportArgumentType
        policy_document=document,
    )


user_policy({"Version": "2012-10-17", "Statement": []})
