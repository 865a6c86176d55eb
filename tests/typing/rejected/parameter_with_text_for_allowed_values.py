# at run time: InvalidValueError
"""A text is no list of choices."""

from pyformation import Parameter

stage = Parameter(  # mypy: call-overload; pyright: reportCallIssue
    str,
    allowed_values="dev",  # mypy: nothing; pyright: reportArgumentType
)
