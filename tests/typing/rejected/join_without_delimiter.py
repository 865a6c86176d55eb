# at run time: TypeError
"""The delimiter comes first."""

from pyformation import Join, Output, Region

name = Output(Join(["orders", Region]))  # mypy: arg-type, call-arg; pyright: reportCallIssue
