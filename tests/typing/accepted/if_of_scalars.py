"""One of two values, for every kind of scalar."""

from pyformation import Equals, If, NoValue, Parameter
from pyformation.aws import cloudwatch, rds

stage = Parameter(str, default="dev")
is_prod = Equals(stage, "prod")
is_test = Equals(stage, "test")
database = rds.DBInstance(
    db_instance_class=If(is_prod, "db.m7g.large", "db.t4g.micro"),
    backup_retention_period=If(is_prod, 30, If(is_test, 1, NoValue)),
    multi_az=If(is_prod, True, NoValue),
    db_instance_identifier=If(is_prod, f"{stage}-orders", stage),
    deletion_protection=If("IsProd", True, False),
)
alarm = cloudwatch.Alarm(
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    threshold=If(is_prod, 0.5, 1),
)
