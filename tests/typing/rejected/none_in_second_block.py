# at run time: InvalidValueError
"""The mistake is in the second block of a tuple."""

from pyformation.aws import dynamodb

table = dynamodb.Table(
    key_schema=(
        dynamodb.Table.KeySchema(attribute_name="id", key_type="HASH"),
        dynamodb.Table.KeySchema(
            attribute_name="at",
            key_type=None,  # mypy: arg-type; pyright: reportArgumentType
        ),
    ),
)
