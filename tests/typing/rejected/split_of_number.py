# at run time: InvalidValueError
"""Split takes text."""

from pyformation import Split

parts = Split(".", 3.14)  # mypy: arg-type; pyright: reportArgumentType
