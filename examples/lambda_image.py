"""A Lambda function from a container image, with the ECR repository that holds the image.

A function cannot be made before its image exists, and the image needs the repository first. One stack
can hold both: deploy it without ImageTag (the repository), push the image, deploy it with the tag.

With a repository that exists, image_uri="app:latest" is simpler: "pyformation package --image-repository URI" pushes the
local tag and writes the image's address into the template.
"""

import json

from pyformation import AccountId, Equals, Output, Parameter, Region, Stack, UrlSuffix
from pyformation.aws import ecr, iam, lambda_

# ECR takes its lifecycle policy as JSON text. Indented, it stays readable as a block in the YAML.
KEEP_TEN_IMAGES = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10},
                "action": {"type": "expire"},
            }
        ]
    },
    indent=2,
)


class ImageStack(Stack):
    """A Lambda function from a container image."""

    image_tag = Parameter(str, default="", description="The image to run; empty until one is pushed.")
    has_image = ~Equals(image_tag, "")

    repository = ecr.Repository(
        # A moved tag would change the function without a deployment and without a trace in its history.
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration=ecr.Repository.ImageScanningConfiguration(scan_on_push=True),
        lifecycle_policy=ecr.Repository.LifecyclePolicy(lifecycle_policy_text=KEEP_TEN_IMAGES),
        repository_policy_text=iam.policy_document(
            iam.statement(
                ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                principal={"Service": "lambda.amazonaws.com"},
                condition={"StringEquals": {"aws:SourceAccount": AccountId}},
            )
        ),
    )
    role = iam.Role(
        condition=has_image,
        assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"),
        managed_policy_arns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    )
    function = lambda_.Function(
        condition=has_image,
        package_type="Image",
        architectures=["arm64"],
        # The same as f"{repository.repository_uri}:{image_tag}", spelt out.
        code=lambda_.Function.Code(
            image_uri=f"{AccountId}.dkr.ecr.{Region}.{UrlSuffix}/{repository}:{image_tag}"
        ),
        # The image has its own entry point; this replaces the command behind it.
        image_config=lambda_.Function.ImageConfig(command=["app.handler"]),
        role=role.arn,
        timeout=60,
        memory_size=1024,
    )

    repository_uri = Output(repository.repository_uri, description="Push images here.")
    function_name = Output(function, condition=has_image)


if __name__ == "__main__":
    ImageStack().main()
