# at run time: TypeError
"""A mapping has two levels."""

from pyformation import Mapping, Region

images = Mapping({"eu-west-1": {"Arm": "ami-1", "Intel": "ami-2"}})
image = images.find(Region)  # mypy: call-arg; pyright: reportCallIssue, reportUnknownVariableType
