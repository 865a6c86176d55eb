# at run time: CatalogWarning
"""A number in quotes; CloudFormation converts it, so at run time it is a warning."""

from pyformation.aws import sqs

queue = sqs.Queue(delay_seconds="5")  # mypy: arg-type; pyright: reportArgumentType
