"""Sentences that findings and reports share: of a change, why it replaces a resource, why not, or when."""

from __future__ import annotations

from collections.abc import Sequence

# By the kind of a `Reason`; the facts of the reason are in the place of the braces.
REASONS = {
    "type_changes": "CloudFormation refuses to change the type of a resource",
    "replaced": "{}",
    "in_place": "{}",
    "replaced_if": "replaced only if {}",
    "in_place_if": "in place only if {}",
    "unpublished": "AWS publishes no condition",
    "unknown_type": "the catalog does not know {}",
    "unknown_property": "the catalog has no property {}",
    "attribute_may_change": "replaced if {} changes",
    "value_unknown": "replaced if the value changes; the value is not known offline",
    "existence_unknown": "replaced if the resource exists; its condition is not known offline",
    "text_unreadable": (
        "replaced if the deployed text is another one; GetTemplate returns ? for characters outside of ASCII"
    ),
    "no_update_handler": "AWS declares no update handler for this type: the update may fail, or replace the resource",
}


def reason_sentence(kind: str, facts: Sequence[str]) -> str:
    """The reason of a change as a sentence."""
    if kind == "unpublished" and facts:
        return f"{REASONS[kind]}; in practice {facts[0]}"
    return REASONS[kind].format(" or ".join(facts))
