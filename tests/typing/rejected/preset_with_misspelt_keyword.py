# at run time: UnknownPropertyError
"""The keywords that a preset's constructor takes over are those of its resource."""

from typing import Any

from pyformation import keywords_of
from pyformation.aws import logs


class Logs(logs.LogGroup):
    @keywords_of(logs.LogGroup)
    def __init__(self, days: int, **properties: Any) -> None:
        super().__init__(retention_in_days=days, **properties)


access = Logs(30, log_group_nam="/access")  # mypy: call-arg; pyright: reportCallIssue
