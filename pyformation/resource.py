"""Resources and property types: classes that are created from the catalog on first use.

The catalog says which properties a type has; `make_resource_class` turns that into a class whose constructor checks
every value and whose instances are frozen. A class takes microseconds and is created when a program first names it;
the check of a property is compiled when the property is first given. Properties are kept under CloudFormation's
names, in the order given. See docs/resources.md.
"""

from __future__ import annotations

import sys
from _thread import _local as _ThreadLocal  # noqa: N812 (threading takes a millisecond to import)

from . import catalog
from .catalog._words import by_exactness, describe_property, describe_type
from .catalog.resource_attributes import OPTIONS, POLICIES, RESOURCE_ATTRIBUTES
from .elements import Declared, Parameter, reasons
from .errors import (
    _HERE,
    CatalogWarning,
    FrozenError,
    InvalidValueError,
    LogicalIdError,
    MissingPropertyError,
    Origin,
    PyformationError,
    TokenError,
    UnknownAttributeError,
    UnknownPropertyError,
    did_you_mean,
    here,
    shown,
    unknown_import,
    users_frame,
)
from .names import logical_id_problem, module_name, snake_case
from .plain import is_list, is_mapping, is_sequence
from .values import (
    _IN_REPR,
    PLAIN,
    Asset,
    ConditionExpression,
    Expression,
    FrozenDict,
    FrozenList,
    FunctionArgument,
    GetAtt,
    If,
    Ref,
    Reference,
    Scope,
    Sub,
    as_condition,
    at,
    bad_value,
    element_value,
    key_text,
    lift,
    lift_text,
    plain_text,
    render,
    spells_number,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import ModuleType
    from typing import Any, ClassVar, Literal, NoReturn, Protocol, Self, TypeAlias, TypedDict, TypeVar

    from .aws._stubs.policies import (  # pyright: ignore[reportMissingModuleSource]
        CreationPolicy as CreationPolicy,
    )
    from .aws._stubs.policies import (  # pyright: ignore[reportMissingModuleSource]
        UpdatePolicy as UpdatePolicy,
    )
    from .catalog.resource_attributes import ResourceAttribute
    from .values import Where

    T = TypeVar("T")
    B = TypeVar("B", bound="PropertyType")
    P = TypeVar("P", bound="Properties")
    R = TypeVar("R", bound="Resource")

    class ResourcesIn(Protocol):
        """A component, which means all resources in it."""

        def _resources_in(self) -> list[Resource]: ...

    class ResourceOptions(TypedDict, total=False):
        """The keywords that every resource takes besides its properties; None means not given."""

        condition: ConditionExpression | str | None
        """Condition: the resource exists only if the condition is true; a change of the condition's
        outcome adds or removes it"""
        depends_on: Resource | ResourcesIn | str | Sequence[Resource | ResourcesIn | str] | None
        """DependsOn: what must exist before the resource is created, if no reference shows it; a change of
        it alone changes nothing that is deployed"""
        creation_policy: CreationPolicy | Mapping[str, Any] | Expression[Any] | None
        """CreationPolicy: how many signals the creation waits for, and for how long"""
        update_policy: UpdatePolicy | Mapping[str, Any] | Expression[Any] | None
        """UpdatePolicy: how certain types are updated; for some properties it decides whether the resource
        is replaced"""
        deletion_policy: DeletionPolicy | Expression[str] | None
        """DeletionPolicy: what happens to the resource when it leaves the template or the stack is deleted:
        Delete, Retain, RetainExceptOnCreate or Snapshot; on replacement UpdateReplacePolicy counts
        instead"""
        update_replace_policy: UpdateReplacePolicy | Expression[str] | None
        """UpdateReplacePolicy: what happens to the old resource when an update replaces it: Delete (the
        default of every type), Retain or Snapshot"""
        metadata: Mapping[str, Any] | Expression[Any] | None
        """Metadata: data of your own; an update of it is in place, and most types ignore it"""
        logical_id: str | None
        """logical ID: the name in the template instead of that of the attribute; another logical ID means
        another resource"""
        prevent_replacement: bool | None
        """prevent_replacement: never rendered: a diff fails if an update would replace the resource"""
        prevent_deletion: bool | None
        """prevent_deletion: never rendered: a diff fails if an update would delete the resource"""
        suppress: Mapping[str, str] | None
        """suppress: never rendered: codes of findings about the resource that are not reported, each with
        the reason"""
        inherit_tags: bool | None
        """inherit_tags: never rendered: with False the resource does not get the tags of the stack"""
        extra_properties: Mapping[str, Any] | None
        """extra_properties: properties that the catalog does not know, by CloudFormation's names,
        unchecked"""
        extra_attributes: Mapping[str, Any] | None
        """extra_attributes: resource attributes that are newer than this package, by CloudFormation's
        names, unchecked"""

    DeletionPolicy: TypeAlias = Literal["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]
    UpdateReplacePolicy: TypeAlias = Literal["Delete", "Retain", "Snapshot"]

    Check: TypeAlias = Callable[[Any, Where | None], Any]
    Facts: TypeAlias = dict[str, Any]
else:
    Any = object
    ModuleType = type(sys)

_set = object.__setattr__


# ---------------------------------------------------------------------------------------------
# Notices: what the catalog doubts but CloudFormation may take


class _Collecting(_ThreadLocal):
    """Collects notices instead of showing them, while alternatives are tried or everything is checked again."""

    notices: list[str] | None = None


_collecting = _Collecting()


def notice(where: Where | None, message: str) -> None:
    """Warn at the user's line that the catalog does not list a value."""
    text = f"{at(where)}: {message}"
    if _collecting.notices is not None:
        _collecting.notices.append(text)
        return
    import warnings

    frame = users_frame()
    if frame is None:
        warnings.warn(text, CatalogWarning, stacklevel=2)
    else:
        warnings.warn_explicit(
            text,
            CatalogWarning,
            frame.f_code.co_filename,
            frame.f_lineno,
            registry=frame.f_globals.setdefault("__warningregistry__", {}),
        )


def doubts_of(check: Callable[[], T]) -> tuple[T, list[str]]:
    """The result of a check, and the notices that it would have shown."""
    outer = _collecting.notices
    found: list[str] = []
    _collecting.notices = found
    try:
        return check(), found
    finally:
        _collecting.notices = outer


# ---------------------------------------------------------------------------------------------
# Checks of values, compiled from the catalog's facts


def _string(value: Any, where: Where | None) -> Any:
    if type(value) is str:
        if value.isascii() and "\\" not in value:
            return value
        return lift_text(value, where)
    if value.__class__ is GetAtt:
        return value
    if isinstance(value, str):
        return lift_text(str.__str__(value), where)
    return _computed(value, where, "text", _string)


def _integer(value: Any, where: Where | None) -> Any:
    if type(value) is int:
        return value
    return _number_like(value, where, "an integer", _integer)


def _number(value: Any, where: Where | None) -> Any:
    if type(value) is int or type(value) is float:
        return lift(value, where)
    return _number_like(value, where, "a number", _number)


def _number_like(value: Any, where: Where | None, expected: str, again: Check) -> Any:
    if isinstance(value, str):
        text = lift_text(str.__str__(value), where)
        if not isinstance(text, str):
            return text
        if not spells_number(text, integer=again is _integer):
            raise bad_value(where, f"expected {expected}, found {shown(text)}")
        notice(where, f"expected {expected}, found the text {text!r}, which CloudFormation converts")
        return text
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return _computed(value, where, expected, again)


def _boolean(value: Any, where: Where | None) -> Any:
    if type(value) is bool:
        return value
    if isinstance(value, str):
        text = lift_text(str.__str__(value), where)
        if not isinstance(text, str):
            return text
        if text.lower() not in ("true", "false"):
            raise bad_value(where, f"expected a boolean, found {shown(text)}")
        notice(where, f"expected a boolean, found the text {text!r}, which CloudFormation converts")
        return text
    return _computed(value, where, "a boolean", _boolean)


def _json(value: Any, where: Where | None) -> Any:
    if isinstance(value, (int, float)):
        raise bad_value(where, f"expected a mapping, found {shown(value)}")
    return lift(value, where)


_SCALARS: dict[str, Check] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "json": _json,
    "any": lift,
}


def _computed(value: Any, where: Where | None, expected: str, again: Check) -> Any:
    """A value that is not plain data of the expected kind: an expression, or an error."""
    if isinstance(value, If):
        return value._with(again(value.then, where), again(value.otherwise, where))
    if isinstance(value, Expression):
        lists = expected.startswith("a list")
        if value._computes_list and not lists:
            raise bad_value(where, f"expected {expected}, found a list ({shown(value)})")
        if lists and _is_scalar(value):
            raise bad_value(where, f"expected {expected}, found {shown(value)}{_wrap_it(expected)}")
        return value._as_value()
    kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType]
    if kind is Asset:
        raise bad_value(where, f"expected {expected}, found {value!r}; this property takes no local file")
    if hasattr(kind, "_as_value") and not isinstance(value, Properties):
        return element_value(value, where)
    if is_function(value):
        return lift(value, where)
    if value is None:
        raise bad_value(where, f"expected {expected}, found None; leave it out, or use NoValue")
    if isinstance(value, ConditionExpression):
        raise bad_value(where, f"expected {expected}, found a condition; use If(condition, ..., ...)")
    if isinstance(value, Properties):
        raise bad_value(where, f"expected {expected}, found {value._label}")
    hint = ""
    if isinstance(value, str):
        hint = _wrap_it(expected)
    elif expected == "text" and isinstance(value, (int, float)):
        hint = f"; write {str(value).lower()!r}"
    raise bad_value(where, f"expected {expected}, found {shown(value)}{hint}")


def _wrap_it(expected: str) -> str:
    """The hint for a text instead of a list of texts."""
    return "; put it into a list: [...]" if expected == "a list of text" else ""


def _settled(branch: Any) -> bool:
    """An expression as the branch of an If: nothing is checked, unless it is an If itself."""
    return isinstance(branch, Expression) and not isinstance(branch, If)


def _is_scalar(value: Any) -> bool:
    """Whether an expression is known to be one text, number or boolean."""
    target = value.target if isinstance(value, Ref) else value
    if isinstance(target, Parameter):
        return not target._computes_list
    return isinstance(target, (Resource, Sub)) or _is_scalar_attribute(value)


def _is_scalar_attribute(value: Any) -> bool:
    if not isinstance(value, GetAtt) or not isinstance(value.target, Resource):
        return False
    facts: Facts | None = type(value.target)._entry.get("attributes", {}).get(value.attribute)
    return facts is not None and facts.get("type", "string") in ("string", "integer", "number", "boolean")


def is_function(value: Any) -> bool:
    """Whether a mapping is an intrinsic function in plain data: one key, ``Ref`` or ``Fn::...``."""
    if is_mapping(value) and len(value) == 1:
        (key,) = value
        return type(key) is str and (key == "Ref" or key.startswith("Fn::"))
    return False


def compile_check(facts: Facts, owner: type[Properties]) -> Check:
    """The check of a property: takes a value and its place, and returns the value to keep."""
    check = _limited(_compile_type(facts.get("type", "string"), owner, facts), facts)
    if facts.get("local_file"):
        check = _or_asset(check)
    if not facts.get("read_only"):
        return check

    def accept_read_only(value: Any, where: Where | None) -> Any:
        notice(where, "is set by AWS; a value given here is ignored or refused")
        return check(value, where)

    return accept_read_only


def _or_asset(check: Check) -> Check:
    """`check`, or a local file in its place; in a list, as one of the items."""

    def accept(value: Any, where: Where | None) -> Any:
        if isinstance(value, Asset):
            return value
        if isinstance(value, If):
            return _computed(value, where, "", accept)
        if is_sequence(value) and any(isinstance(item, Asset) for item in value):
            return FrozenList(
                [item if isinstance(item, Asset) else check([item], where)[0] for item in value]
            )
        try:
            return check(value, where)
        except InvalidValueError as error:
            if type(value) is str and value.isascii():
                error.message += f"; a local file is Asset({value!r})"
            raise

    return accept


def _compile_type(text: str, owner: type[Properties], facts: Facts) -> Check:
    scalar = _SCALARS.get(text)
    if scalar is not None:
        return scalar
    parts = by_exactness(text) if "|" in text else [text]
    if len(parts) > 1:
        return _union([_compile_type(part, owner, facts) for part in parts], text)
    if text[0] == "[":
        return _list_of(_limited(_compile_type(text[1:-1], owner, {}), facts.get("items", {})), text)
    if text[0] == "{":
        return _map_of(_limited(_compile_type(text[1:-1], owner, {}), facts.get("items", {})))
    return _definition(text, owner)


def _union(checks: list[Check], text: str) -> Check:
    def accept(value: Any, where: Where | None) -> Any:
        if isinstance(value, If):
            return _computed(value, where, describe_type(text), accept)
        if isinstance(value, Expression):
            return value._as_value()
        # An exact kind is preferred to one that CloudFormation would convert to.
        outer = _collecting.notices
        errors: list[PyformationError] = []
        doubts: tuple[Any, list[str]] | None = None
        for check in checks:
            tried: list[str] = []
            _collecting.notices = tried
            try:
                result = check(value, where)
            except TokenError:
                raise  # Such a text is wrong whatever is expected.
            except PyformationError as error:
                errors.append(error)
            else:
                if not tried:
                    return result
                doubts = doubts or (result, tried)
            finally:
                _collecting.notices = outer
        if doubts is not None:
            for doubt in doubts[1]:
                notice(None, doubt.partition(": ")[2]) if where is None else _repeat(doubt)
            return doubts[0]
        # The error of an alternative of the right kind is more useful than "expected this or that".
        place = at(where)
        telling = [e for e in errors if (e.path or "") != place or not e.message.startswith("expected ")]
        deepest = max(telling, key=lambda error: len(error.path or ""), default=None)
        if deepest is not None and (len(telling) == 1 or len(deepest.path or "") > len(place)):
            raise deepest
        raise bad_value(where, f"expected {describe_type(text)}, found {shown(value)}")

    return accept


def _repeat(text: str) -> None:
    """Show a notice that was collected while alternatives were tried."""
    place, _, message = text.partition(": ")
    notice((None, place), message)


def _list_of(item: Check, text: str) -> Check:
    expected = describe_type(text)
    of_text = item is _string

    def accept(value: Any, where: Where | None) -> Any:
        kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType]
        if kind is list or kind is tuple or kind is FrozenList:
            return FrozenList(
                [
                    member
                    if of_text and type(member) is str and member.isascii() and "\\" not in member
                    else item(member, (where, i))
                    for i, member in enumerate(value)
                ]
            )
        if is_sequence(value):
            return accept(list(value), where)
        return _computed(value, where, expected, accept)

    return accept


def _map_of(item: Check) -> Check:
    def accept(value: Any, where: Where | None) -> Any:
        if not is_mapping(value) or is_function(value):
            if not is_mapping(value) and hasattr(value, "keys") and hasattr(value, "items"):
                return accept(dict(value.items()), where)
            return _computed(value, where, "a mapping", accept)
        result: dict[str, Any] = {}
        for key, member in value.items():
            if type(key) is not str or not key.isalnum():
                key = key_text(key, where)
                if key.startswith("Fn::"):
                    result[key] = FunctionArgument(key, lift(member, (where, key)))
                    continue
            result[key] = item(member, (where, key))
        return FrozenDict(result)

    return accept


def _definition(name: str, owner: type[Properties]) -> Check:
    found: type[PropertyType] | None = None

    def accept(value: Any, where: Where | None) -> Any:
        nonlocal found
        cls = found
        if cls is None:
            cls = found = owner._property_type(name)
        if isinstance(value, cls):
            return value
        if is_mapping(value) and not is_function(value):
            return cls._accept_mapping(value, where)
        if not is_mapping(value) and hasattr(value, "keys") and hasattr(value, "items"):
            return accept(dict(value.items()), where)
        return _computed(value, where, f"{cls._label} or a mapping", accept)

    return accept


# The facts that bound a value, and the words for them.
_BOUNDS = ("enum", "minimum", "maximum", "min_length", "max_length", "min_items", "max_items")


def _limited(check: Check, facts: Facts) -> Check:
    """`check`, and notices on values that the catalog does not list."""
    if not any(name in facts for name in _BOUNDS):
        return check
    enum = facts.get("enum")
    allowed = None if enum is None else frozenset(enum)
    if allowed is not None and facts.get("enum_ignores_case"):
        allowed |= {c for v in allowed if isinstance(v, str) for c in (v.lower(), v.upper())}
    get = facts.get
    low, high = get("minimum"), get("maximum")
    shortest, longest = get("min_length", 0), get("max_length")
    fewest, most = get("min_items"), get("max_items")

    def doubt(result: Any, kind: Any, where: Where | None) -> None:
        if kind is str:
            if "{{resolve:" in result:
                return  # A value that is read at deployment is not known here.
            if allowed is not None and result not in allowed:
                if not (facts.get("enum_ignores_case") and result.lower() in allowed):
                    notice(where, _not_listed(result, enum or []))
            if len(result) < shortest:
                notice(where, f"expected at least {shortest} characters, found {len(result)}")
            if longest is not None and len(result) > longest:
                notice(where, f"expected at most {longest} characters, found {len(result)}")
        elif kind is int or kind is float:
            if allowed is not None and result not in allowed:
                notice(where, _not_listed(result, enum or []))
            if low is not None and result < low:
                notice(where, f"expected at least {low}, found {result}")
            if high is not None and result > high:
                notice(where, f"expected at most {high}, found {result}")
        elif kind is FrozenList:
            # A loop or an If may add or remove items, so only plain lists can be counted.
            if fewest is not None and len(result) < fewest and not any(map(_settled, result)):
                notice(where, f"expected at least {fewest} items, found {len(result)}")
            if most is not None and len(result) > most and not any(isinstance(i, Expression) for i in result):
                notice(where, f"expected at most {most} items, found {len(result)}")

    def accept(value: Any, where: Where | None) -> Any:
        if isinstance(value, If):
            return _computed(value, where, "", accept)
        result = check(value, where)
        doubt(result, type(result), where)
        return result

    # The usual case in one call: a plain value within its bounds.
    def accept_integer(value: Any, where: Where | None) -> Any:
        if (
            type(value) is int
            and (allowed is None or value in allowed)
            and (low is None or value >= low)
            and (high is None or value <= high)
        ):
            return value
        return accept(value, where)

    def accept_text(value: Any, where: Where | None) -> Any:
        if (
            type(value) is str
            and (value in allowed if allowed is not None else value.isascii() and "\\" not in value)
            and len(value) >= shortest
            and (longest is None or len(value) <= longest)
        ):
            return value
        return accept(value, where)

    return accept_integer if check is _integer else accept_text if check is _string else accept


def _not_listed(found: object, enum: Iterable[object]) -> str:
    choices = [str(choice) for choice in enum]
    listed = ", ".join(map(repr, choices[:8])) + (", ..." if len(choices) > 8 else "")
    return f"expected one of {listed}, found {shown(found)}{did_you_mean(str(found), choices)}"


# ---------------------------------------------------------------------------------------------
# Descriptors: how properties, attributes and property types are read


class Property:
    """A property of a class: reads the given value, or None. On the class, it describes itself:
    ``s3.Bucket.bucket_name.facts``."""

    __slots__ = ("name", "python_name", "facts", "owner", "place", "accept")

    # Checks a value at a place and returns the value to keep; compiled on the first call.
    accept: Check
    # Where the property stands when it is given as a keyword.
    place: Where

    def __init__(self, name: str, python_name: str, facts: Facts, owner: type[Properties], of: Where) -> None:
        self.name = name
        self.python_name = python_name
        self.facts = facts
        self.owner = owner
        self.place = (of, name)
        self.accept = self._compile

    def _compile(self, value: Any, where: Where | None) -> Any:
        check = compile_check(self.facts, self.owner)
        tags: Facts | None = self.owner._entry.get("tags")
        if tags is not None and tags["property"] == self.name and tags["shape"] == "list":
            check = _or_mapping_of_tags(check, tags)
        self.accept = check
        return check(value, where)

    def __get__(self, instance: Properties | None, _owner: type) -> Any:
        if instance is None:
            return self
        return instance._props.get(self.name)

    def __set__(self, instance: Properties, _value: object) -> None:
        raise FrozenError(
            f"{instance._label} is frozen; use evolve({self.python_name}=...), which gives a new one",
            origin=here(),
        )

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        owner, root = self.owner, self.owner._root
        stateful: str | None = root._entry.get("stateful")
        known = root.__dict__.get("TYPE")
        name = root.__name__
        if not known:
            return describe_property(self.name, self.facts, stateful=stateful, root=name)
        if owner is root:
            below = catalog.create_only_paths(known, f"/Properties/{self.name}")
            below.pop(f"/Properties/{self.name}", None)
            return describe_property(
                self.name, self.facts, stateful=stateful, below=below.values(), root=name
            )
        updates, why = catalog.nested_behaviors(known).get((owner.__name__, self.name), (None, None))
        return describe_property(self.name, self.facts, updates, why, stateful, root=name)

    def __repr__(self) -> str:
        return f"<property {self.owner._label}.{self.name}>"


class Attribute:
    """A read-only attribute: reads as ``Fn::GetAtt``."""

    __slots__ = ("name", "facts")

    def __init__(self, name: str, facts: Facts | None = None) -> None:
        self.name = name
        self.facts = facts or {}

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        from .catalog._words import describe_attribute

        return describe_attribute(self.name, self.facts)

    def __get__(self, instance: Resource | None, _owner: type) -> Any:
        if instance is None:
            return self
        return GetAtt._known(instance, self.name)

    def __set__(self, instance: Resource, _value: object) -> None:
        raise FrozenError(
            f"{self.name} of {instance._label} is a read-only attribute, known once deployed", origin=here()
        )

    def __repr__(self) -> str:
        return f"<attribute {self.name}>"


class _NestedType:
    """A property type, whose class is created when it is first named."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, _instance: object, owner: type[Properties]) -> type[PropertyType]:
        return owner._property_type(self.name)


class GetAttributes:
    """The attributes of a resource by Python name: ``queue.get_att.queue_name``.

    ``queue.get_att["QueueName"]`` takes CloudFormation's name, and any other name as well.
    """

    __slots__ = ("_resource",)

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    if not TYPE_CHECKING:
        # Hidden from checkers, which know the names of each type from its stub.
        def __getattr__(self, name: str) -> GetAtt[Any]:
            names = type(self._resource)._attribute_names
            found = names.get(name)
            if found is None:
                if name.startswith("__"):
                    raise AttributeError(name)
                hint = did_you_mean(name, names)
                raise UnknownAttributeError(
                    f"{self._resource.TYPE} has no attribute {name!r}{hint}", origin=here()
                )
            return GetAtt._known(self._resource, found)

    def __getitem__(self, name: str) -> GetAtt[Any]:
        return GetAtt(self._resource, name)

    def __dir__(self) -> list[str]:
        return list(type(self._resource)._attribute_names)


class _GetAttributesOf:
    """The attributes by Python name, including those with the name of a property: ``q.get_att.arn``."""

    # Not a `property`: IPython and jedi complete only after other kinds of descriptors.
    __slots__ = ()

    def __get__(self, instance: Resource | None, _owner: type) -> Any:
        return self if instance is None else GetAttributes(instance)


class _OnInstances:
    """A method that instances have, but that their class does not show.

    IPython evaluates the expression before a dot to complete the rest only if its class has no ``__getattr__``. Ours
    only creates the message for an unknown name.
    """

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __get__(self, instance: object, owner: type) -> Any:
        if instance is None:
            raise AttributeError(self.function.__name__)
        return self.function.__get__(instance, owner)


# ---------------------------------------------------------------------------------------------
# The classes


class _OnClass:
    """A value that is computed for a class on first use; presets do not inherit it."""

    __slots__ = ("compute",)

    def __init__(self, compute: Callable[[type[Any]], Any]) -> None:
        self.compute = compute

    def __get__(self, _instance: object, owner: type[Any]) -> Any:
        return self.compute(owner)


def _signature(cls: type[Properties]) -> Any:
    import inspect

    init = cls.__init__
    if init is not Resource.__init__ and init is not PropertyType.__init__:
        own = list(inspect.signature(init).parameters.values())[1:]
        taken = {parameter.name for parameter in own}
        base = getattr(init, "_keywords_of", None)
        if base is not None:
            more = inspect.signature(base).parameters.values()
            own = [*own[:-1], *(parameter for parameter in more if parameter.name not in taken)]
        return inspect.Signature(own)
    kind = inspect.Parameter.KEYWORD_ONLY
    names = sorted(cls._table.items(), key=lambda item: item[1].name not in cls._required)
    parameters = [
        inspect.Parameter(
            name,
            kind,
            default=inspect.Parameter.empty
            if slot.name in cls._required and slot.name not in cls._defaults
            else None,
            annotation=_Annotation(slot),
        )
        for name, slot in names
    ]
    options: list[str] = [*_OPTIONS] if issubclass(cls, Resource) else ["extra_properties"]
    if "tags" in cls._entry and "tags" not in cls._table:
        options.insert(0, "tags")
    parameters += [inspect.Parameter(name, kind, default=None) for name in options]
    return inspect.Signature(parameters)


class _Annotation:
    """The type of a property in a signature: ``Value[str]``."""

    __slots__ = ("slot",)

    def __init__(self, slot: Property) -> None:
        self.slot = slot

    def __repr__(self) -> str:
        from .catalog._words import annotation

        return f"Value[{annotation(self.slot.facts, self.slot.owner._root.__name__)}]"


def _documentation(cls: type[Properties]) -> str | None:
    if not cls._entry:
        return None
    from .catalog._sentences import describe_resource

    known: str | None = cls._root.__dict__.get("TYPE")
    lines: list[str] = [cls._label]
    if known and cls is cls._root:
        record = catalog.resource_type(known)
        lines += ["", record.documentation, ""]
        lines += [f"{heading}: {sentence}" for heading, sentence in describe_resource(record)]
    elif known:
        lines += ["", catalog.resource_type(known).definition(cls.__name__).documentation]
    # As in the signature: what is required first.
    slots = sorted(cls._table.items(), key=lambda item: item[1].name not in cls._required)
    lines += ["", "Properties:", *(f"    {name}: {slot.__doc__}" for name, slot in slots)]
    attributes = cls._entry.get("attributes")
    if attributes:
        lines += ["", "Attributes (Fn::GetAtt): " + ", ".join(attributes)]
    return "\n".join(lines)


def _attrs_fields(cls: type[Properties]) -> Any:
    """The protocol of attrs, so that attrs.fields and attrs.asdict work on resources."""
    import attrs

    made: Any = attrs.make_class(cls.__name__, {name: attrs.field(default=None) for name in cls._table})
    return made.__attrs_attrs__


def _body_names(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The attributes of a class body that are values, not methods or names of Python itself."""
    for name, value in namespace.items():
        if name.startswith("_") or isinstance(
            value, (Property, Attribute, _NestedType, _OnClass, staticmethod, classmethod, property)
        ):
            continue
        if callable(value) and not isinstance(value, (Expression, Declared)):
            continue
        yield name, value


class Properties:
    """The common base of resources and property types: properties by Python name, checked and frozen."""

    __slots__ = ()

    # The entry of the catalog, and what is made from it.
    _entry: ClassVar[Facts] = {}
    _label: ClassVar[str] = ""
    _table: ClassVar[dict[str, Property]] = {}
    _by_name: ClassVar[dict[str, Property]] = {}
    _required: ClassVar[frozenset[str]] = frozenset()
    # Those that are read-only, by their Python names.
    _attribute_names: ClassVar[dict[str, str]] = {}
    _defaults: ClassVar[dict[str, Any]] = {}
    # The class whose entry has the property types: for presets and property types, that of the resource.
    _root: ClassVar[type[Properties]]
    _property_types: ClassVar[dict[str, type[PropertyType]]] = {}

    if TYPE_CHECKING:
        _props: dict[str, Any]
        TYPE: ClassVar[str]

    __signature__ = _OnClass(_signature)
    __attrs_attrs__ = _OnClass(_attrs_fields)

    @classmethod
    def _property_type(cls, name: str) -> type[PropertyType]:
        """The class of a property type of this resource, created on first use.

        Property types refer to each other, so the resource's own class keeps all of them.
        """
        root = cls._root
        known = root._property_types.get(name)
        if known is None:
            definitions: dict[str, Any] = root._entry.get("definitions", {})
            if name not in definitions:
                hint = did_you_mean(name, definitions)
                raise UnknownAttributeError(
                    f"{root._label} has no property type {name!r}{hint}", origin=here()
                )
            known = _generate(PropertyType, name, f"{root.__qualname__}.{name}", root.__module__)
            fill_class(known, {"properties": definitions[name]}, f"{root._label}.{name}", root)
            root._property_types[name] = known
            type.__setattr__(root, name, known)  # From now on a plain attribute.
        return known

    @classmethod
    def _accept_mapping(cls, given: dict[Any, Any], where: Where | None) -> Any:
        """A plain mapping with CloudFormation's names, instead of a property type."""
        by_name = cls._by_name
        result: dict[str, Any] = {}
        open_ended = False
        for key, value in given.items():
            slot = by_name.get(key)
            if slot is not None:
                result[key] = slot.accept(value, (where, key))
                continue
            key = key_text(key, where)
            if not key.startswith("Fn::"):
                hint = did_you_mean(key, by_name)
                raise UnknownPropertyError(
                    f"{cls._label} has no property {key!r}{hint}", path=at(where) or None, origin=here()
                )
            open_ended = True
            result[key] = FunctionArgument(key, lift(value, (where, key)))
        if open_ended:
            return FrozenDict(result)  # A macro may add anything to it.
        if not cls._required <= result.keys():
            cls._check_required(result, where)
        new: Any = _new_object(cls)
        _set_block(new, result)
        return new

    @classmethod
    def _check_required(cls, props: dict[str, Any], where: Where | None) -> None:
        missing = cls._required - props.keys()
        if missing:
            # Mappings use CloudFormation's names, calls use Python's.
            names = sorted(missing) if where else [cls._by_name[name].python_name for name in sorted(missing)]
            text = ", ".join(map(repr, names))
            raise MissingPropertyError(f"{cls._label} needs {text}", path=at(where) or None, origin=here())

    @classmethod
    def _accept_properties(cls, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Split keywords into properties by CloudFormation's name, and the rest."""
        table = cls._table
        props: dict[str, Any] = {}
        rest: dict[str, Any] | None = None
        without: list[str] | None = None
        for key, value in given.items():
            slot = table.get(key)
            if slot is None and key == "tags":
                slot, value = cls._tags_of(given, value)
            if slot is None:
                if rest is None:
                    rest = {}
                rest[key] = value
            elif value is None:
                if slot.name in cls._required:
                    raise bad_value(slot.place, "is required, found None")
                without = [*(without or ()), slot.name]
            else:
                props[slot.name] = slot.accept(value, slot.place)
        # The resource's own values come before those of the preset.
        if cls._defaults:
            for name, default in cls._defaults.items():
                if name not in props and (without is None or name not in without):
                    props[name] = default
        return props, rest

    @classmethod
    def _tags_of(cls, given: dict[str, Any], value: Any) -> tuple[Property | None, Any]:
        """The property that takes tags if it has another name, and what `tags` is there."""
        facts: Facts | None = cls._entry.get("tags")
        if facts is None:
            return None, value
        slot = cls._by_name[facts["property"]]
        if slot.python_name in given:
            raise bad_value((None, cls._label), f"give tags or {slot.python_name}, not both")
        if facts["shape"] == "specifications" and value is not None:
            if not is_mapping(value):
                raise bad_value(
                    ((None, cls._label), "tags"), f"expected a mapping of tags, found {shown(value)}"
                )
            value = [{"ResourceType": facts["resource_type"], "Tags": _tag_list(value, {}, slot.place)}]
        return slot, value

    @classmethod
    def _unknown(cls, name: str) -> UnknownPropertyError:
        names = [*cls._table, *(_OPTIONS if issubclass(cls, Resource) else ())]
        by_name = cls._by_name.get(name)
        hint = f"; did you mean {by_name.python_name!r}?" if by_name else did_you_mean(name, names)
        if not hint and cls._entry:
            hint = "; a property that the catalog does not know goes into extra_properties={...}"
        if name in cls._attribute_names:
            hint = "; it is a read-only attribute, known once deployed"
        return UnknownPropertyError(f"{cls._label} has no property {name!r}{hint}", origin=here())

    @classmethod
    def _accept_extra(cls, extra: Any) -> dict[str, Any]:
        """``extra_properties``: anything, by CloudFormation's names."""
        where: Where = (None, cls._label)
        if not is_mapping(extra):
            raise bad_value((where, "extra_properties"), f"expected a mapping, found {shown(extra)}")
        result: dict[str, Any] = {}
        for key, value in extra.items():
            name = key_text(key, where)
            lifted = lift(value, (where, name))
            result[name] = FunctionArgument(name, lifted) if name.startswith("Fn::") else lifted
        return result

    @classmethod
    def _take_defaults(cls) -> None:
        """Move the values in the body of a preset from the class to its defaults."""
        defaults: dict[str, Any] = {}
        where: Where = (None, cls._label)
        for name, value in list(_body_names(cls.__dict__)):
            slot = cls._table.get(name)
            if slot is None and name == "tags":
                slot, value = cls._tags_of(dict(_body_names(cls.__dict__)), value)
            if slot is None:
                raise cls._unknown(name)
            delattr(cls, name)
            defaults[slot.name] = None if value is None else slot.accept(value, (where, slot.name))
        if defaults:
            merged = {**cls._defaults, **defaults}
            cls._defaults = {name: value for name, value in merged.items() if value is not None}

    def _render_properties(self, scope: Scope) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, value in self._props.items():
            result[name] = value if value.__class__ in PLAIN else value._render(scope)
        return result

    def _shown_properties(self) -> str:
        by_name = type(self)._by_name
        return ", ".join(
            f"{by_name[name].python_name if name in by_name else name}={value!r}"
            for name, value in self._props.items()
        )

    def __setattr__(self, name: str, value: object) -> None:
        slot = type(self)._table.get(name)
        if slot is not None:
            slot.__set__(self, value)
        raise FrozenError(
            f"{self._label} is frozen, so {name!r} cannot be set; use evolve(), which gives a new one",
            origin=here(),
        )

    def __delattr__(self, name: str) -> None:
        raise FrozenError(f"{self._label} is frozen; use evolve({name}=None)", origin=here())

    def __dir__(self) -> list[str]:
        # Property types can be named from the class; among the properties of an instance they are in the way.
        nested: dict[str, Any] = type(self)._root._entry.get("definitions", {})
        return [name for name in super().__dir__() if name not in nested]

    if not TYPE_CHECKING:
        # Hidden from checkers, for which any name would exist.
        @_OnInstances
        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("__"):
                raise AttributeError(name)
            cls = type(self)
            names = [*cls._table, *cls._attribute_names]
            raise UnknownAttributeError(
                f"{cls._label} has no property or attribute {name!r}{did_you_mean(name, names)}",
                origin=here(),
            )


class PropertyType(Properties):
    """The base of all nested property types, such as ``ec2.Instance.Ebs``: they compare by structure."""

    __slots__ = ("_props",)

    def __init__(self, *, extra_properties: Any = None, **properties: Any) -> None:
        try:
            props, unknown = self._accept_properties(properties)
            if unknown:
                raise self._unknown(next(iter(unknown)))
            if extra_properties is not None:
                props.update(self._accept_extra(extra_properties))
            if not self._required <= props.keys():
                self._check_required(props, None)
        except PyformationError as error:
            raise error.with_traceback(None) from None
        _set_block(self, props)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls._entry:
            cls._take_defaults()
        elif cls.__dict__.get("__annotations__"):
            from .custom_types import complete_property_type

            complete_property_type(cls)

    def evolve(self, *, extra_properties: Any = None, **changes: Any) -> Self:
        """A copy with some properties changed; None removes one."""
        accepted, unknown = self._accept_properties(changes)
        if unknown:
            raise self._unknown(next(iter(unknown)))
        props = _merge(self, changes, accepted)
        if extra_properties is not None:
            props.update(self._accept_extra(extra_properties))
        return _remake(type(self), props)

    __replace__ = evolve

    _render = Properties._render_properties

    def _as_value(self) -> PropertyType:
        return self

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            # A mapping with CloudFormation's names says the same.
            return self._props == other if is_mapping(other) else NotImplemented
        return self._props == other._props

    def __hash__(self) -> int:
        return hash((self._label, frozenset(self._props.items())))

    if not TYPE_CHECKING:
        # A mapping that was given reads back as one, too; checkers know the attributes only.
        def __getitem__(self, name: str) -> Any:
            return self._props[name]

        def __contains__(self, name: object) -> bool:
            return name in self._props

        def __iter__(self) -> Iterator[str]:
            return iter(self._props)

        def __len__(self) -> int:
            return len(self._props)

        def __bool__(self) -> bool:
            return True

    def __repr__(self) -> str:
        return f"{_IN_REPR}{type(self).__qualname__}({self._shown_properties()})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_property_type, (_class_key(type(self)), self._props)


def _merge(old: Properties, changes: dict[str, Any], accepted: dict[str, Any]) -> dict[str, Any]:
    """The properties of `old` with `changes`, in their old order; None removes a property."""
    table = type(old)._table
    props = dict(old._props)
    for key, value in changes.items():
        name = table[key].name if key in table else type(old)._entry["tags"]["property"]
        if value is None:
            props.pop(name, None)
        else:
            props[name] = accepted[name]
    return props


def _remake(cls: type[B], props: dict[str, Any]) -> B:
    new = cls.__new__(cls)
    _set(new, "_props", props)
    return new


class Resource(Declared, Properties, Reference[str]):
    """The base of all resources: a value that means ``Ref``, compared by identity, frozen.

    Besides its properties, every resource takes the options `condition`, `depends_on`, `metadata`, `creation_policy`,
    `update_policy`, `deletion_policy`, `update_replace_policy`, `logical_id`, `prevent_replacement`,
    `prevent_deletion`, `suppress`, `inherit_tags`, `extra_properties` and `extra_attributes`; all of them can be read
    back.

    Subclass a resource to make a preset. Subclass `Resource` itself with ``type="Custom::Thing"`` and annotated
    fields to declare a user-defined type.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-product-attribute-reference.html
    """

    __slots__ = ("_props", "_options", "_lineage")
    _section = "Resources"
    _options: dict[str, Any]
    TYPE = ""

    if TYPE_CHECKING:
        # Options can be read back, and the body of a preset may give them; at run time, each is an _Option.
        condition: ConditionExpression | str | None
        depends_on: Resource | ResourcesIn | str | Sequence[Resource | ResourcesIn | str] | None
        creation_policy: CreationPolicy | Mapping[str, Any] | Expression[Any] | None
        update_policy: UpdatePolicy | Mapping[str, Any] | Expression[Any] | None
        deletion_policy: DeletionPolicy | Expression[str] | None
        update_replace_policy: UpdateReplacePolicy | Expression[str] | None
        metadata: Mapping[str, Any] | Expression[Any] | None
        logical_id: str | None
        prevent_replacement: bool | None
        prevent_deletion: bool | None
        suppress: Mapping[str, str] | None
        inherit_tags: bool | None

    def __init__(self, **properties: Any) -> None:
        frame: Any = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith(_HERE):
            frame = frame.f_back
        if type(self).__init__ is not Resource.__init__:
            # The resource was declared where the constructor of the preset was called.
            own = {getattr(base.__dict__.get("__init__"), "__code__", None) for base in type(self).__mro__}
            while frame is not None and frame.f_code in own:
                frame = frame.f_back
        _set_code(self, frame.f_code if frame is not None else None)
        _set_lasti(self, frame.f_lasti if frame is not None else 0)
        if not self.TYPE:
            raise InvalidValueError(
                "Resource itself is not a type; use a class of pyformation.aws, AnyResource(type, ...), or "
                'subclass it with type="Custom::Thing"',
                origin=here(),
            )
        try:
            props, rest = self._accept_properties(properties)
            options = self._default_options
            if rest is not None:
                options = dict(options)
                self._accept_options(rest, props, options)
            if not self._required <= props.keys():
                self._check_required(props, None)
        except PyformationError as error:
            # Users need no frames of our checks; the last frame that counts is their own.
            raise error.with_traceback(None) from None
        _set_props(self, props)
        _set_options(self, options)
        _set_logical_id(self, options.get("logical_id"))

    # The options that a preset's body gives.
    _default_options: ClassVar[dict[str, Any]] = {}

    @classmethod
    def _accept_options(cls, given: dict[str, Any], props: dict[str, Any], options: dict[str, Any]) -> None:
        for name, value in given.items():
            accept = _OPTIONS.get(name)
            if accept is None:
                raise cls._unknown(name)
            if value is None:
                options.pop(name, None)
                continue
            options[name] = accept(cls, value, ((None, cls._label), name))
            if name == "extra_properties":
                props.update(options.pop(name))

    def __init_subclass__(
        cls, *, type: str | None = None, replaces: Iterable[str] | None = None, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        if type is not None:
            from .custom_types import complete_resource_type

            complete_resource_type(cls, type, None if replaces is None else tuple(replaces))
        elif cls._entry:
            options = {name: value for name, value in _body_names(cls.__dict__) if name in _OPTIONS}
            for name in options:
                delattr(cls, name)
            cls._take_defaults()
            if options:
                merged = dict(cls._default_options)
                extra: dict[str, Any] = {}
                cls._accept_options(options, extra, merged)
                cls._default_options = merged
                cls._defaults = {**cls._defaults, **extra}

    # -- reading

    if TYPE_CHECKING:

        @property
        def get_att(self) -> GetAttributes: ...
    else:
        get_att = _GetAttributesOf()

    def evolve(self, **changes: Any) -> Self:
        """A new resource with some properties or options changed; None removes one.

        ``template["Id"] = template["Id"].evolve(...)`` replaces it in a template.
        """
        accepted, rest = self._accept_properties(changes)
        changed = {key: value for key, value in changes.items() if rest is None or key not in rest}
        props = _merge(self, changed, accepted)
        options = dict(self._options)
        if rest is not None:
            self._accept_options(rest, props, options)
        self._check_required(props, None)
        return _descend(self._copy(props, options), self)

    __replace__ = evolve

    def _copy(self, props: dict[str, Any], options: dict[str, Any]) -> Self:
        new = type(self).__new__(type(self))
        for name, value in (
            ("_code", self._code),
            ("_lasti", self._lasti),
            ("_props", props),
            ("_options", options),
            ("_logical_id", options.get("logical_id")),
        ):
            _set(new, name, value)
        return new

    def __copy__(self) -> Self:
        return _descend(self._copy(dict(self._props), dict(self._options)), self)

    # -- as a value

    def _as_value(self) -> Ref[Any]:
        return Ref._known(self)

    def _state(self) -> tuple[Any, ...]:
        return (id(self),)

    def _described(self) -> str:
        origin = self._origin()
        return self.TYPE if origin is None else f"{self.TYPE} (declared at {origin})"

    if not TYPE_CHECKING:
        __eq__ = Declared.__eq__
        __hash__ = Declared.__hash__
    # A resource is all three of its bases; the checker wants the methods of the first.
    __setattr__ = Properties.__setattr__  # pyright: ignore[reportAssignmentType]
    __delattr__ = Properties.__delattr__  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        shown_options = "".join(f", {name}={value!r}" for name, value in self._options.items())
        text = self._shown_properties() + shown_options
        return f"{_IN_REPR}{type(self).__qualname__}({text.removeprefix(', ')})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_resource, (_class_key(type(self)), self._props, self._options, self._origin())

    # -- rendering

    def _render(self, scope: Scope, tags: dict[str, Any] | None = None) -> Any:
        """The resource as plain data; `tags` are those of the stack."""
        result: dict[str, Any] = {"Type": self.TYPE}
        options = self._options
        if options:
            self._render_options(result, scope)
        props = self._render_properties(scope)
        if tags and options.get("inherit_tags", True):
            add_tags(self, props, tags, scope)
        if props:
            result["Properties"] = props
        return result

    def _render_options(self, result: dict[str, Any], scope: Scope) -> None:
        options = self._options
        for attribute in RESOURCE_ATTRIBUTES:
            value = options.get(attribute.keyword)
            if value is None:
                continue
            if attribute.type == "condition":
                result[attribute.key] = scope.use_condition(value)
            elif attribute.type == "references":
                names = names_of(value, scope)
                if names or isinstance(value, tuple):
                    result[attribute.key] = names if isinstance(value, tuple) or len(names) > 1 else names[0]
            else:
                rendered = result[attribute.key] = render(value, scope)
                # A dynamic reference is text.
                if (
                    attribute.functions_need_extensions
                    and isinstance(value, Expression)
                    and not isinstance(rendered, str)
                ):
                    scope.language_extensions.append(attribute.key)
        if "extra_attributes" in options:
            result.update(render(FrozenDict(options["extra_attributes"]), scope))

    # -- checking again

    def _doubts(self) -> list[str]:
        """The warnings of construction, repeated for --strict."""
        return doubts_of(lambda: _check_again(self))[1]


class _Lineage:
    """Identifies the resource that another one was made from, without keeping it alive."""

    __slots__ = ("parent",)

    def __init__(self, parent: _Lineage | None) -> None:
        self.parent = parent


_lineage: Any = Resource.__dict__["_lineage"]  # The slot itself: unset until a resource is evolved.


def _lineage_of(resource: Resource) -> _Lineage | None:
    try:
        return _lineage.__get__(resource)  # type: ignore[no-any-return]
    except AttributeError:
        return None


def _descend(new: R, old: Resource) -> R:
    """Remember that one resource is a changed copy of another."""
    parent = _lineage_of(old)
    if parent is None:
        parent = _Lineage(None)
        _lineage.__set__(old, parent)
    _lineage.__set__(new, _Lineage(parent))
    return new


def is_evolved(new: object, old: object) -> bool:
    """Whether a resource was made from another one by `Resource.evolve` or a copy, in any number of steps."""
    if not (isinstance(new, Resource) and isinstance(old, Resource)):
        return False
    origin, step = _lineage_of(old), _lineage_of(new)
    while step is not None and step is not origin:
        step = step.parent
    return step is not None


def _check_again(checked: Properties, of: Where | None = None) -> None:
    by_name = type(checked)._by_name
    for name, value in checked._props.items():
        slot = by_name.get(name)
        where: Where = (of, name) if slot is None or of is not None else slot.place
        if slot is not None:
            slot.accept(value, where)
        _doubts_below(value, where)


def _doubts_below(value: Any, where: Where) -> None:
    """Check the property types inside a value again, for the notices that they gave when they were created."""
    if isinstance(value, PropertyType):
        _check_again(value, where)
    elif isinstance(value, FrozenList):
        for i, item in enumerate(value):
            _doubts_below(item, (where, i))
    elif isinstance(value, FrozenDict):
        for key, item in value.items():
            _doubts_below(item, (where, key))
    elif isinstance(value, If):
        _doubts_below(value.then, where)
        _doubts_below(value.otherwise, where)


# Setting the slots directly is a third faster than object.__setattr__, which every resource would call five times.
_set_code: Any = Declared.__dict__["_code"].__set__
_set_lasti: Any = Declared.__dict__["_lasti"].__set__
_set_logical_id: Any = Declared.__dict__["_logical_id"].__set__
_new_object: Any = object.__new__
_set_block: Any = PropertyType.__dict__["_props"].__set__
_set_props: Any = Resource.__dict__["_props"].__set__
_set_options: Any = Resource.__dict__["_options"].__set__


def _each(given: Any) -> tuple[Any, ...]:
    return given if isinstance(given, tuple) else (given,)  # pyright: ignore[reportUnknownVariableType]


def names_of(targets: Any, scope: Scope) -> list[str]:
    """The logical IDs for the value of `depends_on`; a component means all resources in it."""
    names: list[str] = []
    for target in _each(targets):
        if isinstance(target, str):
            names.append(target)
        elif isinstance(target, Resource):
            names.append(scope.name(target))
        else:
            names += [scope.name(each) for each in target._resources_in()]
    for name in names:
        scope.refer("DependsOn", name)
    return names


# ---------------------------------------------------------------------------------------------
# Options


def _accept_condition(_cls: type[Resource], value: Any, where: Where) -> Any:
    return as_condition(value, where)


def accept_depends_on(_cls: type[Any], value: Any, where: Where) -> Any:
    """The value that `depends_on` keeps: a resource, a component, a logical ID, or a tuple of these."""

    def one(target: Any, place: Where) -> Any:
        if isinstance(target, Resource) or hasattr(target, "_resources_in"):
            return target
        if isinstance(target, str):
            return plain_text(target, place, "depends_on")
        raise bad_value(place, f"expected a resource, a component or a logical ID, found {shown(target)}")

    if is_sequence(value):
        return tuple(one(target, (where, i)) for i, target in enumerate(value))
    return one(value, where)


def _accept_lifted(_cls: type[Resource], value: Any, where: Where) -> Any:
    lifted = lift(value, where)
    if not is_mapping(lifted) and not isinstance(lifted, Expression):
        raise bad_value(where, f"expected a mapping, found {shown(value)}")
    return lifted  # pyright: ignore[reportUnknownVariableType]


def _accept_flag(_cls: type[Resource], value: Any, where: Where) -> Any:
    if type(value) is not bool:
        raise bad_value(where, f"expected True or False, found {shown(value)}")
    return value


def _accept_suppress(_cls: type[Resource], value: Any, where: Where) -> Any:
    return reasons(value, where)


def _accept_logical_id(_cls: type[Resource], value: Any, where: Where) -> Any:
    text = plain_text(value, where, "logical_id")
    problem = logical_id_problem(text)
    if problem is not None:
        raise LogicalIdError(f"the logical ID {text!r} {problem}", origin=here())
    return text


def _choice(choices: tuple[str, ...]) -> Callable[[type[Resource], Any, Where], Any]:
    def accept(cls: type[Resource], value: Any, where: Where) -> Any:
        text = lift_text(str.__str__(value), where) if isinstance(value, str) else value
        expected = f"one of {', '.join(map(repr, choices))}"
        if not isinstance(text, str):
            # AWS::LanguageExtensions allows functions here.
            return _computed(text, where, expected, lambda branch, place: accept(cls, branch, place or where))
        if text not in choices:
            raise bad_value(where, f"expected {expected}, found {text!r}{did_you_mean(text, choices)}")
        if text == "Snapshot" and cls._entry.get("properties") and not cls._entry.get("snapshot"):
            notice(where, f"{cls.TYPE} takes no snapshot; CloudFormation would delete it instead")
        return text

    return accept


def _policy(policy: type[PropertyType]) -> Callable[[type[Resource], Any, Where], Any]:
    expected = f"{policy.__name__} or a mapping"

    def accept(cls: type[Resource], value: Any, where: Where) -> Any:
        if isinstance(value, policy):
            return value
        if is_mapping(value) and not is_function(value):
            return policy._accept_mapping(value, where)
        return _computed(value, where, expected, lambda branch, place: accept(cls, branch, place or where))

    return accept


def _accept_extra_properties(cls: type[Resource], value: Any, _where: Where) -> Any:
    return cls._accept_extra(value)


if not TYPE_CHECKING:
    # Checkers see their properties in a stub, like those of other generated classes.

    class CreationPolicy(PropertyType):
        """How long CloudFormation waits for a new resource, and for what.

        ``CreationPolicy(resource_signal=CreationPolicy.ResourceSignal(count=1, timeout="PT15M"))``
        """

        __slots__ = ()

    class UpdatePolicy(PropertyType):
        """How CloudFormation updates an Auto Scaling group, a Lambda alias, a search domain or a fleet.

        It can cause a replacement: an Auto Scaling group with ``AutoScalingReplacingUpdate`` is replaced.
        """

        __slots__ = ()


_POLICIES: dict[str, type[PropertyType]] = {"CreationPolicy": CreationPolicy, "UpdatePolicy": UpdatePolicy}


def policy_class(key: str) -> type[PropertyType] | None:
    """The property type of a resource attribute such as ``UpdatePolicy``, if it is one."""
    return _POLICIES.get(key)


def _accept_attribute(attribute: ResourceAttribute) -> Callable[[type[Resource], Any, Where], Any]:
    """The check of a resource attribute, by its type."""
    if attribute.type == "choice":
        return _choice(attribute.choices)
    policy = _POLICIES.get(attribute.type)
    if policy is not None:
        return _policy(policy)
    return {"condition": _accept_condition, "references": accept_depends_on, "json": _accept_lifted}[
        attribute.type
    ]


_OPTIONS: dict[str, Any] = {
    **{attribute.keyword: _accept_attribute(attribute) for attribute in RESOURCE_ATTRIBUTES},
    "logical_id": _accept_logical_id,
    "prevent_replacement": _accept_flag,
    "prevent_deletion": _accept_flag,
    "suppress": _accept_suppress,
    "inherit_tags": _accept_flag,
    "extra_properties": _accept_extra_properties,
    "extra_attributes": _accept_lifted,
}


class _Option:
    """Reads an option back, or None."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        option = OPTIONS[self.name]
        return f"{option.name}: {option.sentence}"

    def __get__(self, instance: Resource | None, _owner: type) -> Any:
        return self if instance is None else instance._options.get(self.name)

    def __set__(self, instance: Resource, _value: object) -> None:
        raise FrozenError(f"{instance._label} is frozen; use evolve({self.name}=...)", origin=here())


for _name in _OPTIONS:
    if not _name.startswith("extra_"):
        setattr(Resource, _name, _Option(_name))


# ---------------------------------------------------------------------------------------------
# Tags


def _or_mapping_of_tags(check: Check, facts: Facts) -> Check:
    """`check`, or a mapping of tags for a list of them: ``tags={"team": "shop"}``."""

    def accept(value: Any, where: Where | None) -> Any:
        if isinstance(value, If):
            return _computed(value, where, "", accept)
        if is_mapping(value) and not is_function(value):
            value = _tag_list(value, facts, where)
        elif not is_mapping(value) and hasattr(value, "keys") and hasattr(value, "items"):
            value = _tag_list(dict(value.items()), facts, where)
        return check(value, where)

    return accept


def _tag_list(given: dict[Any, Any], facts: Facts, where: Where | None) -> list[dict[str, Any]]:
    """A mapping of tags as a list, in the words of the type."""
    key_name, value_name = facts.get("key", "Key"), facts.get("value", "Value")
    if {key_name, value_name} <= given.keys():
        raise bad_value(
            where, f"expected a list of tags, or a mapping like {{'name': 'value'}}, found {shown(given)}"
        )
    return [{key_name: key, value_name: value, **facts.get("extra", {})} for key, value in given.items()]


def add_tags(resource: Resource, props: dict[str, Any], tags: dict[str, Any], scope: Scope) -> None:
    """Add the tags of a stack to rendered properties, in the form that the type expects.

    The resource's own tags override those of the stack. Types without tags stay as they are.
    """
    facts = type(resource)._entry.get("tags")
    if not facts:
        return
    name, shape = facts["property"], facts["shape"]
    own = props.get(name)
    rendered = {key: render(value, scope) for key, value in tags.items()}
    if shape == "map":
        if own is None or (isinstance(own, dict) and not is_function(own)):
            props[name] = {**(own or {}), **{k: v for k, v in rendered.items() if k not in (own or {})}}
        return
    if not (own is None or isinstance(own, list)):
        return
    if shape == "specifications":
        # A launch template or similar: tags for each kind of resource.
        kind = facts["resource_type"]
        given: list[Any] = [*(own or ())]
        for i, item in enumerate(given):
            if is_mapping(item):
                if item.get("ResourceType") == kind:
                    inner = item.get("Tags", [])
                    if is_list(inner):
                        given[i] = {**item, "Tags": _with_tags(inner, rendered, {})}
                    break
        else:
            given.append({"ResourceType": kind, "Tags": _with_tags([], rendered, {})})
        props[name] = given
    elif found := _with_tags(own or [], rendered, facts):
        props[name] = found


def _with_tags(own: Any, tags: dict[str, Any], facts: Facts) -> list[Any]:
    """A list of tags, followed by those of the stack whose keys are free."""
    key_name, value_name = facts.get("key", "Key"), facts.get("value", "Value")
    mappings: list[dict[str, Any]] = [item for item in own if isinstance(item, dict)]
    taken = {item.get(key_name) for item in mappings}
    added = [
        {key_name: key, value_name: value, **facts.get("extra", {})}
        for key, value in tags.items()
        if key not in taken
    ]
    return [*own, *added]


# ---------------------------------------------------------------------------------------------
# The factory


def python_name(name: str, of_resource: bool = True) -> str:
    """The keyword of a property: snake_case, with an underscore if an option has that name.

    Property types have no options except ``extra_properties``, so the ``Condition`` of an IAM statement is
    ``condition``.
    """
    text = snake_case(name)
    options = _OPTIONS if of_resource else ("extra_properties",)
    return text + "_" if text in options or text in ("get_att", "evolve") else text


def _generate(base: type[P], name: str, qualname: str, module: str) -> type[P]:
    """An empty subclass of `base` that can be pickled and documented under its name in a module."""
    namespace = {
        "__slots__": (),
        "__module__": module,
        "__qualname__": qualname,
        "__doc__": _OnClass(_documentation),
        "_generated": True,
    }
    return type(name, (base,), namespace)  # pyright: ignore[reportReturnType]


def fill_class(cls: type[Properties], entry: Facts, label: str, root: type[Properties] | None = None) -> None:
    """Give a class the properties, attributes and property types of a catalog entry."""
    cls._entry = entry
    cls._label = label
    cls._root = root or cls
    table: dict[str, Property] = {}
    by_name: dict[str, Property] = {}
    required: list[str] = []
    place: Where = (None, label)
    for name, facts in entry["properties"].items():
        keyword = python_name(name, issubclass(cls, Resource))
        table[keyword] = by_name[name] = slot = Property(name, keyword, facts, cls, place)
        setattr(cls, keyword, slot)
        if "required" in facts and "read_only" not in facts:
            required.append(name)
    cls._table, cls._by_name, cls._required = table, by_name, frozenset(required)
    cls._property_types = {}
    for name in entry.get("definitions", ()):
        setattr(cls, name, _NestedType(name))
    cls._attribute_names = {snake_case(name): name for name in entry.get("attributes", {})}
    for name, facts in entry.get("attributes", {}).items():
        keyword = python_name(name)
        if keyword not in table:
            setattr(cls, keyword, Attribute(name, facts))


for _name, _class in _POLICIES.items():
    fill_class(_class, POLICIES[_name], _name)


def make_resource_class(type_name: str, class_name: str, module: str) -> type[Resource]:
    """The class of a resource type of the catalog."""
    cls = _generate(Resource, class_name, class_name, module)
    cls.TYPE = type_name
    fill_class(cls, catalog.entry(type_name), type_name)
    return cls


# The namespaces of the types that have a module in pyformation.aws; registered types have none.
_SHIPPED = ("AWS", "AMZN", "Alexa")
_classes: dict[str, tuple[Facts, type[Resource]]] = {}


def resource_class(type_name: str) -> type[Resource]:
    """The class of a resource type by CloudFormation's name: ``resource_class("AWS::S3::Bucket")``.

    Includes types that were registered at run time. Raises `CatalogError` for an unknown type; `AnyResource` needs no
    catalog.
    """
    entry = catalog.entry(type_name)
    known = _classes.get(type_name)
    if known is not None and known[0] is entry:
        return known[1]
    parts = type_name.split("::")
    if parts[0] in _SHIPPED:
        module = f"pyformation.aws.{module_name(type_name)}"
    else:
        module = "pyformation.resource"
    cls = make_resource_class(type_name, parts[-1], module)
    _classes[type_name] = (entry, cls)
    return cls


class ServiceModule(ModuleType):
    """A service module: it lists its types, but shows the classes only when they are named.

    help() of a module describes every class in it, which would be forty thousand lines for EC2.
    """

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        from .catalog._words import describe_service

        types = catalog.service(self.__name__.rpartition(".")[2])
        return describe_service([catalog.resource_type(name) for name in types])

    @property
    def __all__(self) -> list[str]:
        by_hand: list[str] = self.__dict__["_by_hand"]
        return by_hand


def service(
    name: str, module: str, helpers: str = "", helper_names: str = ""
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a service module: classes by name, created on first use.

    `helpers` is the module with the hand-written `helper_names`.
    """
    by_hand = helper_names.split()

    def types() -> list[str]:
        return [type_name.split("::")[-1] for type_name in catalog.service(name)]

    def get(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {attribute!r}")
        found: Any
        if attribute in by_hand:
            path = f"{module.rpartition('.')[0]}.{helpers}"
            __import__(path)
            found = getattr(sys.modules[path], attribute)
        else:
            type_name = catalog.type_named(name, attribute)
            if type_name is None:
                hint = did_you_mean(attribute, [*types(), *by_hand])
                raise unknown_import(module, attribute, hint) or UnknownAttributeError(
                    f"{module} has no resource type {attribute!r}{hint}", origin=here()
                )
            found = resource_class(type_name)
        vars(sys.modules[module])[attribute] = found
        return found

    def names() -> list[str]:
        public = (name for name in vars(sys.modules[module]) if not name.startswith("_"))
        return sorted({*types(), *by_hand, *public})

    itself = sys.modules.get(module)
    if itself is not None:
        itself.__class__ = ServiceModule
        vars(itself)["_by_hand"] = by_hand
    return get, names


def services(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of pyformation.aws: its modules, imported when they are named."""

    def get(attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(f"module {package!r} has no attribute {attribute!r}")
        try:
            __import__(f"{package}.{attribute}")
        except ModuleNotFoundError:
            hint = did_you_mean(attribute, catalog.modules())
            raise unknown_import(package, attribute, hint) or UnknownAttributeError(
                f"{package} has no module {attribute!r}{hint}", origin=here()
            ) from None
        return sys.modules[f"{package}.{attribute}"]

    return get, lambda: list(catalog.modules())


class AnyResource(Resource):
    """A resource of any type, in the catalog or not, with its properties as plain data.

    ``AnyResource("Custom::Thing", {"ServiceToken": function.arn, "Size": 3})`` is the escape hatch for types that AWS
    published yesterday, modules and custom resources. Nothing is checked.
    """

    __slots__ = ("TYPE",)
    TYPE: str  # type: ignore[misc]

    def __init__(self, type: str, properties: dict[str, Any] | None = None, **options: Any) -> None:
        frame = users_frame()
        _set(self, "_code", frame.f_code if frame is not None else None)
        _set(self, "_lasti", frame.f_lasti if frame is not None else 0)
        where: Where = (None, "AnyResource")
        _set(self, "TYPE", plain_text(type, where, "the type of a resource"))
        if properties is not None and not isinstance(properties, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_value((where, "properties"), f"expected a mapping, found {shown(properties)}")
        props: dict[str, Any] = {}
        for name, value in (properties or {}).items():
            props[key_text(name, where)] = lift(value, (where, name))
        accepted: dict[str, Any] = {}
        self._accept_options(options, props, accepted)
        _set(self, "_props", props)
        _set(self, "_options", accepted)
        _set(self, "_logical_id", accepted.get("logical_id"))

    @property
    def properties(self) -> dict[str, Any]:
        """The properties by CloudFormation's names."""
        return FrozenDict(self._props)

    def _copy(self, props: dict[str, Any], options: dict[str, Any]) -> Self:
        new = super()._copy(props, options)
        _set(new, "TYPE", self.TYPE)
        return new

    def evolve(self, *, properties: dict[str, Any] | None = None, **options: Any) -> Self:
        """A new resource with all properties, or some options, changed."""
        props = dict(self._props)
        if properties is not None:
            props = dict(lift(properties, (None, self.TYPE)))
        accepted = dict(self._options)
        self._accept_options(options, props, accepted)
        return _descend(self._copy(props, accepted), self)

    def __repr__(self) -> str:
        return f"{_IN_REPR}AnyResource({self.TYPE!r}, {self._props!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_any, (self.TYPE, self._props, self._options, self._origin())


AnyResource._label = "AnyResource"


# ---------------------------------------------------------------------------------------------
# Pickling: generated classes by the name of their type, others by themselves


def _class_key(cls: type[Properties]) -> Any:
    """The key to find a class again: the class itself, or for generated ones the names of the type and the property
    type."""
    if not cls.__dict__.get("_generated"):
        return cls
    root = cls._root
    nested = cls.__name__ if root is not cls else ""
    return (root.TYPE if root.__dict__.get("_generated") else root), nested


def _class_of(key: type[Any] | tuple[Any, str]) -> Any:
    if not isinstance(key, tuple):
        return key
    root, nested = key
    cls: Any = resource_class(root) if isinstance(root, str) else root
    return cls._property_type(nested) if nested else cls


def _rebuild_property_type(key: Any, props: dict[str, Any]) -> PropertyType:
    cls: type[PropertyType] = _class_of(key)
    return _remake(cls, props)


def _rebuild_resource(
    key: Any, props: dict[str, Any], options: dict[str, Any], origin: Origin | None
) -> Resource:
    cls = _class_of(key)
    new: Resource = object.__new__(cls)
    for name, value in (
        ("_code", origin),
        ("_lasti", 0),
        ("_props", props),
        ("_options", options),
        ("_logical_id", options.get("logical_id")),
    ):
        _set(new, name, value)
    return new


def _rebuild_any(
    type_name: str, props: dict[str, Any], options: dict[str, Any], origin: Origin | None
) -> Resource:
    new = _rebuild_resource(AnyResource, props, options, origin)
    _set(new, "TYPE", type_name)
    return new
