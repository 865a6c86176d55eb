# at run time: InvalidValueError
"""The default has the type of the parameter."""

from pyformation import Parameter

days = Parameter(int, default="two weeks")  # mypy: arg-type; pyright: reportArgumentType, reportCallIssue
