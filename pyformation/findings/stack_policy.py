"""The changes of an update that a stack policy denies.

Once a stack has a policy, everything that it does not allow is denied, and a Deny overrides an Allow. It protects
existing resources: adding one is always allowed. Updates that follow from others are checked as well.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ..changes import Diff, ResourceChange
from ..changes.records import Finding
from ..errors import PyformationError, did_you_mean, shown
from ..plain import is_list, is_mapping
from .access.containment import Pattern, holds, literal, pattern

ACTIONS = ("Update:Modify", "Update:Replace", "Update:Delete")
_DOING = {"Update:Modify": "updated", "Update:Replace": "replaced", "Update:Delete": "deleted"}
_ELEMENTS = (
    "Sid", "Effect", "Action", "NotAction", "Principal", "Resource", "NotResource", "Condition",
)  # fmt: skip
_RESOURCES = "LogicalResourceId/"
_OPERATORS = ("StringEquals", "StringLike")


class StackPolicyError(PyformationError, ValueError):
    """A stack policy that CloudFormation would refuse; `path` is the place of the error."""


@attrs.frozen
class PolicyStatement:
    """One statement: its effect, and its actions, resources and types."""

    allow: bool
    actions: frozenset[str]
    resources: tuple[Pattern, ...]
    but: bool
    types: tuple[tuple[Pattern, ...], ...]

    def matches(self, action: str, logical_id: str, type_name: str) -> bool:
        """Whether it speaks of an action on a resource."""
        if action not in self.actions:
            return False
        named = any(holds(one, literal(logical_id)) for one in self.resources)
        if named == self.but:
            return False
        return all(any(holds(one, literal(type_name)) for one in group) for group in self.types)


def find(diff: Diff, policy: Mapping[str, Any]) -> Iterator[Finding]:
    """All changes that the policy denies; raises `StackPolicyError` for an invalid policy."""
    statements = read(policy)
    for change in diff.resources:
        before = diff.sides.before
        if change.logical_id not in before.resources or before.exists(change.logical_id) is False:
            continue
        type_name: str = before.resources[change.logical_id]["Type"]
        denied: dict[str, str] = {}
        for action in _actions(change):
            why = _denied(statements, action, change.logical_id, type_name)
            if why is not None:
                denied[action] = why
        if not denied:
            continue
        certain = len(_actions(change)) == len(denied) and change.action != "Dynamic"
        doing = " or ".join(_DOING[action] for action in denied)
        actions = " and ".join(denied)
        yield Finding(
            "PF211",
            "failure",
            "error" if certain else "warning",
            change.logical_id,
            f"the stack policy denies {actions} ({next(iter(denied.values()))}), and {change.logical_id} "
            f"{'is' if certain else 'may be'} {doing}",
            f"/Resources/{change.logical_id}",
            change.origin,
        )


def _actions(change: ResourceChange) -> tuple[str, ...]:
    """What an update may do to a resource that there is."""
    if change.action == "Remove":
        return ("Update:Delete",)
    if change.action in ("Modify", "Import", "SyncWithActual"):
        if change.replacement == "True":
            return ("Update:Replace",)
        return (
            ("Update:Modify", "Update:Replace") if change.replacement == "Conditional" else ("Update:Modify",)
        )
    # It may go, or stay and change.
    return ACTIONS if change.changes else ("Update:Delete",)


def _denied(
    statements: Sequence[PolicyStatement], action: str, logical_id: str, type_name: str
) -> str | None:
    """Why an action is denied, None where it is allowed."""
    allowed = False
    for place, statement in enumerate(statements):
        if statement.matches(action, logical_id, type_name):
            if not statement.allow:
                return f"statement {place + 1}"
            allowed = True
    return None if allowed else "no statement allows it"


# ---------------------------------------------------------------------------------------------
# Reading


def read(policy: Any) -> list[PolicyStatement]:
    """The statements of a stack policy."""
    if not isinstance(policy, Mapping):
        raise StackPolicyError(f"expected a stack policy, a mapping with Statement, found {shown(policy)}")
    content: Mapping[str, Any] = policy  # pyright: ignore[reportUnknownVariableType]
    for key in content:
        if key not in ("Statement", "Version", "Id"):
            raise StackPolicyError(f"a stack policy has no {key!r}{did_you_mean(str(key), ['Statement'])}")
    if "Statement" not in content:
        raise StackPolicyError("expected a stack policy, a mapping with Statement, found none in it")
    found = content["Statement"]
    if isinstance(found, Mapping):
        return [_statement(found, "Statement")]  # pyright: ignore[reportUnknownArgumentType]
    if not isinstance(found, list):
        raise StackPolicyError(f"expected a list of statements, found {shown(found)}", path="Statement")
    return [_statement(one, f"Statement[{place}]") for place, one in enumerate(found)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _statement(statement: Any, path: str) -> PolicyStatement:
    if not is_mapping(statement):
        raise StackPolicyError(f"expected a statement, found {shown(statement)}", path=path)
    given = statement
    for key in given:
        if key not in _ELEMENTS:
            raise StackPolicyError(
                f"a statement of a stack policy has no {key!r}{did_you_mean(str(key), _ELEMENTS)}", path=path
            )
    effect = given.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise StackPolicyError(f"expected Allow or Deny, found {shown(effect)}", path=f"{path}.Effect")
    principal = given.get("Principal")
    if principal not in ("*", {"AWS": "*"}, ["*"]):
        raise StackPolicyError(
            f"a stack policy takes only the Principal '*', found {shown(principal)}", path=f"{path}.Principal"
        )
    actions, but_actions = _either(given, "Action", path)
    matched = {action for one in actions for action in _matching(one, path)}
    resources, but_resources = _either(given, "Resource", path)
    return PolicyStatement(
        effect == "Allow",
        frozenset(ACTIONS) - matched if but_actions else frozenset(matched),
        tuple(_resource(one, path) for one in resources),
        but_resources,
        tuple(_types(given.get("Condition"), path)),
    )


def _either(given: Mapping[str, Any], name: str, path: str) -> tuple[list[str], bool]:
    """The values of an element or of its opposite (``NotAction``), and which of both it is."""
    opposite = f"Not{name}"
    if (name in given) == (opposite in given):
        raise StackPolicyError(
            f"expected either {name} or {opposite}, found {'both' if name in given else 'none'}", path=path
        )
    key = name if name in given else opposite
    return _texts(given[key], f"{path}.{key}"), key == opposite


def _texts(value: Any, path: str) -> list[str]:
    values = value if is_list(value) else [value]
    for one in values:
        if not isinstance(one, str):
            raise StackPolicyError(f"expected a text, found {shown(one)}", path=path)
    if not values:
        raise StackPolicyError("expected at least one text, found none", path=path)
    return values


def _matching(action: str, path: str) -> list[str]:
    wanted = pattern(action.lower())
    found = [one for one in ACTIONS if holds(wanted, literal(one.lower()))]
    if not found:
        raise StackPolicyError(
            f"expected Update:Modify, Update:Replace, Update:Delete or Update:*, found {action!r}"
            f"{did_you_mean(action, ACTIONS)}",
            path=f"{path}.Action",
        )
    return found


def _resource(resource: str, path: str) -> Pattern:
    if resource == "*":
        return pattern("*")
    if not resource.startswith(_RESOURCES):
        raise StackPolicyError(
            f"expected {_RESOURCES} and a logical ID, or *, found {resource!r}", path=f"{path}.Resource"
        )
    return pattern(resource[len(_RESOURCES) :])


def _types(condition: Any, path: str) -> Iterator[tuple[Pattern, ...]]:
    """The types that a condition asks for, one group for each operator."""
    if condition is None:
        return
    where = f"{path}.Condition"
    if not is_mapping(condition):
        raise StackPolicyError(f"expected a condition, found {shown(condition)}", path=where)
    for operator, keys in condition.items():
        if operator not in _OPERATORS:
            raise StackPolicyError(
                f"a stack policy takes the conditions StringEquals and StringLike, found {shown(operator)}",
                path=where,
            )
        if not is_mapping(keys) or list(keys) != ["ResourceType"]:
            raise StackPolicyError(
                f"a condition of a stack policy asks for ResourceType, found {shown(keys)}",
                path=f"{where}.{operator}",
            )
        make = pattern if operator == "StringLike" else literal
        values = _texts(keys["ResourceType"], f"{where}.{operator}.ResourceType")
        yield tuple(make(one) for one in values)
