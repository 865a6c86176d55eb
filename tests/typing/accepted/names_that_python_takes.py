"""Services and properties whose names are Python's own words."""

from pyformation.aws import cloudformation, iam, lambda_

condition = cloudformation.WaitCondition(count=1, handle="https://example.com", timeout="300")
function = lambda_.Permission(action="lambda:InvokeFunction", function_name="f", principal="s3.amazonaws.com")
statement = iam.Statement(effect="Allow", action="s3:*", resource="*", condition={"Bool": {"a": "b"}})
