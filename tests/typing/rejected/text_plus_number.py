# at run time: TypeError
"""What is added to a text is text."""

from pyformation import Parameter

stage = Parameter(str, default="dev")
name = stage + 1  # mypy: operator; pyright: reportOperatorIssue, reportUnknownVariableType
