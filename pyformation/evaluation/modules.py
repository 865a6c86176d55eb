"""Modules of the registry: resources that CloudFormation replaces by those of a template which only AWS has.

A reference into one names the module's logical ID and that of a resource in it, with or without a dot:
``!Ref StoreBucket`` and ``!GetAtt Store.Bucket.Arn``. It becomes an attribute of the module, of which nothing is
known but that it stays as it is while the module does.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/modules.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..plain import is_list, is_mapping
from .expressions import attribute_parts, section

_ENDING = "::MODULE"
_REFERENCE = re.compile(r"\$\{(?!!)([^}]*)\}")


def with_references_into_modules(data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A template whose references into modules are attributes of these, and what is not known, in sentences."""
    resources = section(data, "Resources")
    types = {
        name: str(resource["Type"])
        for name, resource in resources.items()
        if is_mapping(resource) and str(resource.get("Type")).endswith(_ENDING)
    }
    if not types:
        return data, []
    owners = _Owners(types, {*resources, *section(data, "Parameters")})
    rewritten: dict[str, Any] = {
        name: owners.rewritten(data[name]) for name in ("Resources", "Outputs") if name in data
    }
    sentences = [f"the resources in the module {name} ({kind}) are not known" for name, kind in types.items()]
    return {**data, **rewritten}, sentences


class _Owners:
    def __init__(self, modules: Mapping[str, str], declared: set[str]) -> None:
        # The longest name first: a module may be called like the beginning of another.
        self.modules = sorted(modules, key=len, reverse=True)
        self.declared = declared

    def attribute(self, name: str, rest: str = "") -> tuple[str, str] | None:
        """The module and the attribute that a name means, unless an element has that name."""
        if name in self.declared or "::" in name:
            return None
        for module in self.modules:
            inside = name.removeprefix(module).removeprefix(".")
            if inside and name.startswith(module):
                return module, f"{inside}.{rest}" if rest else inside
        return None

    def rewritten(self, node: Any) -> Any:
        if is_list(node):
            return [self.rewritten(item) for item in node]
        if not is_mapping(node):
            return node
        given = node
        if len(given) == 1:
            ((key, argument),) = given.items()
            if key == "Ref" and isinstance(argument, str):
                found = self.attribute(argument)
                return {"Fn::GetAtt": list(found)} if found is not None else given
            if key == "Fn::GetAtt" and isinstance(argument, (str, list)):
                target, name = attribute_parts(argument)
                if isinstance(target, str) and isinstance(name, str):
                    found = self.attribute(target, name)
                    return {key: list(found)} if found is not None else given
            if key == "Fn::Sub":
                return {key: self._sub(argument)}
        return {key: self.rewritten(item) for key, item in given.items()}

    def _sub(self, argument: Any) -> Any:
        parts = argument if is_list(argument) else [argument]
        own = parts[1] if len(parts) > 1 and is_mapping(parts[1]) else {}

        def replace(match: re.Match[str]) -> str:
            name = match[1].strip()
            target, _, rest = name.partition(".")
            found = None if name in own else self.attribute(target, rest)
            return match[0] if found is None else f"${{{'.'.join(found)}}}"

        texts = [_REFERENCE.sub(replace, part) if isinstance(part, str) else part for part in parts[:1]]
        rest = [self.rewritten(part) for part in parts[1:]]
        return [*texts, *rest] if isinstance(argument, list) else texts[0]
