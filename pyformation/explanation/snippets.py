"""The smallest valid example of a type or a property: the Python, and the YAML that it renders to.

It gives only what is required, with values made from the catalog's facts: the first value of an enum, text that
matches the pattern, a number within its bounds, an ARN of the kind that the property takes. What the facts do
not say (one of two properties is required, a pattern is too hard) is in `catalog/reviewed/snippets.json`.
The same type always gives the same example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from math import inf, isfinite
from typing import Any

import attrs

from .. import catalog
from ..catalog._lookup import Walk
from ..catalog.patterns import compiled, plainest, texts_for
from ..conversion import example
from ..errors import CatalogError
from ..loading import Loading
from ..names import pascal_case, snake_case
from ..plain import is_mapping
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
            fitting = [v for v in facts["enum"] if is_of(v, kind.name)] or facts["enum"]
            return fitting[variant % len(fitting)]
        if kind.kind == "definition":
            properties = self.record.definition(str(kind.name)).properties
            return self.members(properties, path, facts, variant)
        if kind.item is not None:
            item, inner = kind.item, facts.get("items", {})
            unit = "items" if kind.kind == "list" else "properties"
            size = min(max(facts.get(f"min_{unit}", 0), 1), facts.get(f"max_{unit}", 10**6))
            if kind.kind == "map":
                keys = _keys(facts.get("key_pattern"))[:size]
                return {key: self.value(item, inner, f"{path}/*", i) for i, key in enumerate(keys)}
            inner = {**carried(facts), **inner}
            return [self.value(item, inner, path, variant + i) for i in range(size)]
        if kind.kind in ("json", "any"):
            if facts.get("max_properties") == 0:
                return {}
            likely = [value for names, value in _samples() if is_mapping(value) and names.search(path)]
            return [*likely, {"Key": "value"} if kind.kind == "json" else "example"][0]
        if kind.name == "string":
            return _text(path.replace("/*", "").rpartition("/")[2], facts, variant)
        return True if kind.name == "boolean" else _number(facts, kind.name == "integer") + variant

    def _option(self, kind: catalog.Type, wanted: str) -> catalog.Type:
        """The alternative that has what is wanted; else the first, text last."""
        step = wanted.removeprefix("*/").partition("/")[0]
        for option in kind.options:
            if any(step in self.record.definition(name).properties for name in option.definitions()):
                return option
        return min(kind.options, key=lambda option: (option.kind in ("json", "any"), option.name == "string"))


def carried(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a list says of its items."""
    return {"takes": facts["takes"]} if "takes" in facts else {}


def is_of(value: object, scalar: str | None) -> bool:
    """Whether a value of an enum has a scalar type of the catalog."""
    kinds: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    return isinstance(value, kinds.get(scalar or "", object))


def _keys(pattern: str | None) -> list[str]:
    usual = ["example", "other", "third", "Example", "1", "10", "/example"]
    if pattern is None:
        return usual
    matcher = compiled(pattern)
    fitting = [key for key in usual if matcher is not None and matcher.search(key)]
    return list(dict.fromkeys([*fitting, *_matching(pattern)])) or usual


def _matching(pattern: str, shortest: int = 0, longest: int | None = None) -> list[str]:
    """Texts that match a pattern, the plainest first."""
    first = plainest(pattern, shortest, longest)
    return [*([] if first is None else [first]), *texts_for(pattern, shortest, longest)]


def _text(name: str, facts: Mapping[str, Any], variant: int) -> str:
    """Text for a property of some name, within its facts."""
    shortest, longest = facts.get("min_length", 0), facts.get("max_length", 10**6)
    pattern: str | None = facts.get("pattern")
    matcher = compiled(pattern or "")

    def fits(candidate: str) -> bool:
        return (
            shortest <= len(candidate) <= longest and matcher is not None and bool(matcher.search(candidate))
        )

    found = list(filter(fits, _likely(name, facts)))
    if variant and found:
        first = found[0]
        numbered = [*(f"{first}-{n}" for n in range(2, 12)), *(f"{first[:-1]}{n}" for n in range(1, 10))]
        found = list(dict.fromkeys([first, *filter(fits, numbered), *found]))
    if pattern is not None and len(found) <= variant:
        found = list(dict.fromkeys([*found, *_matching(pattern, shortest, facts.get("max_length"))]))
    if not found:
        found = [("example-" * (shortest // 8 + 1))[: max(shortest, 7)][:longest]]
    return found[variant % len(found)]


def _likely(name: str, facts: Mapping[str, Any]) -> Iterable[str]:
    """Texts that a property of this name may hold, the likeliest first."""
    yield from identifiers(facts.get("takes", ()))
    yield from (text for names, text in _samples() if isinstance(text, str) and names.search(name))


def identifiers(targets: Iterable[str]) -> list[str]:
    """Examples of attributes such as ``AWS::IAM::Role.Arn``, as far as we know what they look like."""
    return [text for target in targets for names, text in _samples() if names.fullmatch(target)]


@cache
def _samples() -> list[tuple[re.Pattern[str], Any]]:
    rows = catalog.reviewed("sample_values")
    return [(re.compile(f"(?:{row['names']})$"), row["value"]) for row in rows]


def _number(facts: Mapping[str, Any], integer: bool) -> int | float:
    """A number within its bounds: 1 where that fits, else the least."""
    low, high = facts.get("minimum", -inf), facts.get("maximum", inf)
    above, below = facts.get("exclusive_minimum", -inf), facts.get("exclusive_maximum", inf)
    step = facts.get("multiple_of") or (1 if integer else 0)
    near = [above + (step or 1), above + 0.1, low + 1, min(below, high) - 1]
    for n in (1, low, high, step, 0, *near):
        if low <= n <= high and above < n < below and isfinite(n) and (not step or n % step == 0):
            return int(n) if int(n) == n else n
    return 1
