"""Some properties take a block or a text."""

from pyformation.aws import sqs

failed = sqs.Queue()
first = sqs.Queue(
    redrive_policy=sqs.Queue.RedrivePolicy(dead_letter_target_arn=failed.arn, max_receive_count=3),
)
second = sqs.Queue(redrive_policy='{"maxReceiveCount": 3}')
third = sqs.Queue(redrive_policy={"deadLetterTargetArn": failed.arn, "maxReceiveCount": 3})
