"""Values that CloudFormation reads when it deploys, for text and for numbers."""

from pyformation import Parameter, resolve_secret, resolve_ssm, resolve_ssm_secure
from pyformation.aws import iam, rds

stage = Parameter(str, default="dev")
database = rds.DBInstance(
    master_username=resolve_ssm("/orders/user"),
    master_user_password=resolve_secret(f"orders-{stage}", "password"),
    allocated_storage=resolve_ssm("/orders/storage", 3),
)
user = iam.User(login_profile=iam.User.LoginProfile(password=resolve_ssm_secure("/orders/login", 1)))
