# at run time: ImportError
"""A class that the package does not have."""

from pyformation import (  # mypy: attr-defined; pyright: nothing
    Stak,  # mypy: nothing; pyright: reportAttributeAccessIssue, reportUnknownVariableType
)


class Orders(Stak):  # mypy: misc; pyright: reportUntypedBaseClass
    """Orders."""
