"""What CloudFormation refuses before it looks at any resource: the shape of a template, and its expressions.

The template is evaluated with parameters that may be anything, and with the values that are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ..errors import EvaluationError, did_you_mean, shown
from ..evaluation.checking import Checked
from ..evaluation.expansion import Written
from ..evaluation.expressions import is_function, is_macro_call
from ..evaluation.references import uses
from ..evaluation.secrets import Secret
from ..evaluation.unknowns import Unknown, parts
from ..finding import Finding
from ..intrinsics import INTRINSICS
from ..plain import branches, is_list, is_mapping, mapping_or_empty, placed
from ..pointers import index_of, longest_key
from ..sources import LoadedTemplate
from .checks import finding, said_once
from .uses import Path

_STACK = "AWS::CloudFormation::Stack"
_SERVERLESS = "AWS::Serverless-2016-10-31"


def malformed(data: Mapping[str, Any]) -> Iterator[Finding]:
    """What no template may have, at its place."""
    for place in _nulls(data, ()):
        yield finding("PF714", f"{_dotted(place)} is null, which a template cannot have; leave it out", place)
    parameters = mapping_or_empty(data.get("Parameters"))
    resources = mapping_or_empty(data.get("Resources"))
    lists = {name for name, facts in parameters.items() if is_list_parameter(facts)}
    for name, output in mapping_or_empty(data.get("Outputs")).items():
        path: Path = ("Outputs", name)
        if is_mapping(output) and not is_function(output) and "Fn::Transform" not in output:
            if "Value" not in output:
                yield finding("PF714", f"the output {name} has no Value", path)
            if _gives_list(output.get("Value"), lists):
                sentence = f"the value of the output {name} is a list; make it one text with Fn::Join"
                yield finding("PF714", sentence, (*path, "Value"))
            if not isinstance(output.get("Description") or "", str):
                yield finding(
                    "PF714", f"the description of the output {name} is not a text", (*path, "Description")
                )
            if "Export" in output and not (is_mapping(output["Export"]) and "Name" in output["Export"]):
                yield finding("PF714", f"the export of the output {name} has no Name", (*path, "Export"))
    for name, rows in mapping_or_empty(data.get("Mappings")).items():
        for key, row in mapping_or_empty(rows).items():
            for column, value in mapping_or_empty(row).items():
                if is_mapping(value) and not is_function(value) and "Fn::Transform" not in value:
                    sentence = (
                        f"Mappings.{name}.{key}.{column} is a mapping, and a mapping has texts and lists only"
                    )
                    yield finding("PF714", sentence, ("Mappings", name, key, column))
                for place in _functions(value, ("Mappings", name, key, column)):
                    yield finding(
                        "PF714", f"{_dotted(place)} is a function, and a mapping has values only", place
                    )
    for name, facts in parameters.items():
        default = mapping_or_empty(facts).get("Default", "")
        if is_list(default) or is_mapping(default):
            hint = "; write it as one text, with commas" if is_list(default) else ""
            yield finding(
                "PF714",
                f"the default of the parameter {name} is a {'list' if is_list(default) else 'mapping'}{hint}",
                ("Parameters", name, "Default"),
            )
    yield from _misplaced(data)
    for name, resource in resources.items():
        for key in ("Properties", "Metadata"):
            part = mapping_or_empty(resource).get(key, {})
            if part is not None and not is_mapping(part):
                found = "a list" if is_list(part) else shown(part)
                yield finding("PF714", f"{name}: {key} is a mapping, found {found}", ("Resources", name, key))
    for name, condition in mapping_or_empty(data.get("Conditions")).items():
        if condition is not None and not is_mapping(condition):
            sentence = f"the condition {name} is a function such as Fn::Equals, found {shown(condition)}"
            yield finding("PF714", sentence, ("Conditions", name))
        for target, place in _resources_in(condition, ("Conditions", name), resources, is_condition=True):
            yield finding(
                "PF714",
                f"the condition {name} refers to the resource {target}; conditions are evaluated before there "
                "are resources",
                place,
            )


_LIST = re.compile("CommaDelimitedList|List<")


# The functions that always give a list.
LISTING = ("Fn::Split", "Fn::GetAZs", "Fn::Cidr")


def is_list_parameter(facts: Any) -> bool:
    """Whether the value of a parameter that is declared so is a list."""
    return _LIST.search(str(mapping_or_empty(facts).get("Type"))) is not None


def _gives_list(node: Any, lists: set[str]) -> bool:
    """Whether the value of an expression may be a list; `lists` are the parameters that are lists."""
    for _, part in branches(node):
        if is_mapping(part) and len(part) == 1:
            ((name, argument),) = part.items()
            if name in LISTING or (name == "Ref" and str(argument) in lists):
                return True
    return False


_EXTENSIONS = "AWS::LanguageExtensions"
_OF_CONDITIONS = frozenset(
    {"Fn::Equals", *(name for name, row in INTRINSICS.items() if row.holds_conditions)}
)
_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
# What these functions take by name is read before there are resources.
_READ_BEFORE = {"Fn::ImportValue": "the name of an import", "Fn::FindInMap": "a key of a mapping"}
# CloudFormation refuses names of exports that depend on resources, imported values or Fn::GetAZs.
_NOT_IN_EXPORTS = ("Fn::ImportValue", "Fn::GetAZs")
_NO_EXPORT = re.compile("[^A-Za-z0-9:-]")


def _misplaced(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Functions where CloudFormation takes none, or takes them with its transform for that only."""
    transforms = data.get("Transform")
    # Another macro may write them out.
    extended = transforms is not None and transforms not in (_SERVERLESS, [_SERVERLESS])
    for name, resource in mapping_or_empty(data.get("Resources")).items():
        for key in _POLICIES:
            value = mapping_or_empty(resource).get(key, "")
            if not extended and is_mapping(value):
                sentence = f"{name}: {key} is a text; functions in it need the transform {_EXTENSIONS}"
                yield finding("PF714", sentence, ("Resources", name, key))
    for part, inside in (("Resources", "Properties"), ("Outputs", "Value")):
        for name, element in mapping_or_empty(data.get(part)).items():
            for path, function, argument in _calls(
                mapping_or_empty(element).get(inside), (part, name, inside)
            ):
                if function in _OF_CONDITIONS:
                    sentence = f"{name}: {function} is for conditions; a value depends on one by Fn::If"
                    yield finding("PF714", sentence, path)
                elif not extended and function in ("Ref", "Fn::GetAtt"):
                    target = argument[0] if is_list(argument) and argument else argument
                    if is_mapping(target):
                        sentence = f"{name}: {function} takes a name; a function in its place needs the transform {_EXTENSIONS}"
                        yield finding("PF714", sentence, path)


def out_of_place(data: Mapping[str, Any]) -> Iterator[Finding]:
    """What depends on resources although it is read before there are some, and what custom resources lack.

    A macro for the whole template may rewrite it.
    """
    resources = mapping_or_empty(data.get("Resources"))
    for name, facts in mapping_or_empty(data.get("Parameters")).items():
        for key, value in mapping_or_empty(facts).items():
            # A default that is a mapping has a finding of its own.
            for place in _functions(value, ("Parameters", name, key)) if key != "Default" else ():
                yield finding(
                    "PF714", f"{_dotted(place)} is a function, and parameters have values only", place
                )
    for name, rule in mapping_or_empty(data.get("Rules")).items():
        for target, place in _resources_in(rule, ("Rules", name), resources):
            sentence = f"the rule {name} refers to the resource {target}; rules are evaluated before there are resources"
            yield finding("PF714", sentence, place)
    for name, output in mapping_or_empty(data.get("Outputs")).items():
        exported = mapping_or_empty(mapping_or_empty(output).get("Export")).get("Name")
        yield from _of_export(name, exported, resources)
    for name, resource in resources.items():
        yield from _of_custom(name, mapping_or_empty(resource))
    for part, inside in (("Resources", "Properties"), ("Outputs", "Value")):
        for name, element in mapping_or_empty(data.get(part)).items():
            values = mapping_or_empty(element).get(inside)
            for path, function, argument in _calls(values, (part, name, inside)):
                if function in _READ_BEFORE:
                    # The fourth argument of Fn::FindInMap, a default, is a value like any other.
                    names = argument[:3] if is_list(argument) else argument
                    for target, place in _resources_in(names, (*path, function), resources):
                        what = _READ_BEFORE[function]
                        yield finding(
                            "PF714",
                            f"{name}: {what} depends on the resource {target}, which it cannot",
                            place,
                        )


_CUSTOM = re.compile("Custom::[A-Za-z0-9_@:-]{1,60}")


def _of_custom(name: str, resource: Mapping[str, Any]) -> Iterator[Finding]:
    """A custom resource: the name of its type, and who makes it."""
    kind, properties = resource.get("Type"), resource.get("Properties", {})
    if isinstance(kind, str) and kind.startswith("Custom::"):
        if _CUSTOM.fullmatch(kind) is None:
            sentence = f"{name}: the type of a custom resource has up to 60 letters, digits, _, @ and -, found {shown(kind)}"
            yield finding("PF714", sentence, ("Resources", name, "Type"))
        if is_mapping(properties) and not {"ServiceToken", "Fn::Transform"} & properties.keys():
            yield finding("PF714", f"{name}: a custom resource needs ServiceToken", ("Resources", name))


def _of_export(output: str, name: Any, resources: Mapping[str, Any]) -> Iterator[Finding]:
    path: Path = ("Outputs", output, "Export", "Name")
    about = f"the name of the export of the output {output}"
    for target, place in _resources_in(name, path, resources):
        yield finding("PF714", f"{about} depends on the resource {target}, which it cannot", place)
    for place, function, _ in _calls(name, path):
        if function in _NOT_IN_EXPORTS:
            yield finding("PF714", f"{about} depends on {function}, which it cannot", place)


def exports(cases: Mapping[str | None, Checked]) -> Iterator[Finding]:
    """Names of exports that no export can have, or that two outputs have, in all cases."""
    return said_once(cases, _exports)


def _exports(checked: Checked) -> Iterator[tuple[str, Finding]]:
    seen: list[tuple[str, Any]] = []
    for output, (exists, name) in checked.exports.items():
        path = (*checked.written.get(output, ("Outputs", output)), "Export", "Name")
        pieces = name.parts if isinstance(name, Unknown) and name.kind == "text" else (name,)
        texts = [piece for piece in pieces if isinstance(piece, str) and not isinstance(piece, Secret)]
        odd = next((found[0] for text in texts if (found := _NO_EXPORT.search(text))), None)
        if odd is not None and exists is not False:
            sentence = (
                f"the name of the export of the output {output} has letters, digits, colons and hyphens only, "
                f"found {odd!r}"
            )
            yield sentence, finding("PF714", sentence, path)
        if exists is True and _is_certain(name):
            for other in (other for other, theirs in seen if theirs == name):
                sentence = f"the outputs {other} and {output} export the same name"
                yield sentence, finding("PF714", sentence, path)
            seen.append((output, name))


def _is_certain(name: Any) -> bool:
    """Whether something equal is the same name, although parameters and the like have no value yet."""
    return all(
        part.kind in ("parameter", "pseudo", "text") if isinstance(part, Unknown) else isinstance(part, str)
        for part in parts(name)
    )


def _resources_in(
    node: Any, path: Path, resources: Mapping[str, Any], is_condition: bool = False
) -> Iterator[tuple[str, Path]]:
    """The resources that an expression refers to, each with its place."""
    for use in uses(node, path, is_condition=is_condition):
        if use.kind == "reference" and isinstance(use.name, str) and use.name in resources:
            yield use.name, use.path


def _calls(node: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    for place, part in placed(node, path, lambda part: is_macro_call(part) and len(part) == 1):
        if is_mapping(part) and is_function(part) and not is_macro_call(part):
            ((name, argument),) = part.items()
            yield place, name, argument


def _nulls(node: Any, path: Path) -> Iterator[Path]:
    for place, part in placed(node, path):
        # Without a region it is this one's; templates of AWS write it as a null.
        if part is None and place[-1:] != ("Fn::GetAZs",):
            yield place


def _functions(node: Any, path: Path) -> Iterator[Path]:
    for place, part in placed(node, path, is_mapping):
        if is_mapping(part) and is_function(part) and not is_macro_call(part):
            yield place


def refused(template: LoadedTemplate, cases: Mapping[str | None, Checked]) -> Iterator[Finding]:
    """The errors of evaluating a template, in all cases; None is the one in which nothing is known of the parameters.

    What a loop makes has the place in the loop, once for all that it makes.
    """
    return said_once(
        cases,
        lambda found: [(error.message, _of_error(template, error, found.written)) for error in found.errors],
    )


def _of_error(template: LoadedTemplate, error: EvaluationError, written: Written) -> Finding:
    part, _, rest = (error.path or "").partition(".")
    name, _, below = rest.partition(".")
    path: Path = written.get(name, ())
    if path[:1] == (part,):
        node: Any = template.data
        for step in path:
            node = node[step]
        path = (*path, *_steps(node, below))
    else:
        path = _steps(template.data, error.path or "")
        name = "" if len(path) < 2 else str(path[1])
    about = f"{name}: " if name and path[:1] == ("Resources",) else ""
    made = finding("PF713", f"{about}{error.message}", path)
    return made if error.origin is None else attrs.evolve(made, origin=error.origin)


def _steps(data: Mapping[str, Any], dotted: str) -> Path:
    """The steps of ``Resources.A.Properties.B.0``, as far as they lead; a name may have dots of its own."""
    found: list[str | int] = []
    node: Any = data
    rest = dotted
    while rest:
        if is_mapping(node):
            name = longest_key(node, rest)
            if name is None:
                break
            found.append(name)
            node = node[name]
            rest = rest[len(name) + 1 :]
        else:
            index, _, rest = rest.partition(".")
            place = index_of(index)
            if not is_list(node) or place is None or place >= len(node):
                break
            found.append(place)
            node = node[place]
    return tuple(found)


def nested(template: LoadedTemplate) -> Iterator[Finding]:
    """The parameters of nested stacks, whose templates are beside this one, against those that they declare."""
    for name, resource in mapping_or_empty(template.data.get("Resources")).items():
        properties = mapping_or_empty(mapping_or_empty(resource).get("Properties"))
        address = properties.get("TemplateURL")
        if mapping_or_empty(resource).get("Type") != _STACK or not isinstance(address, str):
            continue
        child = template.beside(address)
        given = properties.get("Parameters", {})
        if child is None or not is_mapping(given) or is_function(given):
            continue
        declared = mapping_or_empty(child.data.get("Parameters"))
        path: Path = ("Resources", name, "Properties")
        for key in given:
            if key not in declared and not key.startswith("Fn::"):
                yield finding(
                    "PF716",
                    f"{name}: the template {address} has no parameter {key!r}{did_you_mean(key, declared)}",
                    (*path, "Parameters", key),
                )
        missing = [
            key
            for key, facts in declared.items()
            if key not in given and "Default" not in mapping_or_empty(facts)
        ]
        if missing and "Fn::Transform" not in given:
            them = f"the parameter{'s' * (len(missing) > 1)} {', '.join(missing)}"
            yield finding("PF716", f"{name}: the template {address} requires {them}", path)


def _dotted(path: Path) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
