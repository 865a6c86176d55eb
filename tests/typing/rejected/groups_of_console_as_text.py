# at run time: InvalidValueError
"""A group of the console holds several parameters, so a list of them."""

from pyformation import Interface

interface = Interface(groups={"Network": "VpcId"})  # mypy: dict-item; pyright: reportArgumentType
