# at run time: InvalidValueError
"""A rule asserts conditions."""

from pyformation import Rule

rule = Rule(["stage is prod"])  # mypy: list-item; pyright: reportArgumentType
