# at run time: InvalidValueError
"""Pairs where a mapping belongs."""

from pyformation.aws import lambda_

environment = lambda_.Function.Environment(
    variables=[("STAGE", "prod")]  # mypy: arg-type; pyright: reportArgumentType
)
