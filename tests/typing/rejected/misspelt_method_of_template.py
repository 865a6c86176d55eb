# at run time: AttributeError
"""to_yaml, not to_yml."""

from pyformation import Stack
from pyformation.aws import sqs


class Orders(Stack):
    queue = sqs.Queue()


text = Orders().template.to_yml()  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType
