"""The document itself, without a stack."""

from pyformation import Equals, Output, Parameter, Template
from pyformation.aws import s3

template = Template(description="Logs", tags={"team": "media"}, metadata={"Version": 3})
stage = template.add("Stage", Parameter(str, default="dev"))
is_prod = template.add("IsProd", Equals(stage, "prod"))
logs = template.add("Logs", s3.Bucket(bucket_name=f"logs-{stage}", condition=is_prod))
template.add("Name", Output(logs.arn, export=f"{stage}-logs", condition=is_prod))
text: str = template.to_yaml()
assert text.startswith("AWSTemplateFormatVersion")
assert template.to_json(indent=None).endswith("}\n")
