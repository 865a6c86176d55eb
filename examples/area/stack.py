"""A Lambda function with its role and log group: ``python stack.py > template.yaml``."""

from pyformation import Equals, If, Output, Parameter, Stack, file_text
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
        # Lambda stores inline code as index.py, so the module's name in the handler must be index.
        handler="index.lambda_handler",
        role=role.arn,
        # Inline code is for one small file; packages go to S3 (lambda_zip.py) or into an image.
        code=lambda_.Function.Code(zip_file=file_text("index.py")),
        memory_size=If(is_prod, 512, 128),
    )
    # Lambda would make this log group itself, but then nothing ever deletes its lines.
    log_group = logs.LogGroup(
        log_group_name=f"/aws/lambda/{function}",
        retention_in_days=14,
    )
    function_arn = Output(function.arn, export=f"{stage}-area-arn")


if __name__ == "__main__":
    AreaStack().main()
