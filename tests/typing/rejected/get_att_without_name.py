# at run time: TypeError
"""Which attribute?"""

from pyformation import GetAtt
from pyformation.aws import sqs

queue = sqs.Queue()
arn = GetAtt(queue)  # mypy: call-arg; pyright: reportCallIssue, reportUnknownVariableType
