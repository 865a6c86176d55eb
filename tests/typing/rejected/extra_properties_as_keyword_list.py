# at run time: InvalidValueError
"""The escape hatch for properties is a mapping."""

from pyformation.aws import sqs

queue = sqs.Queue(extra_properties=["BrandNewProperty"])  # mypy: arg-type; pyright: reportArgumentType
