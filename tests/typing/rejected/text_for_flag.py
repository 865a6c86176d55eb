# at run time: InvalidValueError
"""The options that guard a resource are True or False."""

from pyformation.aws import dynamodb

table = dynamodb.Table(
    key_schema=[dynamodb.Table.KeySchema(attribute_name="id", key_type="HASH")],
    prevent_replacement="always",  # mypy: arg-type; pyright: reportArgumentType
)
