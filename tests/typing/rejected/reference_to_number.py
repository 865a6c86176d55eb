# at run time: InvalidValueError
"""Ref takes an element or a logical ID."""

from pyformation import Ref

reference = Ref(7)  # mypy: arg-type; pyright: reportArgumentType
