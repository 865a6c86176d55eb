"""A list of resources is a list of values, too: they mean their Ref."""

from pyformation.aws import cloudwatch, sns

topics = [sns.Topic(), sns.Topic()]
alarm = cloudwatch.Alarm(
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    alarm_actions=topics,
)
