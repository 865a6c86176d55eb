"""Listed values from an enumeration, a literal type, or a variable."""

from enum import StrEnum
from typing import Literal

from pyformation.aws import dynamodb, s3


class Storage(StrEnum):
    COLD = "GLACIER"
    WARM = "STANDARD_IA"


Billing = Literal["PROVISIONED", "PAY_PER_REQUEST"]


def table(billing: Billing) -> dynamodb.Table:
    return dynamodb.Table(
        key_schema=[dynamodb.Table.KeySchema(attribute_name="id", key_type="HASH")],
        billing_mode=billing,
    )


transition = s3.Bucket.Transition(storage_class=Storage.COLD, transition_in_days=30)
status = "Enabled"
versioning = s3.Bucket.VersioningConfiguration(status=status)
table("PAY_PER_REQUEST")
