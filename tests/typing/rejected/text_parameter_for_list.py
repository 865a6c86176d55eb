# at run time: InvalidValueError
"""One text where a list belongs; Split would make it one."""

from pyformation import Parameter
from pyformation.aws import rds

subnet = Parameter(str)
group = rds.DBSubnetGroup(
    db_subnet_group_description="ours",
    subnet_ids=subnet,  # mypy: arg-type; pyright: reportArgumentType
)
