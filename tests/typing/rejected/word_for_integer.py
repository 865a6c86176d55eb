# at run time: InvalidValueError
"""A text that is no number at all."""

from pyformation.aws import logs

group = logs.LogGroup(retention_in_days="forever")  # mypy: arg-type; pyright: reportArgumentType
