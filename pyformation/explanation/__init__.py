"""What a type, a property or a service is, as `pyformation explain` says it: facts of the catalog as records.

    >>> explain("s3.Bucket.bucket_name").update.behavior
    'Always'

A name may be CloudFormation's or Python's, short where only one type has it, and in any case. `to_dict` gives
plain data for JSON (docs/explain.md lists its keys), `reports.explanation` the text.
"""

from __future__ import annotations

from typing import Any

import attrs

from ._facts import Steps, explain_service
from ._naming import find_type, split_name
from .records import Explanation

__all__ = ["Explanation", "explain", "to_dict"]

# Raised when a key of the JSON changes its meaning or is removed, but not for a new key.
VERSION = 1


def explain(name: str) -> Explanation:
    """What is known about a type, a property, a property type, an attribute, an option or a service.

    A `CatalogError` for an unknown name lists the three nearest.
    """
    tokens, steps = split_name(name)
    while len(tokens) > 1 and tokens[0] in ("pyformation", "aws"):
        del tokens[0]
    found, used, also = find_type(tokens)
    steps = [*tokens[used:], *steps]
    if isinstance(found, str):
        return explain_service(found)
    return Steps(found).explain(steps) if steps else Steps(found).explain_type(also)


def to_dict(explanation: Explanation) -> dict[str, Any]:
    """An explanation as plain data for JSON."""
    return {"version": VERSION, "kind": explanation.kind, **attrs.asdict(explanation)}
