"""What a type, a property or a service is, as `pyformation explain` says it: facts from the catalog as records.

    >>> explain("s3.Bucket.bucket_name").update.behaviour
    'Always'

Names are taken as they come: CloudFormation's or Python's, short ones where only one type has them, in any
case. `to_dict` gives plain data for JSON (docs/explain.md has its keys), `reports.explanation` the text.
"""

from __future__ import annotations

from typing import Any

import attrs

from ._facts import explain_service, explain_type, explain_update
from ._naming import find_type, split_name
from ._records import (
    AttributeExplanation,
    AttributeLine,
    Behaviour,
    BlockExplanation,
    BlockPropertyExplanation,
    Explanation,
    Fact,
    OptionExplanation,
    Place,
    PropertyExplanation,
    PropertyLine,
    ServiceExplanation,
    TypeExplanation,
    TypeLine,
    Update,
)
from ._steps import Steps

__all__ = [
    "AttributeExplanation",
    "AttributeLine",
    "Behaviour",
    "BlockExplanation",
    "BlockPropertyExplanation",
    "Explanation",
    "Fact",
    "OptionExplanation",
    "Place",
    "PropertyExplanation",
    "PropertyLine",
    "ServiceExplanation",
    "TypeExplanation",
    "TypeLine",
    "Update",
    "explain",
    "explain_update",
    "to_dict",
]

# Raised when a key of the JSON gets another meaning or goes away; new keys do not raise it.
VERSION = 1


def explain(name: str) -> Explanation:
    """What is known about a type, a property, a property type, an attribute, an option or a service.

    A `CatalogError` for an unknown name says the three nearest.
    """
    tokens, steps = split_name(name)
    while len(tokens) > 1 and tokens[0] in ("pyformation", "aws"):
        del tokens[0]
    found, used, also = find_type(tokens)
    steps = [*tokens[used:], *steps]
    if isinstance(found, str):
        return explain_service(found)
    if not steps:
        return explain_type(found, also)
    return Steps(found).explain(steps)


def to_dict(explanation: Explanation) -> dict[str, Any]:
    """An explanation as plain data for JSON."""
    return {"version": VERSION, "kind": explanation.kind, **attrs.asdict(explanation)}
