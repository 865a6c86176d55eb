# at run time: InvalidValueError
"""The escape hatch for a type still has a type."""

from pyformation import AnyResource

thing = AnyResource({"Size": 3})  # mypy: arg-type; pyright: reportArgumentType
