# at run time: InvalidValueError
"""The index comes first, then the list."""

from pyformation import GetAZs, Output, Select

zone = Output(Select(GetAZs(), 0))  # mypy: arg-type; pyright: reportArgumentType
