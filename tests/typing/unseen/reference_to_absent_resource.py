# at run time: UnresolvedReferenceError
"""Whether everything that is referred to is in the template shows when it is rendered."""

from pyformation import Output, Stack
from pyformation.aws import sqs

queue = sqs.Queue()


class Orders(Stack):
    url = Output(queue)


Orders().template.to_yaml()
