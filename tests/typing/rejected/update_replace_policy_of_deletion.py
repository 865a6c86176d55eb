# at run time: InvalidValueError
"""RetainExceptOnCreate is for deletion only: a replacement is no creation that failed."""

from pyformation.aws import rds

database = rds.DBInstance(
    update_replace_policy="RetainExceptOnCreate"  # mypy: arg-type; pyright: reportArgumentType
)
