# at run time: InvalidValueError
"""Only resources can be waited for."""

from pyformation import Component
from pyformation.aws import sns, sqs


class Alarms(Component):
    topic = sns.Topic()


queue = sqs.Queue(depends_on=Alarms())  # mypy: arg-type; pyright: reportArgumentType
