# at run time: MissingPropertyError
"""A function without code and role."""

from pyformation.aws import lambda_

function = lambda_.Function(  # mypy: call-arg; pyright: reportCallIssue
    handler="index.handler", runtime="python3.13"
)
