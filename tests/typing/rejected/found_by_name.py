# at run time: TypeError
"""find takes a class, not the name of a type."""

from pyformation import Template
from pyformation.aws import s3

template = Template()
template.add("Logs", s3.Bucket())
buckets = template.find(  # mypy: var-annotated; pyright: reportUnknownVariableType
    "AWS::S3::Bucket"  # mypy: arg-type; pyright: reportArgumentType
)
