# at run time: passes
"""A service is a module: it is imported, or checkers know nothing of it."""

import pyformation

bucket = pyformation.aws.s3.Bucket()  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType
