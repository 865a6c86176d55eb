"""The stacks and templates of a loaded module, by name: those at its top level, and those in its lists, dictionaries
and objects.

``nets = [Net()]`` has ``nets0``, ``apps = {"eu": App()}`` has ``apps_eu``, and an object ``prod`` with the attribute
``network`` has ``prod_network``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence, Set, ValuesView
from types import (
    BuiltinFunctionType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)

from ..errors import SourceError, is_library
from ..names import item_name
from ..stack import Stack
from ..template import Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    # A value, the name that a stack there has, and the expression that leads to it.
    Place: TypeAlias = tuple[str, str, Any]
else:
    Any = object

# Untyped, as a checker would take their items for unknown.
_NAMELESS: Any = (Set, ValuesView, dict)  # The keys of a dictionary have no names, either.
_LISTS: Any = (list, tuple)
_SEQUENCE: Any = Sequence
_DICT: Any = dict
_MAPPING: Any = Mapping
_LEAVES = (str, bytes, bytearray, range, ModuleType, FunctionType, BuiltinFunctionType, MethodType)


def stacks_of(module: ModuleType, label: str) -> dict[str, Any]:
    """The instances of stacks and templates by name; if there are none, the classes of stacks.

    Raises `SourceError` for stacks that have no name, or two that have the same.
    """
    public = {key: value for key, value in vars(module).items() if not key.startswith("_")}
    classes = {
        key: value
        for key, value in public.items()
        if _is_class(value) and value.__module__ == module.__name__
    }
    return _named(public, label, _is_instance) or classes or _named(public, label, _is_class)


def names_below(module: ModuleType, label: str, name: str) -> list[str]:
    """The names of the stacks in the list, dictionary or object with that name."""
    names = {id(value): key for key, value in stacks_of(module, label).items()}
    inside = _walk({name: getattr(module, name, None)})
    return list(dict.fromkeys(names[id(value)] for _, _, value in inside if id(value) in names))


def takes_no_arguments(cls: type[Any]) -> bool:
    """Whether a class can be instantiated without arguments."""
    import inspect

    try:
        inspect.signature(cls.__init__).bind(None)
    except TypeError:
        return False
    return True


def _is_instance(value: object) -> bool:
    return isinstance(value, (Stack, Template))


def _is_class(value: object) -> bool:
    return (
        isinstance(value, type) and issubclass(value, Stack) and _is_own(value) and takes_no_arguments(value)
    )


def _named(public: dict[str, Any], label: str, wanted: Callable[[object], bool]) -> dict[str, Any]:
    """What is wanted, by name, in the order of the module; a name at the top level wins over one below."""
    names: dict[int, str] = {}
    for key, value in public.items():
        if wanted(value):
            names.setdefault(id(value), key)
    found: dict[str, Any] = {}
    places: dict[str, str] = {}
    nameless: list[tuple[str, Any]] = []
    for name, place, value in _walk(public):
        if isinstance(value, _NAMELESS):
            nameless += [(place, item) for item in value if wanted(item)]
        elif wanted(value) and names.setdefault(id(value), name) == name:
            if found.setdefault(name, value) is not value:
                raise SourceError(
                    f"{label}: {places[name]} and {place} would both be named {name!r}; rename one of them"
                )
            places.setdefault(name, place)
    for place, item in nameless:
        if id(item) not in names:
            kind = type(item).__name__ if _is_instance(item) else item.__name__
            raise SourceError(
                f"{label}: the stack {kind} in {place} has no name there; put it into a list or a dictionary, or assign "
                "it to a name of its own"
            )
    return found


def _walk(values: dict[str, Any]) -> Iterator[Place]:
    """Every value and what is in it, in order; what holds itself is looked into once."""
    seen: set[int] = set()
    waiting: list[Iterator[Place]] = [iter([(name, name, value) for name, value in values.items()])]
    while waiting:
        for name, place, value in waiting[-1]:
            yield name, place, value
            below = _inside(name, place, value)
            if below is not None and id(value) not in seen:
                seen.add(id(value))
                waiting.append(below)
                break
        else:
            waiting.pop()


def _inside(name: str, place: str, value: Any) -> Iterator[Place] | None:
    """The items of a list or dictionary, the attributes of an object; None for all else."""
    if value is None or isinstance(value, (int, float, complex, *_LEAVES)):
        return None
    kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType]
    if hasattr(kind, "_fields") and issubclass(kind, _LISTS):
        return ((item_name(name, key), f"{place}.{key}", getattr(value, key)) for key in value._fields)
    if issubclass(kind, _LISTS) or (issubclass(kind, _SEQUENCE) and _is_plain(kind)):
        return ((f"{name}{i}", f"{place}[{i}]", item) for i, item in enumerate(value))
    if issubclass(kind, _DICT) or (issubclass(kind, _MAPPING) and _is_plain(kind)):
        return ((item_name(name, key), f"{place}[{key!r}]", item) for key, item in value.items())
    if isinstance(value, type):
        # The body of a stack is the template's; a plain class may group stacks.
        cls: type[Any] = value
        if issubclass(cls, (Stack, Template)) or not _is_own(cls):
            return None
        return _attributes(name, place, cls)
    if isinstance(value, SimpleNamespace) or _is_own(kind):
        return _attributes(name, place, value)
    return None


def _attributes(name: str, place: str, value: Any) -> Iterator[Place]:
    """The public attributes of an object and of its own classes; nothing that would have to be computed."""
    classes = (value,) if isinstance(value, type) else type(value).__mro__
    found: dict[str, Any] = {}
    for cls in reversed([cls for cls in classes if _is_own(cls)]):
        for key, item in vars(cls).items():
            if not isinstance(item, MemberDescriptorType):
                found[key] = item
            elif not isinstance(value, type):
                try:
                    found[key] = item.__get__(value)
                except AttributeError:
                    continue  # A slot that was never assigned.
    if not isinstance(value, type):
        found.update(getattr(value, "__dict__", {}))
    return (
        (item_name(name, key), f"{place}.{key}", item)
        for key, item in found.items()
        if not key.startswith("_")
    )


def _is_plain(kind: type[Any]) -> bool:
    """Whether iterating over a collection of that class does nothing but that."""
    return _is_own(kind) or kind.__module__ in ("collections", "types", "builtins")


def _is_own(cls: type[Any]) -> bool:
    """Whether a class is neither of Python nor of pyformation: a program's, or a library's."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return (
        file is not None
        and not is_library(file, packages=False)
        and not cls.__module__.startswith("pyformation.")
    )
