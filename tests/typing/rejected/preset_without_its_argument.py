# at run time: TypeError
"""What a preset requires is an argument like any other."""

from typing import Any

from pyformation.aws import logs


class Logs(logs.LogGroup):
    """A log group that somebody decided the retention of."""

    def __init__(self, days: int, **properties: Any) -> None:
        super().__init__(retention_in_days=days, **properties)


access = Logs(log_group_name="/access")  # mypy: call-arg; pyright: reportCallIssue
