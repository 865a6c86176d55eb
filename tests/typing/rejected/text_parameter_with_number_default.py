# at run time: InvalidValueError
"""A text that looks like a number needs its quotes."""

from pyformation import Parameter

account = Parameter(str, default=123456789012)  # mypy: arg-type; pyright: reportArgumentType, reportCallIssue
