# at run time: InvalidValueError
"""The wrong branch stands in the inner one."""

from pyformation import Equals, If, Parameter
from pyformation.aws import lambda_

stage = Parameter(str, default="dev")
is_prod, is_test = Equals(stage, "prod"), Equals(stage, "test")
sizes = lambda_.Function.EphemeralStorage(
    size=If(is_prod, 4096, If(is_test, "1 GB", 512))  # mypy: arg-type; pyright: reportArgumentType
)
