# at run time: InvalidValueError
"""One pair of brackets too many."""

from pyformation.aws import rds

SUBNETS = ["subnet-1", "subnet-2"]
group = rds.DBSubnetGroup(
    db_subnet_group_description="ours",
    subnet_ids=[SUBNETS],  # mypy: list-item; pyright: reportArgumentType
)
