# at run time: ImportError
"""A class that the package does not have."""

from pyformation import (
    Stak,  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownVariableType
)


class Orders(Stak):  # mypy: misc; pyright: reportUntypedBaseClass
    """Orders."""
