# at run time: InvalidValueError
"""Bytes are no text."""

from pyformation.aws import lambda_

code = lambda_.Function.Code(
    zip_file=b"def handler(event, context): ..."  # mypy: arg-type; pyright: reportArgumentType
)
