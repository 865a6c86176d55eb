"""Our own answer: a resource changes if and only if a value that reaches it changes or may change.

An attribute that reads back a property of a changed resource has the property's new value. An attribute that none of
the changes affects, such as an identifier and most ARNs and addresses, stays the same in an update in place. Any
other attribute that AWS computes may change. A replaced resource gets new identifiers. See docs/classification.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import attrs

from .. import catalog
from ..evaluation import at
from ..evaluation.engine import Engine
from ..evaluation.expressions import ANY_ATTRIBUTE, Reference
from ..evaluation.unknowns import (
    NO_VALUE,
    Choice,
    Unknown,
    chosen,
    mapped,
    masked,
)
from ..pointers import place_of, pointer
from . import decisions
from .behavior import has_update_handler, may_replace, policy_action, recreation, recreation_of_tags, touched
from .causes import causes_of
from .certainty import doubt
from .comparison import differences, same_as_text
from .diff import Diff, ResourceChange
from .forms import WrittenOut
from .live import (
    OUTPUTS,
    Live,
    identity_of,
    is_returned_by_ref,
    keeps_attribute,
    mirrored_property,
    names_resource,
    property_value,
    value_or,
)
from .nested import Compare, Family, NestedStacks
from .records import (
    MISSING,
    STACK,
    Action,
    Cause,
    Difference,
    Path,
    Place,
    PropertyChange,
    Reason,
    Replacement,
    RequiresRecreation,
    strongest,
    worst,
)
from .sides import Expressions, Sides, given_value
from .unreadable import as_answered

_RETYPED = Reason("type_changes")
_UNREADABLE = Reason("text_unreadable")
_IF_IT_EXISTS = Reason("existence_unknown")


class _After:
    """Resolves references to the values that resources will have after the update, as far as they are known."""

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
            return value_or(given, lambda: answer.symbol(state, logical_id))
        if state == "modified" and not self._stays(logical_id, None):
            return Unknown("may", logical_id)
        return answer.symbol(state, logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        answer = self.answer
        if name.startswith(OUTPUTS):
            output = answer.nested.output(logical_id, name.removeprefix(OUTPUTS), after=True)
            if output is not MISSING:
                return output
        state = answer.states.get(logical_id)
        if state in (None, "same"):
            return answer.live_attribute(logical_id, name)
        resource = answer.after.resources[logical_id]
        if is_returned_by_ref(resource, name):
            return self.reference(logical_id)
        type_name: str = resource["Type"]
        mirrored = mirrored_property(type_name, name)
        if mirrored is not None:
            given = answer.property_after(logical_id, mirrored)
            was_given = answer.live.property(logical_id, mirrored) if state == "modified" else MISSING
            return _each_case(
                given, was_given, lambda old: self._default(state, logical_id, name, mirrored, old)
            )
        if state == "modified":
            if self._stays(logical_id, name):
                return answer.live_attribute(logical_id, name)
            return Unknown("may", f"{logical_id}.{name}")
        return answer.symbol(state, f"{logical_id}.{name}")

    def _stays(self, logical_id: str, attribute: str | None) -> bool:
        """Whether a resource that is updated in place keeps an attribute, or the value of ``Ref``."""
        answer = self.answer
        type_name: str = answer.after.resources[logical_id]["Type"]
        return keeps_attribute(type_name, attribute, answer.changed_paths[logical_id])

    def _default(self, state: str | None, logical_id: str, name: str, mirrored: Path, was_given: Any) -> Any:
        """The value of an attribute that reads back a property which is not given, or no longer given."""
        symbol = f"{logical_id}.{name}"
        if state == "modified":
            never_given = was_given is MISSING or was_given is NO_VALUE
            return self.answer.live.symbol(symbol) if never_given else Unknown("may", symbol)
        type_name: str = self.answer.after.resources[logical_id]["Type"]
        if state == "replaced" and len(mirrored) == 1 and not names_resource(type_name, str(mirrored[0])):
            return Unknown("may", symbol)  # The new resource has the same default.
        return self.answer.symbol(state, symbol)


def _each_case(value: Any, old: Any, absent: Callable[[Any], Any]) -> Any:
    """A property after the update, in each case of unknown conditions; `absent` gives the value where there is none.

    Walks the values before and after at once.
    """
    if isinstance(value, Choice):
        alike = isinstance(old, Choice) and same_as_text(old.condition, value.condition)
        then, otherwise = (old.then, old.otherwise) if alike else (old, old)
        return chosen(
            value.condition,
            _each_case(value.then, then, absent),
            _each_case(value.otherwise, otherwise, absent),
        )
    return absent(old) if value is MISSING or value is NO_VALUE else value


class OurAnswer:
    """Visits each resource after those that it refers to."""

    def __init__(self, sides: Sides, family: Family, compare: Compare) -> None:
        self.sides = sides
        self.family = family
        self.before, self.after = sides.before, sides.after
        self.live = Live(sides.before, lambda stack, name: self.nested.output(stack, name, after=False))
        self.states: dict[str, str] = {}
        self.changing: set[str] = set()
        # The changed paths of each resource, and those of the previous round, as resources may refer to each other in
        # a circle.
        self.changed_paths: dict[str, list[Path]] = {}
        self.found: dict[str, ResourceChange] = {}
        self.engine: Engine = sides.after.engine.with_resources(_After(self))
        self._written_out = WrittenOut(sides, self.live.engine, self.engine)
        self.nested = NestedStacks(family, sides, self._written_out, compare)
        self._after: dict[tuple[str, str], Any] = {}
        self._whole: dict[tuple[str, bool], dict[str, Any]] = {}

    def run(self) -> list[ResourceChange]:
        """All resources that change: those of the template after the update in order of dependency, then the removed
        ones."""
        for name in self.sides.visits(self.states, self._again):
            with at(f"Resources.{name}"):
                self._visit(name)
        for name, resource in self.before.resources.items():
            before, after = self.before.exists(name), self.after.exists(name)
            if before is not False and after is False:
                certain = before is True
                kept = policy_action(self.before, name, "DeletionPolicy")
                self.found[name] = ResourceChange(
                    name,
                    resource["Type"],
                    "Remove" if certain else "Dynamic",
                    policy_action=kept,
                    place=Place(self.family.before, self.before.place(name, ())),
                    nested=None if kept == "Retain" else self._inside(name, resource["Type"]),
                )
        return list(self.found.values())

    def _inside(self, name: str, type_name: str) -> Diff | None:
        """The diff inside a nested stack."""
        return self.nested.visit(name) if type_name == STACK else None

    # -- what the engine asks

    def live_reference(self, logical_id: str) -> Any:
        if logical_id in self.before.resources:
            return self.live.reference(logical_id)
        return Unknown("new", logical_id)

    def live_attribute(self, logical_id: str, name: str) -> Any:
        if logical_id in self.before.resources:
            return self.live.attribute(logical_id, name)
        return Unknown("new", f"{logical_id}.{name}")

    def _as_it_is(self, name: str) -> Any:
        """The present value of a reference or an attribute, by its name."""
        logical_id, dot, attribute = name.partition(".")
        return self.live_attribute(logical_id, attribute) if dot else self.live_reference(logical_id)

    def symbol(self, state: str | None, name: str) -> Any:
        """A symbol for a value of a resource: certainly new, possibly new, or the present one."""
        if state == "modified":
            return self.live.symbol(name)
        return Unknown("may" if state == "maybe" else "new", name)

    def property_after(self, logical_id: str, path: Path) -> Any:
        """The value of a property after the update, `MISSING` if there is none."""
        key = (logical_id, pointer(path))
        if key not in self._after:
            self._after[key] = MISSING  # Ends a circle.
            self._after[key] = property_value(self.engine, self.after.resources[logical_id], path)
        return self._after[key]

    # -- one resource

    def _visit(self, name: str) -> None:
        type_name: str = self.after.resources[name]["Type"]
        before, after = self.before.exists(name), self.after.exists(name)
        if before is False:
            self._is(name, "added")
            action: Action = "Add" if after is True else "Dynamic"
            if after is True:
                self._evaluate(name)
            inside = self._inside(name, type_name)
            self.found[name] = ResourceChange(name, type_name, action, place=self._place(name), nested=inside)
            return
        untouched = self.sides.untouched(name, self.changing)
        changes = () if untouched else tuple(self._changes(name, type_name))
        if self.sides.unreadable is not None:
            changes = (*changes, *self._unreadable(name, type_name, changes))
        inside = self._inside(name, type_name)
        if name in self.nested.one_sided:
            unseen = self._unseen(name)
            if unseen.path not in [change.path for change in changes]:
                changes = (*changes, unseen)
        self.changed_paths[name] = [place_of(change.path) for change in changes]
        replacement = _worst_of(changes)
        if not same_as_text(before, after):
            # It may be added, removed or changed.
            self._is(name, "maybe")
            self.found[name] = ResourceChange(
                name,
                type_name,
                "Dynamic",
                None if replacement == "False" else "Conditional",
                policy_action(self.before, name, "DeletionPolicy") if isinstance(after, Unknown) else None,
                tuple(map(_if_it_exists, changes)),
                self._place(name),
                inside,
            )
            return
        if not changes and inside is None:
            self._is(name, "same")
            return
        if isinstance(before, Unknown):
            changes = tuple(map(_if_it_exists, changes))
            replacement = "False" if replacement == "False" else "Conditional"
        self._is(name, {"True": "replaced", "Conditional": "maybe", "False": "modified"}[replacement])
        action_of_policy = None
        if replacement != "False":
            action_of_policy = policy_action(self.after, name, "UpdateReplacePolicy")
        self.found[name] = ResourceChange(
            name,
            type_name,
            "Modify",
            replacement,
            action_of_policy,
            changes,
            self._place(name),
            inside,
        )

    def _evaluate(self, name: str) -> None:
        """Raise `EvaluationError` for a resource that CloudFormation refuses to create."""
        if not self.after.is_literal(name):
            for path, node in self.after.nodes(name).items():
                with at(".".join(["Resources", name, *path])):
                    self.engine.value(node)

    def _is(self, name: str, state: str) -> None:
        self.states[name] = state
        if state != "same":
            self.changing.add(name)
        else:
            self.changing.discard(name)

    def _again(self) -> None:
        """Forget what depends on the previous states."""
        for known in (self.found, self._after, self._whole):
            known.clear()

    def _changes(self, name: str, type_name: str) -> Iterator[PropertyChange]:
        type_before: str = self.before.resources[name]["Type"]
        if type_before != type_name:
            yield PropertyChange(
                "/Type",
                "Modify",
                type_before,
                type_name,
                True,
                "Always",
                "True",
                _RETYPED,
                (Cause("edit"),),
                self._place(name, ("Type",)),
            )
        references = self.sides.references[name]
        key_of = partial(_item_key, type_name)
        for expressions in self.sides.expressions(name):
            path = expressions.path
            if expressions.stays and not any(
                reference.name in self.changing for reference in references.get(path, ())
            ):
                continue
            with at(".".join(["Resources", name, *path])):
                one = given_value(self.live.engine, expressions.before)
                other = given_value(self.engine, expressions.after)
            by_key = list(self._differences(one, other, path, key_of))
            listed = [self._change(name, type_name, expressions, difference) for difference in by_key]
            if any(difference.is_by_key for difference in by_key) and may_replace(type_name, path):
                # CloudFormation compares items by position: if that replaces the resource, so it is.
                by_place = [
                    self._change(name, type_name, expressions, difference)
                    for difference in self._differences(one, other, path)
                ]
                if worst(_worst_of(listed), _worst_of(by_place)) != _worst_of(listed):
                    listed = by_place
            yield from listed

    def _differences(
        self, one: Any, other: Any, path: Path, key_of: Callable[[Path], str | None] = lambda _path: None
    ) -> Iterator[Difference]:
        """Where two values differ, other than by writing a resource's ARN or name as a literal or a reference."""
        for difference in differences(one, other, path, key_of=key_of):
            if not self._written_out.same(difference.before, difference.after):
                yield difference

    def _change(
        self, name: str, type_name: str, expressions: Expressions, difference: Difference
    ) -> PropertyChange:
        certain = not self._written_out.may_be_same(difference.before, difference.after, self._as_it_is)
        requires, replacement, reason = self._replacement(name, type_name, difference, certain)
        return PropertyChange(
            pointer(difference.path),
            difference.change_type,
            None if difference.before is MISSING else masked(difference.before),
            None if difference.after is MISSING else masked(difference.after),
            certain,
            requires,
            replacement,
            reason,
            tuple(causes_of(self.sides, expressions, difference, self._differs)),
            self._place(name, difference.path_after or difference.path),
        )

    def _unreadable(
        self, name: str, type_name: str, changes: tuple[PropertyChange, ...]
    ) -> Iterator[PropertyChange]:
        """The unknown values that replace the resource."""
        changed = {change.path for change in changes if change.change_type != "Remove"}
        restored = self.sides.unreadable
        assert restored is not None
        for path, node in self.after.nodes(name).items():
            for place, value in restored.leaves(given_value(self.engine, node), path):
                requires = recreation(type_name, place)
                if requires == "Never" or pointer(place) in changed:
                    continue
                text = masked(value)
                yield PropertyChange(
                    pointer(place),
                    "Modify",
                    mapped(text, lambda part: as_answered(part) if isinstance(part, str) else part),
                    text,
                    False,
                    requires,
                    "Conditional",
                    _UNREADABLE,
                    (Cause("edit"),),
                    self._place(name, place),
                )

    def _unseen(self, name: str) -> PropertyChange:
        """The possible changes of a nested stack whose template is available on one side only."""
        path = ("Properties", "TemplateURL")
        values = (
            given_value(engine, side.nodes(name).get(path, MISSING))
            for side, engine in ((self.before, self.live.engine), (self.after, self.engine))
        )
        one, other = (None if value is MISSING else masked(value) for value in values)
        return PropertyChange(
            pointer(path),
            "Modify",
            one,
            other,
            False,
            "Never",
            "False",
            None,
            (Cause("edit"),),
            self._place(name, path),
        )

    def _place(self, name: str, path: Path = ()) -> Place:
        return Place(self.family.after, self.after.place(name, path))

    def _replacement(
        self, name: str, type_name: str, difference: Difference, certain: bool
    ) -> tuple[RequiresRecreation, Replacement, Reason | None]:
        """What a difference means for the resource: the worst of all leaves that it affects."""
        if difference.path[0] == "Tags":
            of_tags = recreation_of_tags(type_name)
            return of_tags, "False" if of_tags == "Never" else "Conditional", None
        if difference.path[0] != "Properties":
            return "Never", "False", None
        requires: RequiresRecreation = "Never"
        replacement: Replacement = "False"
        reason: Reason | None = None
        paths = {difference.path: certain}
        for path, sure in touched(type_name, difference):
            if path != difference.path:
                paths[path] = paths.get(path, True) and certain and sure
        for path, sure in paths.items():
            here: RequiresRecreation = catalog.requires_recreation(type_name, pointer(path))
            if here == "Never" and has_update_handler(type_name):
                continue
            requires = strongest(requires, here)
            says: Replacement = "Conditional"
            found: Reason | None = Reason("no_update_handler")
            if here != "Never":
                says, found = self._decide(name, type_name, path, here)
            if says == "True" and not sure:
                says, found = "Conditional", doubt(difference)
            # The reason of the worst replacement counts.
            if worst(replacement, says) != replacement or (says == replacement and reason is None):
                reason = found
            replacement = worst(replacement, says)
        return requires, replacement, reason

    def _decide(
        self, name: str, type_name: str, path: Path, requires: RequiresRecreation
    ) -> tuple[Replacement, Reason | None]:
        if requires == "Always":
            return "True", decisions.always(type_name, path)
        decision = decisions.decide(
            type_name, path, lambda: self._values(name, False), lambda: self._values(name, True)
        )
        verdicts: dict[bool | None, Replacement] = {True: "True", False: "False", None: "Conditional"}
        return verdicts[decision.replaces], decision.reason

    def _values(self, name: str, after: bool) -> dict[str, Any]:
        """A resource of one side, evaluated as a whole."""
        if (name, after) not in self._whole:
            side = self.after if after else self.before
            engine = self.engine if after else self.live.engine
            resource = side.resources[name]
            self._whole[name, after] = {
                key: engine.value(resource[key])
                for key in ("Properties", "UpdatePolicy")
                if resource.get(key) is not None
            }
        return self._whole[name, after]

    def _differs(self, reference: Reference) -> bool:
        """Whether the value of a reference to a resource changes, or may."""
        name, attribute = reference.name, reference.attribute
        state = self.states.get(name, "same")
        if state == "same" or name not in self.before.resources or attribute == ANY_ATTRIBUTE:
            return state != "same"
        if attribute is None:
            return not same_as_text(self.live_reference(name), self.engine.reference(name))
        return not same_as_text(self.live_attribute(name, attribute), self.engine.attribute(name, attribute))


def _worst_of(changes: Iterable[PropertyChange]) -> Replacement:
    """What several changes together mean for the resource."""
    found: Replacement = "False"
    for change in changes:
        found = worst(found, change.replacement)
    return found


def _item_key(type_name: str, path: Path) -> str | None:
    """The property that identifies the items of a list."""
    return catalog.item_key(type_name, pointer(path)) if path[0] == "Properties" else None


def _if_it_exists(change: PropertyChange) -> PropertyChange:
    """A change of a resource with an unknown Condition that is the same on both sides."""
    if change.replacement == "False":
        return attrs.evolve(change, certain=False)
    return attrs.evolve(
        change,
        certain=False,
        replacement="Conditional",
        reason=change.reason if change.replacement == "Conditional" else _IF_IT_EXISTS,
    )
