"""A template is data: what tests and rules of the house ask of it."""

from pyformation import Parameter, Stack, Template
from pyformation.aws import rds, s3


class Data(Stack):
    stage = Parameter(str, default="dev")
    documents = s3.Bucket(bucket_name="documents")
    database = rds.DBInstance(engine="postgres", storage_encrypted=True)


def unencrypted(template: Template) -> list[str]:
    """Databases that are not encrypted, and buckets without a name."""
    found = [name for name, db in template.find(rds.DBInstance).items() if db.storage_encrypted is not True]
    for name, resource in template.resources.items():
        if isinstance(resource, s3.Bucket) and resource.bucket_name is None:
            found.append(name)
    return found


template = Data().template
assert unencrypted(template) == []
assert template.parameters["Stage"].default == "dev"
assert [output.value for output in template.outputs.values()] == []
