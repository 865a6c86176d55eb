# at run time: InvalidValueError
"""Whether a resource is there is decided at deployment, not by Python."""

from pyformation.aws import sqs

queue = sqs.Queue()
if queue:  # mypy: nothing; pyright: reportGeneralTypeIssues
    print("there is a queue")
