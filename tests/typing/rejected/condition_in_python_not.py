# at run time: InvalidValueError
"""Nor does not: ~is_prod is the condition that is the other way round."""

from pyformation import Equals, If, Parameter
from pyformation.aws import sqs

stage = Parameter(str, default="dev")
is_prod = Equals(stage, "prod")
queue = sqs.Queue(
    delay_seconds=If(
        not is_prod,  # mypy: arg-type; pyright: reportArgumentType, reportGeneralTypeIssues
        5,
        0,
    )
)
