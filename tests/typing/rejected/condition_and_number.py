# at run time: InvalidValueError
"""What & combines are conditions, or names of such."""

from pyformation import Equals, Region

is_ireland = Equals(Region, "eu-west-1")
both = is_ireland & 1  # mypy: operator; pyright: reportOperatorIssue, reportUnknownVariableType
