"""Values that CloudFormation computes: references, intrinsic functions, conditions, f-strings.

A value of a template is plain data (text, numbers, lists, mappings) or an `Expression`. An
expression has no Python value, so it cannot be compared or branched on; it can be put into an
f-string, where it leaves a *token* that is found again when the string is given to a resource:
``f"/aws/lambda/{function}"`` becomes ``Fn::Sub``. See docs/values.md.

Data flows one way: `lift` turns what a user wrote into normalized values (tokens found, containers
copied and frozen), and `render` turns those into plain data, asking a `Scope` for names.
"""

from __future__ import annotations

import re
import sys
from _weakref import ref as _weak_reference  # weakref itself takes as long as a small stack.

from .errors import (
    _HERE,
    InvalidValueError,
    Origin,
    TokenError,
    UnresolvedReferenceError,
    did_you_mean,
    here,
    is_library,
    shown,
    users_frame,
)
from .names import PSEUDO_PARAMETERS as PSEUDO_PARAMETERS
from .names import sub_names as sub_names
from .plain import is_list, is_mapping, is_sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, Generic, Never, NoReturn, Protocol, TypeAlias

    from typing_extensions import TypeVar  # Any checker has it; nothing imports it at run time.

    T = TypeVar("T")
    T_co = TypeVar("T_co", covariant=True)
    # What an If of two references is, where nothing says what is expected.
    If_co = TypeVar("If_co", covariant=True, default=Any)
    C = TypeVar("C", bound="_Combination")

    Scalar: TypeAlias = str | int | float | bool
    # CloudFormation converts scalars, so a reference to one fits where any belongs.
    Text: TypeAlias = "str | Expression[str] | Reference[Scalar]"
    Integer: TypeAlias = "int | Expression[int] | Reference[Scalar]"

    class Items(Protocol[T_co]):
        """A list or tuple; no text, set or mapping."""

        def __getitem__(self, index: int, /) -> T_co: ...
        def __contains__(self, item: object, /) -> bool: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Iterator[T_co]: ...
        def __reversed__(self) -> Iterator[T_co]: ...

    class _Typed(Generic[T_co]):
        """What a checker sees below `Expression`."""

        __slots__ = ()

    Where: TypeAlias = tuple["Where | None", str | int]
else:
    Any = T = T_co = If_co = object

    class _Typed:
        """``Expression[str]`` is `Expression` at run time: the parameter is for checkers."""

        __slots__ = ()

        def __class_getitem__(cls, _item: object) -> type:
            return cls


# ---------------------------------------------------------------------------------------------
# Paths for messages


def at(where: Where | None) -> str:
    """``(("AWS::S3::Bucket", "Tags"), 0)`` as ``AWS::S3::Bucket.Tags[0]``."""
    steps: list[str | int] = []
    while where is not None:
        where, step = where
        steps.append(step)
    text = ""
    for step in reversed(steps):
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def bad_value(where: Where | None, message: str) -> InvalidValueError:
    """The error for a value at `where`, with the user's line that is running now."""
    return InvalidValueError(message, path=at(where) or None, origin=here())


# ---------------------------------------------------------------------------------------------
# Tokens: expressions inside Python strings

# A token is START xXx NONCE . NUMBER END. START and END are private-use characters that no template
# holds; the mixed case shows when a string was lowered or raised; the nonce tells processes apart. Its
# digits are Unicode's noncharacters, so that a piece cut out of the middle is noticed too.
_START, _END = "\ue000", "\ue001"
_DIGITS = {ord(digit): 0xFDD0 + i for i, digit in enumerate("0123456789.")}
# An invisible separator stands in every repr, so that f"{expression!r}" is noticed too.
_IN_REPR = "\u2063"
_nonce = ""
_token_numbers: Iterator[int]
_token_values: dict[str, Expression[Any]] = {}
_token_of: dict[int, str] = {}
# Patterns are kept as text: compiling them all at import costs more than most stacks take to run.
_TOKEN = "(?:\ue000|(?<!\\\\)(\\\\++)ue000)xXx((?:[\ufdd0-\ufdda]|\\\\+ufdd[0-9a])+)(?:\ue001|(\\\\+)ue001)"
_ESCAPED_DIGIT = r"\\+u(fdd[0-9a])"
# What is left of a token that was cut or changed; text that only looks like an escape is let through.
_REMAINS = r"[\ue000\ue001\ufdd0-\ufdda]|(?i:ue000xx|\\ufdd[0-9a]\\+u(?:fdd[0-9a]|e001))"
_SURROGATE = "[\ud800-\udfff]"


def _new_nonce() -> None:
    import os

    global _nonce
    _nonce = str(int.from_bytes(os.urandom(6), "big"))
    _token_of.clear()


def _start_tokens() -> None:
    # Imported in here: a checker reads every module that a statement at the margin calls, and os is long.
    import os
    from itertools import count

    global _token_numbers
    _token_numbers = count()
    _new_nonce()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_new_nonce)


_start_tokens()


def token(expression: Expression[Any], keep: object = None) -> str:
    """The placeholder of `expression` in a Python string.

    The expression is kept for the life of the process: a string cannot tell when it is gone.
    """
    known = _token_of.get(id(expression if keep is None else keep))
    if known is None:
        key = f"{_nonce}.{next(_token_numbers)}".translate(_DIGITS)
        _token_values[key] = expression
        known = f"{_START}xXx{key}{_END}"
        # Both are held by _token_values, so the id stays theirs.
        _token_of[id(expression if keep is None else keep)] = known
    return known


def lift_text(text: str, where: Where | None = None) -> str | Expression[Any]:
    """Find the tokens in a string: the string itself, one expression, or a `Sub` of both."""
    if text.isascii() and "\\" not in text:
        return text
    parts: list[str | Expression[Any]] = []
    position = 0
    for match in re.finditer(_TOKEN, text):
        # Once through json.dumps the token has one backslash, behind pairs that were literal ones.
        escapes = len(match[1] or "\\")
        if escapes % 2 == 0 or len(match[3] or "") > 1:
            raise _damaged(where, "holds an expression that went through json.dumps twice")
        key = match[2]
        if match[1]:
            key = re.sub(_ESCAPED_DIGIT, lambda digit: chr(int(digit[1], 16)), key)
        expression = _token_values.get(key)
        if expression is None:
            raise _damaged(where, "holds an expression that was formatted in another process")
        parts += [text[position : match.start() + escapes - 1], expression._as_value()]
        position = match.end()
    parts.append(text[position:])
    for part in parts:
        if isinstance(part, str):
            if part.isascii() and "\\" not in part and "000" not in part:
                continue  # Nothing of a token can be in it.
            if re.search(_REMAINS, part):
                raise _damaged(where, "holds a damaged expression: it was sliced, split, or changed in case")
            if _IN_REPR in part or "\\u2063" in part:
                raise _damaged(where, "holds the repr of an expression, as !r or str() of a list leaves it")
            if re.search(_SURROGATE, part):
                raise bad_value(
                    where, f"the text holds a lone surrogate, which no file can hold: {shown(part)}"
                )
    if len(parts) == 1:
        return text
    if len(parts) == 3 and parts[0] == "" and parts[2] == "":
        return parts[1]
    return Sub._of_parts(_literal(parts))


def _literal(parts: list[str | Expression[Any]]) -> list[str | Expression[Any]]:
    """Pieces of text and expressions, in which text that looks like a reference is made literal."""
    found: list[str | Expression[Any]] = []
    for part in parts:
        if not isinstance(part, str):
            found.append(part)
            continue
        text, dollar, rest = part.rpartition("${")
        if dollar and "}" not in rest and part is not parts[-1]:
            # ``${!`` may end at the brace of an expression that follows, so the dollar comes from outside.
            found += [text.replace("${", "${!"), Dollar(), "{" + rest]
        elif part:
            found.append(part.replace("${", "${!"))
    return [part for part in found if part != ""]


def _damaged(where: Where | None, what: str) -> TokenError:
    return TokenError(
        f"the text {what}; put the whole expression into the f-string and change only the text around it",
        path=at(where) or None,
        origin=here(),
    )


def plain_text(text: str, where: Where | None, what: str) -> str:
    """`text` for a place where CloudFormation computes nothing; a token in it is an error."""
    if type(text) is str:
        if text.isascii() and "\\" not in text:
            return text
    else:
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            if isinstance(text, (Expression, ConditionExpression)):
                raise bad_value(where, f"{what} allows no expression, found {shown(text)}")
            raise bad_value(where, f"expected text, found {shown(text)}")
        text = str.__str__(text)
    lifted = lift_text(text, where)
    if not isinstance(lifted, str):
        raise bad_value(where, f"{what} allows no expression, found one in the text ({shown(lifted)})")
    return text


_INTEGER = "[+-]?[0-9]+"
_DECIMAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"


def spells_number(text: str, *, integer: bool = False) -> bool:
    """Whether CloudFormation converts a text to a number; Python's int takes ``1_000`` and more."""
    return re.fullmatch(_INTEGER if integer else _DECIMAL, text) is not None


# ---------------------------------------------------------------------------------------------
# Containers that stay as they were checked


def _frozen(self: object, *_args: object, **_kwargs: object) -> NoReturn:
    raise InvalidValueError(
        "elements are frozen, and so are their lists and mappings; build a new one with evolve()",
        origin=here(),
    )


# The types that are rendered as they are. A null stands only in what is Raw.
PLAIN = frozenset((str, int, bool, float, type(None)))


class FrozenList(list[Any]):
    """A list that was checked and given to an element; it equals the list it was made from."""

    __slots__ = ()

    append = extend = insert = remove = pop = clear = sort = reverse = _frozen
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _frozen

    def _render(self, scope: Scope) -> Any:
        found: list[Any] = []
        for item in self:
            found.append(item if item.__class__ in PLAIN else item._render(scope))
        return found

    def __reduce__(self) -> tuple[type[FrozenList], tuple[list[Any]]]:
        return FrozenList, (list(self),)

    # In Python, so that an expression in it that is compared with a text is only not equal.
    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return super().__ne__(other)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))


class FrozenDict(dict[str, Any]):
    """A mapping that was checked and given to an element; it equals the one it was made from."""

    __slots__ = ()

    clear = pop = popitem = setdefault = update = _frozen
    __setitem__ = __delitem__ = __ior__ = _frozen

    def _render(self, scope: Scope) -> Any:
        if len(self) == 1:
            return _render_single(self, scope)
        found: dict[str, Any] = {}
        for key, item in self.items():
            found[key] = item if item.__class__ in PLAIN else item._render(scope)
        return found

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[str, Any]]]:
        return FrozenDict, (dict(self),)

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return super().__ne__(other)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


_put: Any = dict.__setitem__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def lift(value: Any, where: Where | None = None) -> Any:
    """Normalize a free-form value: find tokens, copy containers, refuse what JSON cannot represent.

    A mapping of one intrinsic function (``{"Ref": "Id"}``) stays a mapping: it means the same.
    Raises `InvalidValueError` for anything a template cannot hold, None included.
    """
    kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType]
    if kind is str:
        if value.isascii() and "\\" not in value:
            return value
        return lift_text(value, where)
    if kind is int or kind is bool:
        return value
    try:
        if kind is dict or kind is FrozenDict:
            result: dict[str, Any] = {}
            for key, item in value.items():
                if type(key) is not str or not key.isalnum():
                    key = _key(key, where)
                    if key.startswith("Fn::") and len(value) > 1:
                        result[key] = FunctionArgument(key, lift(item, (where, key)))
                        continue
                if type(item) is str and item.isascii() and "\\" not in item:
                    result[key] = item
                else:
                    result[key] = lift(item, (where, key))
            return FrozenDict(result)
        if kind is list or kind is tuple or kind is FrozenList:
            return FrozenList(
                [
                    item
                    if type(item) is str and item.isascii() and "\\" not in item
                    else lift(item, (where, i))
                    for i, item in enumerate(value)
                ]
            )
    except RecursionError:
        # The first two steps of a path of hundreds say where.
        places = [where]
        while places[-1] is not None:
            places.append(places[-1][0])
        raise bad_value(places[-3:][0], "the value is nested too deeply, or holds itself") from None
    if kind is float:
        if value != value or value in (float("inf"), float("-inf")):
            raise bad_value(where, f"expected a finite number, found {value}")
        return value
    if isinstance(value, Expression):
        return value._as_value()
    if hasattr(kind, "_as_value"):
        return element_value(value, where)
    return _lift_unusual(value, where)


def element_value(value: Any, where: Where | None) -> Any:
    """What an element means as a value; one that means none (a component) is an error at `where`."""
    try:
        return value._as_value()
    except InvalidValueError as error:
        error.path = error.path or at(where) or None
        raise


def _lift_unusual(value: Any, where: Where | None) -> Any:
    if value is None:
        raise bad_value(
            where, "found None, and CloudFormation takes no null; leave the key out, or use NoValue"
        )
    if isinstance(value, ConditionExpression):
        raise bad_value(where, f"a condition is not a value; use If(condition, ...), found {shown(value)}")
    if isinstance(value, str):
        return lift_text(str.__str__(value), where)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return lift(float(value), where)
    if is_sequence(value):
        return lift(list(value), where)
    items = getattr(value, "items", None)
    if items is not None and hasattr(value, "keys"):
        return lift(dict(items()), where)
    hint = " (sets have no order: use a list)" if isinstance(value, (set, frozenset)) else ""
    raise bad_value(
        where, f"expected text, a number, a boolean, a list or a mapping, found {shown(value)}{hint}"
    )


def _key(key: Any, where: Where | None) -> str:
    if isinstance(key, (Expression, ConditionExpression)) or hasattr(key, "_as_value"):
        raise bad_value(where, f"CloudFormation allows no expression as a key, found {shown(key)}")
    if not isinstance(key, str):
        raise bad_value(where, f"expected text as a key, found {shown(key)}")
    lifted = lift_text(str.__str__(key), where)
    if isinstance(lifted, str):
        return lifted
    template = _loop_key(lifted)
    if template is None:
        raise bad_value(
            where,
            f"CloudFormation allows no expression in a key, found {shown(lifted)}; only the variable "
            "of a ForEach may stand there",
        )
    return template


def _loop_key(lifted: Expression[Any]) -> str | None:
    """The key ``Topic${Name}`` of a loop's body, or None if anything but its variable is in it."""
    text = ""
    for part in lifted._parts if isinstance(lifted, Sub) else [lifted]:
        if isinstance(part, LoopVariable):
            text += f"${{{part.name}}}"
        elif isinstance(part, str):
            text += part
        else:
            return None
    return text


def key_text(key: Any, where: Where | None = None) -> str:
    """A key as text; the only expression it may hold is the variable of a ForEach."""
    return _key(key, where)


# ---------------------------------------------------------------------------------------------
# Rendering


class Assets:
    """The local files of a template while it is rendered: the folder that their paths are relative to, or None
    where they are refused, what the template is called in that message, and the paths that were rendered."""

    __slots__ = ("folder", "source", "found")

    def __init__(self) -> None:
        self.folder: str | None = None
        self.source = "SOURCE"
        self.found: list[LocalPath] = []


class Scope:
    """What rendering needs to know: the names of the elements, and what was referred to.

    `parent` is the scope around a component; names are looked up from the inside out.
    """

    __slots__ = (
        "parent",
        "names",
        "kinds",
        "references",
        "language_extensions",
        "derived",
        "condition_names",
        "loop_variables",
        "open_ended",
        "owner",
        "in_rule",
        "component",
        "condition",
        "depends_on",
        "caller",
        "assets",
    )

    def __init__(self, parent: Scope | None = None, owner: str = "this template") -> None:
        self.parent = parent
        # id(element) -> logical ID, for this scope only.
        self.names: dict[int, str] = {}
        root = parent
        # What follows belongs to the whole template and is shared by nested scopes.
        self.kinds: dict[str, str] = root.kinds if root else {}
        self.references: list[tuple[str, str]] = root.references if root else []
        self.language_extensions: list[str] = root.language_extensions if root else []
        self.derived: dict[str, tuple[ConditionExpression, Scope]] = root.derived if root else {}
        self.condition_names: dict[str, ConditionExpression | None] = root.condition_names if root else {}
        self.loop_variables: list[str] = root.loop_variables if root else []
        self.open_ended: list[str] = root.open_ended if root else []
        self.assets: Assets = root.assets if root else Assets()
        self.owner = owner
        # Rules have functions of their own, and know no named conditions.
        self.in_rule = False
        # What the component that this is the scope of is called, and what all elements in it have.
        self.component: str | None = None
        self.condition: ConditionExpression | None = root.condition if root else None
        self.depends_on: tuple[Any, ...] = root.depends_on if root else ()
        # The outermost of the components around, whose place is in the program that uses them.
        self.caller: Any = root.caller if root else None

    def used_at(self) -> Origin | None:
        """Where the program uses the component that this is the scope of, however deep it is inside."""
        caller = self.caller
        return caller if caller is None or isinstance(caller, Origin) else caller._origin()

    def find(self, element: object) -> str | None:
        """The logical ID of an element, or None if it is not in the template."""
        name = self.names.get(id(element))
        return name if name is not None or self.parent is None else self.parent.find(element)

    def name(self, element: Element) -> str:
        """The logical ID of an element; raises `UnresolvedReferenceError` if it is not here."""
        name = self.find(element)
        if name is None:
            root = self
            while root.parent is not None:
                root = root.parent
            raise UnresolvedReferenceError(
                f"{element._described()} is used here but is not in {root.owner}{element._whereabouts()}"
            )
        return name

    def refer(self, kind: str, name: str) -> None:
        """Note a reference (`kind` is "Ref", "GetAtt", "DependsOn" or "Condition")."""
        self.references.append((kind, name))

    def place_of(self, asset: Asset) -> LocalPath:
        """The path of a local file if paths are allowed; otherwise the file must be packaged first."""
        if self.assets.folder is None:
            raise InvalidValueError(
                f"{asset!r} is a local file; package it with 'pyformation package {self.assets.source}', or write its path with "
                "'pyformation render --assets relative'"
            )
        found = LocalPath(asset, self.assets.folder)
        self.assets.found.append(found)
        return found

    def use_condition(self, condition: ConditionExpression | str) -> str:
        """The name of a condition that is used as one; derives it for combinations of named ones."""
        if isinstance(condition, str):
            self.refer("Condition", condition)
            return condition
        if isinstance(condition, Condition):
            self.refer("Condition", condition.name)
            return condition.name
        name = self.find(condition)
        if name is None:
            name = condition._derived_name(self)
            known, its_scope = self.derived.get(name, (None, self))
            if known is None and name not in self.condition_names:
                self.derived[name] = condition, self
            elif known is not None and not self._same_condition(condition, known, its_scope):
                raise UnresolvedReferenceError(
                    f"two different conditions would both be named {name!r}; give one of them a name of "
                    "its own (an attribute of the stack)"
                )
            elif known is None and not self._same_condition(condition, self.condition_names[name], self):
                raise UnresolvedReferenceError(
                    f"the name {name!r}, derived for a combined condition, is taken by another condition; "
                    "give the combination a name of its own (an attribute of the stack)"
                )
        self.refer("Condition", name)
        return name

    def _same_condition(self, condition: ConditionExpression, other: Any, scope: Scope) -> bool:
        """Whether two conditions say the same; one may refer by name to what the other has as an object."""
        return condition == other or (other is not None and condition._render(self) == other._render(scope))


def render(value: Any, scope: Scope) -> Any:
    """A lifted value as plain data."""
    return value if value.__class__ in PLAIN else value._render(scope)


def _render_single(value: FrozenDict, scope: Scope) -> dict[str, Any]:
    """A mapping of one key: it may be an intrinsic function, whose references count."""
    ((key, item),) = value.items()
    result = render(item, scope)
    if key == "Ref" and isinstance(result, str):
        scope.refer("Ref", result)
    elif key.startswith("Fn::"):
        note_references(key, result, scope)
    return {key: result}


def note_references(function: str, argument: Any, scope: Scope) -> None:
    """Tell `scope` what a function given as plain data refers to."""
    if function == "Fn::GetAtt":
        if isinstance(argument, str):
            scope.refer("GetAtt", argument.partition(".")[0])
        elif is_list(argument) and argument and isinstance(argument[0], str):
            scope.refer("GetAtt", argument[0])
    elif function == "Fn::Sub":
        text: Any = argument
        variables: dict[str, Any] = {}
        if is_list(argument) and len(argument) == 2 and is_mapping(argument[1]):
            text, variables = argument
        if isinstance(text, str):
            for name in sub_names(text):
                if name not in variables:
                    _refer_to_dotted(name, scope)
    elif function == "Fn::If" and isinstance(argument, list) and argument and isinstance(argument[0], str):
        scope.refer("Condition", argument[0])
    elif function in ("Fn::Transform", "Fn::ForEach") or function.startswith("Fn::ForEach::"):
        scope.open_ended.append(function)
    if function in ("Fn::Length", "Fn::ToJsonString") or function.startswith("Fn::ForEach::"):
        scope.language_extensions.append(function)


def _refer_to_dotted(name: str, scope: Scope) -> None:
    head, dot, _ = name.partition(".")
    scope.refer("GetAtt" if dot else "Ref", head)


# ---------------------------------------------------------------------------------------------
# Expressions


def refuse_comparison(value: object, other: object) -> None:
    """Raise an error where a program compares what is known at deployment with a constant.

    Where a library compares, or the ``__eq__`` of a class that holds both, they are just not equal: that asks
    whether two declarations are the same, not what will be deployed.
    """
    if not isinstance(other, (str, int, float)) or (isinstance(value, Raw) and not is_mapping(value.value)):
        return
    code = sys._getframe(2).f_code
    if code.co_filename.startswith(_HERE) or code.co_name in ("__eq__", "__ne__"):
        return
    if is_library(code.co_filename) and not _knows_us(sys._getframe(2).f_globals):
        return
    raise InvalidValueError(
        f"{shown(value)} has no value before deployment, so it cannot be compared with {shown(other)}; use "
        "If(Equals(...), ..., ...) or condition=Equals(...) instead of Python's if",
        origin=here(),
    )


def _knows_us(names: dict[str, Any]) -> bool:
    """Whether an installed module declares elements: then it is a program, too."""
    for value in names.values():
        home: Any = value if isinstance(value, type) else type(value)
        module = getattr(value if type(value) is type(sys) else home, "__name__", "")
        if home.__module__.startswith("pyformation") or module.startswith("pyformation"):
            return True
    return False


class Expression(_Typed[T_co]):
    """A value that CloudFormation computes, of type `T_co` once computed.

    Expressions compare by structure (resources and parameters by identity), have no truth value,
    and become part of text in f-strings.
    """

    __slots__ = ()

    # True where the computed value is a list, which cannot stand inside a text.
    _computes_list: bool = False

    def _as_value(self) -> Any:
        return self

    def _render(self, scope: Scope) -> Any:
        raise NotImplementedError

    def _state(self) -> tuple[Any, ...]:
        raise NotImplementedError

    if not TYPE_CHECKING:
        # Hidden from checkers, so that `stage == "prod"` is an error in strict mode.
        def __eq__(self, other: object) -> bool:
            if type(other) is not type(self):
                refuse_comparison(self, other)
                return False
            return self._state() == other._state()

        def __hash__(self) -> int:
            return hash((type(self).__name__, self._state()))

    def __bool__(self) -> NoReturn:
        raise InvalidValueError(
            f"{shown(self)} has no truth value before deployment; use If(Equals(...), ...) instead of "
            "Python's if, and & | ~ on conditions instead of and, or, not",
            origin=here(),
        )

    def __format__(self, spec: str) -> str:
        if spec:
            raise TokenError(
                f"{shown(self)} is known only at deployment, so the format {spec!r} cannot be applied",
                origin=here(),
            )
        return str(self)

    def __str__(self) -> str:
        if self._computes_list:
            raise TokenError(
                f"{shown(self)} is a list and cannot stand in a text; join it with Join(',', ...)",
                origin=here(),
            )
        return token(self)

    def __add__(self, other: str) -> str:
        if not isinstance(other, (str, Expression)):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        return f"{self}{other}"

    def __radd__(self, other: str) -> str:
        if not isinstance(other, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        return f"{other}{self}"

    def __repr__(self) -> str:
        arguments = ", ".join(repr(part) for part in self._state())
        return f"{_IN_REPR}{type(self).__name__}({arguments})"

    def __setattr__(self, name: str, value: object) -> None:
        _frozen(self)

    def __delattr__(self, name: str) -> None:
        _frozen(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), [(name, getattr(self, name)) for name in _slots(type(self))])


def _slots(cls: type) -> list[str]:
    return [name for base in cls.__mro__ for name in getattr(base, "__slots__", ()) if name != "__weakref__"]


def _restore(cls: type[Any], state: list[tuple[str, Any]]) -> Any:
    new = object.__new__(cls)
    for name, value in state:
        object.__setattr__(new, name, value)
    return new


_set = object.__setattr__

if TYPE_CHECKING:
    Value: TypeAlias = T | Expression[T]
else:

    class _ValueOf:
        """``Value[str]`` at run time: remembers the type for classes that declare fields."""

        __slots__ = ("item",)

        def __init__(self, item: object) -> None:
            self.item = item

        def __or__(self, other: object) -> _ValueOf:
            return self if other is None else _ValueOf(object)

        __ror__ = __or__

        def __repr__(self) -> str:
            return f"Value[{getattr(self.item, '__name__', self.item)}]"

        def __call__(self) -> None:
            """Only here so that typing accepts it as a type."""

    class Value:
        """``Value[T]``: a `T`, or an expression that CloudFormation computes to one."""

        def __class_getitem__(cls, item: object) -> _ValueOf:
            return _ValueOf(item)


class Element:
    """Something declared that has a logical ID: equal and hashed by identity, frozen."""

    __slots__ = ()
    # The section of the template that holds it.
    _section = ""

    def _described(self) -> str:
        """What it is, for messages: ``AWS::S3::Bucket (stack.py:7)``."""
        return type(self).__name__

    def _whereabouts(self) -> str:
        """``"; it belongs to ..."`` for a message, if another template has it."""
        for owner in owners():
            if owner._owns(self):
                return (
                    f"; it belongs to {owner._label()}: export an Output there and use that Output, or "
                    "add the element to both"
                )
        return "; add it, or assign it to an attribute of the stack"


class Owner:
    """What gives names to elements: a template, or a stack that has not made its template yet."""

    def _owns(self, element: object) -> bool:
        """Whether an element is in it."""
        raise NotImplementedError

    def _name_in(self, element: object) -> str | None:
        """The logical ID that it gives an element, or None."""
        raise NotImplementedError

    def _label(self) -> str:
        """What it is called in messages."""
        raise NotImplementedError

    def _register(self) -> None:
        """Let elements find it as long as it lives."""
        found = _weak_reference(self, _forget)
        _owners[id(found)] = found


_owners: dict[int, Any] = {}


def _forget(dead: object) -> None:
    _owners.pop(id(dead), None)


def owners() -> Iterator[Owner]:
    """The templates and stacks that are alive, in the order in which they were made."""
    for found in list(_owners.values()):
        owner = found()
        if owner is not None:
            yield owner


class Reference(Expression[T_co]):
    """A value that something else has: a reference, an attribute, a parameter, a resource.

    CloudFormation converts scalars, so to checkers a reference to one fits where any scalar belongs.
    """

    __slots__ = ()


class Ref(Reference[T_co]):
    """The value that ``Ref`` gives for a resource, a parameter, or a name.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-ref.html
    """

    __slots__ = ("target",)
    target: Element | str

    def __init__(self: Ref[Any], target: Element | str | Expression[Any]) -> None:
        if isinstance(target, Ref):
            target = target.target
        if not isinstance(target, Element):
            target = plain_text(target, (None, "Ref"), "Ref")  # type: ignore[arg-type]
        _set(self, "target", target)

    @classmethod
    def _known(cls, target: Element) -> Ref[Any]:
        """Without checks, for elements that are their own values."""
        new = cls.__new__(cls)
        _set_ref_target(new, target)
        return new

    @property
    def _computes_list(self) -> bool:  # type: ignore[override]
        target = self.target
        return target == "AWS::NotificationARNs" or getattr(target, "_computes_list", False)

    def _state(self) -> tuple[Any, ...]:
        return (self.target,)

    def __repr__(self) -> str:
        return f"{_IN_REPR}<Ref {_called(self.target)}>"

    def _render(self, scope: Scope) -> Any:
        target = self.target
        name = scope.names.get(id(target)) or (target if isinstance(target, str) else scope.name(target))
        scope.references.append(("Ref", name))
        return {"Ref": name}

    def _in_text(self, scope: Scope) -> str | None:
        return _in_braces(self._render(scope)["Ref"])


_set_ref_target: Any = Ref.__dict__["target"].__set__  # faster than object.__setattr__


def _called(target: Element | str) -> str:
    """What a reference refers to, in a few words: the logical ID if a template gives one, otherwise the class."""
    if isinstance(target, str):
        return target
    for owner in owners():
        if hasattr(owner, "_scope") and (name := owner._name_in(target)) is not None:
            return name
    return (
        getattr(target, "_logical_id", None) or getattr(target, "_attribute", None) or type(target).__name__
    )


def _in_braces(name: str) -> str | None:
    """``${Name}``, unless the name holds the variable of a ForEach, which does not nest."""
    return None if "${" in name else f"${{{name}}}"


class GetAtt(Reference[T_co]):
    """An attribute of a resource, by CloudFormation's name of it.

    ``GetAtt(bucket, "Arn")`` is ``bucket.get_att.arn``; the name may be an expression, for which
    AWS::LanguageExtensions is needed.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getatt.html
    """

    __slots__ = ("target", "attribute")
    target: Element | str
    attribute: str | Expression[str]

    def __init__(self: GetAtt[Any], target: Element | str, attribute: Text) -> None:
        if not isinstance(target, Element):
            target = plain_text(target, (None, "Fn::GetAtt[0]"), "Fn::GetAtt")
        _set(self, "target", target)
        lifted = lift(attribute, (None, "Fn::GetAtt[1]"))
        if not isinstance(lifted, (str, Expression)):
            raise bad_value((None, "Fn::GetAtt[1]"), f"expected text, found {shown(attribute)}")
        _set(self, "attribute", lifted)

    @classmethod
    def _known(cls, target: Element, attribute: str) -> GetAtt[Any]:
        """Without checks, for names that come from the catalog."""
        new = cls.__new__(cls)
        _set_target(new, target)
        _set_attribute(new, attribute)
        return new

    def _state(self) -> tuple[Any, ...]:
        return (self.target, self.attribute)

    def __repr__(self) -> str:
        attribute = self.attribute if isinstance(self.attribute, str) else repr(self.attribute)
        return f"{_IN_REPR}<GetAtt {_called(self.target)}.{attribute}>"

    def _render(self, scope: Scope) -> Any:
        target = self.target
        name = scope.names.get(id(target)) or (target if isinstance(target, str) else scope.name(target))
        scope.references.append(("GetAtt", name))
        attribute = self.attribute
        if not isinstance(attribute, str):
            scope.language_extensions.append("Fn::GetAtt with a computed attribute name")
            return {"Fn::GetAtt": [name, attribute._render(scope)]}
        return {"Fn::GetAtt": [name, attribute]}

    def _in_text(self, scope: Scope) -> str | None:
        if not isinstance(self.attribute, str):
            return None
        return _in_braces(".".join(self._render(scope)["Fn::GetAtt"]))


# The slots by themselves: faster than object.__setattr__, and every ``role.arn`` needs them.
_set_target: Any = GetAtt.__dict__["target"].__set__
_set_attribute: Any = GetAtt.__dict__["attribute"].__set__


class Raw(Expression["Any"]):
    """The escape hatch for a value: rendered exactly as given, unchecked.

    `value` is plain data that JSON can hold, nulls included; expressions inside it are rendered. With
    `literal` the texts in it are not even searched for expressions that f-strings left in them.
    """

    __slots__ = ("value",)
    value: Any

    def __init__(self, value: Any, *, literal: bool = False) -> None:
        _set(self, "value", _lift_raw(value, (None, "Raw"), literal))

    def _state(self) -> tuple[Any, ...]:
        return (self.value,)

    def _render(self, scope: Scope) -> Any:
        return render(self.value, scope)

    def _in_text(self, _scope: Scope) -> str | None:
        return self.value.replace("${", "${!") if isinstance(self.value, str) else None


def _lift_raw(value: Any, where: Where, literal: bool) -> Any:
    """What `lift` gives, with nulls let through."""
    kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType]
    if value is None or (literal and kind is str):
        return value
    if kind is dict or kind is FrozenDict:
        found = FrozenDict()
        for key, item in value.items():
            _put(
                found,
                key if literal and type(key) is str else _key(key, where),
                _lift_raw(item, (where, key), literal),
            )
        return found
    if kind is list or kind is tuple or kind is FrozenList:
        return FrozenList([_lift_raw(item, (where, i), literal) for i, item in enumerate(value)])
    return lift(value, where)


class Dollar(Expression[str]):
    """A dollar sign that Fn::Sub does not read as the start of anything, as it comes from a variable."""

    __slots__ = ()

    def _state(self) -> tuple[Any, ...]:
        return ()

    def _render(self, scope: Scope) -> Any:
        return "$"


class Function(Expression[T_co]):
    """An intrinsic function by its name, for those that have no class here (or not yet).

    ``Function("Fn::NewThing", {"Any": "argument"})``.
    """

    __slots__ = ("name", "argument")
    name: str
    argument: Any

    def __init__(self: Function[Any], name: str, argument: Any) -> None:
        _set(self, "name", plain_text(name, (None, "Function"), "the name of a function"))
        _set(self, "argument", lift(argument, (None, name)))

    def _state(self) -> tuple[Any, ...]:
        return (self.name, self.argument)

    def _render(self, scope: Scope) -> Any:
        argument = render(self.argument, scope)
        note_references(self.name, argument, scope)
        return {self.name: argument}


class FunctionArgument(Expression["Any"]):
    """The argument of a function that stands as a key among others, as ``Fn::ForEach::X`` and
    ``Fn::Transform`` may: it renders as itself, and what it refers to counts."""

    __slots__ = ("name", "argument")
    name: str
    argument: Any

    def __init__(self, name: str, argument: Any) -> None:
        _set(self, "name", name)
        _set(self, "argument", argument)

    def _state(self) -> tuple[Any, ...]:
        return (self.name, self.argument)

    def _render(self, scope: Scope) -> Any:
        argument = render(self.argument, scope)
        note_references(self.name, argument, scope)
        return argument


class _Named(Expression[T_co]):
    """An intrinsic function with one argument, whose name the class has."""

    __slots__ = ("argument",)
    _name = ""
    argument: Any

    def _state(self) -> tuple[Any, ...]:
        return (self.argument,)

    def _render(self, scope: Scope) -> Any:
        return {self._name: render(self.argument, scope)}

    def __repr__(self) -> str:
        arguments = self.argument if isinstance(self.argument, FrozenList) else [self.argument]
        return f"{_IN_REPR}{type(self).__name__}({', '.join(map(repr, arguments))})"


def _argument(value: Any, function: str, step: str | int, kinds: tuple[type, ...], expected: str) -> Any:
    """Lift one argument of a function and check its rough kind; expressions fit everywhere."""
    where: Where = ((None, function), step)
    lifted = lift(value, where)
    if type(lifted) is bool or not isinstance(lifted, (*kinds, Expression)):
        if not (isinstance(lifted, FrozenDict) and len(lifted) == 1):
            raise bad_value(where, f"expected {expected}, found {shown(value)}")
    return lifted


def _is_list(value: Any) -> bool:
    return isinstance(value, list) or getattr(value, "_computes_list", False)


def _scalar(value: Any, where: Where) -> Any:
    """Lift a value that becomes part of a text."""
    lifted = lift(value, where)
    if _is_list(lifted):
        raise bad_value(where, f"expected text, found a list ({shown(value)}); join it with Join(',', ...)")
    return lifted


_TEXT = ((str,), "text")
_NUMBER = ((int, str), "an integer")
_LIST = ((list,), "a list")


class Sub(Expression[str]):
    """Text with the values of references in it: ``Sub("arn:${AWS::Partition}:s3:::${Bucket}")``.

    An f-string does the same with less writing. `variables` gives values for names in the text that
    are no references; ``${!x}`` stands for a literal ``${x}``.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
    """

    __slots__ = ("_parts", "_variables")
    _parts: FrozenList
    _variables: FrozenDict

    def __init__(self, text: str, variables: Mapping[str, Any] | None = None) -> None:
        where: Where = (None, "Fn::Sub")
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_value(where, f"expected text, found {shown(text)}")
        lifted = lift_text(str.__str__(text), where)
        if isinstance(lifted, Sub):
            # Tokens were found; the text around them is Fn::Sub's own syntax here, not literal.
            parts = [p.replace("${!", "${") if isinstance(p, str) else p for p in lifted._parts]
        else:
            parts = [lifted]
        given = FrozenDict()
        if variables is not None and not hasattr(variables, "items"):
            raise bad_value(where, f"expected a mapping of variables, found {shown(variables)}")
        for name, value in (variables or {}).items():
            name = plain_text(name, where, "a variable's name")
            _put(given, name, _scalar(value, (where, name)))
        used = {n for part in parts if isinstance(part, str) for n in sub_names(part)}
        for name in given:
            if name not in used:
                raise bad_value(
                    where, f"the variable {name!r} is not used in the text{did_you_mean(name, used)}"
                )
        _set(self, "_parts", FrozenList(parts))
        _set(self, "_variables", given)

    @classmethod
    def _of_parts(cls, parts: list[str | Expression[Any]]) -> Sub:
        """From the pieces of an f-string, in which text is literal."""
        new = cls.__new__(cls)
        _set(new, "_parts", FrozenList(parts))
        _set(new, "_variables", FrozenDict())
        return new

    def _state(self) -> tuple[Any, ...]:
        return (self._parts, self._variables)

    def __repr__(self) -> str:
        text = "".join(p if isinstance(p, str) else "{" + repr(p) + "}" for p in self._parts)
        more = f", {dict(self._variables)!r}" if self._variables else ""
        return f"{_IN_REPR}Sub({text.replace(_IN_REPR, '')!r}{more})"

    def _render(self, scope: Scope) -> Any:
        variables: dict[str, Any] = {name: render(value, scope) for name, value in self._variables.items()}
        text = self._text(scope, variables)
        return {"Fn::Sub": [text, variables] if variables else text}

    def _text(self, scope: Scope, variables: dict[str, Any]) -> str:
        text = ""
        for part in self._parts:
            if isinstance(part, str):
                for name in sub_names(part):
                    if name not in self._variables:
                        _refer_to_dotted(name, scope)
                found: str | None = part
            elif isinstance(part, Sub):
                # Its own variables might be names out here, so a text with variables stays whole.
                found = None if part._variables else part._text(scope, variables)
            else:
                inline = getattr(part, "_in_text", None)
                found = None if inline is None else inline(scope)
            if found is None:
                found = f"${{{_variable(part, scope, variables)}}}"
            if text.endswith("$") and found.startswith("{"):
                found = "{!" + found[1:]
            text += found
        return text


def _variable(part: Any, scope: Scope, variables: dict[str, Any]) -> str:
    """The name of a variable for an expression that text cannot hold itself."""
    value = part._render(scope)
    for name, known in variables.items():
        if repr(known) == repr(value):  # 1 and True are equal, and other texts.
            return name
    stem = type(part).__name__
    number = 1
    while (name := f"{stem}{number}") in variables or name in scope.kinds:
        number += 1
    variables[name] = value
    return name


class Join(_Named[str]):
    """Values with a delimiter between them: ``Join(",", [a, b])``."""

    __slots__ = ()
    _name = "Fn::Join"

    def __init__(self, delimiter: str, values: Items[Any] | Expression[Any]) -> None:
        delimiter = plain_text(delimiter, (None, "Fn::Join[0]"), "the delimiter of Fn::Join")
        lifted = _argument(values, "Fn::Join", 1, *_LIST)
        _set(self, "argument", FrozenList([delimiter, lifted]))


class Select(_Named["Any"]):
    """The item of a list at an index that counts from 0: ``Select(0, GetAZs())``."""

    __slots__ = ()
    _name = "Fn::Select"

    def __init__(self, index: Integer | Text, values: Items[Any] | Expression[Any]) -> None:
        first = _argument(index, "Fn::Select", 0, *_NUMBER)
        lifted = _argument(values, "Fn::Select", 1, *_LIST)
        if isinstance(first, int) and isinstance(lifted, FrozenList) and not 0 <= first < len(lifted):
            raise bad_value(
                ((None, "Fn::Select"), 0), f"the list has {len(lifted)} items, so item {first} does not exist"
            )
        _set(self, "argument", FrozenList([first, lifted]))


class Split(_Named["list[str]"]):
    """The pieces of a text between delimiters: ``Split(",", text)``."""

    __slots__ = ()
    _name = "Fn::Split"
    _computes_list = True

    def __init__(self, delimiter: str, source: Text) -> None:
        delimiter = plain_text(delimiter, (None, "Fn::Split[0]"), "the delimiter of Fn::Split")
        _set(self, "argument", FrozenList([delimiter, _argument(source, "Fn::Split", 1, *_TEXT)]))


class GetAZs(_Named["list[str]"]):
    """The availability zones of a region, or of the stack's own."""

    __slots__ = ()
    _name = "Fn::GetAZs"
    _computes_list = True

    def __init__(self, region: Text = "") -> None:
        _set(self, "argument", _argument(region, "Fn::GetAZs", 0, *_TEXT))


class ImportValue(_Named["Any"]):
    """The value that another stack exports under a name. An exported `Output` of another stack used
    as a value means the same."""

    __slots__ = ()
    _name = "Fn::ImportValue"

    def __init__(self, name: Text) -> None:
        _set(self, "argument", _argument(name, "Fn::ImportValue", 0, *_TEXT))


class GetStackOutput(_Named["Any"]):
    """An output of another stack, exported or not, of this or another region and account.

    The reference is weak: nothing stops the other stack from changing it.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
    """

    __slots__ = ()
    _name = "Fn::GetStackOutput"

    def __init__(
        self,
        stack_name: Text,
        output_name: Text,
        *,
        region: Text | None = None,
        role_arn: Text | None = None,
    ) -> None:
        argument = FrozenDict()
        for key, value in (
            ("StackName", stack_name),
            ("OutputName", output_name),
            ("Region", region),
            ("RoleArn", role_arn),
        ):
            if value is not None:
                _put(argument, key, _argument(value, self._name, key, *_TEXT))
        _set(self, "argument", argument)


class Cidr(_Named["list[str]"]):
    """`count` address blocks cut from `ip_block`, each with `cidr_bits` host bits."""

    __slots__ = ()
    _name = "Fn::Cidr"
    _computes_list = True

    def __init__(
        self,
        ip_block: Text,
        count: Integer | Text,
        cidr_bits: Integer | Text | None = None,
    ) -> None:
        argument = [_argument(ip_block, "Fn::Cidr", 0, *_TEXT), _argument(count, "Fn::Cidr", 1, *_NUMBER)]
        if cidr_bits is not None:
            argument.append(_argument(cidr_bits, "Fn::Cidr", 2, *_NUMBER))
        _set(self, "argument", FrozenList(argument))


class Base64(_Named[str]):
    """A text in Base64, as user data needs it."""

    __slots__ = ()
    _name = "Fn::Base64"

    def __init__(self, value: Text) -> None:
        _set(self, "argument", _argument(value, "Fn::Base64", 0, *_TEXT))


class Transform(_Named["Any"]):
    """A macro that is run on a part of the template: ``Transform("AWS::Include", {"Location": ...})``."""

    __slots__ = ()
    _name = "Fn::Transform"

    def __init__(self, name: str, parameters: Mapping[str, Any] | None = None) -> None:
        argument = FrozenDict(Name=plain_text(name, (None, "Fn::Transform"), "the name of a macro"))
        if parameters is not None:
            _put(argument, "Parameters", lift(parameters, (None, "Fn::Transform")))
        _set(self, "argument", argument)

    def _render(self, scope: Scope) -> Any:
        scope.open_ended.append("Fn::Transform")
        return super()._render(scope)


class Length(_Named[int]):
    """The number of items of a list (AWS::LanguageExtensions, added to the template by itself)."""

    __slots__ = ()
    _name = "Fn::Length"

    def __init__(self, values: Items[Any] | Expression[Any]) -> None:
        _set(self, "argument", _argument(values, self._name, 0, *_LIST))

    def _render(self, scope: Scope) -> Any:
        scope.language_extensions.append(self._name)
        return super()._render(scope)


class ToJsonString(_Named[str]):
    """A mapping or list as JSON text (AWS::LanguageExtensions, added to the template by itself)."""

    __slots__ = ()
    _name = "Fn::ToJsonString"

    def __init__(self, value: Mapping[str, Any] | Items[Any] | Expression[Any]) -> None:
        _set(self, "argument", _argument(value, self._name, 0, (list, dict), "a mapping or a list"))

    def _render(self, scope: Scope) -> Any:
        scope.language_extensions.append(self._name)
        return super()._render(scope)


class FindInMap(_Named["Any"]):
    """A value of a mapping: ``FindInMap(amis, Region, "Ami")``; ``amis.find(Region, "Ami")`` is the same.

    `default` (AWS::LanguageExtensions) is the value where the keys are not found. Keys that are
    known are checked against the mapping.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap.html
    """

    __slots__ = ("mapping", "has_default")
    _name = "Fn::FindInMap"
    mapping: Element | str | Expression[str]

    def __init__(
        self,
        mapping: Element | Text,
        top_level_key: Text,
        second_level_key: Text,
        default: Any = None,
    ) -> None:
        if isinstance(mapping, Element) and mapping._section != "Parameters":
            check = getattr(mapping, "_check_keys", None)
            if check is None:
                raise bad_value(((None, self._name), 0), f"expected a Mapping, found {shown(mapping)}")
            if default is None:
                check(top_level_key, second_level_key)
        else:
            mapping = _argument(mapping, self._name, 0, *_TEXT)
        keys = [
            _argument(top_level_key, self._name, 1, *_TEXT),
            _argument(second_level_key, self._name, 2, *_TEXT),
        ]
        if default is not None:
            keys.append(FrozenDict(DefaultValue=lift(default, (None, self._name))))
        _set(self, "mapping", mapping)
        _set(self, "has_default", default is not None)
        _set(self, "argument", FrozenList(keys))

    def _state(self) -> tuple[Any, ...]:
        return (self.mapping, self.argument)

    def __repr__(self) -> str:
        return f"{_IN_REPR}FindInMap({', '.join(map(repr, [self.mapping, *self.argument]))})"

    def _render(self, scope: Scope) -> Any:
        mapping = self.mapping
        if isinstance(mapping, Element):
            name: Any = scope.name(mapping)
        else:
            name = render(mapping, scope)
        if isinstance(name, str):
            scope.refer("Mapping", name)
        keys: list[Any] = render(self.argument, scope)
        # Without the transform, Ref and Fn::FindInMap are all that may stand in it. A dynamic reference is text.
        for part, rendered in zip((mapping, *self.argument), (name, *keys), strict=True):
            if (
                isinstance(part, Expression)
                and not isinstance(part, (Ref, FindInMap))
                and not isinstance(rendered, str)
            ):
                scope.language_extensions.append("Fn::FindInMap with other functions in it")
                break
        if self.has_default:  # type: ignore[attr-defined]
            scope.language_extensions.append("Fn::FindInMap with a default")
        return {self._name: [name, *keys]}


class If(Expression[If_co]):
    """One of two values, by a condition: ``If(is_prod, 512, 128)``; `NoValue` leaves a property out.

    `condition` is a condition of the stack, a combination of such, or a name.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
    """

    __slots__ = ("condition", "then", "otherwise")
    condition: ConditionExpression | str
    then: Any
    otherwise: Any

    def __init__(
        self,
        condition: ConditionExpression | str,
        then: Value[If_co] | Reference[Scalar],
        otherwise: Value[If_co] | Reference[Scalar],
    ) -> None:
        _set(self, "condition", as_condition(condition, (None, "Fn::If[0]")))
        _set(self, "then", lift(then, (None, "Fn::If[1]")))
        _set(self, "otherwise", lift(otherwise, (None, "Fn::If[2]")))

    @property
    def _computes_list(self) -> bool:  # type: ignore[override]
        return _is_list(self.then) or _is_list(self.otherwise)

    def _with(self, then: Any, otherwise: Any) -> If[Any]:
        """The same condition with branches that were checked."""
        new: If[Any] = If.__new__(If)  # pyright: ignore[reportUnknownVariableType]
        _set(new, "condition", self.condition)
        _set(new, "then", then)
        _set(new, "otherwise", otherwise)
        return new

    def _state(self) -> tuple[Any, ...]:
        return (self.condition, self.then, self.otherwise)

    def _render(self, scope: Scope) -> Any:
        name = scope.use_condition(self.condition)
        return {"Fn::If": [name, render(self.then, scope), render(self.otherwise, scope)]}


class DynamicReference(Reference[str]):
    """A value that CloudFormation reads from SSM or Secrets Manager when it deploys.

    Made by `resolve_ssm`, `resolve_ssm_secure` and `resolve_secret`.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """

    __slots__ = ("service", "fields")
    service: str
    fields: tuple[Any, ...]

    def __init__(self, service: str, *fields: Integer | Text) -> None:
        lifted = tuple(_scalar(f, (None, f"{{{{resolve:{service}}}}}")) for f in fields)
        while lifted and lifted[-1] == "":
            lifted = lifted[:-1]
        _set(self, "service", service)
        _set(self, "fields", lifted)

    def _state(self) -> tuple[Any, ...]:
        return (self.service, *self.fields)

    def _sub(self) -> Sub:
        parts: list[Any] = [f"{{{{resolve:{self.service}"]
        for field in self.fields:
            parts += [":", field if isinstance(field, Expression) else str(field).replace("${", "${!")]
        return Sub._of_parts([*parts, "}}"])

    def _render(self, scope: Scope) -> Any:
        if not any(isinstance(field, Expression) for field in self.fields):
            return "{{resolve:" + ":".join([self.service, *map(str, self.fields)]) + "}}"
        rendered = self._sub()._render(scope)
        return rendered

    def _in_text(self, scope: Scope) -> str | None:
        variables: dict[str, Any] = {}
        text = self._sub()._text(scope, variables)
        return None if variables else text


def resolve_ssm(name: Text, version: Integer | None = None) -> DynamicReference:
    """The value of an SSM parameter of type String or StringList, of a version or the latest."""
    return DynamicReference("ssm", name, *([] if version is None else [version]))


def resolve_ssm_secure(name: Text, version: Integer | None = None) -> DynamicReference:
    """The value of an SSM SecureString, which only some properties accept."""
    return DynamicReference("ssm-secure", name, *([] if version is None else [version]))


def resolve_secret(
    secret_id: Text,
    key: Text = "",
    *,
    version_stage: Text = "",
    version_id: Text = "",
) -> DynamicReference:
    """A secret of Secrets Manager, by name or ARN; `key` selects one value of a JSON secret."""
    return DynamicReference("secretsmanager", secret_id, "SecretString", key, version_stage, version_id)


class LocalPath(str):
    """The rendered path of an `Asset`, with its other arguments."""

    __slots__ = ("asset",)
    asset: Asset

    def __new__(cls, asset: Asset, folder: str) -> LocalPath:
        import os

        path = asset.written
        # An address would not be a path.
        same = not os.path.isabs(path) and "://" not in path
        if not same or os.path.normpath(os.path.join(folder, path)) != asset.path:
            path = os.path.relpath(asset.path, folder)
            path = path if path.startswith("..") else f"./{path}"
        new = super().__new__(cls, path.replace(os.sep, "/"))
        new.asset = asset
        return new


class Asset:
    """A local file or folder, where CloudFormation wants a location in S3: ``code=Asset("src/")``.

    A folder, a file, a ZIP archive or a project with a ``pyproject.toml``; the path is relative to the file of the
    program that declares it. ``pyformation package`` archives and uploads it, and writes the template that refers to
    the upload in the shape of the property. `exclude` lists patterns, written as in a ``.gitignore``, of files in a
    folder that are left out.
    """

    __slots__ = ("path", "written", "exclude")
    path: str
    written: str
    exclude: tuple[str, ...]

    def __init__(self, path: str | os.PathLike[str], *, exclude: Items[str] = ()) -> None:
        import os

        where: Where = (None, "Asset")
        if not is_sequence(exclude):
            raise bad_value((where, "exclude"), f"expected a list of patterns, found {shown(exclude)}")
        if path == "":
            raise bad_value(where, "expected the path of a file or folder, found empty text")
        _set(self, "path", os.path.abspath(beside_program(path, "Asset")))
        _set(self, "written", os.fspath(path))
        _set(
            self,
            "exclude",
            tuple([plain_text(each, ((where, "exclude"), i), "a pattern") for i, each in enumerate(exclude)]),
        )

    def _as_value(self) -> Asset:
        return self

    def _render(self, scope: Scope) -> Any:
        return scope.place_of(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Asset):
            return NotImplemented
        return (self.path, self.exclude) == (other.path, other.exclude)

    def __hash__(self) -> int:
        return hash((self.path, self.exclude))

    def __repr__(self) -> str:
        return f"Asset({self.path!r}{f', exclude={list(self.exclude)!r}' if self.exclude else ''})"

    def __setattr__(self, name: str, value: object) -> None:
        _frozen(self)

    def __format__(self, _spec: str) -> NoReturn:
        raise TokenError(f"{self!r} is a local file, which cannot stand in a text", origin=here())

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (
            Asset,
            [("path", self.path), ("written", self.written), ("exclude", self.exclude)],
        )


def beside_program(path: str | os.PathLike[str], function: str) -> str:
    """A path that is relative to the file of the program that called `function`."""
    import os

    if not isinstance(path, (str, os.PathLike)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_value((None, function), f"expected a path, found {shown(path)}")
    text = os.fspath(path)
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_value((None, function), f"expected a path, found {shown(path)}")
    frame = users_frame()
    if frame is None or os.path.isabs(text):
        return text
    return os.path.join(os.path.dirname(os.path.abspath(frame.f_code.co_filename)), text)


class LoopVariable(Reference[str]):
    """The variable of a `ForEach`, inside its body."""

    __slots__ = ("name",)
    name: str

    def __init__(self, name: str) -> None:
        _set(self, "name", plain_text(name, (None, "Fn::ForEach"), "the variable of Fn::ForEach"))

    def _state(self) -> tuple[Any, ...]:
        return (self.name,)

    def _render(self, scope: Scope) -> Any:
        if self.name not in scope.loop_variables:
            raise UnresolvedReferenceError(
                f"the loop variable {self.name!r} is used outside the body of its ForEach"
            )
        return {"Ref": self.name}

    def _in_text(self, scope: Scope) -> str:
        return f"${{{self._render(scope)['Ref']}}}"


# ---------------------------------------------------------------------------------------------
# Conditions

_MOST_OPERANDS = 10


class ConditionExpression:
    """A condition: true or false once parameters are known. Combine with ``&``, ``|`` and ``~``.

    An attribute of a stack that holds one is a named condition of the template. As with other elements,
    `logical_id` is its name where the attribute's does not do.
    """

    __slots__ = ("arguments", "_logical_id")
    _name = ""
    arguments: FrozenList
    _logical_id: str | None

    def _define(self, arguments: list[Any], logical_id: str | None) -> None:
        if logical_id is not None:
            logical_id = plain_text(logical_id, (None, "logical_id"), "logical_id")
        _set(self, "arguments", FrozenList(arguments))
        _set(self, "_logical_id", logical_id)

    def __and__(self, other: ConditionExpression | str) -> And:
        return _combined(And, self, other)

    def __or__(self, other: ConditionExpression | str) -> Or:
        return _combined(Or, self, other)

    def __invert__(self) -> ConditionExpression:
        return Not(self)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            refuse_comparison(self, other)
            return False
        return self.arguments == other.arguments

    def __hash__(self) -> int:
        return hash((self._name, self.arguments))

    def __bool__(self) -> NoReturn:
        raise InvalidValueError(
            f"{shown(self)} has no truth value before deployment; use If(condition, ...) instead of "
            "Python's if, and & | ~ instead of and, or, not",
            origin=here(),
        )

    def __repr__(self) -> str:
        return f"{_IN_REPR}{type(self).__name__}({', '.join(map(repr, self.arguments))})"

    def __setattr__(self, name: str, value: object) -> None:
        _frozen(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), [("arguments", self.arguments), ("_logical_id", self._logical_id)])

    def _described(self) -> str:
        return f"the condition {shown(self)}"

    def _render(self, scope: Scope) -> Any:
        """The definition of this condition in the Conditions section."""
        return {self._name: [_operand(argument, scope) for argument in self.arguments]}

    def _derived_name(self, scope: Scope) -> str:
        raise UnresolvedReferenceError(
            f"{shown(self)} is used as a condition but has no name; assign it to an attribute of the stack "
            "(or add it to the template)"
        )


def _combined(kind: type[C], left: Any, right: Any) -> C:
    """Both, without nesting one combination in another of its kind as long as they are few enough."""
    parts = [p for side in (left, right) for p in (side.arguments if type(side) is kind else [side])]
    return kind(*parts) if len(parts) <= _MOST_OPERANDS else kind(left, right)


def both_conditions(
    first: ConditionExpression | None, second: ConditionExpression | str, scope: Scope | None = None
) -> ConditionExpression:
    """The condition that is true where two others are; a part of both counts once, by its name in `scope`."""
    given = [] if first is None else _all_parts(first, scope)
    given += _all_parts(Condition(second) if isinstance(second, str) else second, scope)
    parts: dict[object, ConditionExpression] = {}
    for part in given:
        name = part.name if isinstance(part, Condition) else scope and scope.find(part)
        parts.setdefault(name or part, part)
    found, *rest = parts.values()
    for part in rest:
        found = found & part
    return found


def _all_parts(condition: ConditionExpression, scope: Scope | None) -> list[ConditionExpression]:
    if scope is not None and isinstance(condition, Condition) and condition.name in scope.derived:
        condition, scope = scope.derived[condition.name]
    named = condition._logical_id or (scope and scope.find(condition))
    return list(condition.arguments) if type(condition) is And and not named else [condition]


def as_condition(condition: Any, where: Where) -> ConditionExpression | str:
    """A condition or the name of one; anything else is an error."""
    if isinstance(condition, ConditionExpression):
        return condition
    if isinstance(condition, str):
        return plain_text(condition, where, "the name of a condition")
    raise bad_value(where, f"expected a condition or its name, found {shown(condition)}")


def _operand(argument: Any, scope: Scope) -> Any:
    """A part of a condition: named conditions by reference, everything else written out."""
    if isinstance(argument, ConditionExpression) and not isinstance(argument, Condition):
        name = None if scope.in_rule else scope.find(argument)
        if name is None:
            return argument._render(scope)
        scope.refer("Condition", name)
        return {"Condition": name}
    return render(argument, scope)


def _name_of(argument: Any, scope: Scope) -> str:
    if isinstance(argument, str):
        return argument
    if isinstance(argument, Condition):
        return argument.name
    return scope.find(argument) or argument._derived_name(scope)


class Condition(ConditionExpression):
    """A condition of the template by its name."""

    __slots__ = ("name",)
    _name = "Condition"
    name: str

    def __init__(self, name: str, *, logical_id: str | None = None) -> None:
        text = plain_text(name, (None, "Condition"), "the name of a condition")
        _set(self, "name", text)
        self._define([text], logical_id)

    def __reduce__(self) -> tuple[Any, ...]:
        state = [("name", self.name), ("arguments", self.arguments), ("_logical_id", self._logical_id)]
        return _restore, (Condition, state)

    def _render(self, scope: Scope) -> Any:
        if scope.in_rule:
            raise InvalidValueError(f"a rule knows no named conditions; write {self.name!r} out")
        scope.refer("Condition", self.name)
        return {"Condition": self.name}


class _Combination(ConditionExpression):
    __slots__ = ()
    _word = ""

    def __init__(self, *conditions: ConditionExpression | str, logical_id: str | None = None) -> None:
        where: Where = (None, self._name)
        if not 2 <= len(conditions) <= _MOST_OPERANDS:
            raise bad_value(where, f"expected 2 to {_MOST_OPERANDS} conditions, found {len(conditions)}")
        operands = [as_condition(c, (where, i)) for i, c in enumerate(conditions)]
        self._define([Condition(c) if isinstance(c, str) else c for c in operands], logical_id)

    def _derived_name(self, scope: Scope) -> str:
        return self._word.join(_name_of(argument, scope) for argument in self.arguments)


class And(_Combination):
    """True if all of 2 to 10 conditions are; ``a & b`` is the same."""

    __slots__ = ()
    _name = "Fn::And"
    _word = "And"


class Or(_Combination):
    """True if any of 2 to 10 conditions is; ``a | b`` is the same."""

    __slots__ = ()
    _name = "Fn::Or"
    _word = "Or"


class Not(ConditionExpression):
    """True if the condition is not; ``~a`` is the same."""

    __slots__ = ()
    _name = "Fn::Not"

    def __init__(self, condition: ConditionExpression | str, *, logical_id: str | None = None) -> None:
        operand = as_condition(condition, (None, self._name))
        self._define([Condition(operand) if isinstance(operand, str) else operand], logical_id)

    def _derived_name(self, scope: Scope) -> str:
        return "Not" + _name_of(self.arguments[0], scope)


# What a condition may be computed from: nothing that exists only once resources do.
_NOT_IN_CONDITIONS = (GetAtt, ImportValue, GetStackOutput, GetAZs, Cidr, Base64, If, Transform)


def _comparable(value: Any, where: Where) -> Any:
    if type(value) is bool:
        value = "true" if value else "false"
    lifted = lift(value, where)
    target = getattr(lifted, "target", None)
    if isinstance(lifted, _NOT_IN_CONDITIONS) or getattr(target, "_section", None) == "Resources":
        raise bad_value(where, f"CloudFormation allows no {shown(lifted)} in a condition")
    return lifted


class Equals(ConditionExpression):
    """True if two values are the same text: ``Equals(stage, "prod")``."""

    __slots__ = ()
    _name = "Fn::Equals"

    def __init__(self, left: Any, right: Any, *, logical_id: str | None = None) -> None:
        where: Where = (None, self._name)
        self._define([_comparable(left, (where, 0)), _comparable(right, (where, 1))], logical_id)


def _only_in_rules(what: object, scope: Scope) -> None:
    if not scope.in_rule:
        raise InvalidValueError(
            f"{shown(what)} works only in a Rule (an attribute of a stack that only rules use wants a leading "
            "underscore)"
        )


class _RuleCondition(ConditionExpression):
    """A condition that only the assertions of a Rule may use."""

    __slots__ = ()

    def _render(self, scope: Scope) -> Any:
        _only_in_rules(self, scope)
        return super()._render(scope)

    def __init__(self, left: Any, right: Any) -> None:
        where: Where = (None, self._name)
        self._define([lift(left, (where, 0)), lift(right, (where, 1))], None)


class Contains(_RuleCondition):
    """Rules only: true if a value is in a list of texts: ``Contains(["a", "b"], stage)``."""

    __slots__ = ()
    _name = "Fn::Contains"


class EachMemberEquals(_RuleCondition):
    """Rules only: true if every member of a list is a value."""

    __slots__ = ()
    _name = "Fn::EachMemberEquals"


class EachMemberIn(_RuleCondition):
    """Rules only: true if every member of a list is in another."""

    __slots__ = ()
    _name = "Fn::EachMemberIn"


class RefAll(_Named["list[str]"]):
    """Rules only: the values of all parameters of a type."""

    __slots__ = ()
    _name = "Fn::RefAll"
    _computes_list = True

    def __init__(self, parameter_type: str) -> None:
        _set(self, "argument", plain_text(parameter_type, (None, self._name), self._name))

    def _render(self, scope: Scope) -> Any:
        _only_in_rules(self, scope)
        return super()._render(scope)


class _ValueOf2(_Named["Any"]):
    __slots__ = ()

    def _render(self, scope: Scope) -> Any:
        _only_in_rules(self, scope)
        first, attribute = self.argument
        name = first if isinstance(first, str) else scope.name(first)
        if self._name == "Fn::ValueOf":
            scope.refer("Ref", name)
        return {self._name: [name, attribute]}


class ValueOf(_ValueOf2):
    """Rules only: an attribute of a parameter's value: ``ValueOf(subnet, "VpcId")``."""

    __slots__ = ()
    _name = "Fn::ValueOf"

    def __init__(self, parameter: Element | str, attribute: str) -> None:
        _set(self, "argument", FrozenList([parameter, plain_text(attribute, (None, self._name), self._name)]))


class ValueOfAll(_ValueOf2):
    """Rules only: an attribute of the values of all parameters of a type."""

    __slots__ = ()
    _name = "Fn::ValueOfAll"
    _computes_list = True

    def __init__(self, parameter_type: str, attribute: str) -> None:
        _set(
            self,
            "argument",
            FrozenList(
                [plain_text(text, (None, self._name), self._name) for text in (parameter_type, attribute)]
            ),
        )


# The classes of functions by the names of these.
_kinds: list[Any] = [*_Named.__subclasses__(), *_ValueOf2.__subclasses__()]
FUNCTION_CLASSES: dict[str, Callable[..., Any]] = {kind._name: kind for kind in _kinds if kind._name}


# ---------------------------------------------------------------------------------------------
# Pseudo parameters

AccountId: Reference[str] = Ref("AWS::AccountId")
NotificationARNs: Reference[list[str]] = Ref("AWS::NotificationARNs")
NoValue: Reference[Never] = Ref("AWS::NoValue")
Partition: Reference[str] = Ref("AWS::Partition")
Region: Reference[str] = Ref("AWS::Region")
StackId: Reference[str] = Ref("AWS::StackId")
StackName: Reference[str] = Ref("AWS::StackName")
UrlSuffix: Reference[str] = Ref("AWS::URLSuffix")
