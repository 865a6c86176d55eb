"""ARNs and files with less writing."""

import tempfile
from pathlib import Path

from pyformation import arn, file_text
from pyformation.aws import iam, lambda_

with tempfile.TemporaryDirectory() as folder:
    source = Path(folder) / "index.py"
    source.write_text("def handler(event, context): ...\n", encoding="utf-8")
    code = lambda_.Function.Code(zip_file=file_text(source))
role = iam.Role(
    assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"),
    managed_policy_arns=[arn("iam", "policy/own", region="")],
)
