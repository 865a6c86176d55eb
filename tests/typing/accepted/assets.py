"""A local file where CloudFormation wants a location in S3, also by condition and as an item of a list."""

from pyformation import Asset, Equals, If, Parameter, Raw, Stack
from pyformation.aws import b2bi, glue, iam, lambda_, serverless


class Functions(Stack):
    stage = Parameter(str, default="dev")
    is_prod = Equals(stage, "prod")
    role = iam.Role(assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"))
    function = lambda_.Function(role=role.arn, code=Asset("src/", exclude=["*.md"]))
    either = lambda_.Function(role=role.arn, code=If(is_prod, Asset("src/"), Asset("debug/")))
    layer = lambda_.LayerVersion(content=Asset("layer.zip"))
    notes = serverless.Function(code_uri=Asset("notes/"))
    job = glue.Job(role=role.arn, command=glue.Job.JobCommand(script_location=Asset("job.py")))
    partner = b2bi.Capability(
        name="x",
        type="edi",
        configuration=Raw({}),
        instructions_documents=[
            Asset("how.pdf"),
            b2bi.Capability.S3Location(bucket_name="documents", key="k"),
        ],
    )


path: str = Asset("src/").path
