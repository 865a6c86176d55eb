"""What the functions of the stack share."""

import json


def reply(value: object) -> dict[str, object]:
    """A reply that API Gateway understands."""
    return {"statusCode": 200, "body": json.dumps(value)}
