"""The mapping may come from elsewhere, a file for instance, or be a variable that says what it is for."""

import json
from typing import Any

from pyformation.aws import s3

RULES: dict[str, Any] = json.loads('{"Rules": [{"Status": "Enabled", "ExpirationInDays": 30}]}')
VERSIONING: dict[str, Any] = {"Status": "Enabled"}
bucket = s3.Bucket(lifecycle_configuration=RULES, versioning_configuration=VERSIONING)
function = s3.Bucket(
    versioning_configuration={"Fn::If": ["IsProd", {"Status": "Enabled"}, {"Ref": "AWS::NoValue"}]}
)
