"""Modules of the registry: CloudFormation replaces them by the resources of a template that only AWS has.

A reference into a module contains the logical IDs of the module and of a resource in it, with or without a dot:
``!Ref StoreBucket`` and ``!GetAtt Store.Bucket.Arn``. It becomes an attribute of the module, which is assumed to stay
the same while the module does.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/modules.html
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ..plain import is_mapping
from .expressions import Kind, section
from .references import with_names

_ENDING = "::MODULE"


def with_references_into_modules(data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A template in which references into modules are attributes of these, and sentences on what is not known."""
    resources = section(data, "Resources")
    types = {
        name: str(resource["Type"])
        for name, resource in resources.items()
        if is_mapping(resource) and str(resource.get("Type")).endswith(_ENDING)
    }
    if not types:
        return data, []
    visit = partial(_inside, sorted(types, key=len, reverse=True), {*resources, *section(data, "Parameters")})
    rewritten: dict[str, Any] = {
        name: with_names(data[name], visit, of_attributes=True)
        for name in ("Resources", "Outputs")
        if name in data
    }
    sentences = [f"the resources in the module {name} ({kind}) are not known" for name, kind in types.items()]
    return {**data, **rewritten}, sentences


def _inside(modules: list[str], declared: set[str], kind: Kind, name: Any, attribute: Any) -> Any:
    """The attribute of a module that a name means, unless an element has that name.

    The longest name of a module comes first: one may begin like another.
    """
    is_name = kind == "reference" and isinstance(name, str) and isinstance(attribute, str | None)
    if not is_name or name in declared or "::" in name:
        return name
    for module in modules:
        inside = name.removeprefix(module).removeprefix(".")
        if inside and name.startswith(module):
            return f"{module}.{inside}"
    return name
