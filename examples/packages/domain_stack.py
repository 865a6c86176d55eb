"""A Lambda function with packages from PyPI, and a layer with code that several functions share.

    pyformation invoke domain_stack.py:Function --event event.json
    pyformation package domain_stack.py --bucket my-builds > template.yaml
    aws cloudformation deploy --template-file template.yaml --stack-name domains --capabilities CAPABILITY_IAM

The packages in src/requirements.txt are installed for the runtime and architecture of the function. Archives are
named after their content, so unchanged code is neither uploaded nor deployed again.
"""

from pyformation import Asset, Output, Stack
from pyformation.aws import iam, lambda_

RUNTIME = "python3.13"
ARCHITECTURE = "arm64"


class DomainStack(Stack):
    """Domain names as DNS wants them."""

    role = iam.Role(
        assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"),
        managed_policy_arns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    )
    # Packaged below python/, where the runtime looks for the modules of layers.
    common = lambda_.LayerVersion(
        content=Asset("common/"),
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[ARCHITECTURE],
    )
    function = lambda_.Function(
        runtime=RUNTIME,
        architectures=[ARCHITECTURE],
        handler="domains.handler",
        role=role.arn,
        code=Asset("src/", exclude=["*.md"]),
        layers=[common],
    )

    function_name = Output(function)


if __name__ == "__main__":
    DomainStack().main(assets="relative")
