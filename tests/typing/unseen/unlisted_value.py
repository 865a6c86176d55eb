# at run time: CatalogWarning
"""Any text is admitted where values are listed, as AWS adds some; a typing error is a warning."""

from pyformation.aws import s3

versioning = s3.Bucket.VersioningConfiguration(status="Enable")
