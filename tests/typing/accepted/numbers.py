"""An integer is a number, and numbers are what CloudFormation takes them for."""

from pyformation.aws import cloudwatch, dynamodb

alarm = cloudwatch.Alarm(
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=3,
    threshold=5,
    period=60,
)
budget = cloudwatch.Alarm(
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    threshold=99.5,
)
throughput = dynamodb.Table.ProvisionedThroughput(read_capacity_units=5, write_capacity_units=5)
