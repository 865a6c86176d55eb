# at run time: UnknownPropertyError
"""A class may have any attribute, so a preset's misspelt default is no mistake to a checker."""

from pyformation.aws import s3


class Versioned(s3.Bucket):
    versioning_confguration = s3.Bucket.VersioningConfiguration(status="Enabled")
