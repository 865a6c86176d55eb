# at run time: ImportError
"""A service that AWS does not have, noticed where it is imported."""

from pyformation.aws import (  # mypy: attr-defined; pyright: nothing
    s3,
    s33,  # mypy: nothing; pyright: reportAttributeAccessIssue, reportUnknownVariableType
)

logs = s3.Bucket()
bucket = s33.Bucket()  # mypy: nothing; pyright: reportUnknownMemberType, reportUnknownVariableType
