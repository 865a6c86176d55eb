# at run time: InvalidValueError
"""The values to join are a list; a text would be joined letter by letter."""

from pyformation import Join, Output

name = Output(Join("-", "orders"))  # mypy: arg-type; pyright: reportArgumentType
