# at run time: passes
"""So have the values that are allowed."""

from pyformation import Parameter

days = Parameter(  # mypy: nothing; pyright: reportCallIssue
    int,
    default=7,
    allowed_values=[7, "14"],  # mypy: list-item; pyright: reportArgumentType
)
