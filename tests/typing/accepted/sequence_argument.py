"""A user-defined function that takes any sequence, and passes it on."""

from collections.abc import Sequence

from pyformation.aws import rds


def subnet_group(subnets: Sequence[str]) -> rds.DBSubnetGroup:
    return rds.DBSubnetGroup(db_subnet_group_description="ours", subnet_ids=subnets)


subnet_group(["subnet-1", "subnet-2"])
subnet_group(("subnet-1", "subnet-2"))
