"""The area calculator: a Lambda function with its role and log group.

python stack.py > template.yaml                               # the template, with the path of the code
pyformation invoke stack.py:Function --event event.json       # the function, run here
pyformation package stack.py --bucket my-builds > packaged.yaml
aws cloudformation deploy --template-file packaged.yaml --stack-name area --capabilities CAPABILITY_IAM
"""

from pyformation import Asset, Equals, If, Output, Parameter, Stack
from pyformation.aws import iam, lambda_, logs


class AreaStack(Stack):
    """Multiply a length by a width."""

    stage = Parameter(str, default="dev", allowed_values=["dev", "prod"])
    is_prod = Equals(stage, "prod")

    role = iam.Role(
        assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"),
        managed_policy_arns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    )
    function = lambda_.Function(
        runtime="python3.13",
        handler="area.handler",
        role=role.arn,
        # A folder beside this file. Packages from PyPI would be listed in src/requirements.txt.
        code=Asset("src/"),
        memory_size=If(is_prod, 512, 128),
    )
    # Lambda would make this log group itself, but then nothing ever deletes its lines.
    log_group = logs.LogGroup(
        log_group_name=f"/aws/lambda/{function}",
        retention_in_days=14,
    )
    function_arn = Output(function.arn, export=f"{stage}-area-arn")


if __name__ == "__main__":
    AreaStack().main(assets="relative")
