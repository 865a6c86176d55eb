"""User-defined types: a class with annotated fields becomes a custom or private resource type.

`resource` imports this late: only classes with annotated fields need it, and it builds on `resource` itself.

The fields are turned into the same kind of schema that AWS publishes, and registered in the catalog,
so that everything else (checks, help, the diff) treats the type like any other.
"""

from __future__ import annotations

import sys

from . import catalog
from .errors import InvalidValueError, did_you_mean, here, shown, users_frame
from .names import pascal_case, snake_case
from .resource import Attribute, PropertyType, Resource, fill_class
from .values import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}


class _Attribute:
    __slots__ = ("name",)

    def __init__(self, name: str | None) -> None:
        self.name = name


class _Field:
    __slots__ = ("default", "name", "required")

    def __init__(self, name: str | None = None, default: Any = None, required: bool | None = None) -> None:
        self.name = name
        self.default = default
        self.required = required


# Functions that give Any, so that checkers let them stand for a value of the field's own type.
def attribute(name: str | None = None) -> Any:
    """The value of a field that is an attribute (``Fn::GetAtt``), not a property.

    ``answer: Expression[str] = attribute()``, or ``attribute("Answer.Value")`` where CloudFormation's
    name does not follow from Python's.
    """
    return _Attribute(name)


def field(name: str | None = None, *, default: Any = None, required: bool | None = None) -> Any:
    """The value of a field whose CloudFormation name does not follow from its Python name, or that has a
    default: ``vpc_id: Value[str] = field("VPCId")``. Fields without a default are required."""
    return _Field(name, default, required)


def _annotations(cls: type[Any]) -> dict[str, Any]:
    """The annotated fields with their types; annotations that are text are evaluated where they stand."""
    frame = users_frame()
    around = {**frame.f_globals, **frame.f_locals} if frame else {}
    namespace = {**vars(sys.modules["builtins"]), **around, **vars(cls)}
    found: dict[str, Any] = {}
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():
        if name.startswith("_"):
            continue
        while isinstance(annotation, str):
            try:
                annotation = eval(annotation, namespace)  # The user's own source, as typing does it.
            except NameError:
                annotation = object
        found[name] = annotation
    return found


def _type_of(annotation: Any, property_types: dict[str, Any]) -> str:
    """A field's type in the catalog's words; what says nothing (Any, object) allows everything."""
    annotation = getattr(annotation, "item", annotation)  # Value[T]
    origin = getattr(annotation, "__origin__", annotation)
    arguments: Any = getattr(annotation, "__args__", ())
    name = getattr(origin, "__name__", "")
    is_union = type(annotation).__name__ in ("Union", "UnionType", "_UnionGenericAlias")
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        if annotation in _SCALARS:
            return _SCALARS[annotation]
        if issubclass(annotation, PropertyType):
            property_types[annotation.__name__] = annotation
            return annotation.__name__
    if name in ("list", "tuple", "Sequence"):
        return f"[{_type_of(arguments[0], property_types) if arguments else 'any'}]"
    if name in ("dict", "Mapping"):
        inner = _type_of(arguments[1], property_types) if len(arguments) > 1 else "any"
        return "json" if inner == "any" else f"{{{inner}}}"
    if is_union:
        members = [a for a in arguments if a is not type(None) and not _is_expression(a)]
        return "|".join(dict.fromkeys(_type_of(member, property_types) for member in members))
    return "any"


def _is_expression(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Expression)


def complete_property_type(cls: type[PropertyType]) -> None:
    """Make a property type of a class with annotated fields."""
    fields = _Fields(cls)
    fields.fill(cls, cls.__name__, fields.entry(None))


def complete_resource_type(cls: type[Resource], type_name: str, replaces: tuple[str, ...] | None) -> None:
    """Make a resource type of a class with annotated fields, and tell the catalog about it."""
    if "::" not in type_name or type_name.startswith("AWS::"):
        raise InvalidValueError(
            f"expected a type such as 'Custom::Thing' or 'My::Team::Thing', found {shown(type_name)}",
            path=f"{cls.__name__}.type",
            origin=here(),
        )
    attributes: dict[str, str] = {}
    for name, value in list(vars(cls).items()):
        if isinstance(value, _Attribute):
            attributes[name] = value.name or pascal_case(name)
            delattr(cls, name)
    fields = _Fields(cls, attributes)
    for name in replaces or ():
        if name not in fields.names:
            raise InvalidValueError(
                f"replaces names the unknown field {name!r}{did_you_mean(name, fields.names)}",
                path=type_name,
                origin=here(),
            )
    entry = fields.entry(replaces)
    # What a declared type inherits from another one is its own.
    for key in ("properties", "definitions"):
        entry[key] = {**cls._entry.get(key, {}), **entry[key]}
    if attributes or "attributes" in cls._entry:
        entry["attributes"] = {
            **cls._entry.get("attributes", {}),
            **{name: {} for name in attributes.values()},
        }
    if type_name.startswith("Custom::"):
        entry["any_attribute"] = ""
        token = {"required": True, "update": "Conditionally", "update_not_supported": True}
        entry["properties"] = {"ServiceToken": token, **entry["properties"]}
    cls.TYPE = type_name
    fields.fill(cls, type_name, entry)
    for python, name in attributes.items():
        setattr(cls, python, Attribute(name))
    catalog.declare(type_name, entry)


class _Fields:
    """The annotated fields of a class body, taken off the class."""

    def __init__(self, cls: type[Any], attributes: Iterable[str] = ()) -> None:
        self.names: dict[str, str] = {}
        self.facts: dict[str, dict[str, Any]] = {}
        self.defaults: dict[str, Any] = {}
        self.property_types: dict[str, Any] = {}
        annotations = _annotations(cls)
        for python, annotation in annotations.items():
            if python in attributes:
                continue
            value = cls.__dict__.get(python, ...)
            own = value if isinstance(value, _Field) else _Field(default=None if value is ... else value)
            name = own.name or pascal_case(python)
            if snake_case(name) != python:
                other = "" if own.name else ", or name the property with field(...)"
                raise InvalidValueError(
                    f"the field {python!r} stands for {name!r}, which is written {snake_case(name)!r} in "
                    f"Python; rename it{other}",
                    path=cls.__name__,
                    origin=here(),
                )
            facts: dict[str, Any] = {"type": _type_of(annotation, self.property_types)}
            required = own.required
            if required is None:
                required = own.default is None and (value is ... or isinstance(value, _Field))
            if required:
                facts["required"] = True
            if own.default is not None:
                self.defaults[python] = own.default
            self.names[python], self.facts[name] = name, facts
            if value is not ...:
                delattr(cls, python)
        for python, value in list(vars(cls).items()):
            # A value without an annotation is almost always a field whose annotation was forgotten.
            if not python.startswith("_") and not callable(value) and not hasattr(value, "__get__"):
                raise InvalidValueError(
                    f"{python!r} has a value but no annotation; write {python}: Value[...] = ...",
                    path=cls.__name__,
                    origin=here(),
                )

    def entry(self, replaces: tuple[str, ...] | None) -> dict[str, Any]:
        """The catalog entry. What is not said to replace is unknown, unless something is said at all."""
        for python, name in self.names.items():
            if replaces is None:
                self.facts[name]["update"] = "Conditionally"
            elif python in replaces:
                self.facts[name]["update"] = "Always"
        definitions = {
            name: {own: slot.facts for own, slot in found._by_name.items()}
            for name, found in self.property_types.items()
        }
        return {"properties": self.facts, "definitions": definitions}

    def fill(self, cls: type[Any], label: str, entry: dict[str, Any]) -> None:
        inherited = cls._property_types
        fill_class(cls, entry, label)
        cls._property_types = {**inherited, **self.property_types}
        for python, value in self.defaults.items():
            slot = cls._table[python]
            where = ((None, label), slot.name)
            cls._defaults = {**cls._defaults, slot.name: slot.accept(value, where)}
