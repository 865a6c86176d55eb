# at run time: InvalidValueError
"""A mapping has two levels, no less."""

from pyformation import Mapping

images = Mapping({"eu-west-1": "ami-1"})  # mypy: dict-item; pyright: reportArgumentType
