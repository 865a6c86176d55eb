# at run time: TypeError
"""In a template the logical ID comes first."""

from pyformation import Template
from pyformation.aws import sqs

template = Template()
template.add(sqs.Queue())  # mypy: arg-type, call-arg; pyright: reportCallIssue
