"""The code of the area function: an ordinary module, so it can be tested without AWS."""

import json
import logging
from typing import Any

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def handler(event: dict[str, float], context: Any) -> str:
    """The area of a rectangle as JSON: ``{"length": 6, "width": 7}`` gives ``{"area": 42}``."""
    area = event["length"] * event["width"]
    print(f"The area is {area}")
    logger.info(f"Log group: {context.log_group_name}")
    return json.dumps({"area": area})
