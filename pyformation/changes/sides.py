"""Both sides of a diff, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import Any, Literal, NamedTuple

import attrs

from .. import catalog
from ..catalog.resource_attributes import RESOURCE_ATTRIBUTES
from ..evaluation import Given, Prepared, at, typed
from ..evaluation.engine import Engine
from ..evaluation.expressions import Reference, section
from ..evaluation.parameters import given_values
from ..evaluation.unknowns import NO_VALUE, Unknown, scalar_text
from ..plain import is_list, is_mapping
from ..sources import DeployedStack
from .comparison import same_as_text, same_spelling
from .observed import Named, observed_names
from .places import written_at
from .records import MISSING, Path
from .unreadable import Restored

Which = Literal["before", "after"]

# The attributes of a resource that are compared besides its properties, each as a whole.
ATTRIBUTES = tuple(one.key for one in RESOURCE_ATTRIBUTES if one.type not in ("condition", "references"))


def given_value(engine: Engine, node: Any) -> Any:
    """The value of an expression; `MISSING` if there is none or if it is AWS::NoValue."""
    value = MISSING if node is MISSING else engine.value(node)
    return MISSING if value is NO_VALUE else value


class Side:
    """One template with its engine: its resources, and which of them exist."""

    def __init__(self, prepared: Prepared, given: Given, live: DeployedStack | None = None) -> None:
        self._made_of = prepared, given
        # What AWS knows of the live stack, if it was read.
        self.live = live
        # The values of references and attributes that AWS reports, by their names.
        self.names: Mapping[str, str] = {}
        # The tags of the stack, which its resources inherit.
        self.tags = {str(key): scalar_text(value) for key, value in given.tags.items()}
        self.data = prepared.data
        self.engine: Engine = prepared.engine
        self.partial = prepared.partial
        self.serverless = prepared.serverless
        # The names of the functions in each resource, as far as known.
        self.functions = prepared.functions
        self._written = prepared.written
        declared = section(self.data, "Parameters")
        self.sent = given_values(declared, given.parameters)
        self.resources: dict[str, dict[str, Any]] = {}
        self._exists: dict[str, bool | Unknown] = {}
        for name, resource in section(self.data, "Resources").items():
            with at(f"Resources.{name}"):
                self.resources[name], _ = typed(resource)
                self._exists[name] = self.engine.exists(resource)

    def with_moved(
        self, parameters: Iterable[str], outputs: Iterable[str], resources: Mapping[str, Any]
    ) -> Side:
        """A copy of this side in which parameters and outputs of other stacks have unknown values, and some resources
        are replaced."""
        prepared, given = self._made_of
        inputs = attrs.evolve(
            self.engine.inputs,
            parameters={
                **self.engine.inputs.parameters,
                **{name: Unknown("new", name) for name in parameters},
            },
            moved=frozenset(outputs),
        )
        data = {**self.data, "Resources": {**section(self.data, "Resources"), **resources}}
        functions = {name: found for name, found in self.functions.items() if name not in resources}
        return Side(
            attrs.evolve(prepared, data=data, engine=Engine(data, inputs), functions=functions),
            given,
            self.live,
        )

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The evaluated outputs that exist; references to resources are symbols, or what AWS reports."""
        found: dict[str, Any] = {}
        engine = self.engine.with_resources(Named(self.names)) if self.names else self.engine
        for name, output in section(self.data, "Outputs").items():
            with at(f"Outputs.{name}"):
                if self.engine.exists(output) is not False:
                    found[name] = engine.value({k: v for k, v in output.items() if k != "Condition"})
        return found

    def is_literal(self, name: str) -> bool:
        """Whether a resource has no functions."""
        return self.functions.get(name) == frozenset()

    def may_call(self, name: str, function: str) -> bool:
        """Whether a resource has a certain function, as far as known."""
        return function in self.functions.get(name, (function,))

    def exists(self, name: str) -> bool | Unknown:
        """Whether a resource exists on this side."""
        return self._exists.get(name, False)

    def nodes(self, name: str) -> dict[tuple[str, ...], Any]:
        """The expressions of a resource that are compared, by path: each property by itself."""
        resource = self.resources.get(name, {})
        found: dict[tuple[str, ...], Any] = {}
        properties = section(resource, "Properties")
        for key, node in properties.items():
            found["Properties", key] = node
        for attribute in ATTRIBUTES:
            if attribute in resource:
                found[(attribute,)] = resource[attribute]
        if self.tags and resource:
            own = self._own_tags(resource)
            if own is not None:
                found.update((("Tags", key), value) for key, value in self.tags.items() if key not in own)
        return found

    def place(self, name: str, path: Path) -> Path:
        """The path in the template of a value of a resource: inside the loop that creates it, through the branches
        that are taken, without counting absent items."""
        resource = self._written.get(name, ("Resources", name))
        if path[:1] != ("Properties",):
            return (*resource, *path)
        properties = section(self.resources.get(name, {}), "Properties")
        return (*resource, "Properties", *written_at(self.engine, properties, path[1:]))

    def _own_tags(self, resource: Mapping[str, Any]) -> set[str] | None:
        """The keys of a resource's own tags, which override the stack's; None if it has no tags."""
        record = catalog.find(resource["Type"])
        tagging = None if record is None else record.tags
        if tagging is None:
            return None
        given = self.engine.value(section(resource, "Properties").get(tagging["property"]))
        if is_mapping(given):
            return {*given}
        if not is_list(given):
            return set()  # No tags or unknown tags: those of the stack may apply.
        return {str(item["Key"]) for item in given if is_mapping(item) and "Key" in item}


class Expressions(NamedTuple):
    """The expressions at a path on both sides; `MISSING` if there is none. `stays` says that both have the same value
    unless a resource that they refer to changes."""

    path: tuple[str, ...]
    before: Any
    after: Any
    stays: bool


class Sides:
    """The template before and after."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before = before
        self.after = after
        if before.live is not None:
            before.names = after.names = observed_names(before.engine, before.live)
        # The characters that GetTemplate hides, if the template before came from it.
        self.unreadable: Restored | None = None
        # The nested stacks in which something changes.
        self.changing_stacks: frozenset[str] = frozenset()
        self._expressions: dict[str, list[Expressions]] = {}
        self._alike: dict[str, bool] = {}

    def of(self, which: Which) -> Side:
        """One of the two sides."""
        return self.before if which == "before" else self.after

    @cached_property
    def changed_parameters(self) -> frozenset[str]:
        """The parameters whose given value differs, and new parameters."""
        before, after = self.before.sent, self.after.sent
        return frozenset(
            name
            for name, value in after.items()
            if name not in before or not same_as_text(before[name], value)
        )

    def has_changed(self, parameter: str) -> bool:
        """Whether a parameter has another value although the given one is the same: the value that SSM stores under
        that name."""
        before, after = self.before.engine.inputs.parameters, self.after.engine.inputs.parameters
        if parameter in self.changed_parameters:
            return True
        return (
            parameter in before
            and parameter in after
            and not same_as_text(before[parameter], after[parameter])
        )

    @cached_property
    def same_surroundings(self) -> bool:
        """Whether equal expressions have equal values on both sides, apart from references to resources."""
        before, after = self.before, self.after
        return (
            before.engine.inputs == after.engine.inputs
            and same_spelling(section(before.data, "Mappings"), section(after.data, "Mappings"))
            and same_spelling(section(before.data, "Conditions"), section(after.data, "Conditions"))
        )

    @cached_property
    def references(self) -> dict[str, dict[tuple[str, ...], list[Reference]]]:
        """The references of each expression in the resources after the update, without duplicates; expressions
        without references are left out."""
        engine = self.after.engine
        found: dict[str, dict[tuple[str, ...], list[Reference]]] = {}
        for name in self.after.resources:
            if self.after.exists(name) is False:
                continue
            found[name] = here = {}
            if self.after.is_literal(name):
                continue
            with at(f"Resources.{name}"):
                for path, node in self.after.nodes(name).items():
                    if node.__class__ in (dict, list) and (
                        references := dict.fromkeys(engine.references(node))
                    ):
                        here[path] = list(references)
        return found

    @cached_property
    def needed(self) -> dict[str, dict[str, None]]:
        """The names of the parameters and resources that each resource after refers to."""
        return {
            name: {reference.name: None for found in by_path.values() for reference in found}
            for name, by_path in self.references.items()
        }

    def untouched(self, name: str, changing: Set[str]) -> bool:
        """Whether a resource has the same values on both sides if only these others change."""
        return changing.isdisjoint(self.needed[name]) and self.alike(name)

    def alike(self, name: str) -> bool:
        """Whether a resource has the same values on both sides, unless one that it refers to changes."""
        known = self._alike.get(name)
        if known is None:
            before, after = self.before, self.after
            known = self._alike[name] = (
                name in before.resources
                and name in after.resources
                and self.same_surroundings
                and before.tags == after.tags
                and same_spelling(before.resources[name], after.resources[name])
            )
        return known

    def expressions(self, name: str) -> list[Expressions]:
        """The expressions on both sides of a resource, by path; of an `alike` one only those that refer to others, as
        no other can differ."""
        known = self._expressions.get(name)
        if known is None:
            before, after = self.before.nodes(name), self.after.nodes(name)
            if self.alike(name):
                known = [Expressions(path, before[path], after[path], True) for path in self.references[name]]
            else:
                known = [
                    Expressions(
                        path,
                        before.get(path, MISSING),
                        after.get(path, MISSING),
                        self.same_surroundings
                        and path in before
                        and path in after
                        and same_spelling(before[path], after[path]),
                    )
                    for path in dict.fromkeys([*before, *after])
                ]
            self._expressions[name] = known
        return known

    @cached_property
    def order(self) -> list[str]:
        """The resources after the update, each after those that it refers to; a circle begins anywhere."""
        done: dict[str, None] = {}
        started: set[str] = set()
        needed = self.needed
        for root, needs in needed.items():
            if root in started:
                continue
            stack: list[tuple[str, Iterator[str]]] = [(root, iter(needs))]
            while stack:
                name, rest = stack[-1]
                started.add(name)
                behind = next((other for other in rest if other not in started and other in needed), None)
                if behind is None:
                    stack.pop()
                    done[name] = None
                else:
                    stack.append((behind, iter(needed[behind])))
        return list(done)

    def visits(self, states: Mapping[str, str], again: Callable[[], None]) -> Iterator[str]:
        """The resources in order.

        If some refer to each other in a circle, which only unknown values can cause, all are visited `again` with the
        states of the previous round, until no state changes.
        """
        yield from self.order
        places = {name: place for place, name in enumerate(self.order)}
        if all(
            places.get(other, -1) < place for name, place in places.items() for other in self.needed[name]
        ):
            return
        # Each state rises by one or two steps, and each round raises at least one.
        for _ in range(3 * len(self.order)):
            before = dict(states)
            again()
            yield from self.order
            if before == states:
                return
