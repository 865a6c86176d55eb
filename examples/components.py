"""Reusable groups of resources: a component in a loop, with another component inside.

A component's resources are named after the path to them: ``self.workers["resize"].jobs.queue`` is the
logical ID ``WorkersResizeJobsQueue``. The names follow the attributes, so moving lines around or adding
a worker never replaces another's resources.
"""

from pyformation import Component, Output, Parameter, Stack
from pyformation.aws import cloudwatch, ecs, iam, sns, sqs


class Jobs(Component):
    """A queue with a dead-letter queue, and an alarm when a message arrives there."""

    def __init__(self, seconds: int, alarms: sns.Topic) -> None:
        self.failed = sqs.Queue(message_retention_period=14 * 24 * 3600)
        self.queue = sqs.Queue(
            # A message that is not deleted within this time is delivered again.
            visibility_timeout=seconds,
            redrive_policy=sqs.Queue.RedrivePolicy(
                dead_letter_target_arn=self.failed.arn,
                max_receive_count=3,
            ),
        )
        self.alarm = cloudwatch.Alarm(
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions=[cloudwatch.Alarm.Dimension(name="QueueName", value=self.failed.get_att.queue_name)],
            statistic="Maximum",
            period=300,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            alarm_actions=[alarms],
        )


class Worker(Component):
    """A container that takes jobs from its own queue."""

    def __init__(self, name: str, image: str, seconds: int, alarms: sns.Topic) -> None:
        super().__init__(tags={"worker": name})
        self.jobs = Jobs(seconds, alarms)
        self.role = iam.Role(
            assume_role_policy_document=iam.trust_policy("ecs-tasks.amazonaws.com"),
            policies=[
                iam.Role.Policy(
                    policy_name="jobs",
                    policy_document=iam.policy_document(
                        iam.statement(["sqs:ReceiveMessage", "sqs:DeleteMessage"], self.jobs.queue.arn)
                    ),
                )
            ],
        )
        self.task = ecs.TaskDefinition(
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu="256",
            memory="512",
            task_role_arn=self.role.arn,
            container_definitions=[
                ecs.TaskDefinition.ContainerDefinition(
                    name=name,
                    image=image,
                    environment=[ecs.TaskDefinition.KeyValuePair(name="QUEUE_URL", value=self.jobs.queue)],
                )
            ],
        )


class MediaStack(Stack, tags={"team": "media"}):
    """Workers for pictures and films."""

    release = Parameter(str, default="latest")
    alarms = sns.Topic()

    def __init__(self) -> None:
        self.workers = {
            name: Worker(name, f"public.ecr.aws/example/{name}:{self.release}", seconds, self.alarms)
            for name, seconds in [("resize", 60), ("transcode", 3600)]
        }
        # A list or dict of elements works like one attribute for each element.
        self.queue_urls = {name: Output(worker.jobs.queue) for name, worker in self.workers.items()}


if __name__ == "__main__":
    MediaStack().main()
