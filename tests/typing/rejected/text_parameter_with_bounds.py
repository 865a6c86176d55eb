# at run time: passes
"""Bounds are for numbers."""

from pyformation import Parameter

stage = Parameter(  # mypy: call-overload; pyright: reportCallIssue
    str,  # mypy: nothing; pyright: reportArgumentType
    default="dev",
    max_value=10,
)
