"""The two answers of AWS to an update: what DescribeChangeSet lists with and without property values.

*Plain*: references to resources are compared as they are written, and every reference to a changed resource is
listed. *With values*: everything is resolved, and only leaves that differ are listed. Each resource is visited after
those that it refers to, so one pass is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Literal

from .. import catalog
from ..evaluation import at
from ..evaluation.engine import Engine
from ..evaluation.expressions import Reference, is_function
from ..evaluation.secrets import MASK, Secret
from ..evaluation.unknowns import Unknown, is_symbol, mapped, scalar_text
from ..plain import is_list, is_mapping
from ..pointers import pointer
from .behavior import policy_action, recreation
from .comparison import differences, same_as_text
from .live import Live
from .places import expression_at
from .records import (
    MISSING,
    ChangeSetEntry,
    Detail,
    Difference,
    Path,
    Replacement,
    Source,
    entity_of,
    strongest,
    worst,
)
from .sides import Side, Sides, given_value

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"


def plain(sides: Sides) -> list[ChangeSetEntry]:
    """DescribeChangeSet without property values."""
    return _Plain(sides).run()


def with_values(sides: Sides) -> list[ChangeSetEntry]:
    """DescribeChangeSet with property values."""
    return _WithValues(sides).run()


def replacement_of(details: list[Detail]) -> Replacement:
    """The most severe of what the details say."""
    found: Replacement = "False"
    for detail in details:
        says: Replacement = "False"
        if detail.requires_recreation == "Always":
            says = "True" if detail.evaluation == "Static" else "Conditional"
        elif detail.requires_recreation == "Conditionally":
            says = "Conditional"
        found = worst(found, says)
    return found


def target_of(type_name: str, path: Path) -> tuple[str, str | None]:
    """The Attribute and the Name of a detail. The tags of some types count as an attribute."""
    if path[0] != "Properties":
        return str(path[0]), None
    if path[1] == "Tags" and any(row["type"] == type_name for row in catalog.reviewed("tag_scope")):
        return "Tags", None
    return "Properties", str(path[1])


class _Answer:
    """The part that both answers share: which resources are listed, in which order, with which action."""

    def __init__(self, sides: Sides) -> None:
        self.sides = sides
        self.before, self.after = sides.before, sides.after
        # Of the resources after: "same", "modified", "maybe" (may be replaced), "replaced", "added".
        self.states: dict[str, str] = {}
        self.entries: dict[str, ChangeSetEntry] = {}
        # The states of a resource that change the value of an expression that refers to it.
        self.changing: set[str] = set()

    def run(self) -> list[ChangeSetEntry]:
        for name in self.sides.visits(self.states, self.entries.clear):
            with at(f"Resources.{name}"):
                self._visit(name)
        for name, resource in self.before.resources.items():
            if self.before.exists(name) is not False and self.after.exists(name) is False:
                self.entries[name] = ChangeSetEntry(
                    "Remove" if self.before.exists(name) is True else "Dynamic",
                    name,
                    resource["Type"],
                    policy_action=policy_action(self.before, name, "DeletionPolicy"),
                    before_context=self.context_of_removed(name),
                )
        return sorted(self.entries.values(), key=lambda entry: f"{entry.logical_id}\uffff")

    def _visit(self, name: str) -> None:
        type_name: str = self.after.resources[name]["Type"]
        if self.before.exists(name) is False:
            self._is(name, "added")
            self.entries[name] = ChangeSetEntry(
                "Add" if self.after.exists(name) is True else "Dynamic",
                name,
                type_name,
                after_context=self.context_after(name),
            )
            return
        details = [] if self.sides.untouched(name, self.changing) else self.details(name, type_name)
        if not details and name in self.sides.changing_stacks:
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/change-sets-for-nested-stacks.html
            details = [Detail("Properties", None, "Never", "Dynamic", "Automatic")]
        if not same_as_text(self.before.exists(name), self.after.exists(name)):
            self._is(name, "maybe")
            self.entries[name] = ChangeSetEntry(
                "Dynamic", name, type_name, scope=_scope(details), details=tuple(details)
            )
            return
        if not details:
            self._is(name, "same")
            return
        replacement = replacement_of(details)
        self._is(name, {"True": "replaced", "Conditional": "maybe", "False": "modified"}[replacement])
        action = None
        if replacement == "True":
            action = policy_action(self.after, name, "UpdateReplacePolicy")
        self.entries[name] = ChangeSetEntry(
            "Modify",
            name,
            type_name,
            replacement,
            action,
            _scope(details),
            tuple(details),
            self.context_before(name),
            self.context_after(name),
        )

    def _is(self, name: str, state: str) -> None:
        self.states[name] = state
        if state not in self.stays_in:
            self.changing.add(name)
        else:
            self.changing.discard(name)

    # In which states a reference to a resource is never a cause.
    stays_in: ClassVar[tuple[str, ...]] = ("same",)

    def details(self, name: str, type_name: str) -> list[Detail]:
        raise NotImplementedError

    def context_before(self, _name: str) -> dict[str, Any] | None:
        return None

    def context_after(self, _name: str) -> dict[str, Any] | None:
        return None

    def context_of_removed(self, _name: str) -> dict[str, Any] | None:
        return None

    # Whether every attribute of a resource that is updated in place counts as changed.
    attributes_change = False

    def causes(self, references: list[Reference]) -> Iterator[tuple[Any, Any, str]]:
        """The causes among the references of an expression: evaluation, kind and name."""
        for reference in references:
            if self.parameter_cause(reference):
                yield "Static", "ParameterReference", reference.name
                continue
            state = self.states.get(reference.name)
            source = "ResourceReference" if reference.attribute is None else "ResourceAttribute"
            if state in ("replaced", "added"):
                yield "Static", source, entity_of(reference)
            elif state == "maybe" or (
                state == "modified" and self.attributes_change and reference.attribute is not None
            ):
                yield "Dynamic", source, entity_of(reference)

    def parameter_cause(self, reference: Reference) -> bool:
        return reference.attribute is None and reference.name in self.sides.changed_parameters


def _scope(details: list[Detail]) -> tuple[str, ...]:
    return tuple(sorted({detail.attribute for detail in details}))


def _direct(causes: list[Any]) -> Literal["Static", "Dynamic"]:
    """How AWS evaluates a direct modification: as Dynamic if there is another cause."""
    return "Dynamic" if causes else "Static"


def _source(path: Path) -> Source | None:
    """What AWS calls the cause of a value that differs by itself; the stack's tags have no cause."""
    return None if path[0] == "Tags" else "DirectModification"


class _Plain(_Answer):
    attributes_change = True

    def __init__(self, sides: Sides) -> None:
        super().__init__(sides)
        self.changing |= sides.changed_parameters

    def details(self, name: str, type_name: str) -> list[Detail]:
        references = self.sides.references[name]
        found: list[Detail] = []
        for path, node_before, node_after, stays in self.sides.expressions(name):
            causes = list(self.causes(references.get(path, [])))
            changed: list[Difference] = []
            if not stays:
                one = given_value(self.before.engine, node_before)
                other = given_value(self.after.engine, node_after)
                changed = list(differences(one, other, path))
            if not causes and not changed:
                continue
            recreated = recreation(type_name, path)
            for difference in changed:
                deeper = recreation(type_name, difference.path, difference)
                recreated = strongest(recreated, deeper)
            if causes:
                for place, expression in self._expressions(node_after, path):
                    if any(self.causes(list(self.after.engine.references(expression)))):
                        made = Difference(place, MISSING, self.after.engine.value(expression))
                        recreated = strongest(recreated, recreation(type_name, place, made))
            attribute, top = target_of(type_name, path)
            for evaluation, source, entity in causes:
                found.append(Detail(attribute, top, recreated, evaluation, source, entity))
            if changed:
                found.append(Detail(attribute, top, recreated, _direct(causes), _source(path)))
        return list(dict.fromkeys(found))  # The tags of a stack are listed once.

    def _expressions(self, node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
        """The expressions at and below a node, each with the path of its value.

        No pass: the engine says which branch of an Fn::If counts, and the path of a value has no Fn::If in it.
        """
        if is_list(node):
            for index, item in enumerate(node):
                yield from self._expressions(item, (*path, index))
        if not is_mapping(node):
            return
        if len(node) == 1 and "Fn::If" in node:
            chosen = self.after.engine.branch(node["Fn::If"])
            for part in node["Fn::If"][1:] if chosen is None else [chosen]:
                yield from self._expressions(part, path)
        elif is_function(node):
            yield path, node
        else:
            for key, item in node.items():
                yield from self._expressions(item, (*path, key))


class _Resolved:
    """Resolves references to the values that AWS shows: present ones, or unknown until the update is executed."""

    def __init__(self, answer: _WithValues) -> None:
        self.answer = answer

    def reference(self, logical_id: str) -> Any:
        if self.answer.states.get(logical_id) in ("same", "modified"):
            return self.answer.live.reference(logical_id)
        return Unknown("apply", logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        if self.answer.states.get(logical_id) in ("same", "modified"):
            return self.answer.live.attribute(logical_id, name)
        return Unknown("apply", f"{logical_id}.{name}")


class _NothingKnown:
    """For removed resources: AWS shows every reference to a resource as unknown."""

    def reference(self, logical_id: str) -> Any:
        return Unknown("apply", logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        return Unknown("apply", f"{logical_id}.{name}")


class _WithValues(_Answer):
    stays_in: ClassVar[tuple[str, ...]] = ("same", "modified")

    def __init__(self, sides: Sides) -> None:
        super().__init__(sides)
        self.live = Live(sides.before)
        self.engine_before = self.live.engine
        self.engine_after: Engine = sides.after.engine.with_resources(_Resolved(self))

    def details(self, name: str, type_name: str) -> list[Detail]:
        found: list[Detail] = []
        for path, node_before, node_after, stays in self.sides.expressions(name):
            if stays and not any(
                reference.name in self.changing for reference in self.sides.references[name].get(path, ())
            ):
                continue
            one = given_value(self.engine_before, node_before)
            other = given_value(self.engine_after, node_after)
            for difference in differences(one, other, path, leaf_rule(type_name)):
                found += self._leaf(type_name, path, node_after, difference)
        return found

    def _leaf(self, type_name: str, path: Path, node: Any, difference: Difference) -> Iterator[Detail]:
        recreated = recreation(type_name, difference.path, difference)
        if path[0] == "Properties":
            top = recreation(type_name, path)
            recreated = strongest(recreated, top)
        place = expression_at(self.after.engine, node, difference.path[len(path) :])
        references = list(dict.fromkeys(self.after.engine.references(place)))
        causes = list(self.causes(references))
        attribute, name = target_of(type_name, path)
        for evaluation, source, entity in causes:
            yield Detail(attribute, name, recreated, evaluation, source, entity, difference)
        yield Detail(attribute, name, recreated, _direct(causes), _source(path), None, difference)

    def context_before(self, name: str) -> dict[str, Any] | None:
        return context(self.before, name, self.engine_before)

    def context_after(self, name: str) -> dict[str, Any] | None:
        return context(self.after, name, self.engine_after)

    def context_of_removed(self, name: str) -> dict[str, Any] | None:
        return context(self.before, name, self.before.engine.with_resources(_NothingKnown()))


def leaf_rule(type_name: str) -> Callable[[Path], bool]:
    """The paths below which AWS does not compare: free-form properties, except those of custom resources."""

    def is_leaf(path: Path) -> bool:
        if path[0] != "Properties":
            return True
        record = catalog.find(type_name)
        found = catalog.find_property(type_name, pointer(path))
        if record is None or record.open or found is None:
            return False
        kind = found.type.text
        return kind.startswith(("json", "any")) or (len(path) == 2 and kind.startswith("{"))

    return is_leaf


def context(side: Side, name: str, engine: Engine) -> dict[str, Any]:
    """The properties and attributes of a resource as AWS shows them."""
    resource = side.resources[name]
    found: dict[str, Any] = {}
    for key, node in resource.items():
        if key not in ("Type", "Condition", "DependsOn"):
            found[key] = shown(engine.value(node))
    return found


def shown(value: Any) -> Any:
    """A value as AWS prints it: scalars as text, unknown values as a placeholder."""
    return mapped(value, _shown)


def _shown(part: Any) -> Any:
    if isinstance(part, Secret):
        return MASK
    if isinstance(part, Unknown) and part.kind == "text" and part.made_by == "Fn::Sub":
        return "".join(str(shown(piece)) for piece in part.parts)
    if is_symbol(part):
        return KNOWN_AFTER_APPLY
    return part if is_mapping(part) or is_list(part) else scalar_text(part)
