# at run time: passes
"""A field that may be an expression is no number to calculate with."""

from pyformation import Resource, Value


class Monitor(Resource, type="Custom::Calculated"):
    interval: Value[int] = 60


monitor = Monitor(service_token="arn:aws:lambda:eu-west-1:123456789012:function:f")
seconds = monitor.interval * 60  # mypy: operator; pyright: reportOperatorIssue, reportUnknownVariableType
