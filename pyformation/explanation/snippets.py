"""The smallest valid example of a type or a property: the Python, and the YAML that it renders to.

It gives only what is required, with values made from the catalog's facts: the first value of an enum, text that
matches the pattern, a number within its bounds, an ARN of the kind that the property takes. What the facts do
not say (one of two properties is required, a pattern is too hard) is in `catalog/reviewed/snippets.json`.
The same type always gives the same example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import attrs

from .. import catalog
from ..catalog._lookup import is_index
from ..catalog.patterns import compiled, plainest, texts_for
from ..conversion import example
from ..errors import CatalogError
from ..loading import Loading
from ..names import pascal_case, snake_case
from ..pointers import steps_of
from ..template import Template

# The widest line of an example, which is shown with an indent of two in a terminal of 80 columns.
WIDTH = 78

_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::example-bucket/*",
        }
    ],
}


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
    wanted = [] if path is None else steps_of(path)[1:]
    return _Maker(record).members(record.properties, "/Properties", wanted, 0, {})


def _rows(type_name: str) -> dict[str, dict[str, Any]]:
    """The reviewed values of a type, by path."""
    return {row["path"]: row for row in catalog.reviewed("snippets") if row["type"] == type_name}


class _Maker:
    """Makes the values of one type's example."""

    def __init__(self, record: catalog.ResourceType) -> None:
        self.record = record
        self.rows = _rows(record.name)

    def members(
        self,
        properties: Mapping[str, catalog.Property],
        path: str,
        wanted: Sequence[str],
        depth: int,
        facts: Mapping[str, Any],
        variant: int = 0,
    ) -> dict[str, Any]:
        """What a resource or property type requires, and the property that is wanted."""
        if depth > 30:
            raise CatalogError(
                "property types that require each other without end", path=f"{self.record.name} {path}"
            )
        given = [
            name
            for name, found in properties.items()
            if not (found.read_only or self.record.paths.get(f"{path}/{name}", {}).get("read_only"))
        ]
        chosen = [
            name
            for name in given
            if properties[name].required or f"{path}/{name}" in self.rows or [name] == [*wanted[:1]]
        ]
        missing = max(facts.get("min_properties", 0) - len(chosen), 0)
        chosen += [name for name in given if name not in chosen][:missing]
        return {
            name: self.value(
                properties[name].type,
                properties[name].facts,
                f"{path}/{name}",
                wanted[1:] if [name] == [*wanted[:1]] else (),
                depth,
                variant,
            )
            for name in chosen
        }

    def value(
        self,
        kind: catalog.Type,
        facts: Mapping[str, Any],
        path: str,
        wanted: Sequence[str],
        depth: int,
        variant: int,
    ) -> Any:
        """One value; `variant` counts the items of a list, which may have to differ."""
        row = self.rows.get(path)
        if row is not None and "value" in row and not wanted:
            return row["value"]
        if kind.kind == "union":
            return self.value(self._option(kind, wanted), facts, path, wanted, depth, variant)
        if facts.get("enum"):
            fitting = [v for v in facts["enum"] if is_of(v, kind.name)] or facts["enum"]
            return fitting[variant % len(fitting)]
        if kind.kind == "definition":
            properties = self.record.definition(str(kind.name)).properties
            return self.members(properties, path, wanted, depth + 1, facts, variant)
        if kind.kind in ("list", "map"):
            return self._several(kind, facts, path, wanted, depth, variant)
        if kind.kind in ("json", "any"):
            if facts.get("max_properties") == 0:
                return {}
            if re.search("Policy(Document)?$", path):
                return _POLICY
            return {"Key": "value"} if kind.kind == "json" else "example"
        if kind.name == "string":
            return _text(path.replace("/*", "").rpartition("/")[2], facts, variant)
        return True if kind.name == "boolean" else _number(facts, kind.name == "integer") + variant

    def _several(
        self,
        kind: catalog.Type,
        facts: Mapping[str, Any],
        path: str,
        wanted: Sequence[str],
        depth: int,
        variant: int,
    ) -> Any:
        """A list or a mapping with as many items as it needs; the first has what is wanted."""
        assert kind.item is not None
        item, inner = kind.item, facts.get("items", {})
        unit = "items" if kind.kind == "list" else "properties"
        size = min(max(facts.get(f"min_{unit}", 0), 1), facts.get(f"max_{unit}", 10**6))
        if kind.kind == "list":
            if "takes" in facts:
                inner = {**inner, "takes": facts["takes"]}
            below = wanted[1:] if wanted and is_index(wanted[0]) else wanted
            return [
                self.value(item, inner, path, below if i == 0 else (), depth, variant + i)
                for i in range(size)
            ]
        return {
            key: self.value(item, inner, f"{path}/*", wanted[1:] if i == 0 else (), depth, i)
            for i, key in enumerate(_keys(facts.get("key_pattern"))[:size])
        }

    def _option(self, kind: catalog.Type, wanted: Sequence[str]) -> catalog.Type:
        """The alternative that has what is wanted; else the first, text last."""
        steps = [step for step in wanted if not is_index(step)]
        if steps:
            for option in kind.options:
                if any(steps[0] in self.record.definition(d).properties for d in option.definitions()):
                    return option
        return min(kind.options, key=lambda option: (option.kind in ("json", "any"), option.name == "string"))


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
    made = [key for key in (plainest(pattern), *texts_for(pattern)) if key is not None]
    return list(dict.fromkeys([*fitting, *made])) or usual


def _text(name: str, facts: Mapping[str, Any], variant: int = 0) -> str:
    """Text for a property of some name, within its facts."""
    shortest: int = facts.get("min_length", 0)
    longest: int = facts.get("max_length", 10**6)
    pattern: str | None = facts.get("pattern")
    matcher = None if pattern is None else compiled(pattern)

    def fits(candidate: str) -> bool:
        return shortest <= len(candidate) <= longest and (
            pattern is None or (matcher is not None and matcher.search(candidate) is not None)
        )

    found = list(filter(fits, _likely(name, facts)))
    if variant and found:
        first = found[0]
        numbered = [*(f"{first}-{n}" for n in range(2, 12)), *(f"{first[:-1]}{n}" for n in range(1, 10))]
        found = list(dict.fromkeys([first, *filter(fits, numbered), *found]))
    if pattern is not None and len(found) <= variant:
        made = (
            plainest(pattern, shortest, facts.get("max_length")),
            *texts_for(pattern, shortest, facts.get("max_length")),
        )
        found += [text for text in dict.fromkeys(made) if text is not None and text not in found]
    if not found:
        found = [("example-" * (shortest // 8 + 1))[: max(shortest, 7)][:longest]]
    return found[variant % len(found)]


def _likely(name: str, facts: Mapping[str, Any]) -> Iterable[str]:
    """Texts that a property of this name may hold, the likeliest first."""
    yield from identifiers(facts.get("takes", ()))
    yield from (text for names, text in _samples() if names.search(name))


def identifiers(targets: Iterable[str]) -> list[str]:
    """Examples of attributes such as ``AWS::IAM::Role.Arn``, as far as we know what they look like."""
    return [text for target in targets for names, text in _samples() if names.fullmatch(target)]


@cache
def _samples() -> list[tuple[re.Pattern[str], str]]:
    rows = catalog.reviewed("sample_values")
    return [(re.compile(f"(?:{row['names']})$"), row["value"]) for row in rows]


def _number(facts: Mapping[str, Any], integer: bool) -> int | float:
    """A number within its bounds: 1 where that fits, else the least."""
    low, high = facts.get("minimum"), facts.get("maximum")
    above, below = facts.get("exclusive_minimum"), facts.get("exclusive_maximum")
    step = facts.get("multiple_of")
    near = [n + d for n in (above, low) if n is not None for d in (1, 0.1, step or 1)]
    near += [n - 1 for n in (below, high) if n is not None]
    for n in (1, low, high, step, 0, *near):
        if (
            n is not None
            and (low is None or n >= low)
            and (high is None or n <= high)
            and (above is None or n > above)
            and (below is None or n < below)
            and (step is None or n % step == 0)
            and (not integer or int(n) == n)
        ):
            return int(n) if int(n) == n else n
    return 1
