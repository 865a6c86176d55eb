# at run time: InvalidValueError
"""What has no template or type is no argument of the helpers for tests."""

from pyformation import Stack
from pyformation.testing import assert_same_template, first_difference, resources


class Tables(Stack):
    pass


resources(3)  # mypy: call-overload; pyright: reportArgumentType, reportCallIssue
resources(int)  # mypy: type-var; pyright: reportArgumentType, reportCallIssue
first_difference(Tables, 3)  # mypy: arg-type; pyright: reportArgumentType
assert_same_template(Tables)  # mypy: call-arg; pyright: reportCallIssue
