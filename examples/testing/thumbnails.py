"""A function that creates thumbnails, the bucket that it reads and writes, a queue for failed events.

`test_thumbnails.py` beside it tests the conditions and properties of this stack.
"""

from pyformation import Equals, If, Parameter, Stack
from pyformation.aws import cloudwatch, iam, lambda_, s3, sqs

# What builds the code puts it into a bucket, under its own hash.
CODE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class ThumbnailStack(Stack):
    """Thumbnails of images."""

    stage = Parameter(str, default="dev", allowed_values=["dev", "prod"])
    is_prod = Equals(stage, "prod")

    images = s3.Bucket(
        public_access_block_configuration=s3.Bucket.PublicAccessBlockConfiguration(
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        ),
        deletion_policy="Retain",
        update_replace_policy="Retain",
    )
    failed = sqs.Queue(message_retention_period=14 * 24 * 3600)
    role = iam.Role(
        assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"),
        policies=[
            iam.Role.Policy(
                policy_name="images",
                policy_document=iam.policy_document(
                    iam.statement(["s3:GetObject", "s3:PutObject"], f"{images.arn}/*"),
                    iam.statement("sqs:SendMessage", failed.arn),
                ),
            )
        ],
    )
    function = lambda_.Function(
        runtime="python3.13",
        handler="thumbnails.handler",
        role=role.arn,
        code=lambda_.Function.Code(s3_bucket="thumbnail-code", s3_key=f"thumbnails/{CODE}.zip"),
        memory_size=If(is_prod, 1024, 256),
        dead_letter_config=lambda_.Function.DeadLetterConfig(target_arn=failed.arn),
    )
    alarm = cloudwatch.Alarm(
        condition=is_prod,
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions=[cloudwatch.Alarm.Dimension(name="QueueName", value=failed.get_att.queue_name)],
        statistic="Maximum",
        period=300,
        evaluation_periods=1,
        threshold=0,
        comparison_operator="GreaterThanThreshold",
    )


if __name__ == "__main__":
    ThumbnailStack().main()
