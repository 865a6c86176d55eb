# at run time: TypeError
"""Two values are compared, or none."""

from pyformation import Equals, Parameter

stage = Parameter(str, default="dev")
is_prod = Equals(stage)  # mypy: call-arg; pyright: reportCallIssue
