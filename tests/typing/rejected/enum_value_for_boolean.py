# at run time: InvalidValueError
"""A word that other properties take: versioning has a status, object lock is on or off."""

from pyformation.aws import s3

bucket = s3.Bucket(object_lock_enabled="Enabled")  # mypy: arg-type; pyright: reportArgumentType
