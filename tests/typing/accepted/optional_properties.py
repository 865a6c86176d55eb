"""None means absent, so arguments that may be None are given on as they are."""

from pyformation.aws import sqs


def queue(name: str | None = None, delay: int | None = None, tags: dict[str, str] | None = None) -> sqs.Queue:
    return sqs.Queue(
        queue_name=name,
        delay_seconds=delay,
        tags=None if tags is None else [sqs.Queue.Tag(key=key, value=value) for key, value in tags.items()],
    )


assert queue().queue_name is None
assert queue("orders", tags={"team": "media"}).queue_name == "orders"
