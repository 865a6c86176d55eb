# at run time: ImportError
"""A class that the package does not have."""

from pyformation import Stak


class Orders(Stak):  # mypy: misc, valid-type; pyright: reportGeneralTypeIssues, reportUntypedBaseClass
    """Orders."""
