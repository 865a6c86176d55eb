# at run time: InvalidValueError
"""A parameter has no value yet: Python's own if would always take the same way."""

from pyformation import Parameter, Stack
from pyformation.aws import sqs


class Orders(Stack):
    stage = Parameter(str, default="dev")

    if stage == "prod":  # mypy: comparison-overlap; pyright: reportUnnecessaryComparison
        queue = sqs.Queue(message_retention_period=1_209_600)


Orders().template.to_dict()
