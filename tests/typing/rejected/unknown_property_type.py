# at run time: AttributeError
"""A property type that the resource does not have."""

from pyformation.aws import s3

bucket = s3.Bucket(
    versioning_configuration=s3.Bucket.Versioning(  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType
        status="Enabled"
    )
)
