"""AWS's answers in the shape of DescribeChangeSet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..pointers import pointer
from . import changesets
from .comparison import same_as_text
from .records import MISSING, ChangeSetEntry, Detail
from .sides import Sides

_NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
_TYPE_CHANGE = (
    "Update of resource type is not permitted. The new template modifies resource type of the following "
    "resources: [{}]"
)


def describe(sides: Sides, partial: Iterable[str], *, include_property_values: bool) -> dict[str, Any]:
    """The answer as a mapping. If there is no change set, `Status` is FAILED, with the reason that AWS gives.

    The answer of AWS is never partial, so it has no field for `partial`; the sentences are the `StatusReason`.
    """
    retyped = [
        name
        for name, resource in sides.after.resources.items()
        if sides.after.exists(name) is not False
        and sides.before.exists(name) is not False
        and sides.before.resources[name]["Type"] != resource["Type"]
    ]
    if retyped:
        return {"Changes": [], "Status": "FAILED", "StatusReason": _TYPE_CHANGE.format(", ".join(retyped))}
    entries = changesets.with_values(sides) if include_property_values else changesets.plain(sides)
    answer: dict[str, Any] = {
        "Changes": [
            {
                "Type": "Resource",
                "ResourceChange": _change(entry, include_property_values, _physical_id(sides, entry)),
            }
            for entry in entries
        ]
    }
    # Whether a change set exists is decided when it is created; property values only add detail.
    listed = entries or (include_property_values and changesets.plain(sides))
    failed = not listed and not makes_a_change_set(sides)
    answer["Status"] = "FAILED" if failed else "CREATE_COMPLETE"
    if said := "; ".join(partial):
        answer["StatusReason"] = f"partial, changes may be missing: {said}"
    elif failed:
        answer["StatusReason"] = _NO_CHANGES
    return answer


def makes_a_change_set(sides: Sides) -> bool:
    """Whether AWS creates a change set although no resource changes: for a changed output, a changed tag of the
    stack, or a macro with other input."""
    before, after = sides.before, sides.after
    partial = bool(before.partial or after.partial)
    return (
        before.tags != after.tags
        or not same_as_text(before.outputs, after.outputs)
        or (partial and not _same_inputs(sides))
    )


def _same_inputs(sides: Sides) -> bool:
    """Whether both sides have the same template and values, so that macros have the same result."""
    before, after = sides.before, sides.after
    return (
        before.data == after.data
        and before.engine.inputs == after.engine.inputs
        and before.tags == after.tags
    )


def _physical_id(sides: Sides, entry: ChangeSetEntry) -> str | None:
    """The physical ID of a resource, which only a live stack tells."""
    live = sides.before.live
    return None if live is None or entry.action == "Add" else live.physical_ids.get(entry.logical_id)


def _change(entry: ChangeSetEntry, values: bool, physical_id: str | None) -> dict[str, Any]:
    change: dict[str, Any] = {
        "Action": entry.action,
        "LogicalResourceId": entry.logical_id,
        **({} if physical_id is None else {"PhysicalResourceId": physical_id}),
        "ResourceType": entry.type,
        "Scope": list(entry.scope),
        "Details": [_detail(detail, values) for detail in entry.details],
    }
    if entry.replacement is not None:
        change["Replacement"] = entry.replacement
    if entry.policy_action is not None:
        change["PolicyAction"] = entry.policy_action
    if values:
        for key, context in (("BeforeContext", entry.before_context), ("AfterContext", entry.after_context)):
            if context is not None:
                change[key] = json.dumps(context, separators=(",", ":"))
    return change


def _detail(detail: Detail, values: bool) -> dict[str, Any]:
    target: dict[str, Any] = {"Attribute": detail.attribute, "RequiresRecreation": detail.requires_recreation}
    if detail.name is not None:
        target["Name"] = detail.name
    difference = detail.difference
    if values and difference is not None:
        target["Path"] = pointer(difference.path)
        target["AttributeChangeType"] = difference.change_type
        for key, value in (("BeforeValue", difference.before), ("AfterValue", difference.after)):
            if value is not MISSING:
                target[key] = _text(changesets.shown(value))
    found: dict[str, Any] = {"Target": target, "Evaluation": detail.evaluation}
    if detail.change_source is not None:
        found["ChangeSource"] = detail.change_source
    if detail.causing_entity is not None:
        found["CausingEntity"] = detail.causing_entity
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
