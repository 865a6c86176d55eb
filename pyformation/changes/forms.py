"""ARNs and URLs of resources as texts, so that a literal equals a reference if both mean the same resource.

The catalog has the form of each ARN (`Attribute.form`). Without ``--region`` and ``--account``, the partition, account
and region in it are unknown; the partition is that of the literals, as an ARN of another one means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from .. import catalog
from ..errors import EvaluationError
from ..evaluation.engine import Engine
from ..evaluation.secrets import like, opened
from ..evaluation.unknowns import NO_VALUE, Choice, Unknown, is_known, mapped, parts, text, unknowns
from ..names import PSEUDO_PARAMETERS
from .certainty import may_be_same
from .comparison import PLAIN, same_as_text
from .live import property_value
from .observed import FORM_VARIABLE
from .records import MISSING
from .sides import Side, Sides

_PARTITION = re.compile(r"\barn:(aws[a-z-]*):")
_SUFFIX = re.compile(r"\.(amazonaws\.com(?:\.cn)?)\b")

# The random characters of a form, which a text may have or not.
_RANDOM = "??"


class _NotKnown(Exception):
    """A part of a form has no value that is a single text."""


def formed(name: str, side: Side, engine: Engine, settled: Callable[[Any], Any]) -> Any:
    """The text of ``Queue.Arn`` or ``Topic`` on one side, with unknown pieces; None if its form is not known.

    `settled` gives each unknown piece the value that is assumed for it.
    """
    logical_id, _, attribute = name.partition(".")
    resource = side.resources.get(logical_id)
    record = None if resource is None else catalog.find(resource["Type"])
    if resource is None or record is None or record.open:
        return None
    if not attribute:
        attribute = record.ref[0] if len(record.ref) == 1 else ""
    facts = record.attributes.get(attribute)
    if facts is None or facts.form is None:
        return None
    try:
        if facts.form_unless is not None and _is_given(engine, resource, facts.form_unless):
            return None
        return text([*_pieces(facts.form, logical_id, resource, record, engine, settled)], "")
    except (EvaluationError, _NotKnown):
        return None


def _pieces(
    form: str,
    logical_id: str,
    resource: Any,
    record: catalog.ResourceType,
    engine: Engine,
    settled: Callable[[Any], Any],
) -> Iterator[Any]:
    place = 0
    for match in FORM_VARIABLE.finditer(form):
        yield form[place : match.start()]
        place = match.end()
        slash, name, default = match.groups()
        if name.startswith("AWS::"):
            yield settled(engine.value({"Ref": name}))
            continue
        value = property_value(engine, resource, (name,)) if name in record.properties else MISSING
        if value is MISSING or value is NO_VALUE:
            if default is not None:
                value = default
            elif record.ref == [name]:
                value = engine.reference(logical_id)
            elif name in record.attributes:
                value = engine.attribute(logical_id, name)
        value = settled(value)
        if slash and isinstance(value, str):
            value = value if opened(value).startswith("/") else like(f"/{opened(value)}", value)
        # A name has no colon: if an ARN is given instead, the form does not apply.
        if not isinstance(value, (str, Unknown)) or (isinstance(value, str) and ":" in opened(value)):
            raise _NotKnown
        if (slash and not is_known(value)) or any(isinstance(part, Choice) for part in parts(value)):
            raise _NotKnown
        yield value
    yield form[place:]


def _is_given(engine: Engine, resource: Any, name: str) -> bool:
    value = property_value(engine, resource, (name,))
    return value is not MISSING and value is not NO_VALUE


def assumed_partition(sides: Sides, values: Iterable[Any]) -> dict[str, str]:
    """The partition and the URL suffix in the literals, if all have the same and no other is given."""
    texts = list(literals(values))
    found: dict[str, str] = {}
    for name, pattern in (("AWS::Partition", _PARTITION), ("AWS::URLSuffix", _SUFFIX)):
        said = {match for one in texts for match in pattern.findall(one)}
        if len(said) == 1 and not is_pseudo_known(sides, name):
            found[name] = said.pop()
    return found


def is_pseudo_known(sides: Sides, name: str) -> bool:
    """Whether the value of a pseudo parameter is given on both sides."""
    return all(
        not isinstance(side.engine.inputs.pseudo(name), Unknown) for side in (sides.before, sides.after)
    )


def literals(values: Iterable[Any]) -> Iterator[str]:
    """The known texts in some values."""
    for value in values:
        for part in parts(value):
            if isinstance(part, str):
                yield str(part)


class WrittenOut:
    """Values in which references to resources are the texts that they stand for, as far as the forms say them.

    A resource that is replaced is another one than before, even under the same name, so references to it stay
    symbols, as do those that may change.
    """

    def __init__(self, sides: Sides, before: Engine, after: Engine) -> None:
        self.sides = sides
        self.engines = before, after

    def pair(self, before: Any, after: Any) -> tuple[Any, Any]:
        """Both values, written out if one of them refers to a resource that the other does not refer to."""
        if before is MISSING or after is MISSING or _referred(before) == _referred(after):
            return before, after
        assumed = assumed_partition(self.sides, [before, after])

        def settled(value: Any) -> Any:
            return mapped(value, lambda part: _assumed(part, assumed))

        def written(part: Any) -> Any:
            if not isinstance(part, Unknown):
                return part
            found = self._text(part, settled)
            return _assumed(part, assumed) if found is None else found

        return mapped(before, written), mapped(after, written)

    def same(self, before: Any, after: Any) -> bool:
        """Whether two values are equal, by a literal or a reference."""
        if same_as_text(before, after):
            return True
        one, other = self.pair(before, after)
        return not (one is before and other is after) and same_as_text(one, other)

    def may_be_same(self, before: Any, after: Any, *as_it_is: Callable[[str], Any]) -> bool:
        """Whether two values that differ may be equal (`certainty.may_be_same`)."""
        if may_be_same(before, after, *as_it_is):
            return True
        if _referred(before) == _referred(after):
            return False
        one, other = self.pair(before, after)
        if not (one is before and other is after) and may_be_same(one, other):
            return True
        return same_as_text(mapped(before, self._by_identity), mapped(after, self._by_identity))

    def as_reference(self, value: Any) -> Any:
        """The reference that an ARN or URL stands for, the value itself if it is not that of a resource."""
        if not isinstance(value, str) or not opened(value).startswith(("arn:", "https:")):
            return value
        return self._references.get(opened(value), value)

    @cached_property
    def _references(self) -> dict[str, Any]:
        """The references to the resources whose ARNs and URLs are known as a whole, by these texts."""
        found: dict[str, Any] = {}
        for side, engine in zip((self.sides.before, self.sides.after), self.engines, strict=True):
            unknown_names = [
                each for each in PSEUDO_PARAMETERS if isinstance(side.engine.inputs.pseudo(each), Unknown)
            ]
            for name, resource in side.resources.items():
                record = catalog.find(resource["Type"])
                if record is None or (
                    side is self.sides.after and self.sides.before.exists(name) is not False
                ):
                    continue
                for attribute, facts in record.attributes.items():
                    form = facts.form
                    if form is None or any(each in form for each in unknown_names):
                        continue  # Most, where neither region nor account is given.
                    known = formed(f"{name}.{attribute}", side, engine, lambda part: part)
                    if isinstance(known, str):
                        with suppress(EvaluationError):
                            found[opened(known)] = engine.attribute(name, attribute)
        return found

    def _by_identity(self, part: Any) -> Any:
        """A reference in place of the attribute that ``Ref`` may return as well."""
        if not isinstance(part, Unknown) or part.kind != "attribute":
            return part
        logical_id, _, attribute = part.name.partition(".")
        resource = self.sides.before.resources.get(logical_id)
        record = None if resource is None else catalog.find(resource["Type"])
        named = record is not None and (record.ref == [attribute] or record.identifier == [attribute])
        return Unknown("reference", logical_id) if named else part

    def _text(self, symbol: Unknown, settled: Callable[[Any], Any]) -> Any:
        logical_id = symbol.name.partition(".")[0]
        before, after = self.sides.before, self.sides.after
        if symbol.kind in ("reference", "attribute"):
            found = formed(symbol.name, before, self.engines[0], settled)
        elif symbol.kind == "new" and before.exists(logical_id) is False:
            found = formed(symbol.name, after, self.engines[1], settled)
        else:
            return None
        return None if any(_RANDOM in opened(piece) for piece in literals([found])) else found


def _assumed(part: Any, assumed: Mapping[str, str]) -> Any:
    if isinstance(part, Unknown) and part.kind == "pseudo":
        return assumed.get(part.name, part)
    return part


_OF_RESOURCES = frozenset({"reference", "attribute", "new", "may"})


def _referred(value: Any) -> set[str]:
    """The names of the references to resources in a value."""
    if value.__class__ in PLAIN:
        return set()
    return {found.name for found in unknowns(value) if found.kind in _OF_RESOURCES}
