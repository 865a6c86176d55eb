"""A property that is read back has the type that a test needs: what it knows to be there is used as it is."""

from pyformation import Region, Stack
from pyformation.aws import cloudwatch, s3, sqs


class Shop(Stack):
    bucket = s3.Bucket(bucket_name="logs", versioning_configuration={"Status": "Enabled"})
    queue = sqs.Queue(tags={"team": "shop", "region": Region})
    alarm = cloudwatch.Alarm(
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        threshold=3600,
        dimensions=[{"Name": "QueueName", "Value": queue.get_att.queue_name}],
    )


template = Shop().template
watched = {alarm.dimensions[0].value for alarm in template.find(cloudwatch.Alarm).values()}
assert watched == {queue.get_att.queue_name for queue in template.find(sqs.Queue).values()}
for alarm in template.find(cloudwatch.Alarm).values():
    assert alarm.threshold < 24 * 3600
    assert alarm.alarm_name is None
for bucket in template.find(s3.Bucket).values():
    assert bucket.bucket_name.upper() == "LOGS"
    assert bucket.versioning_configuration.status == "Enabled"
for queue in template.find(sqs.Queue).values():
    assert [tag.key for tag in queue.tags] == ["team", "region"]
