"""A block or none, or one of two, written either way."""

from pyformation import Equals, If, NoValue, Parameter
from pyformation.aws import s3

stage = Parameter(str, default="dev")
is_prod = Equals(stage, "prod")
bucket = s3.Bucket(
    versioning_configuration=If(is_prod, s3.Bucket.VersioningConfiguration(status="Enabled"), NoValue),
    lifecycle_configuration=If(
        is_prod,
        NoValue,
        s3.Bucket.LifecycleConfiguration(rules=[s3.Bucket.Rule(status="Enabled", expiration_in_days=7)]),
    ),
    ownership_controls=If(
        is_prod,
        {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
    ),
)
