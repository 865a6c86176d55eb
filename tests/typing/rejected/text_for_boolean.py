# at run time: InvalidValueError
"""A word where a boolean belongs."""

from pyformation.aws import rds

database = rds.DBInstance(
    db_instance_class="db.t4g.micro",
    multi_az="yes",  # mypy: arg-type; pyright: reportArgumentType
)
