# at run time: InvalidValueError
"""The CPU units of a task are text, although they look like a number."""

from pyformation.aws import ecs

task = ecs.TaskDefinition(cpu=256)  # mypy: arg-type; pyright: reportArgumentType
