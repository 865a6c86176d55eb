"""The mapping may come from elsewhere, a file for instance."""

import json
from typing import Any

from pyformation.aws import s3

RULES: dict[str, Any] = json.loads('{"Rules": [{"Status": "Enabled", "ExpirationInDays": 30}]}')
VERSIONING = {"Status": "Enabled"}
bucket = s3.Bucket(lifecycle_configuration=RULES, versioning_configuration=VERSIONING)
