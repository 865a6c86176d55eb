"""The intrinsic functions, one table: name to what computes it.

Each takes the engine and its argument as it stands in the template. An argument that is not what the
function takes is an `EvaluationError`; one that is unknown makes the result unknown.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import EvaluationError, did_you_mean
from ..errors import shown as _short
from .unknowns import NO_VALUE, Choice, Secret, Unknown, chosen, is_known, like, scalar_text, text

if TYPE_CHECKING:
    from .engine import Engine

FUNCTIONS: dict[str, Callable[[Engine, Any], Any]] = {}


def _function(name: str) -> Callable[[Callable[[Engine, Any], Any]], Callable[[Engine, Any], Any]]:
    def register(compute: Callable[[Engine, Any], Any]) -> Callable[[Engine, Any], Any]:
        FUNCTIONS[name] = compute
        return compute

    return register


def _arguments(name: str, argument: Any, *counts: int) -> list[Any]:
    if isinstance(argument, list):
        found: list[Any] = argument  # pyright: ignore[reportUnknownVariableType]
        if len(found) in counts:
            return found
    wanted = " or ".join(map(str, counts)) if len(counts) < 3 else f"{counts[0]} to {counts[-1]}"
    raise EvaluationError(f"{name} takes a list of {wanted} arguments, found {_short(argument)}")


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


def _over_choices(name: str, engine: Engine, arguments: list[Any]) -> Any:
    """The value of a function for each value that its arguments may have, None where there are too many.

    The arguments are values, and a list among them is looked into: what is there only by a condition moves
    what stands behind it.
    """
    found: list[Unknown] = []
    for argument in arguments:
        for item in argument if isinstance(argument, list) else [argument]:  # pyright: ignore[reportUnknownVariableType]
            if isinstance(item, Choice) and item.condition not in found:
                found.append(item.condition)
    if not found or len(found) > _MOST_CONDITIONS:
        return None

    def branch(value: Any, holds: bool) -> Any:
        if isinstance(value, Choice) and value.condition == found[0]:
            return value.then if holds else value.otherwise
        if isinstance(value, list):
            return [branch(item, holds) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return value

    try:
        then, otherwise = (FUNCTIONS[name](engine, branch(arguments, holds)) for holds in (True, False))
    except EvaluationError:
        return None  # Nobody knows whether that branch is ever taken.
    return chosen(found[0], then, otherwise)


@_function("Fn::GetAtt")
def _get_att(engine: Engine, argument: Any) -> Any:
    from .engine import attribute_parts

    return engine.attribute(*attribute_parts(argument))


@_function("Fn::Join")
def _join(engine: Engine, argument: Any) -> Any:
    delimiter, listed = _arguments("Fn::Join", argument, 2)
    delimiter, values = engine.value(delimiter), engine.value(listed)
    by_case = _over_choices("Fn::Join", engine, [delimiter, values])
    if by_case is not None:
        return by_case
    if not isinstance(values, list):
        if isinstance(values, (Unknown, Choice)):
            return _unknown("Fn::Join", delimiter, values)
        raise EvaluationError(f"Fn::Join takes a list, found {_short(values)}")
    items: list[Any] = values  # pyright: ignore[reportUnknownVariableType]
    pieces: list[Any] = []
    for item in items:
        if isinstance(item, list):
            nested: list[Any] = item  # pyright: ignore[reportUnknownVariableType]
            item = text(_joined(delimiter, [_piece(part, "Fn::Join") for part in nested]), "Fn::Join")
        pieces.append(_piece(item, "Fn::Join"))
    return text(_joined(delimiter, pieces), "Fn::Join")


def _joined(delimiter: Any, pieces: list[Any]) -> list[Any]:
    result: list[Any] = []
    for piece in pieces:
        if result:
            result.append(delimiter)
        result.append(piece)
    return result


@_function("Fn::Select")
def _select(engine: Engine, argument: Any) -> Any:
    index, listed = (engine.value(part) for part in _arguments("Fn::Select", argument, 2))
    by_case = _over_choices("Fn::Select", engine, [index, listed])
    if by_case is not None:
        return by_case
    if not _is_scalar(index) or not isinstance(listed, list):
        if isinstance(index, (Unknown, Choice)) or isinstance(listed, (Unknown, Choice)):
            return _unknown("Fn::Select", index, listed)
        raise EvaluationError(f"Fn::Select takes a number and a list, found {_short([index, listed])}")
    items: list[Any] = listed  # pyright: ignore[reportUnknownVariableType]
    number = scalar_text(index)
    if any(isinstance(item, Choice) for item in items):
        return _unknown("Fn::Select", number, items)  # An item may be missing, and move the others.
    if not number.isdecimal() or len(number) > 9 or int(number) >= len(items):
        raise EvaluationError(f"Fn::Select: there is no item {_short(number)} in a list of {len(items)}")
    return items[int(number)]


@_function("Fn::Split")
def _split(engine: Engine, argument: Any) -> Any:
    delimiter, source = (engine.value(part) for part in _arguments("Fn::Split", argument, 2))
    by_case = _over_choices("Fn::Split", engine, [delimiter, source])
    if by_case is not None:
        return by_case
    if isinstance(delimiter, str) and isinstance(source, str) and delimiter:
        return [like(piece, source) for piece in source.split(delimiter)]
    if isinstance(source, (Unknown, Choice)) or isinstance(delimiter, (Unknown, Choice)):
        return _unknown("Fn::Split", delimiter, source)
    raise EvaluationError(f"Fn::Split takes a delimiter and a text, found {_short([delimiter, source])}")


_IN_SUB = re.compile(r"\$\{([^}]*)\}")


@_function("Fn::Sub")
def _sub(engine: Engine, argument: Any) -> Any:
    from .engine import sub_parts

    template, variables = sub_parts(argument)
    pieces: list[Any] = []
    made_by = "Fn::Sub"
    position = 0
    for match in _IN_SUB.finditer(template):
        pieces.append(template[position : match.start()])
        position = match.end()
        name = match[1]
        if name.startswith("!"):
            pieces.append(f"${{{name[1:]}}}")
            continue
        name = name.strip()
        if name in variables:
            value = engine.value(variables[name])
            if not is_known(value):
                made_by = "Fn::Join"  # AWS then shows nothing of the text.
        elif "." in name:
            target, _, attribute = name.partition(".")
            value = engine.attribute(target, attribute)
        else:
            value = engine.reference(name)
        pieces.append(_piece(value, f"Fn::Sub ${{{name}}}"))
    pieces.append(template[position:])
    by_case = _over_choices("Fn::Join", engine, ["", pieces])
    return text(pieces, made_by) if by_case is None else by_case


@_function("Fn::FindInMap")
def _find_in_map(engine: Engine, argument: Any) -> Any:
    parts = _arguments("Fn::FindInMap", argument, 3, 4)
    default: Any = NO_VALUE
    if len(parts) == 4:
        options: dict[str, Any] = parts[3] if isinstance(parts[3], dict) else {}  # pyright: ignore[reportUnknownVariableType]
        if set(options) != {"DefaultValue"}:
            raise EvaluationError("the fourth argument of Fn::FindInMap is {DefaultValue: ...}")
        default = engine.value(options["DefaultValue"])
    keys = [engine.value(part) for part in parts[:3]]
    found: Any = engine.data.get("Mappings")
    by_case = _over_choices("Fn::FindInMap", engine, [*keys, *parts[3:]])
    if by_case is not None:
        return by_case
    if not all(_is_scalar(key) for key in keys):
        if not all(_is_scalar(key) or isinstance(key, (Unknown, Choice)) for key in keys):
            raise EvaluationError(f"Fn::FindInMap takes three names, found {_short(keys)}")
        candidates = _candidates(found, keys)
        values = list(_values_in(candidates))
        if default is NO_VALUE and values and values[0] is not None and all(v == values[0] for v in values):
            return values[0]  # Whichever it is.
        return _unknown("Fn::FindInMap", *keys, candidates, default)
    names = [scalar_text(key) for key in keys]
    for depth, name in enumerate(names):
        if not isinstance(found, dict) or name not in found:
            if default is not NO_VALUE:
                return default
            if engine.inputs.macros:
                return Unknown("macro", "Fn::FindInMap", tuple(names))
            known: Mapping[str, Any] = found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]
            what = ("mapping", "top-level key", "second-level key")[depth]
            raise EvaluationError(
                f"Fn::FindInMap {names}: there is no {what} {name!r}{did_you_mean(name, known)}"  # pyright: ignore[reportUnknownArgumentType]
            )
        found = found[name]  # pyright: ignore[reportUnknownVariableType]
    return found  # pyright: ignore[reportUnknownVariableType]


def _candidates(found: Any, keys: list[Any]) -> Any:
    """What a lookup with unknown keys may find: a change of anything else does not concern it."""
    if not keys or not isinstance(found, dict):
        return found
    mapping: dict[str, Any] = found  # pyright: ignore[reportUnknownVariableType]
    if _is_scalar(keys[0]):
        return _candidates(mapping.get(scalar_text(keys[0])), keys[1:])
    return {name: _candidates(item, keys[1:]) for name, item in mapping.items()}


def _values_in(candidates: Any) -> Iterator[Any]:
    if isinstance(candidates, dict):
        for item in candidates.values():  # pyright: ignore[reportUnknownVariableType]
            yield from _values_in(item)
    else:
        yield candidates


@_function("Fn::Base64")
def _base64(engine: Engine, argument: Any) -> Any:
    value = engine.value(argument)
    if _is_scalar(value):
        return like(base64.b64encode(scalar_text(value).encode("utf-8", "surrogatepass")).decode(), value)
    if isinstance(value, (Unknown, Choice)):
        return _unknown("Fn::Base64", value)
    raise EvaluationError(f"Fn::Base64 takes a text, found {_short(value)}")


@_function("Fn::GetAZs")
def _zones(engine: Engine, argument: Any) -> Any:
    region = engine.value(argument)
    if region in ("", None):
        region = engine.inputs.pseudo("AWS::Region")
    if not isinstance(region, (str, Unknown, Choice)):
        raise EvaluationError(f"Fn::GetAZs takes the name of a region, found {_short(region)}")
    return _unknown("Fn::GetAZs", region)


@_function("Fn::Cidr")
def _cidr(engine: Engine, argument: Any) -> Any:
    parts = [engine.value(part) for part in _arguments("Fn::Cidr", argument, 2, 3)]
    if not all(_is_scalar(part) for part in parts):
        if not all(_is_scalar(part) or isinstance(part, (Unknown, Choice)) for part in parts):
            raise EvaluationError(f"Fn::Cidr takes a block and two numbers, found {_short(parts)}")
        return _unknown("Fn::Cidr", *parts)
    try:
        network = ipaddress.ip_network(scalar_text(parts[0]), strict=False)
        bits = int(scalar_text(parts[2])) if len(parts) == 3 else (8 if network.version == 4 else 64)
        length = network.max_prefixlen - bits
        count = int(scalar_text(parts[1]))
        if not 1 <= count <= 256 or not network.prefixlen <= length <= network.max_prefixlen:
            raise ValueError(f"{count} blocks of {bits} bits do not fit")
        blocks: list[str] = []
        for number in range(count):
            start = int(network.network_address) + (number << bits)
            if start > int(network.broadcast_address):
                raise ValueError(f"{count} blocks of {bits} bits do not fit")
            blocks.append(f"{type(network.network_address)(start)}/{length}")
    except ValueError as error:
        raise EvaluationError(f"Fn::Cidr {_short(parts)}: {error}") from None
    return blocks


@_function("Fn::ImportValue")
def _import(engine: Engine, argument: Any) -> Any:
    name = engine.value(argument)
    if isinstance(name, str):
        return engine.inputs.imports.get(name, Unknown("import", name))
    if isinstance(name, (Unknown, Choice)):
        return _unknown("Fn::ImportValue", name)
    raise EvaluationError(f"Fn::ImportValue takes the name of an export, found {_short(name)}")


@_function("Fn::GetStackOutput")
def _stack_output(engine: Engine, argument: Any) -> Any:
    return Unknown("output", "Fn::GetStackOutput", (engine.value(argument),))


@_function("Fn::Transform")
def _transform(engine: Engine, argument: Any) -> Any:
    value = engine.value(argument)
    name: Any = value.get("Name", "") if isinstance(value, dict) else "Fn::Transform"  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return Unknown("macro", str(name), (value,))  # pyright: ignore[reportUnknownArgumentType]


@_function("Fn::Length")
def _length(engine: Engine, argument: Any) -> Any:
    value = engine.value(argument)
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return _unknown("Fn::Length", items) if any(isinstance(i, Choice) for i in items) else len(items)
    if isinstance(value, (Unknown, Choice)):
        return _unknown("Fn::Length", value)
    raise EvaluationError(f"Fn::Length takes a list, found {_short(value)}")


@_function("Fn::ToJsonString")
def _to_json_string(engine: Engine, argument: Any) -> Any:
    value = engine.value(argument)
    if is_known(value):
        made = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
        return Secret(made) if _has_secret(value) else made
    return _unknown("Fn::ToJsonString", value)


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_secret(item) for item in value.values())  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return any(_has_secret(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return isinstance(value, Secret)


# ---------------------------------------------------------------------------------------------
# Conditions


@_function("Fn::If")
def _if(engine: Engine, argument: Any) -> Any:
    parts = _arguments("Fn::If", argument, 3)
    condition = engine.condition(parts[0])
    if not isinstance(condition, Unknown):
        return engine.value(parts[1] if condition else parts[2])
    then, otherwise = engine.value(parts[1]), engine.value(parts[2])
    return chosen(condition, then, otherwise)


def _unknown_first(value: Any) -> tuple[bool, str]:
    return is_known(value), repr(value)


@_function("Fn::Equals")
def _equals(engine: Engine, argument: Any) -> Any:
    left, right = (engine.value(part) for part in _arguments("Fn::Equals", argument, 2))
    if _is_scalar(left) and _is_scalar(right):
        return scalar_text(left) == scalar_text(right)
    if left == right:
        return True
    if is_known(left) and is_known(right):
        return False
    return Unknown("condition", "Fn::Equals", tuple(sorted((left, right), key=_unknown_first)))


def _operands(engine: Engine, name: str, argument: Any, *counts: int) -> list[bool | Unknown]:
    return [engine.holds(part) for part in _arguments(name, argument, *counts)]


def _combine(name: str, decides: bool) -> Callable[[Engine, Any], Any]:
    def compute(engine: Engine, argument: Any) -> Any:
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
            else Unknown("condition", name, tuple(sorted(open_ones, key=repr)))
        )

    return compute


FUNCTIONS["Fn::And"] = _combine("Fn::And", False)
FUNCTIONS["Fn::Or"] = _combine("Fn::Or", True)


@_function("Fn::Not")
def _not(engine: Engine, argument: Any) -> Any:
    (operand,) = _operands(engine, "Fn::Not", argument, 1)
    if isinstance(operand, Unknown):
        return (
            operand.parts[0]
            if (operand.kind, operand.name) == ("condition", "Fn::Not")
            else Unknown("condition", "Fn::Not", (operand,))
        )
    return not operand


# ---------------------------------------------------------------------------------------------
# What only rules may use


def _of_lists(name: str, compare: Callable[[list[Any], list[Any]], bool]) -> Callable[[Engine, Any], Any]:
    def compute(engine: Engine, argument: Any) -> Any:
        left, right = (engine.value(part) for part in _arguments(name, argument, 2))
        if not is_known(left) or not is_known(right):
            return Unknown("condition", name, (left, right))
        return compare(_texts(left), _texts(right))

    return compute


def _texts(value: Any) -> list[str]:
    items: list[Any] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
    return [scalar_text(item) for item in items]


FUNCTIONS["Fn::Contains"] = _of_lists("Fn::Contains", lambda listed, value: set(value) <= set(listed))
FUNCTIONS["Fn::EachMemberEquals"] = _of_lists(
    "Fn::EachMemberEquals", lambda listed, value: all([item] == value for item in listed)
)
FUNCTIONS["Fn::EachMemberIn"] = _of_lists(
    "Fn::EachMemberIn", lambda listed, values: set(listed) <= set(values)
)


def _unknown_of(name: str) -> Callable[[Engine, Any], Any]:
    return lambda engine, argument: _unknown(name, engine.value(argument))


for _name in ("Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"):
    FUNCTIONS[_name] = _unknown_of(_name)

__all__ = ["FUNCTIONS", "NO_VALUE"]
