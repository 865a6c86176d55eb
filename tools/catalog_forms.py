"""What the ARN of a resource is made of, as aws-service-spec says it, in the names of its properties and attributes.

A form is like the text of ``Fn::Sub``: ``arn:${AWS::Partition}:iam::${AWS::AccountId}:role${Path=/}${RoleName}``; a
property may have a default (``=``), and ``${/Name}`` is a name with a slash before it if it has none. Only a form all of
whose parts are known is one.
"""

from __future__ import annotations

import re
from typing import Any

from pyformation.catalog._stability import is_named, is_own

_PLACES = {"Partition": "AWS::Partition", "Region": "AWS::Region", "Account": "AWS::AccountId"}
_WITH_PATH = "WithPath"


def form(type_name: str, entry: dict[str, Any], template: str | None) -> str | None:
    """The form of the ARN of a type, None where a part of it is not known."""
    if template is None:
        return None
    kind = type_name.rpartition("::")[2]
    found: list[str] = []
    for text, variable in re.findall(r"([^$]*)(?:\$\{(\w+)\})?", template):
        found.append(text)
        if not variable:
            continue
        name = _PLACES.get(variable) or _name(kind, entry, variable)
        if name is None:
            return None
        if variable.endswith(_WITH_PATH):
            if "Path" not in entry["properties"] or not text.endswith("/"):
                return None
            found[-1] = f"{text[:-1]}${{Path=/}}"
        found.append(f"${{{name}}}")
    return "".join(found)


def names(text: str) -> list[str]:
    """The properties and attributes that a form reads."""
    found = re.findall(r"\$\{/?([\w.:]+)(?:=[^}]*)?\}", text)
    return [name for name in found if not name.startswith("AWS::")]


def own_arns(type_name: str, entry: dict[str, Any]) -> list[str]:
    """The attributes that are the ARN of the resource."""
    kind = type_name.rpartition("::")[2]
    return [name for name in entry["attributes"] if is_own(kind, name, "arn")]


def _name(kind: str, entry: dict[str, Any], variable: str) -> str | None:
    """The one property or attribute that a variable means."""
    members: list[list[str]] = [list(entry["properties"]), list(entry["attributes"])]
    for those in members:
        found = [name for name in those if is_named(kind, name, variable)]
        exact = [name for name in found if name.lower() == variable.lower().removesuffix(_WITH_PATH.lower())]
        if len(exact or found) == 1:
            return (exact or found)[0]
    return None
