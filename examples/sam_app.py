"""A serverless application: an HTTP API, a function behind it, a table.

    pyformation package sam_app.py --bucket my-builds > template.yaml
    pyformation invoke sam_app.py:Function --event notes/add.json --env TABLE=notes    # writes to that table

The transform is added because there are ``AWS::Serverless`` resources; Globals are given as AWS writes them.
"""

from pyformation import Asset, Output, Parameter, Region, Stack, UrlSuffix
from pyformation.aws import serverless

GLOBALS = {
    "Function": {
        "Runtime": "python3.13",
        "Architectures": ["arm64"],
        "Timeout": 10,
        "Tracing": "Active",
    }
}


class NotesStack(Stack, globals=GLOBALS):
    """Notes over HTTP."""

    stage = Parameter(str, default="dev", allowed_values=["dev", "prod"])

    table = serverless.SimpleTable(
        primary_key=serverless.SimpleTable.PrimaryKey(name="id", type="String"),
        deletion_policy="Retain",
        update_replace_policy="Retain",
    )
    api = serverless.Api(stage_name=stage, tracing_enabled=True)
    function = serverless.Function(
        # The template that this program prints has its path, which the SAM CLI understands as well.
        code_uri=Asset("notes/"),
        handler="notes.handler",
        environment=serverless.Function.Environment(variables={"TABLE": table}),
        # SAM's own short policies make the role; this one is for this table alone.
        policies=[{"DynamoDBCrudPolicy": {"TableName": table}}],
        events={
            "List": serverless.Function.ApiEvent(
                type="Api",
                properties=serverless.Function.ApiEventProperties(
                    path="/notes", method="get", rest_api_id=api
                ),
            ),
            # A plain mapping with CloudFormation's names is checked just as well.
            "Add": {"Type": "Api", "Properties": {"Path": "/notes", "Method": "post", "RestApiId": api}},
        },
    )

    url = Output(f"https://{api}.execute-api.{Region}.{UrlSuffix}/{stage}/notes")


if __name__ == "__main__":
    NotesStack().main(assets="relative")
