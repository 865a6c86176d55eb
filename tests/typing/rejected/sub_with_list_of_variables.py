# at run time: InvalidValueError
"""The variables of a Sub have names."""

from pyformation import Sub

text = Sub("${Name}-logs", ["orders"])  # mypy: arg-type; pyright: reportArgumentType
