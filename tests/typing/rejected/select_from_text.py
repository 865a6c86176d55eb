# at run time: InvalidValueError
"""Select takes from a list; Split makes one of a text."""

from pyformation import Output, Select

zone = Output(Select(0, "eu-west-1a,eu-west-1b"))  # mypy: arg-type; pyright: reportArgumentType
