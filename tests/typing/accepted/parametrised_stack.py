"""A stack with arguments: what it holds is decided by Python."""

from pyformation import Output, Stack
from pyformation.aws import s3, sqs


class Orders(Stack):
    """Orders of one stage."""

    def __init__(self, stage: str, *, archived: bool = False) -> None:
        super().__init__(tags={"stage": stage}, description=f"Orders, {stage}")
        self.queue = sqs.Queue(queue_name=f"orders-{stage}")
        if archived:
            self.archive = s3.Bucket(bucket_name=f"orders-{stage}")
        self.url = Output(self.queue)


test, prod = Orders("test"), Orders("prod", archived=True)
assert "Archive" in prod.template.resources
assert "Archive" not in test.template.resources
assert prod.queue.queue_name == "orders-prod"
