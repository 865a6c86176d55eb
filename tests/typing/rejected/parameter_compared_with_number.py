# at run time: InvalidValueError
"""As with text: a number of copies that is known at deployment only."""

from pyformation import Parameter

copies = Parameter(int, default=1)
several = copies != 1  # mypy: comparison-overlap; pyright: reportUnnecessaryComparison
