# at run time: InvalidValueError
"""What is not to be reported needs a reason for each code."""

from pyformation.aws import sns

topic = sns.Topic(
    suppress=["PF704"],  # mypy: arg-type; pyright: reportArgumentType
)
