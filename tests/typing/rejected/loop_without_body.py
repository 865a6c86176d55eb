# at run time: TypeError
"""A loop repeats something."""

from pyformation import ForEach

topics = ForEach("Name", ["orders", "payments"])  # mypy: call-arg; pyright: reportCallIssue
