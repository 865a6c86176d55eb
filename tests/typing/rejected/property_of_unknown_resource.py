# at run time: passes
"""What `resources` holds may be of any class until isinstance says more."""

from pyformation import Template
from pyformation.aws import s3

template = Template()
template.add("Logs", s3.Bucket(bucket_name="logs"))
logs = template.resources["Logs"]
name = logs.bucket_name  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType
