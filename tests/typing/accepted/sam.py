"""Types of the Serverless Application Model are types like others."""

from pyformation import Stack
from pyformation.aws import dynamodb, serverless


class Api(Stack, globals={"Function": {"Timeout": 10}}):
    table = dynamodb.Table(
        attribute_definitions=[
            dynamodb.Table.AttributeDefinition(attribute_name="id", attribute_type="S"),
        ],
        key_schema=[dynamodb.Table.KeySchema(attribute_name="id", key_type="HASH")],
        billing_mode="PAY_PER_REQUEST",
    )
    function = serverless.Function(
        runtime="python3.13",
        handler="index.handler",
        code_uri="src/",
        environment={"Variables": {"TABLE": table}},
        policies=[{"DynamoDBCrudPolicy": {"TableName": table}}],
    )


assert Api().template.to_dict()["Transform"] == "AWS::Serverless-2016-10-31"
