"""Our own checks of a template, in addition to those of cloudformation-validate.

They read the template without parameters: what breaks for some values of the parameters is a warning, what breaks for
all is an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from .. import catalog, limits
from ..catalog import Property, ResourceType, Type
from ..errors import did_you_mean
from ..evaluation.checking import Checked
from ..finding import Finding
from ..findings.codes import CODES
from ..matching import matches
from ..names import PSEUDO_PARAMETERS
from ..plain import branches, is_list, is_mapping, mapping_or_empty
from ..pointers import pointer
from ..sections import ELEMENTS, SECTION_OF
from .conditions import OTHER, Answer, Conditions
from .uses import Path, Use, Uses

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-languageextensions.html: the one
# transform that neither adds elements nor looks at names.
_HARMLESS_TRANSFORM = "AWS::LanguageExtensions"
_SERVERLESS = "AWS::Serverless-2016-10-31"
_SERVERLESS_TYPES = "AWS::Serverless::"
# Longer texts are programs and documents, which patterns are not made for.
_LONGEST = 512


@attrs.frozen
class Looked:
    """What our own checks found, and the elements of which they do not know whether what they refer to is there."""

    findings: list[Finding]
    undecided: frozenset[Path]


def look(data: Mapping[str, Any], text: str | bytes, today: str | None = None) -> Looked:
    """All findings on a template, without lines; `text` is the text that would be sent, `today` the day
    (``2026-11-23``) that counts."""
    checks = _Checks(data, text, today or time.strftime("%Y-%m-%d"))
    found = list(checks.all())
    return Looked(found, frozenset(checks.undecided))


class _Checks:
    def __init__(self, data: Mapping[str, Any], text: str | bytes, today: str) -> None:
        self.data = data
        self.text = text
        self.today = today
        self.resources = mapping_or_empty(data.get("Resources"))
        self.parameters = mapping_or_empty(data.get("Parameters"))
        self.globals = mapping_or_empty(data.get("Globals"))
        self.uses = Uses(data)
        self.conditions = Conditions(data)
        self.undecided: set[Path] = set()
        named = _transforms(data.get("Transform"))
        self.transforms = {name for name in named if name != _HARMLESS_TRANSFORM}
        if self.uses.transformed:
            self.transforms.add("Fn::Transform")

    def all(self) -> Iterator[Finding]:
        yield from self.limits()
        # A macro sees the whole template, and may use or create anything.
        if not self.transforms - {_SERVERLESS}:
            yield from self.unused()
        if not self.transforms:
            yield from self.references()
        yield from self.conditional_references()
        yield from self.shared()
        for name, resource in self.resources.items():
            yield from self.resource(name, mapping_or_empty(resource))

    def limits(self) -> Iterator[Finding]:
        for sentence, path in limits.broken(self.data, self.text):
            yield finding("PF215", sentence, path)
        size, most = limits.size_of(self.text), limits.LIMITS["inline bytes"]
        if most < size <= limits.LIMITS["template bytes"]:
            yield finding(
                "PF711",
                f"the template has {size:,} bytes; more than {most:,} are taken from S3 only, not in a call",
                (),
            )

    def unused(self) -> Iterator[Finding]:
        for what, code, kind in (
            ("parameter", "PF701", "reference"),
            ("condition", "PF702", "condition"),
            ("mapping", "PF703", "mapping"),
        ):
            part = SECTION_OF[what]
            if kind == "mapping" and self.uses.any_mapping:
                continue
            for name in self.uses.unused(kind, mapping_or_empty(self.data.get(part))):
                if not name.startswith("Fn::"):
                    yield finding(code, f"the {what} {name} is not used", (part, name))

    # -- references

    def references(self) -> Iterator[Finding]:
        known = {*self.resources, *self.parameters}
        said: set[tuple[Path, str]] = set()
        for use in self._references():
            name, owner = use.name, use.path[:2]
            if (
                use.looped
                or use.path[0] == "Metadata"
                or name in known
                or name in PSEUDO_PARAMETERS
                or self.uses.may_make(name)
                or (use.path, name) in said
            ):
                continue
            said.add((use.path, name))
            yield finding(
                "PF217",
                f"{_called(owner)} refers to {name!r}, which does not exist in this template"
                f"{did_you_mean(name, known)}",
                use.path,
            )
        for name, resource in self.resources.items():
            given: Any = mapping_or_empty(resource).get("DependsOn", [])
            for target in given if is_list(given) else [given]:
                if (
                    isinstance(target, str)
                    and target not in self.resources
                    and not self.uses.may_make(target)
                ):
                    yield finding(
                        "PF217",
                        f"{name} depends on {target!r}, which does not exist in this template"
                        f"{did_you_mean(target, self.resources)}",
                        ("Resources", name, "DependsOn"),
                    )

    def conditional_references(self) -> Iterator[Finding]:
        """References to resources that do not exist in all cases in which the referring element does."""
        said: set[tuple[Path, str]] = set()
        for use in self._references():
            condition = mapping_or_empty(self.resources.get(use.name)).get("Condition")
            owner = use.path[:2]
            if use.looped:
                self.undecided.add(owner)
            if use.looped or not isinstance(condition, str) or (use.path, use.name) in said:
                continue
            answer = self.conditions.answer(use.given, condition)
            if answer is None:
                self.undecided.add(owner)
            if answer is None or answer.there == "always":
                continue
            said.add((use.path, use.name))
            whose = f"{_called(owner)} refers to {use.name}, which has the condition {condition}"
            if answer.there == "never":
                yield finding("PF705", f"{whose}; that never holds where the reference is made", use.path)
            else:
                yield finding(
                    "PF704", f"{whose}; {self._case(answer)} the referenced resource does not exist", use.path
                )

    def _case(self, answer: Answer) -> str:
        """A case in words: ``where Stage is 'dev',``."""
        parts: list[str] = []
        for name, value in answer.when.items():
            if not name.startswith("Ref "):
                return "where that does not hold,"
            what = name.removeprefix("Ref ")
            others = [repr(text) for text in self.conditions.compared(name)]
            parts.append(f"{what} is {value!r}" if value != OTHER else f"{what} is not {' or '.join(others)}")
        return f"where {' and '.join(parts)}," if 0 < len(parts) <= 3 else "where that does not hold,"

    def _references(self) -> Iterator[Use]:
        return (use for use in self.uses.found if use.kind == "reference")

    # -- what a type says

    def resource(self, name: str, resource: dict[str, Any]) -> Iterator[Finding]:
        type_name = resource.get("Type")
        if not isinstance(type_name, str):
            return
        record = catalog.find(type_name)
        if record is None:
            return  # The validator reports it, and cannot know private types.
        path = ("Resources", name, "Properties")
        properties = mapping_or_empty(resource.get("Properties"))
        for prop, value in properties.items():
            facts = record.properties.get(prop)
            if facts is not None:
                yield from self._value(record, facts, value, (*path, prop))
        kind = record.becomes or type_name
        yield from self._reserved(name, kind, properties, path)
        yield from self._runtimes(name, kind, properties, path, "")
        shared = mapping_or_empty(self.globals.get(type_name.removeprefix(_SERVERLESS_TYPES)))
        if type_name.startswith(_SERVERLESS_TYPES) and shared:
            rest = {key: value for key, value in shared.items() if key not in properties}
            yield from self._runtimes(name, kind, rest, path[:2], ", of Globals")

    def shared(self) -> Iterator[Finding]:
        """What all serverless resources of a kind have, for all of them at once."""
        for kind, properties in self.globals.items():
            record = catalog.find(_SERVERLESS_TYPES + kind)
            if record is not None and record.becomes is not None:
                path = ("Globals", kind)
                yield from self._reserved(".".join(path), record.becomes, mapping_or_empty(properties), path)

    def _reserved(self, name: str, kind: str, properties: dict[str, Any], path: Path) -> Iterator[Finding]:
        for row in catalog.reviewed_by_type("reserved_keys").get(kind, ()):
            steps = row["property"].split("/")
            for place, keys in _at(properties, steps, path):
                if row["key"] in mapping_or_empty(keys):
                    yield finding(
                        "PF706",
                        f"{name} sets {row['key']} in {'.'.join(steps)}, which is reserved: AWS refuses it",
                        (*place, row["key"]),
                    )

    def _runtimes(
        self, name: str, kind: str, properties: dict[str, Any], path: Path, where: str
    ) -> Iterator[Finding]:
        """Runtimes, also those that the default of a parameter gives."""
        for row in catalog.reviewed_by_type("runtimes").get(kind, ()):
            for place, value in _at(properties, [row["property"]], path):
                parameter = mapping_or_empty(value).get("Ref")
                default = mapping_or_empty(self.parameters.get(str(parameter))).get("Default")
                if row["value"] in (value, default):
                    said = f", the default of {parameter}," if parameter else f"{where}," if where else ""
                    yield from self._runtime(name, row, path[:2] if where else place, said)

    def _runtime(self, name: str, row: dict[str, Any], path: Path, said: str) -> Iterator[Finding]:
        successor = row.get("successor")
        instead = f"; its successor is {successor}" if successor else ""
        what = f"{name}: the {row['property'].lower()} {row['value']}{said}"
        later = row.get("no_create", "")
        if later and later <= self.today:
            no_update = row.get("no_update", "9")
            both = "new functions and updates" if no_update <= self.today else "new functions"
            yield finding("PF710", f"{what} is no longer taken: {both} are refused{instead}", path)
        elif row.get("deprecated", "9") <= self.today:
            when = f", and new functions are refused from {later}" if later else ""
            yield finding("PF709", f"{what} is deprecated since {row['deprecated']}{when}{instead}", path)

    def _value(self, record: ResourceType, facts: Property, value: Any, path: Path) -> Iterator[Finding]:
        """What the catalog says against a value, however deep."""
        if facts.deprecated or (record.paths and "deprecated" in record.paths.get(_without_items(path), ())):
            yield finding("PF708", f"{path[1]}: {_shown(path)} is deprecated", path)
        yield from self._inside(record, facts, facts.type, value, path)

    def _inside(
        self, record: ResourceType, facts: Property | None, kind: Type | None, value: Any, path: Path
    ) -> Iterator[Finding]:
        # No pass: it goes down the types of the catalog with the value.
        if isinstance(value, str):
            if facts is not None and facts.pattern is not None:
                yield from _pattern(facts.pattern, value, path)
        elif is_list(value):
            items = None if facts is None else facts.items
            item = None if kind is None else kind.item
            for index, part in enumerate(value):
                yield from self._inside(record, items, item, part, (*path, index))
        elif is_mapping(value):
            branches = value.get("Fn::If")
            if is_list(branches):
                for index, part in enumerate(branches[1:3], 1):
                    yield from self._inside(record, facts, kind, part, (*path, "Fn::If", index))
            elif kind is not None:
                yield from self._block(record, kind.text, value, path)

    def _block(self, record: ResourceType, kind: str, value: dict[str, Any], path: Path) -> Iterator[Finding]:
        if kind not in record.definitions:
            return
        members = record.definition(kind).properties
        for key, item in value.items():
            facts = members.get(key)
            if facts is not None:
                yield from self._value(record, facts, item, (*path, key))


def _pattern(pattern: str, text: str, path: Path) -> Iterator[Finding]:
    # Dialects match other characters than ASCII differently, and a dynamic reference is resolved later.
    if len(text) > _LONGEST or not text.isascii() or "{{resolve:" in text:
        return
    answer = matches(pattern, text, whole=False)
    if answer == "unreadable":
        from ..catalog.patterns import readable

        answer = matches(readable(pattern), text, whole=False)
    if answer == "no":
        yield finding(
            "PF707",
            f"{path[1]}: {_shown(path)} is {text[:60]!r}, which does not match the pattern {pattern}",
            path,
        )


def finding(code: str, message: str, path: Path) -> Finding:
    """A finding of ours, without its line."""
    row = CODES[code]
    resource = str(path[1]) if len(path) > 1 and path[0] == "Resources" else None
    return Finding(code, row.kind, row.severity, resource, message, pointer(path) if path else None)


def said_once(
    cases: Mapping[str | None, Checked], look: Callable[[Checked], Iterable[tuple[str, Finding]]]
) -> Iterator[Finding]:
    """What is found in the values of each case, with the first case that has it.

    `look` gives a sentence with each finding; the same one at the same place is said once, as of what a loop makes.
    """
    said: set[tuple[str | None, str]] = set()
    for case, checked in cases.items():
        for sentence, found in look(checked):
            if (found.path, sentence) not in said:
                said.add((found.path, sentence))
                yield attrs.evolve(found, message=f"{found.message} (in the case {case})") if case else found


def _called(owner: Path) -> str:
    if len(owner) != 2:
        return f"the section {owner[0]}" if owner else "the template"
    section = str(owner[0])
    # A resource or parameter is known by its name alone.
    what = "" if section in ("Resources", "Parameters") else f"the {ELEMENTS.get(section, section)} "
    return f"{what}{owner[1]}"


def _without_items(path: Path) -> str:
    """``/Properties/Tags/Value`` of such a path: neither places in lists nor functions."""
    return f"/{'/'.join(step for step in path[2:] if isinstance(step, str) and step[:4] != 'Fn::')}"


def _shown(path: Path) -> str:
    """``Tags[0].Value`` of a path below Properties."""
    text = ""
    for step in path[3:]:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text.replace(".Fn::If[1]", "").replace(".Fn::If[2]", "")


def _at(value: Any, steps: list[str], path: Path) -> Iterator[tuple[Path, Any]]:
    """The values at a path of keys, through both branches of each ``Fn::If``."""
    found = [*branches(value, path)]
    for step in steps:
        found = [
            each
            for place, part in found
            if is_mapping(part) and step in part
            for each in branches(part[step], (*place, step))
        ]
    yield from found


def _transforms(given: Any) -> list[str]:
    found: list[str] = []
    for item in given if is_list(given) else [given]:
        if isinstance(item, str):
            found.append(item)
        elif is_mapping(item):
            found.append(str(item.get("Name")))
    return found
