"""A component that is waited for means all of its resources."""

from pyformation import Component
from pyformation.aws import sns, sqs


class Alarms(Component):
    topic = sns.Topic()


queue = sqs.Queue(depends_on=Alarms())
