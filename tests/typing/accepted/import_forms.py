"""Every way to import a service."""

import pyformation as pf
import pyformation.aws.sqs
from pyformation.aws import lambda_ as functions
from pyformation.aws import s3 as storage
from pyformation.aws.sns import Topic

bucket = storage.Bucket(bucket_name="logs")
topic: Topic = Topic(topic_name="alarms")
code = functions.Function.Code(zip_file="")
queue = pyformation.aws.sqs.Queue(delay_seconds=5)
template = pf.Template()
template.add("Logs", bucket)
assert isinstance(template.resources["Logs"], pf.Resource)
