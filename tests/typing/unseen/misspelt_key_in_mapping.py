# at run time: UnknownPropertyError
"""A mapping in place of a block may have any keys to a checker."""

from pyformation.aws import s3

bucket = s3.Bucket(versioning_configuration={"Statsu": "Enabled"})
