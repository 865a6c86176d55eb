# at run time: UnknownPropertyError
"""A property of a property type with a typing error."""

from pyformation.aws import lambda_

code = lambda_.Function.Code(  # mypy: call-arg; pyright: nothing
    s3_bucket="artifacts",
    s3_kye="orders.zip",  # mypy: nothing; pyright: reportCallIssue
)
