# at run time: UnknownAttributeError
"""get_att knows the attributes of its resource by Python name."""

from pyformation.aws import cloudwatch, sqs

failed = sqs.Queue()
dimension = cloudwatch.Alarm.Dimension(
    name="QueueName",
    value=failed.get_att.quename,  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType
)
