"""Free JSON as a mapping."""

from typing import Any

from pyformation.aws import iam, sqs

queue = sqs.Queue()
DOCUMENT: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn}],
}
policy = iam.ManagedPolicy(policy_document=DOCUMENT)
