# at run time: InvalidValueError
"""There is no parameter type for mappings."""

from pyformation import Parameter

tags = Parameter(dict)  # mypy: arg-type; pyright: reportArgumentType, reportCallIssue
