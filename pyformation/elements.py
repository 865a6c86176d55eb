"""The elements of a template that are not resources: parameters, mappings, rules, outputs, loops.

Conditions are values too and live in values.py. Each element knows how to check itself when it is
made and how to render itself when the template knows everyone's name.
"""

from __future__ import annotations

from .errors import (
    InvalidValueError,
    UnresolvedReferenceError,
    did_you_mean,
    here,
    origin_of,
    shown,
    users_frame,
)
from .names import pascal_case
from .plain import is_sequence
from .sections import ELEMENTS, LOOPING
from .values import (
    _IN_REPR,
    ConditionExpression,
    Element,
    Expression,
    FrozenDict,
    FrozenList,
    GetStackOutput,
    ImportValue,
    LoopVariable,
    Owner,
    Raw,
    Ref,
    Reference,
    Scope,
    Sub,
    _put,
    as_condition,
    bad_value,
    key_text,
    lift,
    owners,
    plain_text,
    refuse_comparison,
    render,
    spells_number,
    token,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from builtins import type as _type
    from collections.abc import Callable, Sequence
    from collections.abc import Mapping as MappingABC
    from types import CodeType
    from typing import Any, TypeVar, overload

    from .errors import Origin
    from .values import FindInMap, Items, T_co, Text, Where

    E = TypeVar("E", bound="Declared")
else:
    Any = T_co = object

    def overload(function):
        return function


_set = object.__setattr__

# What SAM's section of that name may set for all resources of a kind.
# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
SAM_GLOBALS = (
    "Function Api HttpApi WebSocketApi SimpleTable StateMachine LayerVersion CapacityProvider".split()
)


class Declared(Element):
    """What every element has: the line it was declared at, its logical ID if one was given."""

    __slots__ = ("_code", "_lasti", "_logical_id", "_suppress", "__weakref__")
    _code: CodeType | None
    _lasti: int
    _logical_id: str | None
    # The codes of findings that are not to be reported, and why.
    _suppress: MappingABC[str, str] | None

    def _declare(self, logical_id: str | None, suppress: MappingABC[str, str] | None = None) -> None:
        frame = users_frame(3)
        _set(self, "_code", frame.f_code if frame else None)
        _set(self, "_lasti", frame.f_lasti if frame else 0)
        if logical_id is not None:
            logical_id = plain_text(logical_id, (None, "logical_id"), "logical_id")
        _set(self, "_logical_id", logical_id)
        _set(self, "_suppress", None if suppress is None else reasons(suppress, (None, "suppress")))

    def _origin(self) -> Origin | None:
        """Where it was declared."""
        code = self._code
        return code if code is None or type(code).__name__ == "Origin" else origin_of(code, self._lasti)  # type: ignore[return-value]

    def _stand_at(self, origin: Origin) -> None:
        """Say where it was declared, if not by a program."""
        _set(self, "_code", origin)

    def _described(self) -> str:
        origin = self._origin()
        return type(self).__name__ if origin is None else f"{type(self).__name__} ({origin})"

    def _slot_names(self) -> list[str]:
        return [
            name
            for base in type(self).__mro__
            for name in base.__dict__.get("__slots__", ())
            if name not in ("_code", "_lasti", "__weakref__")
        ]

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: getattr(self, name) for name in self._slot_names()}
        return _restore, (type(self), state, self._origin())

    def __setattr__(self, name: str, value: object) -> None:
        raise InvalidValueError(
            f"{type(self).__name__} is frozen; make another one with other arguments", origin=here()
        )

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __repr__(self) -> str:
        fields = ", ".join(
            f"{name.lstrip('_')}={getattr(self, name)!r}"
            for name in self._slot_names()
            if name != "_attribute" and getattr(self, name) not in (None, (), {})
        )
        return f"{_IN_REPR}{type(self).__name__}({fields})"

    if not TYPE_CHECKING:
        # Hidden from checkers, so that `stage == "prod"` is an error in strict mode.
        def __eq__(self, other: object) -> bool:
            if self is other:
                return True
            refuse_comparison(self, other)
            return False

        def __hash__(self) -> int:
            return id(self) >> 4

    def _render(self, scope: Scope) -> Any:
        raise NotImplementedError


def _restore(cls: type[Declared], state: dict[str, Any], origin: Origin | None) -> Declared:
    new: Declared = object.__new__(cls)
    for name, value in state.items():
        _set(new, name, value)
    _set(new, "_code", origin)
    _set(new, "_lasti", 0)
    return new


def reasons(given: Any, where: Where) -> FrozenDict:
    """What `suppress` was given: the reason for each code of a finding."""
    if not hasattr(given, "items"):
        raise bad_value(where, f"expected a mapping of codes to reasons, found {shown(given)}")
    found = FrozenDict()
    for code, reason in given.items():
        name = plain_text(code, where, "the code of a finding")
        if not isinstance(reason, str) or not plain_text(reason, (where, name), "a reason").strip():
            raise bad_value(where, f"the suppression of {name} needs a reason, found {shown(reason)}")
        _put(found, name, str(reason))
    return found


def _optional_text(value: str | None, where: str, what: str) -> str | None:
    return None if value is None else plain_text(value, (None, where), what)


# ---------------------------------------------------------------------------------------------
# Parameters

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
_BASIC_TYPES = ("String", "Number", "List<Number>", "CommaDelimitedList")
_PARAMETER_TYPES = {str: "String", int: "Number", float: "Number", list: "CommaDelimitedList"}


def _parameter_type(given: Any) -> str:
    if isinstance(given, str):
        name = plain_text(given, (None, "Parameter.type"), "a parameter's type")
        if "::" not in name and name not in _BASIC_TYPES:
            hint = did_you_mean(name, _BASIC_TYPES)
            raise bad_value((None, "Parameter.type"), f"there is no parameter type {name!r}{hint}")
        return name
    simple = _PARAMETER_TYPES.get(given)
    if simple is not None:
        return simple
    arguments = getattr(given, "__args__", None)
    if getattr(given, "__origin__", None) is list and arguments:
        if arguments[0] in (int, float):
            return "List<Number>"
        if arguments[0] is str:
            return "CommaDelimitedList"
    raise bad_value(
        (None, "Parameter.type"),
        "expected str, int, float, list[str], list[int] or the name of a CloudFormation parameter type "
        f"such as 'AWS::EC2::VPC::Id', found {shown(given)}",
    )


class Parameter(Declared, Reference[T_co]):
    """An input of the template; used as a value it means ``Ref``.

    `type` is ``str``, ``int``, ``float``, ``list[str]``, ``list[int]``, or CloudFormation's own name
    of a type (``"AWS::EC2::KeyPair::KeyName"``, ``"AWS::SSM::Parameter::Value<String>"``). Lengths are
    in characters. `suppress` has the codes of findings that are not to be reported, each with the reason.
    Raises `InvalidValueError` where the default is not one of the allowed values, or
    against the type, the pattern or the bounds.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """

    __slots__ = (
        "type",
        "default",
        "allowed_values",
        "allowed_pattern",
        "constraint_description",
        "description",
        "max_length",
        "min_length",
        "max_value",
        "min_value",
        "no_echo",
        "_attribute",
    )
    _section = "Parameters"

    type: str
    default: Any
    allowed_values: list[Any] | Raw | None
    allowed_pattern: str | Raw | None
    constraint_description: str | Raw | None
    description: str | Raw | None
    max_length: int | Raw | None
    min_length: int | Raw | None
    max_value: float | Raw | None
    min_value: float | Raw | None
    no_echo: bool | Raw | None
    _attribute: str | None

    @overload
    def __init__(
        self: Parameter[str],
        type: _type[str],
        *,
        default: str | Raw | None = None,
        allowed_values: Items[str] | Raw | None = None,
        allowed_pattern: str | Raw | None = None,
        constraint_description: str | Raw | None = None,
        description: str | Raw | None = None,
        max_length: int | Raw | None = None,
        min_length: int | Raw | None = None,
        no_echo: bool | Raw | None = None,
        logical_id: str | None = None,
        suppress: MappingABC[str, str] | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: Parameter[int],
        type: _type[int],
        *,
        default: int | Raw | None = None,
        allowed_values: Items[int] | Raw | None = None,
        constraint_description: str | Raw | None = None,
        description: str | Raw | None = None,
        max_value: int | Raw | None = None,
        min_value: int | Raw | None = None,
        no_echo: bool | Raw | None = None,
        logical_id: str | None = None,
        suppress: MappingABC[str, str] | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: Parameter[float],
        type: _type[float],
        *,
        default: float | Raw | None = None,
        allowed_values: Items[float] | Raw | None = None,
        constraint_description: str | Raw | None = None,
        description: str | Raw | None = None,
        max_value: float | Raw | None = None,
        min_value: float | Raw | None = None,
        no_echo: bool | Raw | None = None,
        logical_id: str | None = None,
        suppress: MappingABC[str, str] | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: Parameter[list[str]],
        type: _type[list[str]],
        *,
        default: Items[str] | str | Raw | None = None,
        allowed_values: Items[str] | Raw | None = None,
        allowed_pattern: str | Raw | None = None,
        constraint_description: str | Raw | None = None,
        description: str | Raw | None = None,
        no_echo: bool | Raw | None = None,
        logical_id: str | None = None,
        suppress: MappingABC[str, str] | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: Parameter[list[int]],
        type: _type[list[int]],
        *,
        default: Items[int] | str | Raw | None = None,
        allowed_values: Items[int] | Raw | None = None,
        constraint_description: str | Raw | None = None,
        description: str | Raw | None = None,
        no_echo: bool | Raw | None = None,
        logical_id: str | None = None,
        suppress: MappingABC[str, str] | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: Parameter[Any],
        type: str,
        *,
        default: str | int | float | Raw | None = None,
        allowed_values: Items[str] | Items[int] | Items[float] | Raw | None = None,
        allowed_pattern: str | Raw | None = None,
        constraint_description: str | Raw | None = None,
        description: str | Raw | None = None,
        max_length: int | Raw | None = None,
        min_length: int | Raw | None = None,
        max_value: float | Raw | None = None,
        min_value: float | Raw | None = None,
        no_echo: bool | Raw | None = None,
        logical_id: str | None = None,
        suppress: MappingABC[str, str] | None = None,
    ) -> None: ...
    def __init__(
        self,
        type: Any,
        *,
        default: Any = None,
        allowed_values: Any = None,
        allowed_pattern: str | Raw | None = None,
        constraint_description: str | Raw | None = None,
        description: str | Raw | None = None,
        max_length: int | Raw | None = None,
        min_length: int | Raw | None = None,
        max_value: float | Raw | None = None,
        min_value: float | Raw | None = None,
        no_echo: bool | Raw | None = None,
        logical_id: str | None = None,
        suppress: MappingABC[str, str] | None = None,
    ) -> None:
        self._declare(logical_id, suppress)
        name = _parameter_type(type)
        _set(self, "type", name)
        for field, value in (
            ("allowed_pattern", allowed_pattern),
            ("constraint_description", constraint_description),
            ("description", description),
        ):
            if value.__class__ is not Raw:
                value = _optional_text(value, f"Parameter.{field}", f"a parameter's {field}")  # type: ignore[arg-type]
            _set(self, field, value)
        for field, bound in (
            ("max_length", max_length),
            ("min_length", min_length),
            ("max_value", max_value),
            ("min_value", min_value),
        ):
            if bound is not None and bound.__class__ is not Raw and not _is_finite(bound):
                raise bad_value((None, f"Parameter.{field}"), f"expected a number, found {shown(bound)}")
            _set(self, field, bound)
        if no_echo is not None and no_echo.__class__ not in (bool, Raw):
            raise bad_value((None, "Parameter.no_echo"), f"expected a boolean, found {shown(no_echo)}")
        _set(self, "no_echo", no_echo)
        _set(self, "_attribute", None)
        if allowed_values is not None and allowed_values.__class__ is not Raw:
            if isinstance(allowed_values, str) or not hasattr(allowed_values, "__len__"):
                raise bad_value(
                    (None, "Parameter.allowed_values"), f"expected a list, found {shown(allowed_values)}"
                )
            where: Where = (None, "Parameter.allowed_values")
            allowed_values = FrozenList(
                [self._scalar(value, (where, i)) for i, value in enumerate(allowed_values)]
            )
        _set(self, "allowed_values", allowed_values)
        _set(self, "default", self._checked_default(default))

    def _scalar(self, value: Any, where: Where) -> Any:
        """One value of this parameter's type; a list's items have the type of its members."""
        if value.__class__ is Raw:
            return value
        if isinstance(value, str):
            text = plain_text(value, where, "a parameter")
            if self.type in ("Number", "List<Number>") and not spells_number(text):
                raise bad_value(where, f"expected a number, found {shown(value)}")
            return text
        numbers = "Number" in self.type or self.type.startswith("AWS")
        if numbers and _is_finite(value):
            return value
        if isinstance(value, (Expression, ConditionExpression)):
            raise bad_value(where, f"a parameter allows no expression, found {shown(value)}")
        expected = "a number" if "Number" in self.type else "text"
        raise bad_value(where, f"expected {expected}, found {shown(value)}")

    def _checked_default(self, default: Any) -> Any:
        where: Where = (None, "Parameter.default")
        if default is None or default.__class__ is Raw:
            return default
        if is_sequence(default):
            if not _is_list_type(self.type):
                raise bad_value(where, f"expected one value of type {self.type}, found {shown(default)}")
            items = [self._scalar(item, (where, i)) for i, item in enumerate(default)]
            for item in items:
                if "," in str(item):
                    raise bad_value(where, f"an item of a list may hold no comma, found {shown(item)}")
            default = ",".join(str(item) for item in items)
        elif isinstance(default, str) and _is_list_type(self.type):
            default = plain_text(default, where, "a parameter")
            items = [self._scalar(item.strip(), (where, i)) for i, item in enumerate(default.split(","))]
        else:
            default = self._scalar(default, where)
            items = [default]
        if self.type.startswith("AWS::SSM::"):
            return default  # The default names the stored parameter; the constraints are for its value.
        for item in items:
            problem = self.problem_with(item)
            if problem is not None:
                raise bad_value(where, problem)
        return default

    def problem_with(self, value: Any) -> str | None:
        """What CloudFormation would say against `value` (one item, for lists), or None."""
        text = str(value).strip()
        # What a NoEcho parameter is, or may be, is in no sentence.
        hidden = str(_unwrapped(self.no_echo)).lower() == "true"
        found = "" if hidden else f", found {text!r}"
        allowed: list[Any] | None = _unwrapped(self.allowed_values)
        if isinstance(allowed, list):
            choices = [_as_text(_unwrapped(item)) for item in allowed]
            if text not in choices:
                listed = ", ".join(map(repr, choices))
                if hidden:
                    return "expected one of its AllowedValues"
                return f"expected one of {listed}{found}{did_you_mean(text, choices)}"
        pattern: Any = _unwrapped(self.allowed_pattern)
        if isinstance(pattern, str):
            from .matching import matches

            if matches(pattern, text) == "no":
                return (
                    f"expected text that matches {'its AllowedPattern' if hidden else repr(pattern)}{found}"
                )
        bounds = (self.min_length, self.max_length, self.min_value, self.max_value)
        shortest, longest, lowest, highest = map(_bound, bounds)
        if shortest is not None and len(text) < float(shortest):
            return f"expected at least {shortest} characters, found {len(text)}"
        if longest is not None and len(text) > float(longest):
            return f"expected at most {longest} characters, found {len(text)}"
        if (lowest is not None or highest is not None) and spells_number(text):
            if lowest is not None and float(text) < float(lowest):
                return f"expected at least {lowest}" + ("" if hidden else f", found {text}")
            if highest is not None and float(text) > float(highest):
                return f"expected at most {highest}" + ("" if hidden else f", found {text}")
        return None

    def __set_name__(self, owner: _type[Any], name: str) -> None:
        # So that an export of the other stack can name it although that stack was never made.
        if issubclass(owner, Owner) and self._attribute is None:
            _set(self, "_attribute", name)

    @property
    def _computes_list(self) -> bool:  # type: ignore[override]
        return _is_list_type(self.type)

    def _as_value(self) -> Ref[Any]:
        return Ref._known(self)

    def _state(self) -> tuple[Any, ...]:
        return (id(self),)

    def _described(self) -> str:
        origin = self._origin()
        return f"the parameter declared at {origin}" if origin else "a parameter"

    if not TYPE_CHECKING:
        __eq__ = Declared.__eq__
        __hash__ = Declared.__hash__
    __setattr__ = Declared.__setattr__
    __delattr__ = Declared.__delattr__
    __reduce__ = Declared.__reduce__
    __repr__ = Declared.__repr__

    def _render(self, scope: Scope) -> Any:
        return {
            key: value if value.__class__ is str else render(value, scope)
            for key, value in (
                ("Type", self.type),
                ("Description", self.description),
                ("Default", self.default),
                ("AllowedValues", self.allowed_values),
                ("AllowedPattern", self.allowed_pattern),
                ("ConstraintDescription", self.constraint_description),
                ("MinLength", self.min_length),
                ("MaxLength", self.max_length),
                ("MinValue", self.min_value),
                ("MaxValue", self.max_value),
                ("NoEcho", self.no_echo),
            )
            if value is not None
        }


def _unwrapped(value: Any) -> Any:
    """What a constraint of a parameter says, though it may have gone through the escape hatch."""
    return value.value if value.__class__ is Raw else value


def _as_text(value: Any) -> str:
    """A constant as CloudFormation reads it."""
    return str(value).lower() if value.__class__ is bool else str(value)


def _bound(value: Any) -> Any:
    """A bound that is a number, or the text of one; None where there is none."""
    given = _unwrapped(value)
    return given if _is_finite(given) or (isinstance(given, str) and spells_number(given)) else None


def _is_finite(value: object) -> bool:
    """Whether it is a number that JSON can hold."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")


def _is_list_type(name: str) -> bool:
    return "List" in name


# ---------------------------------------------------------------------------------------------
# Mappings


class Mapping(Declared):
    """A constant table of two levels, looked up with `find`.

    ``amis = Mapping({"us-east-1": {"Ami": "ami-1"}})``, then ``amis.find(Region, "Ami")``. Values are
    text, numbers, booleans or lists of them; nothing in a mapping is computed.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/mappings-section-structure.html
    """

    __slots__ = ("rows",)
    _section = "Mappings"
    rows: FrozenDict

    def __init__(
        self,
        rows: MappingABC[str, MappingABC[str, Any]],
        *,
        logical_id: str | None = None,
        suppress: MappingABC[str, str] | None = None,
    ) -> None:
        self._declare(logical_id, suppress)
        where: Where = (None, "Mapping")
        table = FrozenDict()
        for top, columns in _items(rows, where):
            checked = FrozenDict()
            for second, value in _items(columns, (where, top)):
                _put(checked, second, self._constant(value, ((where, top), second)))
            _put(table, top, checked)
        _set(self, "rows", table)

    @classmethod
    def _constant(cls, value: Any, where: Where) -> Any:
        if isinstance(value, (Expression, ConditionExpression, dict, Declared)):
            raise bad_value(
                where, f"a mapping holds constants only (text, numbers, lists of them), found {shown(value)}"
            )
        if is_sequence(value):
            return FrozenList([cls._constant(item, (where, i)) for i, item in enumerate(value)])
        if isinstance(value, str):
            return plain_text(value, where, "a mapping")
        return lift(value, where)

    def find(self, top_level_key: Text, second_level_key: Text, default: Any = None) -> FindInMap:
        """The value at two keys (``Fn::FindInMap``); `default` where they are not there.

        Raises `InvalidValueError` for a key that is known here and not in the mapping.
        """
        from .values import FindInMap

        return FindInMap(self, top_level_key, second_level_key, default)

    def _check_keys(self, top: Any, second: Any) -> None:
        where: Where = (None, "Fn::FindInMap")
        if isinstance(top, str) and lift(top) == top:
            if top not in self.rows:
                raise bad_value(where, f"the mapping has no key {top!r}{did_you_mean(top, self.rows)}")
            candidates = dict.fromkeys(self.rows[top])
        else:
            candidates = {key: None for columns in self.rows.values() for key in columns}
        if isinstance(second, str) and lift(second) == second and second not in candidates:
            place = f" under {top!r}" if isinstance(top, str) else ""
            raise bad_value(
                where, f"the mapping has no key {second!r}{place}{did_you_mean(second, candidates)}"
            )

    def _render(self, scope: Scope) -> Any:
        return render(self.rows, scope)


# The same under a name that collections.abc has not.
TemplateMapping = Mapping


def _items(value: Any, where: Where) -> list[tuple[str, Any]]:
    if not hasattr(value, "items"):
        raise bad_value(where, f"expected a mapping, found {shown(value)}")
    return [
        (plain_text(str(key) if type(key) is int else key, where, "a key of a mapping"), item)
        for key, item in value.items()
    ]


# ---------------------------------------------------------------------------------------------
# Rules


class Rule(Declared):
    """A check of parameters before anything is created.

    `assertions` are conditions, or pairs of a condition and the sentence a user reads when it is
    false; they are checked where `condition` is true or absent.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
    """

    __slots__ = ("assertions", "condition")
    _section = "Rules"

    def __init__(
        self,
        assertions: ConditionExpression | Sequence[ConditionExpression | tuple[ConditionExpression, str]],
        *,
        condition: ConditionExpression | None = None,
        logical_id: str | None = None,
        suppress: MappingABC[str, str] | None = None,
    ) -> None:
        self._declare(logical_id, suppress)
        where: Where = (None, "Rule")
        if isinstance(assertions, ConditionExpression):
            assertions = [assertions]
        checked: list[Any] = []
        for i, given in enumerate(assertions):
            pair = given if isinstance(given, tuple) else (given, None)
            if len(pair) != 2 or not isinstance(pair[0], ConditionExpression):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise bad_value(
                    (where, i), f"expected a condition, or a condition and a sentence, found {shown(given)}"
                )
            checked.append((pair[0], _optional_text(pair[1], "Rule", "the sentence of an assertion")))
        _set(self, "assertions", tuple(checked))
        if condition is not None and not isinstance(condition, ConditionExpression):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_value((where, "condition"), f"expected a condition, found {shown(condition)}")
        _set(self, "condition", condition)

    def _render(self, scope: Scope) -> Any:
        result: dict[str, Any] = {}
        scope = Scope(scope)
        scope.in_rule = True
        condition: Any = self.condition  # type: ignore[attr-defined]
        if condition is not None:
            result["RuleCondition"] = condition._render(scope)
        result["Assertions"] = [
            {"Assert": assertion._render(scope)}
            | ({} if sentence is None else {"AssertDescription": sentence})
            for assertion, sentence in self.assertions  # type: ignore[attr-defined]
        ]
        return result


# ---------------------------------------------------------------------------------------------
# Outputs


if TYPE_CHECKING:

    class _Importable(Declared, Expression[Any]):
        """An output of another stack fits where any value does."""

else:
    _Importable = Declared


class Output(_Importable):
    """A value that the stack shows, and with `export` offers to other stacks.

    Used as a value in another stack, an exported output means ``Fn::ImportValue`` of its export name;
    `weak` reads it by the stack's name instead.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html
    """

    __slots__ = ("value", "export", "description", "condition", "_attribute")
    _section = "Outputs"
    value: Any
    export: Any
    description: str | None
    condition: ConditionExpression | str | None
    _attribute: str | None

    def __init__(
        self,
        value: Any,
        *,
        export: Text | None = None,
        description: str | None = None,
        condition: ConditionExpression | str | None = None,
        logical_id: str | None = None,
        suppress: MappingABC[str, str] | None = None,
    ) -> None:
        self._declare(logical_id, suppress)
        _set(self, "value", lift(value, (None, "Output.value")))
        if export is not None:
            export = lift(export, (None, "Output.export"))
            if not isinstance(export, (str, Expression, FrozenDict)):
                raise bad_value((None, "Output.export"), f"expected text, found {shown(export)}")
        _set(self, "export", export)
        _set(self, "description", _optional_text(description, "Output.description", "a description"))
        if condition is not None:
            condition = as_condition(condition, (None, "Output.condition"))
        _set(self, "condition", condition)
        _set(self, "_attribute", None)

    def __set_name__(self, _owner: type, name: str) -> None:
        # So that weak() knows the name although the other stack was never rendered.
        _set(self, "_attribute", name)

    def weak(
        self,
        stack_name: Text,
        *,
        region: Text | None = None,
        role_arn: Text | None = None,
    ) -> Expression[Any]:
        """This output of the stack deployed as `stack_name`, read when the other stack deploys
        (``Fn::GetStackOutput``): nothing then stops this stack from changing it."""
        return _WeakReference(self, GetStackOutput(stack_name, "", region=region, role_arn=role_arn))

    def _as_value(self) -> Any:
        return _Import(self)

    def __str__(self) -> str:
        return token(_Import(self), self)

    def _render(self, scope: Scope) -> Any:
        result: dict[str, Any] = {}
        if self.condition is not None:
            result["Condition"] = scope.use_condition(self.condition)
        if self.description is not None:
            result["Description"] = self.description
        result["Value"] = render(self.value, scope)
        if self.export is not None:
            result["Export"] = {"Name": render(self.export, scope)}
        return result


class _Import(Expression["Any"]):
    """An output of another stack, used as a value."""

    __slots__ = ("output",)
    output: Output

    def __init__(self, output: Output) -> None:
        _set(self, "output", output)

    def _state(self) -> tuple[Any, ...]:
        return (self.output,)

    def _render(self, scope: Scope) -> Any:
        output = self.output
        if scope.find(output) is not None:
            raise UnresolvedReferenceError(
                f"an Output ({output._origin()}) is used as a value in its own template; use the value itself"
            )
        if output.export is None:
            raise UnresolvedReferenceError(
                f"an Output of another stack ({output._origin()}) is used as a value but is not exported; give "
                "it export=, or use its weak() reference"
            )
        borrowing = _Borrowing(scope)
        try:
            name = render(output.export, borrowing)
        except UnresolvedReferenceError as error:
            raise UnresolvedReferenceError(
                f"the export name of an Output of another stack ({output._origin()}) depends on that stack: "
                f"{error.message}"
            ) from None
        if '"AWS::StackName' in repr(name).replace("'", '"') or "${AWS::StackName}" in repr(name):
            raise UnresolvedReferenceError(
                f"the export name of an Output of another stack ({output._origin()}) holds AWS::StackName, which "
                "means another name here; write ImportValue(...) with the name"
            )
        return ImportValue(output.export)._render(borrowing)


class _Borrowing(Scope):
    """The scope of a stack that imports a value: a parameter in the name of an export is the one of the same name here.

    What else the name may refer to exists in the other stack only.
    """

    __slots__ = ()

    def __init__(self, parent: Scope) -> None:
        super().__init__(parent)
        self.in_rule = parent.in_rule

    def name(self, element: Element) -> str:
        own = self.find(element)
        if own is not None:
            return own
        if element._section != "Parameters":
            raise UnresolvedReferenceError(
                f"{element._described()} exists only there; write ImportValue(...) with the name"
            )
        parameter: Any = element
        there = _name_of_parameter(parameter)
        if there is None:
            raise UnresolvedReferenceError(
                f"{element._described()} has no name yet; write ImportValue(...) with the name"
            )
        if self.kinds.get(there) != "Parameters":
            raise UnresolvedReferenceError(
                f"{element._described()} is {there} there; give this stack a parameter {there}, too, which then has "
                "the same value, or write ImportValue(...) with the name"
            )
        return there

    def use_condition(self, condition: ConditionExpression | str) -> str:
        raise UnresolvedReferenceError(
            "the name has a condition, which exists only there; write ImportValue(...) with the name"
        )


def _name_of_parameter(parameter: Parameter[Any]) -> str | None:
    """The logical ID of a parameter in the stack that has it."""
    known = parameter._logical_id or output_name(parameter)
    if known is None and parameter._attribute is not None:
        known = pascal_case(parameter._attribute)
    return known


class _WeakReference(Expression["Any"]):
    """An output of another stack, read by the stack's name."""

    __slots__ = ("output", "reference")
    output: Output
    reference: GetStackOutput

    def __init__(self, output: Output, reference: GetStackOutput) -> None:
        _set(self, "output", output)
        _set(self, "reference", reference)

    def _state(self) -> tuple[Any, ...]:
        return (self.output, self.reference)

    def _render(self, scope: Scope) -> Any:
        name = self.output._logical_id or output_name(self.output)
        if name is None and self.output._attribute is not None:
            name = pascal_case(self.output._attribute)
        if name is None:
            raise UnresolvedReferenceError(
                f"the Output declared at {self.output._origin()} is not in a template yet, so its name is unknown"
            )
        rendered = self.reference._render(scope)
        rendered["Fn::GetStackOutput"]["OutputName"] = name
        return rendered


def output_name(element: Output | Parameter[Any]) -> str | None:
    """The logical ID that an output or a parameter has in the one template that holds it."""
    return next((name for owner in owners() if (name := owner._name_in(element)) is not None), None)


# ---------------------------------------------------------------------------------------------
# The rest


class Interface(Declared):
    """How the console groups and labels parameters: metadata ``AWS::CloudFormation::Interface``.

    ``Interface(groups={"Network": [vpc, subnets]}, labels={vpc: "Which VPC?"})``; parameters are given
    themselves or by name.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-interface.html
    """

    __slots__ = ("groups", "labels")
    _section = "Metadata"

    def __init__(
        self,
        groups: MappingABC[str, Items[Parameter[Any] | str]],
        labels: MappingABC[Parameter[Any] | str, str] | None = None,
    ) -> None:
        self._declare(None)
        where: Where = (None, "Interface")
        found: list[tuple[str, tuple[Any, ...]]] = []
        for label, members in groups.items():
            label = plain_text(label, where, "a label")
            if isinstance(members, str) or not hasattr(members, "__len__"):
                raise bad_value((where, label), f"expected a list of parameters, found {shown(members)}")
            found.append((label, tuple(self._parameter(member, where) for member in members)))
        _set(self, "groups", tuple(found))
        _set(
            self,
            "labels",
            tuple(
                (self._parameter(parameter, where), plain_text(label, where, "a label"))
                for parameter, label in (labels or {}).items()
            ),
        )

    @staticmethod
    def _parameter(given: Parameter[Any] | str, where: Where) -> Parameter[Any] | str:
        if isinstance(given, (str, Parameter)):  # pyright: ignore[reportUnnecessaryIsInstance]
            return given
        raise bad_value(where, f"expected a parameter or its name, found {shown(given)}")

    def _render(self, scope: Scope) -> Any:
        def name(parameter: Any) -> str:
            if isinstance(parameter, str):
                scope.refer("Parameter", parameter)
                return parameter
            return scope.name(parameter)

        result: dict[str, Any] = {
            "ParameterGroups": [
                {"Label": {"default": label}, "Parameters": [name(p) for p in members]}
                for label, members in self.groups  # type: ignore[attr-defined]
            ]
        }
        if self.labels:  # type: ignore[attr-defined]
            result["ParameterLabels"] = {name(p): {"default": label} for p, label in self.labels}  # type: ignore[attr-defined]
        return result


class Hook(Declared):
    """An entry of the Hooks section, such as ``AWS::CodeDeploy::BlueGreen``, with free properties."""

    __slots__ = ("type", "properties")
    _section = "Hooks"

    def __init__(self, type: str, properties: MappingABC[str, Any], *, logical_id: str | None = None) -> None:
        self._declare(logical_id)
        _set(self, "type", plain_text(type, (None, "Hook"), "the type of a hook"))
        _set(self, "properties", lift(properties, (None, "Hook")))

    def _render(self, scope: Scope) -> Any:
        return {"Type": self.type, "Properties": render(self.properties, scope)}  # type: ignore[attr-defined]


class RawElement(Declared):
    """The escape hatch for an element: an entry of a section as plain data, unchecked.

    ``RawElement("Outputs", {"Value": queue, "NewKey": True})``. Its `logical_id` may be any text, as macros
    and loops have keys of their own (``Fn::Transform``); expressions inside the data are rendered.
    """

    __slots__ = ("data", "_section")
    data: Any
    _section: str

    def __init__(self, section: str, data: Any, *, logical_id: str | None = None) -> None:
        self._declare(logical_id)
        if section not in ELEMENTS:
            raise bad_value(
                (None, "RawElement.section"),
                f"expected one of {', '.join(map(repr, ELEMENTS))}, found {shown(section)}"
                f"{did_you_mean(str(section), ELEMENTS)}",
            )
        _set(self, "_section", section)
        _set(self, "data", Raw(data))

    def _render(self, scope: Scope, _tags: dict[str, Any] | None = None) -> Any:
        return render(self.data, scope)


class ForEach(Declared):
    """Elements repeated over a collection (``Fn::ForEach``, AWS::LanguageExtensions).

    ``ForEach("Name", ["a", "b"], lambda name: {f"Topic{name}": sns.Topic(topic_name=name)})`` becomes
    ``Fn::ForEach::<logical ID>``. The body is a mapping, or a function of the loop's variable that gives
    one; its values are resources, outputs, conditions, or further loops, all of one section.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
    """

    __slots__ = ("variable", "collection", "body", "_section")

    def __init__(
        self,
        variable: str,
        collection: Items[Text] | Expression[Any],
        body: MappingABC[str, Any] | Callable[[LoopVariable], MappingABC[str, Any]],
        *,
        logical_id: str | None = None,
    ) -> None:
        self._declare(logical_id)
        where: Where = (None, "Fn::ForEach")
        loop_variable = LoopVariable(variable)
        if not loop_variable.name:
            raise bad_value((where, 0), "expected the name of a variable, found an empty text")
        lifted = lift(collection, (where, 1))
        if not isinstance(lifted, (list, Expression)):
            raise bad_value((where, 1), f"expected a list, found {shown(collection)}")
        made = body(loop_variable) if callable(body) else body
        if not hasattr(made, "items"):
            raise bad_value((where, 2), f"expected a mapping, found {shown(made)}")
        elements: dict[str, Any] = {}
        sections: set[str] = set()
        for key, element in made.items():
            section = (
                "Conditions" if isinstance(element, ConditionExpression) else getattr(element, "_section", "")
            )
            if section not in LOOPING:
                raise bad_value(
                    (where, 2), f"expected a resource, an output or a condition, found {shown(element)}"
                )
            elements[key_text(key, (where, 2))] = element
            sections.add(section)
        if len(sections) != 1:
            raise bad_value(
                (where, 2), "expected elements of one section, found " + " and ".join(sorted(sections))
            )
        _set(self, "variable", loop_variable)
        _set(self, "collection", lifted)
        _set(self, "body", elements)
        _set(self, "_section", sections.pop())

    def _render(self, scope: Scope, tags: dict[str, Any] | None = None) -> Any:
        variable: LoopVariable = self.variable  # type: ignore[attr-defined]
        scope.language_extensions.append("Fn::ForEach")
        collection = render(self.collection, scope)  # type: ignore[attr-defined]
        # Inside the body its elements have names, which hold the variable.
        scope = Scope(scope)
        scope.names.update((id(element), key) for key, element in self.body.items())  # type: ignore[attr-defined]
        scope.loop_variables.append(variable.name)
        try:
            body: dict[str, Any] = {}
            for key, element in self.body.items():  # type: ignore[attr-defined]
                own_key = f"Fn::ForEach::{key}" if isinstance(element, ForEach) else key
                body[own_key] = element._render(scope, *([tags] if self._section == "Resources" else []))
        finally:
            scope.loop_variables.pop()
        return [variable.name, collection, body]


__all__ = [
    "Declared",
    "ForEach",
    "Hook",
    "Interface",
    "Mapping",
    "Output",
    "Parameter",
    "RawElement",
    "Rule",
    "Sub",
    "TemplateMapping",
]
