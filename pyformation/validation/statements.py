"""IAM statements wherever they stand: effects and actions that do not exist.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import translate
from typing import Any

from .. import catalog
from ..errors import did_you_mean
from ..finding import Finding
from ..plain import branches, is_list, is_mapping, mapping_or_empty, placed
from .checks import finding
from .uses import Path

_CUSTOM = "AWS::CloudFormation::CustomResource"
_EFFECTS = ("Allow", "Deny")


def unknown_actions(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Actions and service prefixes of literal statements that no service has, and effects that IAM does not know."""
    for name, resource in mapping_or_empty(data.get("Resources")).items():
        type_name = str(mapping_or_empty(resource).get("Type"))
        # What a custom resource or a user-defined type takes may look like a statement.
        if type_name.startswith("Custom::") or type_name == _CUSTOM or catalog.find(type_name) is None:
            continue
        properties = mapping_or_empty(resource).get("Properties")
        for path, statement in _statements(properties, ("Resources", name, "Properties")):
            effect = statement.get("Effect")
            if isinstance(effect, str) and effect not in _EFFECTS:
                yield finding(
                    "PF715",
                    f"{name}: the effect of a statement is Allow or Deny, not {effect!r}"
                    f"{did_you_mean(effect, _EFFECTS)}",
                    (*path, "Effect"),
                )
            for key in ("Action", "NotAction"):
                for place, action in branches(statement.get(key), (*path, key), with_items=True):
                    problem = _problem(action) if isinstance(action, str) else None
                    if problem is not None:
                        yield finding("PF717", f"{name}: {problem}", place)


def _statements(node: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for place, part in placed(node, path):
        if is_mapping(part) and "Statement" in part:
            listed = part["Statement"]
            for where, one in enumerate(listed) if is_list(listed) else [(None, listed)]:
                if is_mapping(one) and "Effect" in one and ("Action" in one or "NotAction" in one):
                    yield (*place, "Statement", *(() if where is None else (where,))), one


def _problem(action: str) -> str | None:
    """What is wrong with an action; None for one that exists, or of which nothing can be said."""
    prefix, colon, name = action.lower().partition(":")
    if action == "*" or "{{resolve:" in action or "${" in action:
        return None
    known = catalog.iam_actions()
    if not colon:
        return f"{action!r} is not an action; an action is written as service:Action, such as s3:GetObject"
    if "*" in prefix or "?" in prefix:
        return None
    if prefix not in known:
        return f"no service has the prefix {prefix!r} of the action {action!r}{did_you_mean(prefix, known)}"
    names = known[prefix].split()
    if "*" in name or "?" in name:
        # IAM knows no character classes.
        pattern = re.compile(translate(re.sub(r"\*+", "*", name).replace("[", "[[]")))
        if any(pattern.match(one) for one in names):
            return None
        return f"no action of {prefix} matches {action!r}"
    if name in names:
        return None
    return f"{prefix} has no action {action.partition(':')[2]!r}{did_you_mean(name, names)}"
