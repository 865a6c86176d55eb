# at run time: passes
"""Lengths are for text."""

from pyformation import Parameter

days = Parameter(  # mypy: call-overload; pyright: reportCallIssue
    int,  # mypy: nothing; pyright: reportArgumentType
    default=7,
    min_length=1,
)
