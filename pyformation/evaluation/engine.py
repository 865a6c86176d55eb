"""The value of everything in a template, for given parameters.

`Engine` evaluates one side: parameters, pseudo parameters, mappings, conditions, functions. What a
resource will be called, or what its attributes are, the engine asks its `Resources`, as that depends on
the question: a symbol, the live value, the value after an update.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from ..budget import Budget, current, take_characters, take_parts
from ..errors import EvaluationError, did_you_mean
from ..errors import shown as _short
from ..names import PSEUDO_PARAMETERS
from ..plain import LOOP, is_mapping
from .expressions import (
    ANY_ATTRIBUTE,
    MACRO,
    Kind,
    Reference,
    condition_name,
    is_macro_call,
    is_rewritten,
    section,
)
from .functions import FUNCTIONS
from .inputs import Inputs
from .references import named, uses
from .secrets import Secret, opened
from .unknowns import NO_VALUE, Choice, Unknown, by_case, cases, folded, negated, size_of


class Resources(Protocol):
    """Who answers for the resources of the template."""

    def reference(self, logical_id: str) -> Any:
        """What ``Ref`` of a resource gives."""
        ...

    def attribute(self, logical_id: str, name: str) -> Any:
        """What ``Fn::GetAtt`` of a resource gives."""
        ...


class Symbols:
    """Every reference to a resource as a symbol."""

    def reference(self, logical_id: str) -> Any:
        return Unknown("reference", logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        return Unknown("attribute", f"{logical_id}.{name}")


class Engine:
    """Evaluates the expressions of one template; `resources` may be exchanged with `with_resources`."""

    def __init__(self, data: Mapping[str, Any], inputs: Inputs, resources: Resources | None = None) -> None:
        self.data = data
        self.inputs = inputs
        self.resources: Resources = Symbols() if resources is None else resources
        self.budget = current() or Budget()
        self.declared: Mapping[str, Any] = section(data, "Resources")
        self._conditions: dict[str, bool | Unknown] = {}
        self._failed: dict[str, EvaluationError] = {}
        # Which items of a list of the template are there, by its identity: asked for each of them.
        self.listed: dict[int, tuple[list[Any], list[int] | None]] = {}

    def with_resources(self, resources: Resources) -> Engine:
        """The same template and inputs, with other answers for resources."""
        other = Engine.__new__(Engine)
        other.__dict__.update(self.__dict__)
        other.resources = resources
        return other

    # -- values

    def value(self, node: Any) -> Any:
        """The value of an expression: plain data in which `Unknown` and `Choice` may stand."""
        kind = node.__class__
        if kind is str:
            return node
        if kind is dict:
            if len(node) == 1:
                ((key, argument),) = node.items()
                if key == "Ref":
                    return self.reference(argument)
                if key[:4] == "Fn::" and not key.startswith(LOOP):
                    return self.function(key, argument)
            result: dict[str, Any] = {}
            for key, item in node.items():
                if key[:4] == "Fn::":
                    return self.rewritten(key, node)
                found = item if type(item) is str else self.value(item)
                if found is not NO_VALUE:
                    result[key] = found
            return result
        if kind is list:
            values = [item if type(item) is str else self.value(item) for item in node]
            return [item for item in values if item is not NO_VALUE]
        return node

    def rewritten(self, key: str, node: Any) -> Unknown:
        """What a macro, a loop over the unknown or a branch that fails makes of an expression: anything.

        It is the same where its text is, and everything that the text refers to, mappings and conditions, too.
        """
        given: dict[str, Any] = {}
        for reference in self.references(node):
            name = reference.name
            if reference.attribute is not None:
                if name in self.declared:
                    given[f"{name}.{reference.attribute}"] = self.resources.attribute(
                        name, reference.attribute
                    )
            elif name in self.inputs.parameters or name in self.declared:
                given[name] = self.reference(name)
        for use in uses(node):
            name = use.name
            if use.kind == "mapping":
                mappings = section(self.data, "Mappings")
                given[f"Mappings.{name}"] = mappings.get(name) if isinstance(name, str) else mappings
            elif (
                use.kind == "condition" and isinstance(name, str) and name in section(self.data, "Conditions")
            ):
                given[f"Conditions.{name}"] = self.condition(name)
        text = _frozen(node)
        take_characters(len(text), key)
        return Unknown("macro", key, (text, *given.values()))

    def function(self, name: str, argument: Any) -> Any:
        """The value of an intrinsic function."""
        found = FUNCTIONS.get(name)
        budget = self.budget
        budget.steps -= 1
        if budget.steps < 0:
            budget.refuse_steps(name)
        if found is None or is_rewritten(name, argument):
            return self.rewritten(name, {name: argument})  # CloudFormation may have learned a new one.
        return found.compute(self, argument)

    def reference(self, name: Any) -> Any:
        """The value of ``Ref``."""
        if not isinstance(name, str):
            name = self.value(name)
            if isinstance(name, Choice):
                return by_case(name, self.reference)
            if isinstance(name, (Unknown, Secret)):  # Any of them, and what happens to it.
                return Unknown("function", "Ref", (name, *map(self.resources.reference, self.declared)))
            if not isinstance(name, str):
                raise EvaluationError(f"Ref takes a name, found {_short(name)}")
        parameters = self.inputs.parameters
        if name in parameters:
            return parameters[name]
        if name in self.declared:
            value = self.resources.reference(name)
            return _counted(value, name) if value.__class__ in _CONTAINERS else value
        if name in PSEUDO_PARAMETERS:
            return self.inputs.pseudo(name)
        if self.inputs.macros:
            return Unknown("macro", name)
        raise EvaluationError(
            f"the parameter or resource {name!r} does not exist in this template"
            f"{did_you_mean(name, [*parameters, *self.declared])}"
        )

    def attribute(self, target: Any, name: Any) -> Any:
        """The value of ``Fn::GetAtt``."""
        if target.__class__ is str and name.__class__ is str:
            return self._attribute_of(target, name)
        target, name = self.value(target), self.value(name)
        if isinstance(target, Choice):
            return by_case(target, lambda case: self.attribute(case, name))
        if isinstance(name, Choice):
            return by_case(name, lambda case: self.attribute(target, case))
        # A secret name would be shown in the symbol.
        if isinstance(target, (Unknown, Secret)) or isinstance(name, (Unknown, Secret)):
            asked = name if isinstance(name, str) and not isinstance(name, Secret) else ANY_ATTRIBUTE
            targets = self.declared if isinstance(target, (Unknown, Secret)) else [target]
            may_be = (self._attribute_of(each, asked) for each in targets)
            return Unknown("function", "Fn::GetAtt", (target, name, *may_be))
        return self._attribute_of(target, name)

    def _attribute_of(self, target: Any, name: Any) -> Any:
        for part in (target, name):
            if not isinstance(part, str):
                raise EvaluationError(f"Fn::GetAtt takes two names, found {_short(part)}")
        if target not in self.declared:
            if self.inputs.macros:
                return Unknown("macro", f"{target}.{name}")
            raise EvaluationError(
                f"the resource {target!r} does not exist in this template{did_you_mean(target, self.declared)}"
            )
        value = self.resources.attribute(target, name)
        return _counted(value, target) if value.__class__ in _CONTAINERS else value

    # -- conditions

    def condition(self, name: Any) -> bool | Unknown:
        """Whether a named condition is true; `Unknown` where that depends on what is unknown.

        ``{Condition: Name}`` in the place of a name is what AWS::Serverless writes.
        """
        name = condition_name(name)
        if is_macro_call(name):
            return Unknown("macro", MACRO, (_frozen(name),))
        if not isinstance(name, str):
            raise EvaluationError(f"expected the name of a condition, found {_short(name)}")
        known = self._conditions.get(name)
        if known is None:
            if name in self._failed:
                raise self._failed[name].with_traceback(None)
            declared = section(self.data, "Conditions")
            if name not in declared:
                if self.inputs.macros:
                    return Unknown("macro", name)
                raise EvaluationError(f"there is no condition {name!r}{did_you_mean(name, declared)}")
            try:
                # Conditions behind those that they refer to: long chains do not nest.
                for needed in self._conditions_behind(name, declared):
                    self._conditions[needed] = self._truth_of(needed, declared[needed])
            except EvaluationError as error:
                self._failed[name] = error
                raise
            known = self._conditions[name]
        return known

    def _truth_of(self, name: str, node: Any) -> bool | Unknown:
        try:
            return self.holds(node)
        except EvaluationError as error:
            error.path = error.path or f"Conditions.{name}"
            raise

    def _conditions_behind(self, name: str, declared: Mapping[str, Any]) -> list[str]:
        """A condition behind everything that it refers to and that has no value yet."""
        done: dict[str, None] = {}
        started: dict[str, Iterator[str]] = {name: named(declared[name], "condition", is_condition=True)}
        while started:
            current, rest = next(reversed(started.items()))
            needed = next(rest, None)
            if needed is None:
                del started[current]
                done[current] = None
            elif needed in started:
                names = list(started)
                circle = " -> ".join([*names[names.index(needed) :], needed])
                error = EvaluationError(
                    f"the conditions refer to each other in a circle: {circle}", path=f"Conditions.{current}"
                )
                self._failed.update(dict.fromkeys(names, error))
                raise error
            elif needed in self._failed:
                raise self._failed[needed].with_traceback(None)
            elif needed in declared and needed not in done and needed not in self._conditions:
                started[needed] = named(declared[needed], "condition", is_condition=True)
        return list(done)

    def holds(self, node: Any) -> bool | Unknown:
        """Whether an expression that is a condition is true; a named one may be referred to."""
        if is_mapping(node) and len(node) == 1:
            name: Any = node.get("Condition")
            if name is not None:
                return self.condition(name)
        return truth(self.value(node))

    def exists(self, resource: Mapping[str, Any]) -> bool | Unknown:
        """Whether a resource or output exists, by its Condition."""
        if not is_mapping(resource):
            raise EvaluationError(f"expected a mapping, found {_short(resource)}")
        name: Any = resource.get("Condition")
        return True if name is None else self.condition(name)

    # -- what an expression refers to

    def references(self, node: Any, *, only_certain: bool = False) -> Iterator[Reference]:
        """The parameters, resources and attributes that the value of an expression comes from.

        Of an ``Fn::If`` whose condition is known only the branch that counts. `only_certain` leaves out what may
        be referred to, by a condition or a name that is unknown.
        """
        for use in uses(node, branch=self.branch, strict=True):
            if use.kind != "reference" or (use.given and only_certain):
                continue
            attribute = use.attribute
            if attribute is not None and not isinstance(attribute, str):
                attribute = self.value(attribute)
                if not isinstance(attribute, str) or isinstance(attribute, Secret):
                    attribute = ANY_ATTRIBUTE
            for name in self._names(use.name, only_certain):
                yield Reference(name, attribute)

    def check(self, reference: Reference) -> None:
        """Raise `EvaluationError` for a reference to a name that does not exist."""
        name = reference.name
        if reference.attribute is not None:
            if name not in self.declared:
                self.attribute(name, reference.attribute)
        elif name not in self.inputs.parameters and name not in self.declared:
            self.reference(name)

    def check_names(self, calls: Iterable[tuple[str, Any]]) -> None:
        """Raise `EvaluationError` for a name in functions and their arguments that does not exist.

        CloudFormation also refuses it in a branch that is not taken.
        """
        for name, argument in calls:
            function = FUNCTIONS.get(name)
            if function is not None and function.names is not None:
                function.names(argument, self._check)

    def _check(self, kind: Kind, name: Any, attribute: Any) -> Any:
        if kind == "condition":
            self.condition(name)
        elif kind == "reference" and isinstance(name, str):
            computed = attribute is not None and not isinstance(attribute, str)
            self.check(Reference(name, ANY_ATTRIBUTE if computed else attribute))
        return name

    def branch(self, argument: list[Any]) -> Any:
        """The expression that an ``Fn::If`` chooses, or None where its condition is unknown."""
        condition = self.condition(argument[0])
        if isinstance(condition, Unknown):
            return None
        return argument[1] if condition else argument[2]

    def _names(self, name: Any, only_certain: bool) -> Iterator[str]:
        """The names that a name may be: any resource where it is unknown."""
        if isinstance(name, str):
            yield name
            return
        value = self.value(name)
        for case in cases(value):
            hidden = isinstance(case, (Unknown, Secret))
            if isinstance(case, str) and not hidden and (case is value or not only_certain):
                yield case
            elif hidden and not only_certain:
                yield from self.declared


def _counted(value: Any, name: str) -> Any:
    """What a resource answers; a list of lists of lists is spent as what it is written out."""
    take_parts(size_of(value, name), name)
    return value


_CONTAINERS = frozenset({list, dict})


def truth(value: Any) -> bool | Unknown:
    """The value of a condition as true, false or unknown. A choice between conditions becomes a condition itself."""
    return folded(value, _truth, lambda part: not isinstance(part, Choice))


def _truth(value: Any, inner: list[bool | Unknown]) -> bool | Unknown:
    if isinstance(value, (bool, Unknown)):
        return value
    if isinstance(value, Choice):
        _, then, otherwise = inner
        if then == otherwise:
            return then
        if isinstance(then, bool) and isinstance(otherwise, bool):
            return value.condition if then else negated(value.condition)
        return Unknown("condition", "Fn::If", (value.condition, then, otherwise))
    if isinstance(value, str) and opened(value).lower() in ("true", "false"):
        return opened(value).lower() == "true"
    raise EvaluationError(f"expected a condition, found {_short(value)}")


def _frozen(node: Any) -> str:
    """A node that cannot be evaluated, as text that is equal if the node is."""
    import json

    return json.dumps(node, sort_keys=True, default=str)
