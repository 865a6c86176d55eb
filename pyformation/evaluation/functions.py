"""The intrinsic functions, one table: name to what computes it.

Each takes the engine and its argument as it stands in the template. An argument that is not what the
function takes is an `EvaluationError`; one that is unknown makes the result unknown.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import attrs

from ..budget import take_parts, take_steps
from ..errors import EvaluationError, did_you_mean
from ..errors import shown as _short
from ..names import in_braces
from ..plain import is_list, is_mapping, same_exactly
from .expressions import (
    Visit,
    attribute_parts,
    first_name,
    name_of_condition,
    name_of_get_att,
    name_of_if,
    name_of_ref,
    name_of_transform,
    names_of_sub,
    sub_parts,
)
from .inputs import Inputs
from .secrets import MASK, Secret, like, opened
from .unknowns import (
    NO_VALUE,
    Choice,
    Unknown,
    chosen,
    folded,
    is_known,
    mapped,
    negated,
    parts,
    scalar_text,
    size_of,
    text,
)


class Evaluator(Protocol):
    """What the functions ask of the engine."""

    @property
    def data(self) -> Mapping[str, Any]:
        """The template."""
        ...

    @property
    def inputs(self) -> Inputs:
        """What it is evaluated with."""
        ...

    def value(self, node: Any) -> Any:
        """The value of an expression."""
        ...

    def rewritten(self, key: str, node: Any) -> Unknown:
        """The value of an expression that cannot be evaluated."""
        ...

    def reference(self, name: Any) -> Any:
        """The value of ``Ref``."""
        ...

    def attribute(self, target: Any, name: Any) -> Any:
        """The value of ``Fn::GetAtt``."""
        ...

    def condition(self, name: Any) -> bool | Unknown:
        """The value of a named condition."""
        ...

    def holds(self, node: Any) -> bool | Unknown:
        """The value of an expression that is a condition."""
        ...


Compute = Callable[[Evaluator, Any], Any]


@attrs.frozen
class Function:
    """What is known of a function: how to compute it, where names are in its argument, and whether its arguments
    are conditions."""

    compute: Compute
    names: Callable[[Any, Visit], Any] | None = None
    takes_conditions: bool = False


FUNCTIONS: dict[str, Function] = {}


def _function(name: str, names: Callable[[Any, Visit], Any] | None = None) -> Callable[[Compute], Compute]:
    """Register a function that takes its argument unevaluated."""

    def register(compute: Compute) -> Compute:
        FUNCTIONS[name] = Function(compute, names)
        return compute

    return register


def _arguments(name: str, argument: Any, *counts: int) -> list[Any]:
    if is_list(argument):
        if len(argument) in counts:
            return argument
    wanted = " or ".join(map(str, counts)) if len(counts) < 3 else f"{counts[0]} to {counts[-1]}"
    raise EvaluationError(f"{name} takes a list of {wanted} arguments, found {_short(argument)}")


# So many values of a lookup by unknown keys are kept as a digest.
_MANY_CANDIDATES = 500
# Fewer items are spent by the step that makes them.
_MANY = 100


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float))


def _piece(value: Any, name: str) -> Any:
    """A piece of a text: known scalars as text, unknown values as they are."""
    if _is_scalar(value):
        return scalar_text(value)
    if isinstance(value, (Unknown, Choice)):
        return value
    raise EvaluationError(f"{name} joins texts, found {_short(value)}")


def _unknown(name: str, *parts: Any) -> Unknown:
    return Unknown("function", name, parts)


# So many unknown conditions are tried in all combinations.
_MOST_CONDITIONS = 4


def _of_values(name: str, *counts: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function of values: of a list of so many arguments, without `counts` of one alone.

    What unknown conditions choose among the arguments, it computes in each case.
    """

    def register(compute: Callable[..., Any]) -> Callable[..., Any]:
        def evaluate(engine: Evaluator, argument: Any) -> Any:
            parts = _arguments(name, argument, *counts) if counts else [argument]
            values = [engine.value(part) for part in parts]
            return _by_case(values, lambda values: compute(engine, *values))

        FUNCTIONS[name] = Function(evaluate)
        return compute

    return register


def _by_case(values: list[Any], compute: Callable[[list[Any]], Any]) -> Any:
    """What `compute` makes of the values, for each case of the unknown conditions that choose in them.

    If there are too many conditions, or a case that may not occur is refused, `compute` gets the values as they are.
    """
    conditions: list[Unknown] = []
    for found in _conditions_in(values):
        if found not in conditions:
            conditions.append(found)
            if len(conditions) > _MOST_CONDITIONS:
                break
    if not conditions or len(conditions) > _MOST_CONDITIONS:
        return compute(values)
    first = conditions[0]
    try:
        then, otherwise = (
            _by_case([_decided(value, first, holds) for value in values], compute) for holds in (True, False)
        )
    except EvaluationError:
        return compute(values)
    return chosen(first, then, otherwise)


def _conditions_in(value: Any) -> Iterator[Unknown]:
    """The unknown conditions that choose in a value, outermost first; not those inside symbols."""
    for part in parts(value, lambda part: isinstance(part, (Unknown, Choice))):
        if isinstance(part, Choice):
            yield part.condition


def _decided(value: Any, condition: Unknown, holds: bool) -> Any:
    """A value for a known condition, by which items of lists may be missing."""

    def change(part: Any) -> Any:
        if not isinstance(part, Choice):
            return part
        if part.condition == condition:
            return decided(part.then if holds else part.otherwise)
        return chosen(part.condition, decided(part.then), decided(part.otherwise))

    def decided(part: Any) -> Any:
        return mapped(part, change, lambda part: isinstance(part, Unknown))

    return decided(value)


@_function("Ref", name_of_ref)
def _ref(engine: Evaluator, argument: Any) -> Any:
    return engine.reference(argument)


@_function("Fn::GetAtt", name_of_get_att)
def _get_att(engine: Evaluator, argument: Any) -> Any:
    return engine.attribute(*attribute_parts(argument))


@_of_values("Fn::Join", 2)
def _join(_engine: Evaluator, delimiter: Any, values: Any) -> Any:
    delimiter = _piece(delimiter, "Fn::Join")
    if not is_list(values):
        if isinstance(values, (Unknown, Choice)):
            return _unknown("Fn::Join", delimiter, values)
        raise EvaluationError(f"Fn::Join takes a list, found {_short(values)}")
    pieces: list[Any] = []
    for item in values:
        if is_list(item):
            item = text(_joined(delimiter, [_piece(part, "Fn::Join") for part in item]), "Fn::Join")
        pieces.append(_piece(item, "Fn::Join"))
    return text(_joined(delimiter, pieces), "Fn::Join")


def _joined(delimiter: Any, pieces: list[Any]) -> list[Any]:
    result: list[Any] = []
    for piece in pieces:
        if result:
            result.append(delimiter)
        result.append(piece)
    return result


@_of_values("Fn::Select", 2)
def _select(_engine: Evaluator, index: Any, listed: Any) -> Any:
    if not _is_scalar(index) or not is_list(listed):
        if isinstance(index, (Unknown, Choice)) or isinstance(listed, (Unknown, Choice)):
            return _unknown("Fn::Select", index, listed)
        raise EvaluationError(f"Fn::Select takes a number and a list, found {_short([index, listed])}")
    number = opened(scalar_text(index))
    if any(isinstance(item, Choice) for item in listed):
        return _unknown("Fn::Select", number, listed)  # An item may be missing, and move the others.
    if not number.isdecimal() or len(number) > 9 or int(number) >= len(listed):
        shown = MASK if isinstance(index, Secret) else _short(number)
        raise EvaluationError(f"Fn::Select: there is no item {shown} in a list of {len(listed)}")
    return listed[int(number)]


@_of_values("Fn::Split", 2)
def _split(_engine: Evaluator, delimiter: Any, source: Any) -> Any:
    if isinstance(delimiter, str) and delimiter and _is_scalar(source):
        pieces = opened(scalar_text(source)).split(opened(delimiter))
        if len(pieces) > _MANY:
            take_parts(len(pieces), "Fn::Split")
        return [like(piece, source, delimiter) for piece in pieces]
    if isinstance(source, (Unknown, Choice)) or isinstance(delimiter, (Unknown, Choice)):
        return _unknown("Fn::Split", delimiter, source)
    raise EvaluationError(f"Fn::Split takes a delimiter and a text, found {_short([delimiter, source])}")


@_function("Fn::Sub", names_of_sub)
def _sub(engine: Evaluator, argument: Any) -> Any:
    template, variables = sub_parts(argument)
    pieces: list[Any] = []
    made_by = "Fn::Sub"
    position = 0
    for match in in_braces(template):
        pieces.append(template[position : match.start()])
        position = match.end()
        name = match[1].strip()
        if name.startswith("!"):
            pieces.append(f"${{{match[1].lstrip()[1:]}}}")
            continue
        if name in variables:
            value = engine.value(variables[name])
            if not is_known(value):
                made_by = "Fn::Join"  # AWS then shows nothing of the text.
        elif "." in name:
            value = engine.attribute(*attribute_parts(name))
        else:
            value = engine.reference(name)
        if value is not NO_VALUE:  # It adds nothing to the text.
            pieces.append(_piece(value, f"Fn::Sub ${{{name}}}"))
    pieces.append(template[position:])
    return _by_case(pieces, lambda pieces: text(_texts_of(pieces), made_by))


def _texts_of(pieces: list[Any]) -> list[Any]:
    return [_piece(piece, "Fn::Sub") for piece in pieces if piece is not NO_VALUE]


@_function("Fn::FindInMap", first_name("mapping"))
def _find_in_map(engine: Evaluator, argument: Any) -> Any:
    parts = _arguments("Fn::FindInMap", argument, 3, 4)
    default: list[Any] = []
    if len(parts) == 4:
        options: dict[str, Any] = parts[3] if is_mapping(parts[3]) else {}
        if set(options) != {"DefaultValue"}:
            raise EvaluationError("the fourth argument of Fn::FindInMap is {DefaultValue: ...}")
        default = [engine.value(options["DefaultValue"])]
    keys = [engine.value(part) for part in parts[:3]]
    if not all(_is_scalar(key) or isinstance(key, (Unknown, Choice)) for key in keys):
        raise EvaluationError(f"Fn::FindInMap takes three names, found {_short(keys)}")
    return _by_case(keys, lambda keys: _looked_up(engine, keys, default))


def _looked_up(engine: Evaluator, keys: list[Any], default: list[Any]) -> Any:
    """What is in the mappings under three keys, else the default, a list of one or none."""
    found: Any = engine.data.get("Mappings")
    for depth, key in enumerate(keys):
        if not _is_scalar(key):
            return _looked_up_by_unknown_keys(engine, keys, _candidates(found, keys[depth:]), default)
        name = opened(scalar_text(key))
        if not is_mapping(found) or name not in found:
            if default:
                return default[0]
            if engine.inputs.macros:
                return Unknown("macro", "Fn::FindInMap", tuple(keys))
            known: Mapping[str, Any] = found if is_mapping(found) else {}
            what = ("mapping", "top-level key", "second-level key")[depth]
            names = [scalar_text(item) if _is_scalar(item) else str(item) for item in keys]
            hint = "" if isinstance(key, Secret) else did_you_mean(name, known)
            raise EvaluationError(
                f"Fn::FindInMap {_short(names)}: there is no {what} {_short(scalar_text(key))}{hint}"
            )
        found = found[name]
    return found


def _looked_up_by_unknown_keys(
    engine: Evaluator, keys: list[Any], candidates: Any, default: list[Any]
) -> Any:
    """What a lookup with unknown keys finds; keys that lead to nothing and to no default are refused."""
    values = [*_values_in(candidates), *default]
    if not values and not engine.inputs.macros:
        raise EvaluationError(f"Fn::FindInMap {[str(key) for key in keys]}: no keys lead to a value")
    if values and all(same_exactly(value, values[0]) for value in values):
        return values[0]  # Whichever it is.
    if len(values) > _MANY_CANDIDATES:
        # What it may be is compared, and kept as long as it is.
        import hashlib

        text = json.dumps(candidates, sort_keys=True, default=str)
        take_steps(len(values) // _MANY, "Fn::FindInMap")
        candidates = f"{len(values):,} values, {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return _unknown("Fn::FindInMap", *keys, candidates, *default)


def _candidates(found: Any, keys: list[Any]) -> Any:
    """What a lookup with unknown keys may find: a change of anything else does not concern it.

    No pass: it goes down by keys, as deep as there are any.
    """
    if not keys:
        return found
    if not is_mapping(found):
        return None
    if _is_scalar(keys[0]):
        return _candidates(found.get(opened(scalar_text(keys[0]))), keys[1:])
    return {name: _candidates(item, keys[1:]) for name, item in found.items()}


def _values_in(candidates: Any) -> Iterator[Any]:
    for part in parts(candidates, lambda part: not is_mapping(part)):
        if part is not None and not is_mapping(part):
            yield part


@_of_values("Fn::Base64")
def _base64(_engine: Evaluator, value: Any) -> Any:
    if _is_scalar(value):
        encoded = base64.b64encode(opened(scalar_text(value)).encode("utf-8", "surrogatepass"))
        return text([like(encoded.decode(), value)], "Fn::Base64")
    if isinstance(value, (Unknown, Choice)):
        return _unknown("Fn::Base64", value)
    raise EvaluationError(f"Fn::Base64 takes a text, found {_short(value)}")


@_of_values("Fn::GetAZs")
def _zones(engine: Evaluator, region: Any) -> Any:
    if region in ("", None):
        region = engine.inputs.pseudo("AWS::Region")
    if not isinstance(region, (str, Unknown, Choice)):
        raise EvaluationError(f"Fn::GetAZs takes the name of a region, found {_short(region)}")
    return _unknown("Fn::GetAZs", region)


@_of_values("Fn::Cidr", 2, 3)
def _cidr(_engine: Evaluator, *parts: Any) -> Any:
    if not all(_is_scalar(part) for part in parts):
        if not all(_is_scalar(part) or isinstance(part, (Unknown, Choice)) for part in parts):
            raise EvaluationError(f"Fn::Cidr takes a CIDR block and two numbers, found {_short(list(parts))}")
        return _unknown("Fn::Cidr", *parts)
    import ipaddress

    try:
        given = [opened(scalar_text(part)) for part in parts]
        network = ipaddress.ip_network(given[0], strict=False)
        bits = int(given[2]) if len(parts) == 3 else (8 if network.version == 4 else 64)
        length = network.max_prefixlen - bits
        count = int(given[1])
        if not 1 <= count <= 256 or not network.prefixlen <= length <= network.max_prefixlen:
            raise ValueError(f"{count} blocks of {bits} bits do not fit")
        take_steps(count, "Fn::Cidr")
        blocks: list[str] = []
        for number in range(count):
            start = int(network.network_address) + (number << bits)
            if start > int(network.broadcast_address):
                raise ValueError(f"{count} blocks of {bits} bits do not fit")
            blocks.append(like(f"{type(network.network_address)(start)}/{length}", *parts))
    except ValueError as error:
        why = "the secret value does not fit" if any(isinstance(part, Secret) for part in parts) else error
        raise EvaluationError(f"Fn::Cidr {_short(list(parts))}: {why}") from None
    return blocks


@_of_values("Fn::ImportValue")
def _import(engine: Evaluator, name: Any) -> Any:
    if isinstance(name, Secret):  # As a symbol it would be shown.
        return engine.inputs.imports.get(opened(name), _unknown("Fn::ImportValue", name))
    if _is_scalar(name):
        return engine.inputs.imports.get(scalar_text(name), Unknown("import", scalar_text(name)))
    if isinstance(name, (Unknown, Choice)):
        return _unknown("Fn::ImportValue", name)
    raise EvaluationError(f"Fn::ImportValue takes the name of an export, found {_short(name)}")


@_function("Fn::GetStackOutput")
def _stack_output(engine: Evaluator, argument: Any) -> Any:
    value = engine.value(argument)
    name = stack_output_name(value)
    if name in engine.inputs.moved:
        return Unknown("new", name)
    # It is known when the update runs, as AWS has it; what is given says only whether it is the same.
    given = [engine.inputs.resolved[name]] if name in engine.inputs.resolved else []
    return Unknown("output", "Fn::GetStackOutput", (value, *given))


def stack_output_name(argument: Any) -> str:
    """What to call an output of another stack, by the value of the argument: ``Network.VpcId``, with the region
    where one is given (``Network.VpcId@eu-west-1``)."""
    given = argument if is_mapping(argument) else {}
    stack, output, region = (given.get(key) for key in ("StackName", "OutputName", "Region"))
    return f"{stack}.{output}" + ("" if region is None else f"@{region}")


@_function("Fn::Transform", name_of_transform)
def _transform(engine: Evaluator, argument: Any) -> Any:
    value = engine.value(argument)
    name: Any = value.get("Name", "") if is_mapping(value) else "Fn::Transform"
    return Unknown("macro", str(name), (value,))


@_of_values("Fn::Length")
def _length(_engine: Evaluator, value: Any) -> Any:
    if is_list(value):
        return _unknown("Fn::Length", value) if any(isinstance(i, Choice) for i in value) else len(value)
    if isinstance(value, (Unknown, Choice)):
        return _unknown("Fn::Length", value)
    raise EvaluationError(f"Fn::Length takes a list, found {_short(value)}")


@_of_values("Fn::ToJsonString")
def _to_json_string(_engine: Evaluator, value: Any) -> Any:
    if value is NO_VALUE:
        raise EvaluationError(f"Fn::ToJsonString takes a mapping or a list, found {value}")
    if next(_conditions_in(value), None) is not None:
        return _unknown("Fn::ToJsonString", value)  # What may be missing takes its comma along.
    return text(_json(value), "Fn::ToJsonString")


def _json(value: Any) -> list[Any]:
    """The pieces of a value as JSON: ``1`` and ``"1"`` differ, and what is known stays readable."""

    def pieces(part: Any, inner: list[list[Any]]) -> list[Any]:
        if isinstance(part, Unknown):
            return [_unknown("Fn::ToJsonString", part)]
        brackets = "{}" if is_mapping(part) else "[]" if is_list(part) else ""
        if not brackets:
            return [like(_json_scalar(part), part)]
        if is_mapping(part):
            inner = [[f"{_json_scalar(key)}:", *item] for key, item in zip(part, inner, strict=True)]
        listed = [piece for item in inner for piece in (",", *item)]
        return [brackets[0], *listed[1:], brackets[1]]

    return folded(value, pieces, lambda part: isinstance(part, Unknown))


def _json_scalar(value: Any) -> str:
    return json.dumps(opened(value), ensure_ascii=False, default=str)


# ---------------------------------------------------------------------------------------------
# Conditions


@_function("Condition", name_of_condition)
def _condition(engine: Evaluator, argument: Any) -> Any:
    return engine.condition(argument)


@_function("Fn::If", name_of_if)
def _if(engine: Evaluator, argument: Any) -> Any:
    parts = _arguments("Fn::If", argument, 3)
    condition = engine.condition(parts[0])
    if not isinstance(condition, Unknown):
        return engine.value(parts[1] if condition else parts[2])
    found: list[Any] = []
    refused: EvaluationError | None = None
    for part in parts[1:]:
        try:
            found.append(engine.value(part))
        except EvaluationError as error:
            if refused is not None:
                raise
            refused = error
            found.append(engine.rewritten("Fn::If", part))  # It may never be taken.
    return chosen(condition, *found)


def _unknown_first(value: Any) -> tuple[bool, str]:
    return is_known(value), _order(value)


def _order(value: Any) -> str:
    """What puts values in an order of their own. A large one is not written out for that."""
    size = size_of(value, "a condition")
    return repr(value) if size < _MANY else f"{type(value).__name__} {getattr(value, 'name', '')} {size}"


@_of_values("Fn::Equals", 2)
def _equals(_engine: Evaluator, left: Any, right: Any) -> Any:
    if _is_scalar(left) and _is_scalar(right):
        return scalar_text(left) == scalar_text(right)
    if same_exactly(left, right):
        return True
    if is_known(left) and is_known(right):
        return False
    # Compared as texts, 10 and "10" are one.
    sides = [scalar_text(side) if _is_scalar(side) else side for side in (left, right)]
    return Unknown("condition", "Fn::Equals", tuple(sorted(sides, key=_unknown_first)))


def _operands(engine: Evaluator, name: str, argument: Any, *counts: int) -> list[bool | Unknown]:
    return [engine.holds(part) for part in _arguments(name, argument, *counts)]


def _combine(name: str, decides: bool) -> Compute:
    def compute(engine: Evaluator, argument: Any) -> Any:
        operands = _operands(engine, name, argument, *range(1, 11))
        if any(operand is decides for operand in operands):
            return decides
        open_ones: list[Unknown] = []
        for operand in operands:
            if isinstance(operand, Unknown) and operand not in open_ones:
                open_ones.append(operand)
        if not open_ones:
            return not decides
        # In an order of their own: which operand stands first does not matter.
        return (
            open_ones[0]
            if len(open_ones) == 1
            else Unknown("condition", name, tuple(sorted(open_ones, key=_order)))
        )

    return compute


FUNCTIONS["Fn::And"] = Function(_combine("Fn::And", False), takes_conditions=True)
FUNCTIONS["Fn::Or"] = Function(_combine("Fn::Or", True), takes_conditions=True)


def _not(engine: Evaluator, argument: Any) -> Any:
    (operand,) = _operands(engine, "Fn::Not", argument, 1)
    return negated(operand) if isinstance(operand, Unknown) else not operand


FUNCTIONS["Fn::Not"] = Function(_not, takes_conditions=True)


# ---------------------------------------------------------------------------------------------
# What only rules may use


def _of_lists(name: str, compare: Callable[[list[Any], list[Any]], bool]) -> Compute:
    def compute(engine: Evaluator, argument: Any) -> Any:
        left, right = (engine.value(part) for part in _arguments(name, argument, 2))
        if not is_known(left) or not is_known(right):
            return Unknown("condition", name, (left, right))
        return compare(_texts(left), _texts(right))

    return compute


def _texts(value: Any) -> list[str]:
    items: list[Any] = value if is_list(value) else [value]
    return [scalar_text(item) for item in items]


FUNCTIONS["Fn::Contains"] = Function(
    _of_lists("Fn::Contains", lambda listed, value: set(value) <= set(listed))
)
FUNCTIONS["Fn::EachMemberEquals"] = Function(
    _of_lists("Fn::EachMemberEquals", lambda listed, value: all([item] == value for item in listed))
)
FUNCTIONS["Fn::EachMemberIn"] = Function(
    _of_lists("Fn::EachMemberIn", lambda listed, values: set(listed) <= set(values))
)


def _unknown_of(name: str) -> Compute:
    return lambda engine, argument: _unknown(name, engine.value(argument))


FUNCTIONS["Fn::RefAll"] = Function(_unknown_of("Fn::RefAll"))
for _name in ("Fn::ValueOf", "Fn::ValueOfAll"):
    FUNCTIONS[_name] = Function(_unknown_of(_name), first_name("reference"))
