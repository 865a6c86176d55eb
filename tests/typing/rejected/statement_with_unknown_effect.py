# at run time: CatalogWarning
"""A statement allows or denies."""

from pyformation.aws import iam

statement = iam.statement("s3:GetObject", "*", effect="Permit")  # mypy: arg-type; pyright: reportArgumentType
