"""Values that AWS re-reads on every update, and what changes if one of them has changed.

Whenever CloudFormation updates a stack, it reads the values behind SSM-typed parameters and the outputs of other
stacks, and possibly those behind dynamic references of the resources that it updates. Template and inputs are the
same, so this is no change of the update; but a new image has replaced instances. So the update is compared once more
with all of these values changed, and what then changes in addition is reported.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/parameters-section-structure.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from ..errors import EvaluationError
from ..evaluation.expressions import calls, section
from ..evaluation.functions import stack_output_name
from ..evaluation.parameters import is_reference_text, is_stored
from ..evaluation.references import named
from ..evaluation.secrets import is_secret
from ..evaluation.unknowns import Unknown, mapped, masked, unknown_parts
from ..plain import is_list, is_mapping, spelling
from ..pointers import place_of
from .comparison import same_as_text
from .diff import ResourceChange
from .records import (
    Path,
    PropertyChange,
    Refreshed,
    RefreshedResource,
    Replacement,
    worst,
)
from .sides import Side, Sides

# A value that has changed: the name of a parameter, or the text of a reference.
_Names = frozenset[str]
_NONE: _Names = frozenset()


@attrs.frozen
class Settled:
    """What is known of re-read values: either all (`all`) are assumed to be unchanged, or some are given for both
    sides."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    all: bool = False

    def is_same(self, name: str) -> bool:
        """Whether a value is certainly unchanged."""
        return self.all or (self.is_given(name) and same_as_text(self.before[name], self.after[name]))

    def is_given(self, name: str) -> bool:
        """Whether the value is known on both sides, so that its change is part of the diff."""
        return self.all or (name in self.before and name in self.after)

    def of_nested(self) -> Settled:
        """What is known in a nested stack, whose parameters differ from those of the same name here."""
        before, after = of_references(self.before), of_references(self.after)
        return Settled(before, after, self.all)


def of_references(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are given for texts of references, not for parameters."""
    return {name: value for name, value in resolved.items() if is_reference_text(name)}


def refreshed_values(
    sides: Sides,
    changes: Sequence[ResourceChange],
    settled: Settled,
    changes_of: Callable[[Sides], Sequence[ResourceChange]],
) -> Iterator[Refreshed]:
    """The re-read values that may change something that does not change already.

    `changes` are those of the update; `changes_of` gives the changes between two other sides.
    """
    parameters = {
        name: str(sent) for name, sent in _stored_parameters(sides).items() if not settled.is_given(name)
    }
    known = _stack_outputs(sides.before)
    outputs = [name for name in _stack_outputs(sides.after) if name in known and not settled.is_given(name)]
    # Of resources that are or may be updated in place: the references of others are not resolved.
    updated = [change.logical_id for change in changes if change.action == "Modify" and change.changes]
    texts = _Texts(sides.after, settled)
    written = {name: sides.after.resources[name] for name in updated}
    rewritten = {name: texts.moved(node) for name, node in written.items() if b"{{resolve:" in spelling(node)}
    if not (parameters or outputs or texts.found):
        return
    moved = Sides(sides.before, sides.after.with_moved(parameters, outputs, rewritten))
    effects = _Effects(moved, frozenset({*parameters, *outputs, *texts.found}), changes, changes_of(moved))
    for name, source in parameters.items():
        if found := effects.of(name):
            yield Refreshed("parameter", name, source, True, found)
    for name in outputs:
        if found := effects.of(name):
            yield Refreshed("stack output", name, name, True, found)
    for name, source in texts.found.items():
        # The documentation contradicts itself on whether CloudFormation re-reads such a value, so it may.
        if found := effects.of(name):
            yield Refreshed("dynamic reference", name, source, False, found)


def _stored_parameters(sides: Sides) -> dict[str, Any]:
    """The parameters whose values SSM stores and whose names stay the same, with these names."""
    found: dict[str, Any] = {}
    before = section(sides.before.data, "Parameters")
    for name, facts in section(sides.after.data, "Parameters").items():
        sent = sides.after.sent[name]
        if is_stored(facts) and is_stored(before.get(name)) and same_as_text(sides.before.sent[name], sent):
            found[name] = "****" if is_secret(facts) else "no value given" if sent is None else sent
    return found


def _stack_outputs(side: Side) -> list[str]:
    """The names of the outputs of other stacks that resources refer to."""
    found: dict[str, None] = {}
    for name in side.resources:
        if side.may_call(name, "Fn::GetStackOutput") and side.exists(name) is not False:
            found.update(dict.fromkeys(_outputs_in(side, [*side.nodes(name).values()])))
    return list(found)


def _outputs_in(side: Side, nodes: list[Any]) -> Iterator[str]:
    for function, argument in calls(nodes):
        if function == "Fn::GetStackOutput":
            try:
                yield stack_output_name(side.engine.value(argument))
            except EvaluationError:
                continue  # It is in a branch that is not taken.


class _Effects:
    """What changes if values have changed, in addition to the other changes, and because of which value."""

    def __init__(
        self,
        moved: Sides,
        names: _Names,
        changes: Sequence[ResourceChange],
        with_moved: Sequence[ResourceChange],
    ) -> None:
        self.side = moved.after
        self.sides = moved
        self.names = names
        self.anyway = {change.logical_id: change for change in changes}
        self.with_moved = {change.logical_id: change for change in with_moved}
        self._of_conditions: dict[str, _Names] = {}
        # By logical ID and path of a changed value: the values behind it.
        self.through: dict[str, _Names] = {}
        self.by_path: dict[str, dict[Path, _Names]] = {}
        while self._spread():
            pass

    def of(self, name: str) -> tuple[RefreshedResource, ...]:
        """The resources that change if a value has changed."""
        found: list[RefreshedResource] = []
        for logical_id, change in self.with_moved.items():
            if name in self.through.get(logical_id, _NONE):
                found += self._resource(name, change, self.anyway.get(logical_id))
        return tuple(found)

    def _resource(
        self, name: str, change: ResourceChange, anyway: ResourceChange | None
    ) -> Iterator[RefreshedResource]:
        if anyway is not None and (anyway.action in ("Add", "Remove") or anyway.replacement == "True"):
            return  # It is created with the present value, or removed.
        if change.nested is not None:
            yield from _inside(change, anyway)
        by_path = self.by_path[change.logical_id]
        more = [
            one
            for one in _more(change, anyway)
            if any(
                name in names for path, names in by_path.items() if place_of(one.path)[: len(path)] == path
            )
        ]
        if more:
            replacement: Replacement = "False"
            for one in more:
                replacement = worst(replacement, one.replacement)
            cause = next(one for one in more if one.replacement == replacement)
            yield RefreshedResource(
                change.logical_id, change.type, change.action, replacement, cause.path, cause.place
            )
        elif change.action != "Modify" and (anyway is None or anyway.action != change.action):
            yield RefreshedResource(
                change.logical_id, change.type, change.action, change.replacement, None, change.place
            )

    def _spread(self) -> bool:
        """Follow the values through references; whether that found anything new."""
        further = False
        for logical_id, change in self.with_moved.items():
            if logical_id not in self.side.resources:
                names = self._of_condition(self.sides.before.resources[logical_id].get("Condition"))
                by_path: dict[Path, _Names] = {}
            else:
                by_path = self.by_path[logical_id] = self._sources(logical_id)
                names = self._of_condition(self.side.resources[logical_id].get("Condition"))
            names = names.union(*by_path.values())
            if names != self.through.get(change.logical_id, _NONE):
                self.through[logical_id] = names
                further = True
        return further

    def _sources(self, logical_id: str) -> dict[Path, _Names]:
        references = self.sides.references.get(logical_id, {})
        found: dict[Path, _Names] = {}
        for path, node in self.side.nodes(logical_id).items():
            # A dynamic reference has been replaced by its unknown value.
            names = {
                *_outputs_in(self.side, [node]),
                *(one.name for one in unknown_parts(node)),
            } & self.names
            for reference in references.get(path, ()):
                if reference.name in self.names:
                    names.add(reference.name)
                names |= self.through.get(reference.name, _NONE)
            for condition in named(node, "condition"):
                names |= self._of_condition(condition)
            if names:
                found[path] = frozenset(names)
        return found

    def _of_condition(self, condition: Any) -> _Names:
        """The values that a condition depends on."""
        if not isinstance(condition, str):
            return _NONE
        known = self._of_conditions.get(condition)
        if known is None:
            self._of_conditions[condition] = _NONE
            node = section(self.side.data, "Conditions").get(condition)
            names = {reference.name for reference in self.side.engine.references(node)} & self.names
            for other in named(node, "condition", is_condition=True):
                names |= self._of_condition(other)
            known = self._of_conditions[condition] = frozenset(names)
        return known


def _more(change: ResourceChange, anyway: ResourceChange | None) -> Iterator[PropertyChange]:
    """The changes of a resource in addition to those of the update, or with a worse outcome."""
    known: dict[str, Replacement] = {}
    if anyway is not None:
        for one in anyway.changes:
            known[one.path] = worst(known.get(one.path, "False"), one.replacement)
    for one in change.changes:
        if one.path not in known or worst(known[one.path], one.replacement) != known[one.path]:
            yield one


def _inside(change: ResourceChange, anyway: ResourceChange | None) -> Iterator[RefreshedResource]:
    """What changes in a nested stack that gets the value."""
    assert change.nested is not None
    nested = () if anyway is None or anyway.nested is None else anyway.nested.resources
    known = {one.logical_id: one for one in nested}
    for one in change.nested.resources:
        before = known.get(one.logical_id)
        if before is not None and (before.action == "Add" or before.replacement == "True"):
            continue
        more = list(_more(one, before))
        if one.nested is not None:
            for found in _inside(one, before):
                yield attrs.evolve(found, logical_id=f"{change.logical_id}.{found.logical_id}")
        if more or before is None:
            path = next((part.path for part in more if part.replacement == one.replacement), None)
            yield RefreshedResource(
                f"{change.logical_id}.{one.logical_id}",
                one.type,
                one.action,
                one.replacement,
                path,
                one.place,
            )


# -- dynamic references

# It may contain names of an Fn::Sub. No text is searched twice.
_DYNAMIC = re.compile(
    r"\{\{resolve:(ssm|ssm-secure|secretsmanager):((?:[^{}$\n]|\$(?!\{)|\$\{[^{}\n]*\})*+)\}\}"
)


class _Texts:
    """Rewrites expressions as if all dynamic references without a version had changed; `found` has these references."""

    def __init__(self, side: Side, settled: Settled) -> None:
        self.engine = side.engine
        self.settled = settled
        self.found: dict[str, str] = {}

    def moved(self, node: Any) -> Any:
        """An expression with an unknown value in place of each reference."""
        return mapped(node, self._moved)

    def _moved(self, node: Any) -> Any:
        if isinstance(node, str):
            return self._text(node, lambda text: text) if "{{resolve:" in node else node
        if is_mapping(node) and list(node) == ["Fn::Sub"]:
            argument = node["Fn::Sub"]
            template, *variables = argument if is_list(argument) else [argument]
            if not isinstance(template, str) or "{{resolve:" not in template:
                return {"Fn::Sub": self.moved(argument)}
            rest = [self.moved(one) for one in variables]
            return self._text(template, lambda text: {"Fn::Sub": [text, *rest] if rest else text})
        return node

    def _text(self, text: str, expression: Callable[[str], Any]) -> Any:
        pieces: list[Any] = []
        position = 0
        for match in _DYNAMIC.finditer(text):
            name = str(masked(self.engine.value(expression(match[0]))))
            known = _DYNAMIC.fullmatch(name)
            service, reference = (match[1], match[2]) if known is None else (known[1], known[2])
            if _has_version(service, reference) or self.settled.is_same(name):
                continue
            self.found[name] = reference
            pieces += [expression(text[position : match.start()]), Unknown("new", name)]
            position = match.end()
        if not pieces:
            return expression(text)
        pieces.append(expression(text[position:]))
        return {"Fn::Join": ["", [piece for piece in pieces if piece != ""]]}


def _has_version(service: str, reference: str) -> bool:
    """Whether a dynamic reference contains the version of the value, so that it cannot change."""
    fields = reference.split(":")
    # An ARN contains colons itself: six for a parameter, seven for a secret.
    name = 1 if fields[0] != "arn" else (7 if service == "secretsmanager" else 6)
    if service == "secretsmanager":
        # SecretString, a key, a stage, and the ID of a version. Stages move from version to version.
        return len(fields) > name + 3 and bool(fields[name + 3])
    return len(fields) > name and fields[name].isdecimal()
