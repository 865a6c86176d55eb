"""The smallest valid example of a type or a property: the Python, and the YAML that it renders to.

It gives only what is required, with values made from the catalog's facts: the first value of an enum, text that
matches the pattern, a number within its bounds, an ARN of the kind that the property takes. What the facts do
not say (one of two properties is required, a pattern is too hard) is in `catalog/reviewed/snippets.json`.
The same type always gives the same example.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from .. import catalog
from ..catalog import samples
from ..catalog._lookup import Walk
from ..conversion import example
from ..errors import CatalogError
from ..loading import Loading
from ..names import pascal_case, snake_case
from ..pointers import steps_of
from ..template import Template

# The widest line of an example, which is shown with an indent of two in a terminal of 80 columns.
WIDTH = 78


@attrs.frozen
class Snippet:
    """An example: a stack in Python, and the template in YAML that it renders to."""

    python: str
    yaml: str


def snippet(type_name: str, path: str | None = None) -> Snippet:
    """The smallest valid example of a type; with a path, of the property at that path.

    >>> print(snippet("AWS::SNS::Topic").python)
    from pyformation import Stack
    from pyformation.aws import sns
    <BLANKLINE>
    <BLANKLINE>
    class Example(Stack):
        topic = sns.Topic()
    <BLANKLINE>
    """
    members = values(type_name, path)
    resource = {"Type": type_name, **({"Properties": members} if members else {})}
    words = snake_case(re.sub("[^A-Za-z0-9]", "_", type_name.split("::")[-1]))
    loading = Loading({"Resources": {pascal_case(words): resource}})
    template = Template()
    for name, element in loading.elements:
        template.add(name, element)
    return Snippet(example(loading, "Example", WIDTH), template.to_yaml())


def values(type_name: str, path: str | None = None) -> dict[str, Any]:
    """The properties of the smallest valid example, by CloudFormation's names."""
    record = catalog.resource_type(type_name)
    wanted = "" if path is None else Walk(record, steps_of(path)[1:]).path
    return _Maker(record, wanted).members(record.properties, "/Properties", {}, 0)


def _rows(type_name: str) -> dict[str, dict[str, Any]]:
    """The reviewed values of a type, by path."""
    return {row["path"]: row for row in catalog.reviewed("snippets") if row["type"] == type_name}


class _Maker:
    """Makes the values of one type's example, with the property at the `wanted` path.

    `variant` counts the items of a list, which may have to differ; the first has what is wanted.
    """

    def __init__(self, record: catalog.ResourceType, wanted: str) -> None:
        self.record = record
        self.rows = _rows(record.name)
        self.wanted = wanted

    def below(self, path: str, variant: int) -> str:
        """What is wanted below a path, as the rest of its path."""
        return "" if variant or not self.wanted.startswith(f"{path}/") else self.wanted[len(path) + 1 :]

    def members(
        self, properties: Mapping[str, catalog.Property], path: str, facts: Mapping[str, Any], variant: int
    ) -> dict[str, Any]:
        """What a resource or property type requires, and the property that is wanted."""
        if path.count("/") > 60:
            where = f"{self.record.name} {path}"
            raise CatalogError("property types that require each other without end", path=where)
        wanted = self.below(path, variant).partition("/")[0]
        read_only = {place for place, own in self.record.paths.items() if own.get("read_only")}
        given = [n for n, p in properties.items() if not p.read_only and f"{path}/{n}" not in read_only]
        chosen = [n for n in given if properties[n].required or f"{path}/{n}" in self.rows or n == wanted]
        missing = max(facts.get("min_properties", 0) - len(chosen), 0)
        chosen += [n for n in given if n not in chosen][:missing]
        return {
            n: self.value(properties[n].type, properties[n].facts, f"{path}/{n}", variant) for n in chosen
        }

    def value(self, kind: catalog.Type, facts: Mapping[str, Any], path: str, variant: int) -> Any:
        """One value."""
        row = self.rows.get(path, {})
        wanted = self.below(path, variant)
        if "value" in row and not wanted:
            return row["value"]
        if kind.kind == "union":
            return self.value(self._option(kind, wanted), facts, path, variant)
        if facts.get("enum"):
            fitting = samples.listed(facts, kind.name)
            return fitting[variant % len(fitting)]
        if kind.kind == "definition":
            properties = self.record.definition(str(kind.name)).properties
            return self.members(properties, path, facts, variant)
        if kind.item is not None:
            item, inner = kind.item, samples.of_items(facts)
            unit = "items" if kind.kind == "list" else "properties"
            size = min(max(facts.get(f"min_{unit}", 0), 1), facts.get(f"max_{unit}", 10**6))
            if kind.kind == "map":
                keys = samples.keys(facts.get("key_pattern"))[:size]
                return {key: self.value(item, inner, f"{path}/*", i) for i, key in enumerate(keys)}
            return [self.value(item, inner, path, variant + i) for i in range(size)]
        if kind.kind in ("json", "any"):
            if facts.get("max_properties") == 0:
                return {}
            return samples.mapping(path) or ({"Key": "value"} if kind.kind == "json" else "example")
        if kind.name == "string":
            return samples.text(path.replace("/*", "").rpartition("/")[2], facts, variant)
        return True if kind.name == "boolean" else samples.number(facts, kind.name == "integer") + variant

    def _option(self, kind: catalog.Type, wanted: str) -> catalog.Type:
        """The alternative that has what is wanted; else the first, text last."""
        step = wanted.removeprefix("*/").partition("/")[0]
        for option in kind.options:
            if any(step in self.record.definition(name).properties for name in option.definitions()):
                return option
        return min(kind.options, key=lambda option: (option.kind in ("json", "any"), option.name == "string"))
