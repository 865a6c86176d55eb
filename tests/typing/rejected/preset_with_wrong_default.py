# at run time: CatalogWarning
"""The defaults of a preset have the types of the properties."""

from pyformation.aws import logs


class Logs(logs.LogGroup):
    retention_in_days = "30"  # mypy: assignment; pyright: reportAssignmentType
