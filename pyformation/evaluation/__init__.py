"""The value of everything in a template, for given parameters: `evaluate`.

What cannot be known offline is `Unknown`, a symbol that is carried and never dropped. docs/evaluation.md
tells what is known and what is not.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs

from ..budget import limited
from ..errors import EvaluationError, shown
from ..names import STACK_NAME
from ..plain import LOOP, is_list, is_mapping, spelling
from ..sections import ELEMENTS
from . import sam
from .engine import Engine
from .expansion import Written, write_out_loops
from .expressions import MACRO, calls, is_macro_call, section
from .inputs import Given, Inputs
from .modules import with_references_into_modules
from .parameters import parameter_values
from .unknowns import NO_VALUE, Choice, Unknown, is_known, parts, unknowns

__all__ = [
    "Choice",
    "EvaluatedOutput",
    "EvaluatedResource",
    "EvaluatedRule",
    "EvaluatedTemplate",
    "Given",
    "Unknown",
    "evaluate",
    "evaluate_data",
    "evaluated",
    "is_known",
    "prepare",
    "unknowns",
]


@attrs.frozen
class EvaluatedResource:
    """A resource with the values of its properties and attributes; `exists` is by its condition."""

    type: str
    exists: bool | Unknown
    properties: dict[str, Any]
    attributes: dict[str, Any]


@attrs.frozen
class EvaluatedOutput:
    """An output with its value and the name of its export."""

    exists: bool | Unknown
    value: Any
    export: Any


@attrs.frozen
class EvaluatedRule:
    """A rule: the sentences of the assertions that are false, and how many are unknown."""

    failed: list[str]
    unknown: int


@attrs.frozen
class EvaluatedTemplate:
    """A template with everything evaluated that can be.

    `partial` says, in sentences, why some of it is not: a macro, a loop over what is unknown.
    """

    parameters: dict[str, Any]
    conditions: dict[str, bool | Unknown]
    resources: dict[str, EvaluatedResource]
    outputs: dict[str, EvaluatedOutput]
    rules: dict[str, EvaluatedRule]
    partial: list[str]


@attrs.frozen
class Prepared:
    """A template whose loops are written out, with its engine; `functions` are the names of those in each resource,
    `written` says where those stand that loops make. `serverless` says whether AWS::Serverless was run, None where
    the template does not ask for it."""

    data: dict[str, Any]
    engine: Engine
    partial: list[str]
    functions: dict[str, frozenset[str]] = attrs.field(factory=dict[str, frozenset[str]])
    written: Written = attrs.field(factory=dict[str, tuple[str | int, ...]])
    serverless: bool | None = None


# The transform that is always run here; every other macro runs on AWS's side, but for AWS::Serverless.
_OURS = "AWS::LanguageExtensions"


def prepare(
    data: dict[str, Any], given: Given | None = None, *, serverless: bool = True, names: bool = True
) -> Prepared:
    """The engine of a template for what is given, after the transforms that can be run here.

    Loops are written out first, then AWS::Serverless does its work, as on AWS's side; not where `serverless` is
    false, as when another template to compare with could not be transformed. Without `names`, whether everything
    exists that is referred to is left to the caller, and the `functions` are not looked for.
    """
    with limited(), not_too_deep():
        return _prepare(data, given or Given(), serverless, names)


# What AWS takes for the pseudo parameters that can be given.
_CONTEXT: dict[str, tuple[str | re.Pattern[str], str]] = {
    "region": (r"[a-z]{2,4}(-[a-z]+)+-[0-9]+", "the name of a region (eu-west-1)"),
    "account": (r"[0-9]{12}", "the twelve digits of an account, as text"),
    "stack_name": (STACK_NAME, "the name of a stack: a letter, then letters, digits and -"),
}


def _prepare(data: dict[str, Any], given: Given, serverless: bool, names: bool) -> Prepared:
    for name, (pattern, words) in _CONTEXT.items():
        value: Any = getattr(given, name)
        if value is not None and (not isinstance(value, str) or not re.fullmatch(pattern, value)):
            raise EvaluationError(f"expected {name} to be {words}, found {shown(value)}")
    # Most templates have neither macros nor loops, and looking for a word is faster than for a key.
    spelled = spelling(data)
    asked = macros(data) if b"Transform" in spelled else []
    written = _without_macros(data)
    declared = section(written, "Parameters")
    undecided: list[str] = []
    inputs = Inputs(
        parameters=parameter_values(declared, given.parameters, given.resolved, undecided),
        region=given.region,
        account=given.account,
        stack_name=given.stack_name,
        imports=given.imports,
        macros=tuple(name for name in asked if name != _OURS),
        resolved={name: value for name, value in given.resolved.items() if name not in declared},
    )
    left: list[str] = []
    places: Written = {}
    if LOOP.encode() in spelled:
        written, left, places = write_out_loops(written, Engine(written, inputs).value)
    written, of_modules = with_references_into_modules(_each_property(written))
    partial = [f"the items that {path} loops over are not known" for path in left] + of_modules
    partial += [
        f"whether the value of {path.partition('.')[2]} matches its AllowedPattern cannot be found out in time"
        for path in dict.fromkeys(undecided)
    ]
    elsewhere = list(inputs.macros)
    translated = None
    if sam.TRANSFORM in elsewhere:
        translated = False
        if not sam.installed():
            partial.append(
                f"the resources that {sam.TRANSFORM} makes are not known without the extra sam ({sam.INSTALL})"
            )
            elsewhere.remove(sam.TRANSFORM)
        elif sam.asks_for_much(written):
            partial.append(
                f"the resources that {sam.TRANSFORM} makes are not known: so many events of APIs take too long to translate"
            )
            elsewhere.remove(sam.TRANSFORM)
        elif not serverless:
            elsewhere.remove(sam.TRANSFORM)
        elif not left:
            if _OURS in asked[: asked.index(sam.TRANSFORM)]:
                written = sam.with_values(written, Engine(written, inputs).value)
            try:
                written, unknown = sam.translate(written, inputs.parameters, given.region)
            except EvaluationError as error:
                missing = [name for name, value in inputs.parameters.items() if not is_known(value)]
                if not missing:
                    raise
                # It may take the template with the values that the stack has.
                partial.append(
                    f"the resources that {sam.TRANSFORM} makes are not known without values of "
                    f"{', '.join(missing)} ({error.message})"
                )
            else:
                translated = True
                written = _without_macros(written)
                partial += unknown
                inputs = attrs.evolve(inputs, macros=tuple(m for m in elsewhere if m != sam.TRANSFORM))
            elsewhere.remove(sam.TRANSFORM)
    partial += [f"the result of the macro {name} is not known" for name in elsewhere]
    if left:
        inputs = attrs.evolve(inputs, macros=(*inputs.macros, *left))
    engine = Engine(written, inputs)
    functions = _functions(engine) if names else {}
    return Prepared(written, engine, partial, functions, places, translated)


def _functions(engine: Engine) -> dict[str, frozenset[str]]:
    """The names of the functions in each resource; raises `EvaluationError` for a name that does not exist."""
    names: dict[str, frozenset[str]] = {}
    for name in ("Conditions", "Outputs"):
        for key, node in section(engine.data, name).items():
            with at(f"{name}.{key}"):
                check_names(engine, calls([node]))
    for name, resource in section(engine.data, "Resources").items():
        with at(f"Resources.{name}"):
            given, _ = typed(resource)
            properties = section(given, "Properties")
        attributes = {key: node for key, node in given.items() if key not in NOT_ATTRIBUTES}
        found = calls([*properties.values(), *attributes.values()])
        names[name] = frozenset([function for function, _ in found])
        try:
            check_names(engine, found)
        except EvaluationError:  # Once more, to say where.
            for key, node in properties.items():
                with at(f"Resources.{name}.Properties.{key}"):
                    check_names(engine, calls([node]))
            for key, node in attributes.items():
                with at(f"Resources.{name}.{key}"):
                    check_names(engine, calls([node]))
            raise
    return names


def check_names(engine: Engine, found: list[tuple[str, Any]]) -> None:
    """Raise `EvaluationError` for a name in calls of functions that does not exist."""
    if not engine.inputs.macros:  # Else it may be a name that a macro makes.
        engine.check_names(found)


def macros(data: Mapping[str, Any]) -> list[str]:
    """The names of the macros that a template asks for, in order, those inside it included."""
    given = data.get("Transform", [])
    found: list[str] = []

    def add(item: Any) -> None:
        name: Any = item.get("Name") if is_mapping(item) else item
        if not isinstance(name, str):
            raise EvaluationError(f"expected the name of a macro, found {shown(name)}", path="Transform")
        found.append(name)

    for item in given if is_list(given) else [given]:
        add(item)
    for node in parts(data):
        if is_macro_call(node):
            for item in node[MACRO] if is_list(node[MACRO]) else [node[MACRO]]:
                add(item)
    return list(dict.fromkeys(found))


def _without_macros(data: dict[str, Any]) -> dict[str, Any]:
    """A template whose sections have no macro among their elements, nor any element that only a macro knows."""
    result = dict(data)
    for name in ELEMENTS:
        elements = section(data, name)
        if any(key == MACRO or _is_made_by_macro(name, item) for key, item in elements.items()):
            result[name] = {
                key: item
                for key, item in elements.items()
                if key != MACRO and not _is_made_by_macro(name, item)
            }
    return result


def _is_made_by_macro(section_name: str, element: Any) -> bool:
    """Whether nothing is known of an element but its name; of a resource, its type has to be."""
    if section_name == "Resources" and is_mapping(element):
        kind = element.get("Type")
        return is_macro_call(kind) or (kind is None and is_macro_call(element))
    # The value of a condition is an expression; a macro makes it, but it is there.
    return section_name != "Conditions" and is_macro_call(element)


def _each_property(data: dict[str, Any]) -> dict[str, Any]:
    """A template where the properties of each resource are expressions by name.

    An Fn::If around all of them stands around each. A macro among them, or beside them, becomes a value of
    its own that is made of all of them: unknown, and the same where they are the same.
    """
    resources = dict(section(data, "Resources"))
    for logical_id, resource in resources.items():
        if not is_mapping(resource):
            continue
        properties: Any = _without_if(resource.get("Properties"))
        inside: dict[str, Any] = properties if is_mapping(properties) else {}
        if MACRO in resource or any(key[:4] == "Fn::" for key in inside):
            properties = {k: {k: v} if k[:4] == "Fn::" else v for k, v in inside.items()}
            asked = [node[MACRO] for node in (inside, resource) if MACRO in node]
            if asked:
                of: Any = {k: v for k, v in inside.items() if k != MACRO}
                named = next(iter(macros({"Transform": asked[0]})), MACRO)
                properties[MACRO] = {MACRO: {"Name": named, "Macros": asked, "Of": of}}
        if properties is not resource.get("Properties"):
            changed: dict[str, Any] = {**resource, "Properties": properties}
            changed.pop(MACRO, None)
            resources[logical_id] = changed
    return {**data, "Resources": resources} if resources else data


_NOTHING: dict[str, Any] = {"Ref": "AWS::NoValue"}


def _without_if(properties: Any) -> Any:
    """Properties without an ``Fn::If`` around all of them: ``{A: 1}`` or ``{B: 2}`` is A, if, and B, if not.

    No pass: what it makes of two branches is a mapping of all their names.
    """
    if properties == _NOTHING:
        return {}
    if not is_mapping(properties) or list(properties) != ["Fn::If"]:
        return properties
    parts: list[Any] = properties["Fn::If"] if is_list(properties["Fn::If"]) else []
    found = [_without_if(part) for part in parts[1:]]
    if len(parts) != 3 or not all(is_mapping(branch) for branch in found):
        return properties
    branches: list[dict[str, Any]] = found
    return {
        name: {"Fn::If": [parts[0], *(branch.get(name, _NOTHING) for branch in branches)]}
        for name in dict.fromkeys(name for branch in branches for name in branch)
    }


def evaluate(
    template: object,
    parameters: Mapping[str, Any] | None = None,
    *,
    resolved: Mapping[str, Any] | None = None,
    region: str | None = None,
    account: str | None = None,
    stack_name: str | None = None,
    imports: Mapping[str, Any] | None = None,
) -> EvaluatedTemplate:
    """The value of everything in a template, as far as it can be known offline.

    `template` is a `Template`, a `Stack`, a mapping, or the path of a template file or stack module.
    `parameters` are values by name; what is not given has its default, and without one it is `Unknown`, as
    is everything that only AWS knows. `resolved` has the values behind SSM-typed parameters, `imports` the
    exports of other stacks; `region`, `account` and `stack_name` give the pseudo parameters.

    Raises `EvaluationError` for what CloudFormation would refuse: a value that is not allowed, a parameter
    that the template does not have, a reference to nothing.
    """
    from ..sources import loaded

    found = loaded(template)
    given = Given(parameters or {}, resolved or {}, region, account, stack_name, imports or {})
    try:
        with limited():
            return evaluated(prepare(found.data, given))
    except EvaluationError as error:
        if error.path is not None:
            error.origin = error.origin or found.origin(error.path.split("."))
        raise


def evaluate_data(
    data: dict[str, Any], parameters: Mapping[str, Any] | None = None, **given: Any
) -> EvaluatedTemplate:
    """Evaluate a template given as plain data; `evaluate` takes stacks and files, too."""
    with limited():
        return evaluated(prepare(data, Given(parameters or {}, **given)))


def evaluated(prepared: Prepared) -> EvaluatedTemplate:
    """The values of everything in a template with an engine."""
    with limited(), not_too_deep():
        return _evaluated(prepared)


def _evaluated(prepared: Prepared) -> EvaluatedTemplate:
    engine, written = prepared.engine, prepared.data
    conditions = {name: engine.condition(name) for name in section(written, "Conditions")}
    resources = {
        name: _resource(engine, name, resource) for name, resource in section(written, "Resources").items()
    }
    outputs = {name: _output(engine, name, output) for name, output in section(written, "Outputs").items()}
    rules = {name: evaluate_rule(engine, rule, name) for name, rule in section(written, "Rules").items()}
    return EvaluatedTemplate(
        dict(engine.inputs.parameters), conditions, resources, outputs, rules, prepared.partial
    )


NOT_ATTRIBUTES = ("Type", "Properties", "Condition", "DependsOn")


@contextmanager
def not_too_deep() -> Generator[None]:
    """One sentence where a template nests deeper than Python's own stack goes."""
    try:
        yield
    except RecursionError:
        raise EvaluationError("the template is nested too deeply") from None


class at:  # noqa: N801 - A function to those who use it; as a generator it takes three times as long.
    """Say of an error where it is."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, EvaluationError):
            error.path = error.path or self.path


def _resource(engine: Engine, name: str, resource: Any) -> EvaluatedResource:
    with at(f"Resources.{name}"):
        given, type_name = typed(resource)
        exists = engine.exists(given)
        if exists is False:
            return EvaluatedResource(type_name, False, {}, {})
        attributes = {key: node for key, node in given.items() if key not in NOT_ATTRIBUTES}
        return EvaluatedResource(
            type_name,
            exists,
            _values(engine, section(given, "Properties"), f"Resources.{name}.Properties"),
            _values(engine, attributes, f"Resources.{name}"),
        )


def _values(engine: Engine, nodes: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The values of expressions by name, of those that have one."""
    found: dict[str, Any] = {}
    for key, node in nodes.items():
        with at(f"{path}.{key}"):
            value = engine.value(node)
        if value is not NO_VALUE:
            found[key] = value
    return found


def typed(resource: Any) -> tuple[dict[str, Any], str]:
    """A resource and its type."""
    if not is_mapping(resource) or not isinstance(resource.get("Type"), str):
        raise EvaluationError(f"expected a mapping with a Type, found {shown(resource)}")
    return resource, resource["Type"]


def _output(engine: Engine, name: str, output: Any) -> EvaluatedOutput:
    with at(f"Outputs.{name}"):
        export = section(output, "Export").get("Name")
        exists = engine.exists(output)
        return EvaluatedOutput(
            exists,
            None if exists is False else engine.value(output.get("Value")),
            None if export is None else engine.value(export),
        )


def evaluate_rule(engine: Engine, rule: Any, name: str = "") -> EvaluatedRule:
    """Check the assertions of a rule."""
    failed: list[str] = []
    unknown = 0
    with at(f"Rules.{name}"):
        if not is_mapping(rule):
            raise EvaluationError(f"expected a mapping, found {shown(rule)}")
        condition = rule.get("RuleCondition")
        applies = True if condition is None else engine.holds(condition)
        assertions = rule.get("Assertions", [])
        if not is_list(assertions) or not all(is_mapping(item) for item in assertions):
            raise EvaluationError(f"expected Assertions to be a list of mappings, found {shown(assertions)}")
        for assertion in [] if applies is False else assertions:
            holds = engine.holds(assertion.get("Assert"))
            if holds is False and applies is True:
                failed.append(str(assertion.get("AssertDescription") or "an assertion is false"))
            elif holds is not True:
                unknown += 1
    return EvaluatedRule(failed, unknown)
