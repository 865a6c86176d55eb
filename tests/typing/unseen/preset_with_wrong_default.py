# at run time: CatalogWarning
"""The defaults of a preset have the types of the properties only at run time."""

from pyformation.aws import logs


class Logs(logs.LogGroup):
    retention_in_days = "30"
