# at run time: InvalidValueError
"""Keys are text, also those that are account numbers."""

from pyformation import Mapping

accounts = Mapping({"123456789012": {"Name": "prod"}})
name = accounts.find(123456789012, "Name")  # mypy: arg-type; pyright: reportArgumentType
