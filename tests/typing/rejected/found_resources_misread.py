# at run time: UnknownAttributeError
"""find gives the resources of the class that was asked for."""

from pyformation import Template
from pyformation.aws import s3, sqs

template = Template()
template.add("Logs", s3.Bucket())
template.add("Jobs", sqs.Queue())
names = [  # mypy: nothing; pyright: reportUnknownVariableType
    queue.bucket_name  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType
    for queue in template.find(sqs.Queue).values()
]
