"""An answer of DescribeChangeSet as a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from ..changes.records import Action, Cause, Replacement, RequiresRecreation, strongest, worst
from ..errors import SourceError
from ..plain import is_list, is_mapping, list_or_empty, mapping_or_empty
from ..pointers import pointer
from .data import Compared, PropertyReport, Report, ResourceReport, counted, plain

_UNSAID = {"unknown": "", "kind": "unsaid"}
_KNOWN_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"


def from_change_set(answer: Mapping[str, Any]) -> Report:
    """The answer of DescribeChangeSet as a report, as boto3 or ``aws cloudformation`` gives it.

    Property values are optional. A missing page, a nested stack or a failed change set makes the report
    partial. Raises `SourceError` for anything else.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
    """
    listed = mapping_or_empty(answer).get("Changes")
    if not is_list(listed):
        raise SourceError("expected the answer of DescribeChangeSet, a mapping with a list of Changes")
    partial: list[str] = []
    status: Any = answer.get("Status", "CREATE_COMPLETE")
    if status != "CREATE_COMPLETE":
        reason = answer.get("StatusReason")
        partial.append(f"the change set has the status {status}{f': {reason}' if reason else ''}")
    if answer.get("NextToken"):
        partial.append("the answer has a NextToken: more changes are on the next page")
    resources: list[ResourceReport] = []
    for number, item in enumerate(listed):
        given = mapping_or_empty(item).get("ResourceChange")
        if not is_mapping(given):
            continue  # A hook's invocation.
        missing = [key for key in ("Action", "LogicalResourceId", "ResourceType") if key not in given]
        if missing:
            raise SourceError(f"Changes[{number}].ResourceChange has no {missing[0]}")
        resources.append(_change_of_aws(given))
        if given.get("ChangeSetId"):
            partial.append(
                f"the changes of the nested stack {given['LogicalResourceId']} are in a change set of its own"
            )
    found = tuple(resources)
    stack: Any = answer.get("StackName")
    compared = Compared(stack_name=stack if isinstance(stack, str) else None)
    return Report(found, summary=counted(found), partial=tuple(dict.fromkeys(partial)), compared=compared)


def _change_of_aws(change: dict[str, Any]) -> ResourceReport:
    by_path: dict[str, list[dict[str, Any]]] = {}
    for item in list_or_empty(change.get("Details")):
        detail = mapping_or_empty(item)
        target = mapping_or_empty(detail.get("Target"))
        attribute, name = target.get("Attribute"), target.get("Name")
        path = target.get("Path")
        if path is None:
            path = pointer(("Properties", str(name))) if name else f"/{attribute}"
        by_path.setdefault(str(path), []).append(detail)
    changes = tuple(_property_of_aws(path, details) for path, details in by_path.items())
    # An unknown value of a newer API counts as the worst that it may mean.
    action: Action = change["Action"] if change["Action"] in get_args(Action) else "Dynamic"
    replacement: Replacement | None = None
    if action == "Modify":
        said = change.get("Replacement")
        replacement = said if said in get_args(Replacement) else "Conditional"
    return ResourceReport(
        str(change["LogicalResourceId"]),
        str(change["ResourceType"]),
        action,
        replacement,
        change.get("PolicyAction"),
        changes,
    )


def _property_of_aws(path: str, details: list[dict[str, Any]]) -> PropertyReport:
    requires: RequiresRecreation = "Never"
    replacement: Replacement = "False"
    causes: dict[Cause, None] = {}
    before: Any = _UNSAID
    after: Any = _UNSAID
    change_type: Literal["Add", "Remove", "Modify"] = "Modify"
    for detail in details:
        target = mapping_or_empty(detail.get("Target"))
        said = target.get("RequiresRecreation", "Never")
        here: RequiresRecreation = said if said in get_args(RequiresRecreation) else "Conditionally"
        requires = strongest(requires, here)
        static = detail.get("Evaluation") == "Static"
        says: Replacement = (
            "False" if here == "Never" else ("True" if here == "Always" and static else "Conditional")
        )
        replacement = worst(replacement, says)
        if target.get("AttributeChangeType") in ("Add", "Remove"):
            change_type = target["AttributeChangeType"]
        if "BeforeValue" in target:
            before = _value_of_aws(target["BeforeValue"])
        if "AfterValue" in target:
            after = _value_of_aws(target["AfterValue"])
        entity = str(detail.get("CausingEntity") or "")
        source = detail.get("ChangeSource")
        if source == "ParameterReference":
            causes[Cause("parameter", entity)] = None
        elif source in ("ResourceReference", "ResourceAttribute"):
            causes[Cause("resource", entity)] = None
        elif source == "DirectModification" and static:
            causes[Cause("edit")] = None
    certain = any(detail.get("Evaluation") == "Static" for detail in details)
    return PropertyReport(
        path,
        change_type,
        None if change_type == "Add" else before,
        None if change_type == "Remove" else after,
        certain,
        requires,
        replacement,
        None,
        tuple(causes),
    )


def _value_of_aws(text: Any) -> Any:
    if text == _KNOWN_LATER:
        return {"unknown": "", "kind": "new"}
    if isinstance(text, str) and _KNOWN_LATER in text:
        return {"unknown": text.replace(_KNOWN_LATER, "(known after apply)"), "kind": "text"}
    return plain(text)
