# at run time: InvalidValueError
"""The same where a list of values belongs."""

from pyformation import Component
from pyformation.aws import cloudwatch, sns


class Alarms(Component):
    topic = sns.Topic()


alarm = cloudwatch.Alarm(
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    alarm_actions=[Alarms()],  # mypy: list-item; pyright: reportArgumentType
)
