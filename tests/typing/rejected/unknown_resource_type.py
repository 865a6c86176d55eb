# at run time: UnknownAttributeError
"""A type that the service does not have."""

from pyformation.aws import s3

bucket = s3.Buckett()  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType
