# at run time: InvalidValueError
"""The default of a field has the field's type."""

from pyformation import Resource, Value


class Monitor(Resource, type="Custom::WrongDefault"):
    interval: Value[int] = "one minute"  # mypy: assignment; pyright: reportAssignmentType
