# at run time: CatalogWarning
"""Bounds, lengths and listed values are the catalog's, and a warning."""

from pyformation.aws import sqs

queue = sqs.Queue(delay_seconds=901)
