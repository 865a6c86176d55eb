# at run time: InvalidValueError
"""The list was declared elsewhere."""

from pyformation.aws import rds

ports: list[int] = [5432, 5433]
group = rds.DBSubnetGroup(
    db_subnet_group_description="ours",
    subnet_ids=ports,  # mypy: arg-type; pyright: reportArgumentType
)
