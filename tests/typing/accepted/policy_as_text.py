"""A document that was dumped to JSON, with references in it."""

import json

from pyformation.aws import iam, sqs

queue = sqs.Queue()
text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": f"{queue.arn}"}]})
policy = iam.ManagedPolicy(policy_document=text)
