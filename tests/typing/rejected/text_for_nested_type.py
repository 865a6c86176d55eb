# at run time: InvalidValueError
"""The source itself where a block that holds it belongs."""

from pyformation.aws import iam, lambda_

role = iam.Role(assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"))
function = lambda_.Function(
    role=role.arn,
    code="def handler(event, context): ...",  # mypy: arg-type; pyright: reportArgumentType
    handler="index.handler",
    runtime="python3.13",
)
