# at run time: TypeError
"""The sections of a template are given by name."""

from pyformation import Template

template = Template("Orders and payments")  # mypy: call-arg; pyright: reportCallIssue
