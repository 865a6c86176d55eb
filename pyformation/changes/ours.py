"""Our own answer: a resource is changed if and only if a value that reaches it changes, or may.

An attribute that reads back a property of a changed resource has that property's new value; identifiers
and ARNs stay as they are in an update in place; any other attribute that AWS computes may change. What is
replaced gets new identifiers. See docs/classification.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from .. import catalog
from ..errors import CatalogError
from ..evaluation.engine import Engine, section
from ..evaluation.unknowns import Choice, Unknown, masked
from . import decisions
from .changesets import Live, expression_at, identity_of, leaves_of, mirrored_property, policy, property_value
from .comparison import differences, same
from .records import (
    MISSING,
    Action,
    Cause,
    Difference,
    Path,
    PropertyChange,
    Replacement,
    RequiresRecreation,
    ResourceChange,
    pointer,
    severer,
    stronger,
)
from .sides import Sides


class _After:
    """Answers with the values that resources will have after the update, as far as they are known."""

    def __init__(self, answer: OurAnswer) -> None:
        self.answer = answer

    def reference(self, logical_id: str) -> Any:
        answer = self.answer
        state = answer.states.get(logical_id)
        if state in (None, "same"):
            return answer.live_reference(logical_id)
        identity = identity_of(answer.after.resources[logical_id]["Type"])
        if identity is not None:
            given = answer.property_after(logical_id, (identity,))
            if given is not MISSING:
                return given
        return answer.symbol(state, logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        answer = self.answer
        state = answer.states.get(logical_id)
        if state in (None, "same"):
            return answer.live_attribute(logical_id, name)
        type_name: str = answer.after.resources[logical_id]["Type"]
        mirrored = mirrored_property(type_name, name)
        if mirrored is not None:
            given = answer.property_after(logical_id, mirrored)
            if given is not MISSING:
                return given
            if state == "modified":
                gone = answer.live.property(logical_id, mirrored) is not MISSING
                return (
                    Unknown("may", f"{logical_id}.{name}")
                    if gone
                    else answer.live_attribute(logical_id, name)
                )
            if state == "replaced" and len(mirrored) == 1 and not _names(type_name, str(mirrored[0])):
                return Unknown("may", f"{logical_id}.{name}")  # A default, which the new one has, too.
            return answer.symbol(state, f"{logical_id}.{name}")
        if state == "modified":
            if is_stable(type_name, name):
                return answer.live_attribute(logical_id, name)
            return Unknown("may", f"{logical_id}.{name}")
        return answer.symbol(state, f"{logical_id}.{name}")


def _names(type_name: str, property_name: str) -> bool:
    """Whether a property is what a resource is called by."""
    try:
        record = catalog.resource_type(type_name)
    except CatalogError:
        return True
    return property_name in record.identifier or property_name == record.physical_name


def is_stable(type_name: str, attribute: str) -> bool:
    """Whether an attribute identifies the resource, and so stays as it is while the resource does."""
    try:
        record = catalog.resource_type(type_name)
    except CatalogError:
        return False
    if record.name.startswith("Custom::") or record.any_attribute == "":
        return False
    own = "." not in attribute
    return (
        attribute in record.identifier
        or attribute in record.ref
        or (own and attribute.endswith(("Arn", "ARN")))
    )


class OurAnswer:
    """Visits each resource behind those that it refers to."""

    def __init__(self, sides: Sides) -> None:
        self.sides = sides
        self.before, self.after = sides.before, sides.after
        self.live = Live(sides.before)
        self.states: dict[str, str] = {}
        self.found: dict[str, ResourceChange] = {}
        self.engine: Engine = sides.after.engine.asking(_After(self))
        self._after: dict[tuple[str, str], Any] = {}

    def run(self) -> list[ResourceChange]:
        """Every resource that changes: those that are there afterwards in order of need, then the removed."""
        for name in self.sides.order:
            self._visit(name)
        for name, resource in self.before.resources.items():
            before, after = self.before.lives(name), self.after.lives(name)
            if before is not False and after is False:
                certain = before is True
                self.found[name] = ResourceChange(
                    name,
                    resource["Type"],
                    "Remove" if certain else "Dynamic",
                    policy_action=policy(self.before, name, "DeletionPolicy"),
                )
        return list(self.found.values())

    # -- what the engine asks

    def live_reference(self, logical_id: str) -> Any:
        if logical_id in self.before.resources:
            return self.live.reference(logical_id)
        return Unknown("new", logical_id)

    def live_attribute(self, logical_id: str, name: str) -> Any:
        if logical_id in self.before.resources:
            return self.live.attribute(logical_id, name)
        return Unknown("new", f"{logical_id}.{name}")

    def symbol(self, state: str | None, name: str) -> Any:
        """A value of a resource that nobody knows yet: certainly another one, perhaps, or the present one."""
        if state == "modified":
            return Unknown("attribute" if "." in name else "reference", name)
        return Unknown("may" if state == "maybe" else "new", name)

    def property_after(self, logical_id: str, path: Path) -> Any:
        """The value of a property after the update, `MISSING` where it has none."""
        key = (logical_id, pointer(path))
        if key not in self._after:
            self._after[key] = MISSING  # A circle ends here.
            self._after[key] = property_value(self.engine, self.after.resources[logical_id], path)
        return self._after[key]

    # -- one resource

    def _visit(self, name: str) -> None:
        type_name: str = self.after.resources[name]["Type"]
        before, after = self.before.lives(name), self.after.lives(name)
        if before is False:
            self.states[name] = "added"
            action: Action = "Add" if after is True else "Dynamic"
            self.found[name] = ResourceChange(name, type_name, action)
            return
        changes = tuple(self._changes(name, type_name))
        if not same(before, after):
            self.states[name] = "maybe"
            self.found[name] = ResourceChange(name, type_name, "Dynamic", None, None, changes)
            return
        if not changes:
            self.states[name] = "same"
            return
        replacement: Replacement = "False"
        for change in changes:
            replacement = severer(replacement, change.replacement)
        self.states[name] = {"True": "replaced", "Conditional": "maybe", "False": "modified"}[replacement]
        action_of_policy = None
        if replacement != "False":
            action_of_policy = f"ReplaceAnd{policy(self.after, name, 'UpdateReplacePolicy')}"
        self.found[name] = ResourceChange(name, type_name, "Modify", replacement, action_of_policy, changes)

    def _changes(self, name: str, type_name: str) -> Iterator[PropertyChange]:
        before, after = self.before.nodes(name), self.after.nodes(name)
        references = self.sides.references[name]
        for path in dict.fromkeys([*before, *after]):
            node_before, node_after = before.get(path, MISSING), after.get(path, MISSING)
            if (
                self.sides.same_surroundings
                and node_before == node_after
                and not any(
                    self.states.get(reference.name, "same") != "same"
                    for reference in references.get(path, ())
                )
            ):
                continue
            one = MISSING if node_before is MISSING else self.live.engine.value(node_before)
            other = MISSING if node_after is MISSING else self.engine.value(node_after)
            if one is MISSING or other is MISSING:
                found = [Difference(path, one, other)]
            else:
                found = list(differences(one, other, path))
            for difference in found:
                yield self._change(name, type_name, path, node_before, node_after, difference)

    def _change(
        self, name: str, type_name: str, top: Path, node_before: Any, node_after: Any, difference: Difference
    ) -> PropertyChange:
        certain = not may_be_same(difference.before, difference.after)
        requires, replacement, condition = self._replacement(name, type_name, difference, certain)
        return PropertyChange(
            pointer(difference.path),
            difference.change_type,
            None if difference.before is MISSING else masked(difference.before),
            None if difference.after is MISSING else masked(difference.after),
            certain,
            requires,
            replacement,
            condition,
            tuple(self._causes(top, node_before, node_after, difference)),
        )

    def _replacement(
        self, name: str, type_name: str, difference: Difference, certain: bool
    ) -> tuple[RequiresRecreation, Replacement, str | None]:
        if difference.path[0] != "Properties":
            return "Never", "False", None
        requires: RequiresRecreation = "Never"
        replacement: Replacement = "False"
        condition: str | None = None
        for path in dict.fromkeys([difference.path, *leaves_of(difference)]):
            here: RequiresRecreation = catalog.requires_recreation(type_name, pointer(path))
            if here == "Never":
                continue
            requires = stronger(requires, here)
            says: Replacement = "True" if here == "Always" and certain else "Conditional"
            words: str | None = None
            if here == "Conditionally":
                verdict, words = self._decide(name, type_name, path)
                if verdict is not None:
                    says = "False" if not verdict else ("True" if certain else "Conditional")
            # The words of the worst are what counts.
            if says != replacement and severer(replacement, says) == says:
                condition = words
            elif says == replacement and condition is None:
                condition = words
            replacement = severer(replacement, says)
        return requires, replacement, condition

    def _decide(self, name: str, type_name: str, path: Path) -> tuple[bool | None, str | None]:
        try:
            facts = catalog.lookup(type_name, pointer(path))
        except CatalogError:
            return None, None
        if facts.rule is None:
            return None, facts.condition
        return decisions.decide(
            facts.rule, self._values(name, False), self._values(name, True), path
        ), facts.condition

    def _values(self, name: str, after: bool) -> dict[str, Any]:
        """A whole resource of one side, evaluated."""
        side = self.after if after else self.before
        engine = self.engine if after else self.live.engine
        resource = side.resources[name]
        return {
            key: engine.value(node)
            for key, node in resource.items()
            if key in ("Properties", "UpdatePolicy", "CreationPolicy")
        }

    def _causes(
        self, top: Path, node_before: Any, node_after: Any, difference: Difference
    ) -> Iterator[Cause]:
        found: dict[Cause, None] = {}
        below = difference.path[len(top) :]
        engine = self.after.engine
        if node_after is not MISSING:
            place = expression_at(engine, node_after, below)
            for reference in engine.references(place):
                if reference.name in self.sides.changed_parameters and reference.attribute is None:
                    found[Cause("parameter", reference.name)] = None
                elif self.states.get(reference.name, "same") != "same":
                    entity = (
                        reference.name
                        if reference.attribute is None
                        else f"{reference.name}.{reference.attribute}"
                    )
                    found[Cause("resource", entity)] = None
            for name in _named(place, "Fn::FindInMap"):
                if section(self.before.data, "Mappings").get(name) != section(
                    self.after.data, "Mappings"
                ).get(name):
                    found[Cause("mapping", name)] = None
        for node in (node_before, node_after):
            for name in _named(node, "Fn::If"):
                if self._flipped(name):
                    found[Cause("condition", name)] = None
        if not found or node_before is MISSING or node_after is MISSING:
            found[Cause("edit")] = None
        elif node_before != node_after:
            one = expression_at(self.before.engine, node_before, below)
            if one != expression_at(engine, node_after, below) and not any(
                c.kind == "condition" for c in found
            ):
                found[Cause("edit")] = None
        yield from found

    def _flipped(self, condition: str) -> bool:
        def value(side: Any) -> Any:
            return side.engine.condition(condition) if condition in section(side.data, "Conditions") else None

        return not same(value(self.before), value(self.after))


def _named(node: Any, function: str) -> Iterator[str]:
    """The first arguments of a function below a node, where they are names."""
    if isinstance(node, dict):
        for key, item in node.items():  # pyright: ignore[reportUnknownVariableType]
            if key == function and isinstance(item, list) and item and isinstance(item[0], str):
                yield item[0]
            yield from _named(item, function)
    elif isinstance(node, list):
        for item in node:  # pyright: ignore[reportUnknownVariableType]
            yield from _named(item, function)


def may_be_same(before: Any, after: Any) -> bool:
    """Whether two values that differ are the same unless something unknown changes."""
    if before is MISSING or after is MISSING:
        return False
    olds, news = alternatives(before), alternatives(_unchanged(after))
    return any(same(old, new) for old in olds for new in news)


def alternatives(value: Any) -> list[Any]:
    """What a value may be, where unknown conditions choose."""
    if isinstance(value, Choice):
        return [*alternatives(value.then), *alternatives(value.otherwise)]
    return [value]


def _unchanged(value: Any) -> Any:
    """A value with everything that may change as it is now."""
    if isinstance(value, Unknown):
        if value.kind == "may":
            return Unknown("attribute" if "." in value.name else "reference", value.name)
        if value.parts:
            return attrs.evolve(value, parts=tuple(_unchanged(part) for part in value.parts))
        return value
    if isinstance(value, Choice):
        return attrs.evolve(value, then=_unchanged(value.then), otherwise=_unchanged(value.otherwise))
    if isinstance(value, dict):
        return {key: _unchanged(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, (list, tuple)):
        return [_unchanged(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
