# at run time: UnknownAttributeError
"""add gives back what was added."""

from pyformation import Template
from pyformation.aws import sqs

template = Template()
queue = template.add("Jobs", sqs.Queue())
name = queue.topic_name  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType
