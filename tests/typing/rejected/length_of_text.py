# at run time: InvalidValueError
"""Length counts the items of a list, not the letters of a text."""

from pyformation import Length

letters = Length("orders")  # mypy: arg-type; pyright: reportArgumentType
