# at run time: TokenError
"""The text around an expression may be changed, the expression itself not."""

from pyformation.aws import s3, sqs

bucket = s3.Bucket()
queue = sqs.Queue(queue_name=f"{bucket}-jobs"[:10])
