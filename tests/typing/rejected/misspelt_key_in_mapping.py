# at run time: UnknownPropertyError
"""A dictionary in place of a block has the keys of the block; extra_properties takes any."""

from pyformation.aws import s3

known = s3.Bucket.VersioningConfiguration(status="Enabled", extra_properties={"Statsu": "Enabled"})
bucket = s3.Bucket(versioning_configuration={"Statsu": 1})  # mypy: dict-item; pyright: reportArgumentType
