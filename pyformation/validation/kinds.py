"""Values of another kind than their property takes: a list where a text belongs, a text where a list belongs.

cloudformation-validate looks at what is written; here the values of functions are known, and of other functions whether
they give a list at all. A text for a number is no matter: CloudFormation converts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from .. import catalog
from ..evaluation.checking import Checked
from ..evaluation.expressions import MACRO
from ..evaluation.unknowns import Choice, Unknown
from ..evaluation.unknowns import cases as cases_of
from ..evaluation.verdicts import is_absent
from ..finding import Finding
from ..plain import is_list, is_mapping, mapping_or_empty
from .checks import finding, said_once
from .structure import LISTING, is_list_parameter
from .uses import Path

if TYPE_CHECKING:
    from ..catalog import Property, ResourceType
    from ..catalog._types import Type

Kind = Literal["text", "list", "mapping"]
_TEXTS = ("Fn::Join", "Fn::Sub", "Fn::Base64", "Fn::ToJsonString")
_NAMED: dict[Kind, str] = {"text": "one value", "list": "a list", "mapping": "a mapping"}
_REMEDY = {("text", "list"): "; Fn::Join makes a text of it, and Fn::Select takes one of it"}


def wrong(data: Mapping[str, Any], cases: Mapping[str | None, Checked]) -> Iterator[Finding]:
    """The values of another kind, in all cases; each is said once."""
    parameters = mapping_or_empty(data.get("Parameters"))
    lists = {name for name, facts in parameters.items() if is_list_parameter(facts)}

    def look(checked: Checked) -> Iterator[tuple[str, Finding]]:
        for name, resource in checked.resources.items():
            record = catalog.find(resource.type)
            if resource.exists is False or record is None or record.is_sam or MACRO in resource.properties:
                continue
            place = (*checked.written.get(name, ("Resources", name)), "Properties")
            for path, sentence in _Kinds(record, lists).of(record.properties, resource.properties, place):
                yield sentence, finding("PF720", f"{name}: {sentence}", path)

    return said_once(cases, look)


class _Kinds:
    def __init__(self, record: ResourceType, lists: set[str]) -> None:
        self.record = record
        self.lists = lists

    def of(
        self, properties: Mapping[str, Property], values: Mapping[str, Any], path: Path
    ) -> Iterator[tuple[Path, str]]:
        """The mistakes in the properties of the resource or of a property type."""
        for key, value in values.items():
            known = properties.get(key)
            if known is not None:
                yield from self._value(known.type, key, value, (*path, key))

    def _value(self, taken: Type, key: str, value: Any, path: Path) -> Iterator[tuple[Path, str]]:
        if isinstance(value, Choice):
            for case in cases_of(value):
                yield from self._value(taken, key, case, path)
            return
        wanted, found = _wanted(taken), self._kind(value)
        if wanted is None or found is None:
            return
        if wanted != found:
            made = (
                f", which {value.name} gives"
                if isinstance(value, Unknown) and value.kind == "function"
                else ""
            )
            remedy = _REMEDY.get((wanted, found), "")
            yield path, f"{key} takes {_NAMED[wanted]}, found {_NAMED[found]}{made}{remedy}"
        elif taken.kind == "definition" and is_mapping(value):
            yield from self.of(self.record.definition(taken.text).properties, value, path)
        elif taken.item is not None and (is_list(value) or is_mapping(value)):
            for step, item in enumerate(value) if is_list(value) else value.items():
                yield from self._value(taken.item, key, item, (*path, step))

    def _kind(self, value: Any) -> Kind | None:
        if is_absent(value):
            return None
        if is_list(value):
            return "list"
        if is_mapping(value):
            return "mapping" if MACRO not in value else None
        if not isinstance(value, Unknown):
            if isinstance(value, str) and "{{resolve:" in value:
                return None
            return "text"
        if value.kind in ("parameter", "ssm"):
            # What a parameter leads to in SSM has the parameter among its parts.
            named = [
                part.name
                for part in (value, *value.parts)
                if isinstance(part, Unknown) and part.kind == "parameter"
            ]
            if self.lists.intersection(named):
                return "list"
            return "text" if named else None
        if value.kind == "function" and value.name in LISTING:
            return "list"
        if value.kind == "text" or (value.kind == "function" and value.name in _TEXTS):
            return "text"
        return None


def _wanted(taken: Type) -> Kind | None:
    """What a property takes; None where it takes several kinds, or anything."""
    if taken.kind == "union":
        first, *others = map(_wanted, taken.options)
        return first if all(other == first for other in others) else None
    kinds: dict[str, Kind] = {"scalar": "text", "list": "list", "map": "mapping", "definition": "mapping"}
    return kinds.get(taken.kind)
