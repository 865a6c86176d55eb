# at run time: TypeError
"""CloudFormation's own name, or another tool's."""

from pyformation import Parameter

stage = Parameter(  # mypy: call-overload; pyright: reportCallIssue, reportUnknownVariableType
    str, default="dev", allowed=["dev", "prod"]
)
