# at run time: InvalidValueError
"""One of the branches is a block of another resource."""

from pyformation import Equals, If, Region
from pyformation.aws import s3, sqs

is_ireland = Equals(Region, "eu-west-1")
bucket = s3.Bucket(
    versioning_configuration=If(  # mypy: nothing; pyright: reportArgumentType
        is_ireland,
        s3.Bucket.VersioningConfiguration(status="Enabled"),
        sqs.Queue.Tag(key="status", value="Suspended"),  # mypy: arg-type; pyright: nothing
    )
)
