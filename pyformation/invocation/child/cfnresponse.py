"""The answer of a custom resource to CloudFormation: Lambda puts a module with this name beside inline code.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
"""

from __future__ import annotations

import json
import urllib.request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(
    event: dict[str, Any],
    context: Any,
    responseStatus: str,  # noqa: N803 - The names are those of Lambda's module.
    responseData: Any,  # noqa: N803
    physicalResourceId: str | None = None,  # noqa: N803
    noEcho: bool = False,  # noqa: N803
    reason: str | None = None,
) -> None:
    """Send the result of a request to the URL that it came with."""
    answer = {
        "Status": responseStatus,
        "Reason": reason or f"Details are in the log stream {context.log_stream_name}",
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }
    body = json.dumps(answer)
    print(body)
    request = urllib.request.Request(event["ResponseURL"], body.encode(), {"Content-Type": ""}, method="PUT")
    try:
        with urllib.request.urlopen(request) as response:
            print(f"CloudFormation answered {response.status}")
    except OSError as error:
        print(f"cannot send the result to CloudFormation: {error}")
