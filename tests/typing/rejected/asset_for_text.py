# at run time: InvalidValueError
"""A local file where no location in S3 is wanted."""

from pyformation import Asset
from pyformation.aws import lambda_

function = lambda_.Function(
    role=Asset("role.json"),  # mypy: arg-type; pyright: reportArgumentType
    code=Asset("src/"),
)
