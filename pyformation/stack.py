"""The declarative front: classes whose attributes become the elements of a template.

A stack collects elements from its class body and from ``self`` and names them after their
attributes; a component is a group of elements with a prefix. Neither renders anything itself.
"""

from __future__ import annotations

import sys
from abc import ABCMeta
from functools import wraps

from .elements import Declared, ForEach
from .errors import (
    InvalidValueError,
    Origin,
    TemplateError,
    did_you_mean,
    here,
    origin_of,
    users_frame,
)
from .names import item_name, logical_id_problem, pascal_case
from .plain import is_mapping, is_sequence
from .programs import run_main
from .resource import Resource, accept_depends_on, is_evolved
from .template import Template, checked_moves, checked_tags, section_of
from .values import (
    ConditionExpression,
    Owner,
    Scope,
    _put,
    as_condition,
    bad_value,
    both_conditions,
    plain_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar, NoReturn, TypedDict, Unpack

    from .values import Where

    _GroupType = type
else:
    Any = object

    class _GroupType(ABCMeta):
        """The metaclass of stacks and components: notices what a class body or an ``__init__`` loses.

        It is one of abstract classes, so that ``class Base(Component, ABC)`` is possible, and hidden from checkers.
        """

        # As for any class; those of abstract classes are slower.
        __instancecheck__ = type.__instancecheck__
        __subclasscheck__ = type.__subclasscheck__

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            """Make an instance. A component takes its keywords even where its own ``__init__`` passes none on."""
            mine = cls._keywords_of_ours(kwargs) if kwargs else ()
            options = {name: kwargs.pop(name) for name in mine}
            group = super().__call__(*args, **kwargs)
            if options:
                _Group.__init__(group, **options)
            return group

        @classmethod
        def __prepare__(cls, _name: str, _bases: tuple[type, ...], **_options: Any) -> _Namespace:
            return _Namespace()

        def __new__(
            cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
        ) -> Any:
            if "__module__" not in namespace:  # By ``type("Shop", (Stack,), {...})``.
                frame = users_frame()
                namespace = {**namespace, "__module__": frame.f_globals.get("__name__") if frame else None}
            if namespace["__module__"] != __name__ and "__init__" in namespace:
                namespace["__init__"] = _initializer(namespace["__init__"])
            replaced = getattr(namespace, "replaced", ())
            if replaced:
                _check_replaced(replaced, namespace.values(), f"{name}.")
            # Only classes with abstract methods are looked through for such: that takes as long as a small stack.
            make = ABCMeta.__new__ if _is_abstract(bases, namespace) else type.__new__
            return make(cls, name, bases, namespace, **options)

        def __setattr__(cls, name: str, value: Any) -> None:
            # A decorator such as dataclass gives a class its __init__ later.
            super().__setattr__(name, _initializer(value) if name == "__init__" else value)


class _Namespace(dict[str, Any]):
    """The names of a class body, and what they held before they were assigned again."""

    __slots__ = ("replaced",)

    def __init__(self) -> None:
        super().__init__()
        self.replaced: list[_Replaced] = []

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self and name[0] != "_":
            self.replaced.append(_Replaced(name, self[name], value))
        _put(self, name, value)


_METHODS: Any = (type(lambda: None), property, classmethod, staticmethod)


def _is_abstract(bases: tuple[type, ...], namespace: dict[str, Any]) -> bool:
    """Whether a class has abstract methods, or is derived from a class that may."""
    return any("_abc_impl" in vars(base) for each in bases for base in each.__mro__) or any(
        type(value) in _METHODS and getattr(value, "__isabstractmethod__", False)
        for value in namespace.values()
    )


class _Replaced:
    """What an attribute held before it was assigned again, and where that was."""

    __slots__ = ("name", "old", "new", "origin", "expected")

    def __init__(self, name: str, old: Any, new: Any, expected: bool = False) -> None:
        self.name = name
        self.old = old
        self.new = new
        # Whether a base class, its __init__ or the class body gave what was replaced.
        self.expected = expected
        self.origin: Origin | None = None if expected else here(3)


def _initializer(init: Any) -> Any:
    """An ``__init__`` that remembers which attributes it gave: a derived class may assign each of them again."""
    if type(init) is not type(_initializer) or hasattr(init, "_remembers"):
        return init

    @wraps(init)
    def remembering(self: _Group, *args: Any, **kwargs: Any) -> None:
        before = dict(self.__dict__)
        init(self, *args, **kwargs)
        given = before["_given"]
        given |= {name for name, value in self.__dict__.items() if before.get(name, given) is not value}

    remembering._remembers = True  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
    return remembering


def _check_replaced(replaced: Iterable[_Replaced], kept: Iterable[Any], prefix: str) -> None:
    """Raise an error for the first element that was lost because its name was given to another."""
    held = {id(element) for element in _within(kept)}
    for each in replaced:
        if each.expected or each.new is None:
            continue
        successors = list(_within([each.new]))
        for element in _within([each.old]):
            if id(element) in held or any(is_evolved(new, element) for new in successors):
                continue
            if any(element is part for new in successors for part in _parts(new)):
                continue
            what = element._described()
            raise TemplateError(
                f"{prefix}{each.name} is assigned twice, so {what} would be lost; give each a name of its own, "
                "put them into a list or a dictionary in __init__, or change the first with evolve()",
                origin=each.origin,
            )


def _within(values: Iterable[Any]) -> Iterator[Any]:
    """Every element and component in some values, through lists, dicts, sets, components and loops."""
    seen: set[int] = set()
    waiting = list(values)[::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, (str, int, type)) or id(value) in seen:
            continue
        seen.add(id(value))
        if _is_declared(value):
            yield value
        below: Any = ()
        if isinstance(value, (Component, Stack)):
            below = vars(value).values()
        elif isinstance(value, ForEach):
            below = value.body.values()  # type: ignore[attr-defined]
        elif is_mapping(value):
            below = value.values()
        elif is_sequence(value) or isinstance(value, _NAMELESS):
            below = value
        waiting += list(below)[::-1]


def _parts(condition: Any) -> Iterator[Any]:
    """A condition, and those that it combines."""
    if isinstance(condition, ConditionExpression):
        yield condition
        for argument in condition.arguments:
            yield from _parts(argument)


# A bit of co_flags: the function takes any keyword.
_TAKES_ANY_KEYWORD = 0x08
_COMPONENT_OPTIONS = ("tags", "condition", "depends_on", "prefix", "logical_id", "moved")


class _Group(metaclass=_GroupType):
    """What stacks and components share: elements as attributes."""

    _class_options: ClassVar[dict[str, Any]] = {}
    _options: dict[str, Any]
    # What attributes held before they were assigned again: others may refer to it.
    _replaced: list[_Replaced]
    # The attributes that the class body or a base class's __init__ gave, as far as they were not assigned again.
    _given: set[str]

    if not TYPE_CHECKING:
        # Hidden from checkers, which would hold every user's __init__ against its signature.
        def __new__(cls, *_args: object, **_kwargs: object) -> Any:
            new = super().__new__(cls)
            new._prepare()
            return new

    def _prepare(self) -> None:
        """What every instance needs; not in __init__, as users write their own and need not call ours."""
        self.__dict__.update(_options={}, _replaced=[], _given=set())

    def __init__(self, **options: Any) -> None:
        self._check_options(options)
        self._options.update(options)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__ and not name.startswith("_"):
            self._replaced.append(_Replaced(name, self.__dict__[name], value, name in self._given))
            self._given.discard(name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        self._given.discard(name)
        object.__delattr__(self, name)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__()
        cls._check_options(options)
        cls._class_options = {**cls._class_options, **options}

    @classmethod
    def _check_options(cls, options: dict[str, Any]) -> None:
        known = cls._group_options()
        for name in options:
            if name not in known:
                raise InvalidValueError(
                    f"{cls.__name__} takes no keyword {name!r}{did_you_mean(name, known)}", origin=here()
                )

    @classmethod
    def _keywords_of_ours(cls, given: Iterable[str]) -> list[str]:
        """The keywords that ``__init__`` does not take."""
        return []

    @classmethod
    def _group_options(cls) -> tuple[str, ...]:
        raise NotImplementedError

    @classmethod
    def _body(cls) -> dict[str, list[Any]]:
        """Every public attribute of the class bodies, oldest class first: name -> its values, last one valid."""
        found: dict[str, list[Any]] = {}
        for base in reversed(cls.__mro__):
            if base is _Group or base is Owner or base is object or base.__module__ == __name__:
                continue
            for name, value in vars(base).items():
                if not name.startswith("_"):
                    found.setdefault(name, []).append(value)
        return found


_empty: dict[str, Any] = {}
_NAMELESS: Any = (set, frozenset, type(_empty.keys()), type(_empty.values()))


def _is_declared(value: Any) -> bool:
    return section_of(value) is not None or isinstance(value, Component)


def _elements(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The elements of one attribute: itself, or the items of a list or dict (of lists, of dicts)."""
    if _is_declared(value):
        yield name, value
    elif is_sequence(value):
        for i, item in enumerate(value):
            yield from _elements(item_name(name, i), item)
    elif is_mapping(value):
        for key, item in value.items():
            yield from _elements(item_name(name, key), item)
    elif isinstance(value, _NAMELESS) and any(_is_declared(item) for item in value):
        raise InvalidValueError(
            f"{name!r} is a {type(value).__name__}, whose elements would have no names; use a list or a dict"
        )


if TYPE_CHECKING:

    class ComponentOptions(TypedDict, total=False):
        """The keywords of a component, for an ``__init__`` that passes them on."""

        tags: Mapping[str, Any] | None
        condition: ConditionExpression | str | None
        depends_on: Resource | Component | str | Sequence[Resource | Component | str] | None
        prefix: str | None
        logical_id: str | None
        moved: Mapping[str, str] | None

else:

    class ComponentOptions:
        """The keywords of a component, for an ``__init__`` that passes them on; a TypedDict to checkers."""


class Component(_Group):
    """A reusable group of elements; its attributes are named with the component's name in front.

    ``api = Api("orders")`` on a stack makes ``api.queue`` the resource ``ApiQueue``. Elements of the class
    body belong to each instance. Keywords of the class, of an instance or of ``super().__init__()``:

    `tags` reaches everything in it that takes tags; `condition` is a condition of every resource and output in it,
    beside its own; every resource in it depends on `depends_on`. `prefix` stands before its names instead of that of
    its attribute (``""``: nothing does); `logical_id` before these, whatever it is in. `moved` has the names of
    resources by those that they had before, both without the prefix, or both whole.
    """

    _place: Any

    if TYPE_CHECKING:

        def __init__(self, **options: Unpack[ComponentOptions]) -> None: ...

    @classmethod
    def _group_options(cls) -> tuple[str, ...]:
        return _COMPONENT_OPTIONS

    @classmethod
    def _keywords_of_ours(cls, given: Iterable[str]) -> list[str]:
        init: Any = cls.__init__
        code = getattr(getattr(init, "__wrapped__", init), "__code__", None)
        if code is None or code.co_flags & _TAKES_ANY_KEYWORD:
            return []
        taken = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return [name for name in given if name in _COMPONENT_OPTIONS and name not in taken]

    @classmethod
    def _check_options(cls, options: dict[str, Any]) -> None:
        super()._check_options(options)
        where: Where = (None, cls.__name__)
        if options.get("condition") is not None:
            as_condition(options["condition"], (where, "condition"))
        if options.get("depends_on") is not None:
            accept_depends_on(cls, options["depends_on"], (where, "depends_on"))
        for name in ("prefix", "logical_id"):
            prefix: Any = options.get(name)
            if prefix is not None:
                plain_text(prefix, (where, name), name)
                if prefix and logical_id_problem(prefix):
                    raise bad_value((where, name), f"{prefix!r} {logical_id_problem(prefix)}")
        checked_moves(options.get("moved"), (where, "moved"))
        if options.get("prefix") is not None and options.get("logical_id") is not None:
            raise bad_value(where, "give prefix or logical_id, not both")

    def _option(self, name: str) -> Any:
        found = self._options.get(name)
        return self._class_options.get(name) if found is None else found

    def _resources_in(self) -> list[Resource]:
        """The resources in it, for those who depend on it."""
        found = [element for inside in _public(self).items() for _, element in _leaves(*inside)]
        loop = next(
            (each for each in found if isinstance(each, ForEach) and each._section == "Resources"), None
        )
        if loop is not None:
            raise InvalidValueError(
                f"{self._described()} has a loop ({loop._origin()}), and CloudFormation allows no dependency on one; "
                "name the resources that must exist before"
            )
        return [each for each in found if isinstance(each, Resource)]

    def _prepare(self) -> None:
        super()._prepare()
        # Two instances of one component are two sets of resources, so the body is copied for each.
        for name, values in self._body().items():
            if any(True for _ in _leaves(name, values[-1])):
                self.__dict__[name] = _copied(values[-1])
                self._given.add(name)

        frame = users_frame()
        self.__dict__["_place"] = None if frame is None else (frame.f_code, frame.f_lasti)

    def _origin(self) -> Origin | None:
        """Where this instance was made."""
        place = self._place
        return place if isinstance(place, Origin) or place is None else origin_of(*place)

    def _described(self) -> str:
        origin = self._origin()
        name = f"the component {type(self).__name__}"
        return name if origin is None else f"{name} (declared at {origin})"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_place": self._origin()}  # A code object cannot be pickled.

    def __format__(self, _spec: str) -> NoReturn:
        self._as_value()

    def _as_value(self) -> NoReturn:
        raise InvalidValueError(
            f"the component {type(self).__name__} is not a value; use one of its resources", origin=here()
        )


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The elements of one attribute, those inside components included."""
    for attribute, element in _elements(name, value):
        if isinstance(element, Component):
            for inner, inside in _public(element).items():
                yield from _leaves(f"{attribute}_{inner}", inside)
        else:
            yield attribute, element


def _public(group: _Group) -> dict[str, Any]:
    return {name: value for name, value in vars(group).items() if not name.startswith("_")}


def _copied(value: Any) -> Any:
    """The same elements once more, through lists, dicts and components."""
    import copy

    if section_of(value) is not None:
        return copy.copy(value)
    if isinstance(value, Component):
        new = object.__new__(type(value))
        new.__dict__.update(
            {
                name: inside if name.startswith("_") else _copied(inside)
                for name, inside in vars(value).items()
            }
        )
        return new
    if is_sequence(value):
        return [_copied(item) for item in value]
    if is_mapping(value):
        return {key: _copied(item) for key, item in value.items()}
    return value


_STACK_OPTIONS = (
    "description",
    "metadata",
    "transform",
    "tags",
    "globals",
    "format_version",
    "extra_sections",
    "order",
    "add_transforms",
    "limits",
    "check_references",
    "moved",
)


class Stack(_Group, Owner):
    """A stack: every element that is an attribute goes into the template, named after it.

    Elements are attributes of the class body or of ``self`` (assigned in ``__init__``: parametrised
    stacks, loops, lists and dicts of resources). The class's docstring is the description. Keywords of
    the class or of ``super().__init__()`` are those of `Template`: `description`, `metadata`, `transform`,
    `tags`, `globals` (SAM's section), `limits` (False lifts CloudFormation's limits) and so on.
    """

    _template: Template | None

    @classmethod
    def _group_options(cls) -> tuple[str, ...]:
        return _STACK_OPTIONS

    def _prepare(self) -> None:
        super()._prepare()
        self.__dict__["_template"] = None
        self._register()

    def __setattr__(self, name: str, value: Any) -> None:
        if self._template is not None and not name.startswith("_"):
            raise TemplateError(
                f"{name!r} is assigned after the template was made; assign it in __init__, or change "
                "stack.template",
                origin=here(),
            )
        if name in ("template", "main"):
            raise TemplateError(
                f"{name!r} is the stack's own name; call the attribute something else", origin=here()
            )
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        # References find their names by identity, so a copy takes the template along.
        return {**self.__dict__, "_template": self._template or self._build()}

    @property
    def template(self) -> Template:
        """The template of this stack; made on first use."""
        if self._template is None:
            object.__setattr__(self, "_template", self._build())
        assert self._template is not None
        return self._template

    def _owns(self, element: object) -> bool:
        if self._template is not None:
            return False  # The template answers for itself.
        mine = {name: found[-1] for name, found in self._body().items()} | _public(self)
        return any(found is element for name, value in mine.items() for _, found in _leaves(name, value))

    def _name_in(self, element: object) -> str | None:
        return self.template._name_in(element) if self._owns(element) else None

    def _label(self) -> str:
        return f"the stack {type(self).__name__}"

    def _build(self) -> Template:
        cls = type(self)
        options: dict[str, Any] = {"description": _own_doc(cls), **self._class_options, **self._options}
        if options["description"] is None:
            del options["description"]
        template = Template(**options)
        template._label_text = self._label()
        body = cls._body()
        for name in ("main", "template"):
            if name in body:
                raise TemplateError(
                    f"{cls.__name__}.{name} hides the stack's own {name!r}; call the attribute something else"
                )
        values: dict[str, Any] = {name: found[-1] for name, found in body.items()}
        for name, value in self.__dict__.items():
            if not name.startswith("_"):
                if name in values:
                    body[name].append(value)
                values[name] = value
        builder = _Builder(template)
        for name, value in values.items():
            builder.add(name, value, template._scope, template._tags, _Names("", "", ""))
        # What was overridden may still be referred to by what was declared before.
        for name, found in body.items():
            for old in found[:-1]:
                builder.alias(name, old, found[-1], template._scope)
        for each in self._replaced:
            if each.name in values:
                builder.alias(each.name, each.old, values[each.name], template._scope)
        builder.check(self)
        return template

    def main(self, arguments: list[str] | None = None, *, assets: str | None = None) -> None:
        """Print the template: ``if __name__ == "__main__": MyStack().main()``.

        YAML to standard output; ``--format json|yaml``, ``--output FILE`` (written whole or not at all),
        ``--strict`` (what is only doubted becomes an error). An `Asset` is an error, as it must be packaged first;
        with ``--assets relative``, or `assets` ``"relative"``, it becomes a path relative to the output. Errors are one
        sentence on standard error and exit status 1.
        """
        run_main(lambda: self.template, sys.argv[1:] if arguments is None else arguments, assets)
        if arguments is None:
            # A script is done now. Python would look through all its objects once more before it ends,
            # which takes a twentieth of a small stack's time.
            import gc

            gc.freeze()


class _Names:
    """What stands before the names of a group: in logical IDs, in those that its attributes give, in messages."""

    __slots__ = ("prefix", "usual", "place")

    def __init__(self, prefix: str, usual: str, place: str) -> None:
        self.prefix = prefix
        self.usual = usual
        self.place = place

    def inside(self, name: str, prefix: str | None, logical_id: str | None) -> _Names:
        """Those of a component in the group, which may have another prefix of its own, or of all."""
        usual = pascal_case(name)
        own = self.prefix + (usual if prefix is None else prefix) if logical_id is None else logical_id
        return _Names(own, self.usual + usual, f"{self.place}{name}_")


class _Builder:
    """Puts the attributes of a stack into its template."""

    def __init__(self, template: Template) -> None:
        self.template = template
        # id(element) -> the attribute that named it, to tell one element under two names.
        self.attributes: dict[int, str] = {}
        self.components: list[Component] = []

    def add(self, name: str, value: Any, scope: Scope, tags: dict[str, Any], group: _Names) -> None:
        # What is included says itself how it is added; most stacks include nothing and never load its class.
        add_to: Any = getattr(type(value), "_add_to", None)  # pyright: ignore[reportUnknownArgumentType]
        if add_to is not None:
            add_to(value, self.template, scope, tags)
            return
        for attribute, element in _elements(name, value):
            known = self.attributes.get(id(element))
            place = group.place + attribute
            if known is not None:
                raise TemplateError(
                    f"one element has two attributes, {known!r} and {place!r}; give the second a "
                    "leading underscore, or make two elements",
                    origin=element._origin() if isinstance(element, (Declared, Component)) else None,
                )
            self.attributes[id(element)] = place
            if isinstance(element, Component):
                self._add_component(attribute, element, scope, tags, group)
                continue
            last = pascal_case(attribute)
            self.template._add(group.prefix + last, element, scope, tags, group.usual + last)

    def _add_component(
        self, name: str, component: Component, parent: Scope, tags: dict[str, Any], outer: _Names
    ) -> None:
        self.components.append(component)
        where: Where = (None, type(component).__name__)
        scope = Scope(parent)
        scope.component = outer.usual + pascal_case(name)
        scope.caller = parent.caller or component
        for options in (component._class_options, component._options):
            if options.get("condition") is not None:
                condition = as_condition(options["condition"], (where, "condition"))
                scope.condition = both_conditions(scope.condition, condition)
            if options.get("depends_on") is not None:
                targets = accept_depends_on(Component, options["depends_on"], (where, "depends_on"))
                scope.depends_on += targets if isinstance(targets, tuple) else (targets,)
            tags = {**tags, **checked_tags(options.get("tags"), (where, "tags"))}
        group = outer.inside(name, component._option("prefix"), component._option("logical_id"))
        for attribute, value in _public(component).items():
            self.add(attribute, value, scope, tags, group)
        for options in (component._class_options, component._options):
            for old, new in checked_moves(options.get("moved"), (where, "moved")).items():
                # Who writes the whole ID of a resource in the component means whole IDs.
                known = self.template._sections["Resources"]
                whole = new.startswith(group.prefix) and new in known and group.prefix + new not in known
                prefix = "" if whole else group.prefix
                self.template.moved[prefix + old] = prefix + new
        # Inside the component, the elements of its class body mean this instance's own.
        for attribute, values in component._body().items():
            for old in values:
                self.alias(attribute, old, vars(component).get(attribute), scope)
        for each in component._replaced:
            self.alias(each.name, each.old, vars(component).get(each.name), scope)

    def check(self, stack: Stack) -> None:
        """Raise an error for what an ``__init__``, of the stack or of a component in it, lost."""
        groups = [stack, *self.components]
        for group in groups:
            if any(not each.expected for each in group._replaced):
                kept = [value for each in groups for value in (*vars(each).values(), *each._body().values())]
                _check_replaced(group._replaced, kept, f"{type(group).__name__}().")

    def alias(self, name: str, old: Any, new: Any, scope: Scope) -> None:
        """Within `scope`, let references to the elements of `old` mean those of `new`."""
        taken = dict(_leaves(name, new))
        for attribute, element in _leaves(name, old):
            replacement = taken.get(attribute)
            if replacement is not None and replacement is not element:
                found = scope.find(replacement)
                if found is not None:
                    self.template._alias(element, found, scope)


def _own_doc(cls: type[Any]) -> str | None:
    """The docstring of the nearest class that has one, without its indentation."""
    for base in cls.__mro__:
        if base is Stack:
            return None
        text: str | None = base.__dict__.get("__doc__")
        if text:
            first, _, rest = text.strip().partition("\n")
            if not rest:
                return first
            import textwrap

            return f"{first}\n{textwrap.dedent(rest)}".rstrip()
    return None
