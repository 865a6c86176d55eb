# at run time: UnknownPropertyError
"""An ARN is AWS's to give: it is an attribute, no keyword."""

from pyformation.aws import sns

topic = sns.Topic(  # mypy: call-arg; pyright: nothing
    topic_arn="arn:aws:sns:eu-west-1:123456789012:alarms"  # mypy: nothing; pyright: reportCallIssue
)
