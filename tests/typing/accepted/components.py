"""Groups of resources with arguments, in loops, one in another."""

from pyformation import Component, Output, Stack, Value
from pyformation.aws import lambda_, sqs


class Jobs(Component):
    """A queue with a queue for what failed."""

    def __init__(self, seconds: Value[int]) -> None:
        self.failed = sqs.Queue()
        self.queue = sqs.Queue(
            visibility_timeout=seconds,
            redrive_policy=sqs.Queue.RedrivePolicy(
                dead_letter_target_arn=self.failed.arn, max_receive_count=3
            ),
        )


class Worker(Component, tags={"kind": "worker"}):
    """A function that takes jobs."""

    def __init__(self, name: str, seconds: int) -> None:
        super().__init__(tags={"worker": name})
        self.jobs = Jobs(seconds)
        self.source = lambda_.EventSourceMapping(
            function_name=name, event_source_arn=self.jobs.queue.arn, batch_size=10
        )


class Media(Stack):
    """Workers."""

    def __init__(self) -> None:
        self.workers = {name: Worker(name, 60) for name in ("resize", "transcode")}
        self.urls = {name: Output(worker.jobs.queue) for name, worker in self.workers.items()}


assert "WorkersResizeJobsQueue" in Media().template.resources
