# at run time: InvalidValueError
"""A value of a keyword that a preset's constructor takes over, and its own argument, have their types."""

from typing import Any

from pyformation import keywords_of
from pyformation.aws import logs


class Logs(logs.LogGroup):
    @keywords_of(logs.LogGroup)
    def __init__(self, days: int, **properties: Any) -> None:
        super().__init__(retention_in_days=days, **properties)


archive = Logs(["90"])  # mypy: arg-type; pyright: reportArgumentType
access = Logs(30, log_group_name=["/access"])  # mypy: arg-type; pyright: reportArgumentType
