# at run time: UnknownPropertyError
"""What a preset takes as **properties and gives on is not known one by one."""

from typing import Any

from pyformation.aws import logs


class Logs(logs.LogGroup):
    def __init__(self, days: int, **properties: Any) -> None:
        super().__init__(retention_in_days=days, **properties)


access = Logs(days=90, log_group_nam="/access")
