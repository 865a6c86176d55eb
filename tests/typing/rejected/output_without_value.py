# at run time: TypeError
"""An output shows something."""

from pyformation import Output

address = Output(description="Where the site is")  # mypy: call-arg; pyright: reportCallIssue
