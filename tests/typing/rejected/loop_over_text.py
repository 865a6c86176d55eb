# at run time: InvalidValueError
"""A loop goes over a list."""

from pyformation import ForEach
from pyformation.aws import sns

topics = ForEach(
    "Name",
    "orders",  # mypy: arg-type; pyright: reportArgumentType
    lambda name: {f"Topic{name}": sns.Topic(topic_name=name)},
)
