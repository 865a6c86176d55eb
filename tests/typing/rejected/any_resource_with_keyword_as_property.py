# at run time: InvalidValueError
"""The properties of AnyResource stand in a mapping under CloudFormation's names."""

from pyformation import AnyResource

thing = AnyResource("Custom::Thing", properties=[("Size", 3)])  # mypy: arg-type; pyright: reportArgumentType
