# at run time: ImportError
"""A service that AWS does not have, noticed where it is imported."""

from pyformation.aws import (  # mypy: attr-defined; pyright: nothing
    s3,
    s33,  # mypy: nothing; pyright: reportAttributeAccessIssue, reportUnknownVariableType, reportUnusedImport
)

bucket = s3.Bucket()
