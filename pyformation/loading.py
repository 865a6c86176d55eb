"""Existing templates as typed elements, for `Template.load` and `Template.from_dict`.

Whatever is loaded renders to what it was. Each value becomes the object that an author would have written;
where that would not render to the same data, or the catalog refuses it, the escape hatches keep it: `Raw` for
a value, `AnyResource` for a resource, `RawElement` for any element. A reference is to the element itself where
that stands before it, as Python wants it, and by name where it follows.
"""

from __future__ import annotations

from . import catalog
from .catalog._words import by_exactness
from .catalog.resource_attributes import BY_KEY
from .elements import (
    SAM_GLOBALS,
    Declared,
    ForEach,
    Hook,
    Interface,
    Mapping,
    Output,
    Parameter,
    RawElement,
    Rule,
)
from .errors import (
    CircularReferenceError,
    LimitError,
    Origin,
    PyformationError,
    TemplateError,
    UnresolvedReferenceError,
    did_you_mean,
    here,
    shown,
)
from .intrinsics import INTRINSICS
from .names import logical_id_problem
from .plain import (
    LOOP,
    is_list,
    is_mapping,
    list_or_empty,
    list_or_none,
    mapping_or_empty,
    mapping_or_none,
    same_exactly,
)
from .resource import AnyResource, Resource, doubts_of, is_function, policy_class, resource_class
from .sections import SECTIONS
from .values import (
    FUNCTION_CLASSES,
    And,
    Condition,
    ConditionExpression,
    Contains,
    EachMemberEquals,
    EachMemberIn,
    Equals,
    FindInMap,
    Function,
    GetAtt,
    GetStackOutput,
    If,
    Not,
    Or,
    Raw,
    Ref,
    RefAll,
    Scope,
    Sub,
    Transform,
    ValueOf,
    ValueOfAll,
    beside_program,
    lift_text,
    spells_number,
    sub_names,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from collections.abc import Mapping as MappingABC
    from typing import Any, TypeVar

    from .document import Document
    from .resource import Properties, Property
    from .template import Template

    T = TypeVar("T")

INTERFACE = "AWS::CloudFormation::Interface"


def load_template(make: Callable[..., T], document: Document) -> T:
    """A document as a template that `make` creates; its elements have their lines."""
    return Loading(document.data, document=document, origins=True).template(make)


def template_of_data(make: Callable[..., T], data: MappingABC[str, Any]) -> T:
    """Plain data as a template that `make` makes."""
    return Loading(data).template(make)


def reads_alike(raw: Raw) -> bool:
    """Whether a value stays the same when its texts are searched for expressions."""
    try:
        return bool(Raw(raw.value).value == raw.value)
    except PyformationError:
        return False


def include(path: str | os.PathLike[str]) -> Included:
    """A template file as a part of a stack: ``legacy = include("legacy.yaml")`` in the body of its class.

    All its elements keep their logical IDs, and ``legacy["Queue"]`` is one of them, for references. What the
    file refers to and does not hold may be declared in the program, so resources can be moved out of it one
    by one. The path is relative to the file of the program that asks. Raises `SourceError` or
    `DocumentError` for a file that is not a template.
    """
    from .document import read

    document = read(beside_program(path, "include"))
    return Included(Loading(document.data, document=document, origins=True), document.name)


class Included:
    """The elements of a template file that is part of a stack; made by `include`.

    A mapping of logical IDs to elements: ``legacy["Queue"]``, ``"Queue" in legacy``, ``for name in legacy``.
    """

    __slots__ = ("_name", "elements", "options")

    def __init__(self, loading: Loading, name: str) -> None:
        self._name = name
        self.elements: tuple[tuple[str, Any], ...] = tuple(loading.elements)
        # What the file says of the template as a whole.
        self.options = loading.options

    def _add_to(self, template: Template, scope: Scope, tags: dict[str, Any]) -> None:
        """Become part of a template that a stack builds."""
        template._include(self, scope, tags)

    def __getitem__(self, logical_id: str) -> Any:
        """The element of a logical ID; resources and parameters are looked for first."""
        found = [element for name, element in self.elements if name == logical_id]
        if not found:
            hint = did_you_mean(logical_id, [name for name, _ in self.elements])
            raise UnresolvedReferenceError(f"{self._name} has no element {logical_id!r}{hint}", origin=here())
        shared = [e for e in found if getattr(e, "_section", "") in ("Resources", "Parameters")]
        return (shared or found)[0]

    def __contains__(self, logical_id: object) -> bool:
        return any(name == logical_id for name, _ in self.elements)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self.elements))

    def __len__(self) -> int:
        return len(self.elements)

    def __repr__(self) -> str:
        return f"<Included {self._name}: {len(self.elements)} elements>"


class Loading:
    """The elements of a template: `options` for the template itself, and `elements` under their names.

    `tidy` writes scalars that CloudFormation would convert (``"20"`` for a number) as what they mean. With
    `reorder` a resource stands behind those that it refers to, so that it can refer to them themselves; the
    option `order` then says how the template has them. With `origins` each element knows its line.
    """

    def __init__(
        self,
        data: MappingABC[str, Any],
        *,
        document: Document | None = None,
        tidy: bool = False,
        reorder: bool = False,
        origins: bool = False,
    ) -> None:
        self.data = dict(data)
        self.tidy = tidy
        self._reorder = reorder
        self.options: dict[str, Any] = {"format_version": None}
        self.elements: list[tuple[str, Any]] = []
        self._document = document if origins else None
        self._extra: dict[str, Any] = {}
        self._scope = Scope()
        # What a reference may mean: parameters and resources; conditions; mappings.
        self._known: dict[str, Any] = {}
        self._conditions: dict[str, ConditionExpression] = {}
        self._mappings: dict[str, Mapping] = {}
        self._name = name = "the data" if document is None else document.name
        if not any(section in data for section in ("Resources", "Transform", "Fn::Transform")):
            found = ", ".join(shown(key) for key in list(data)[:3]) or "nothing"
            raise TemplateError(f"{name} is not a template: `Resources` is missing; found {found}")
        parameters, resources = (
            mapping_or_empty(data.get(section)) for section in ("Parameters", "Resources")
        )
        for logical_id in resources:
            if logical_id in parameters:
                raise TemplateError(
                    f"{name} is not a template: {shown(logical_id)} is the name of a parameter and of a resource"
                )
        doubts_of(self._load)

    def template(self, make: Callable[..., T]) -> T:
        """The template that `make` makes, with all elements added.

        What CloudFormation itself would refuse is taken, too: then `options` lift the checks.
        """
        template: Any = make(**self.options)
        for name, element in self.elements:
            template.add(name, element)
        for _ in ("limits", "check_references", ""):
            try:
                transform = template.to_dict().get("Transform")
            except LimitError:
                template.limits = self.options["limits"] = False
            except (UnresolvedReferenceError, CircularReferenceError):
                template.check_references = self.options["check_references"] = False
            else:
                if not same_exactly(transform, self.data.get("Transform")):
                    template.add_transforms = self.options["add_transforms"] = False
                break
        return template  # type: ignore[no-any-return]

    # -- the document

    def _load(self) -> None:
        holding: list[tuple[str, dict[str, Any]]] = []
        # What says something of the template as a whole comes first: a program has it before all elements,
        # so it refers to them by name.
        for section in (*SECTIONS, *(name for name in self.data if name not in SECTIONS)):
            if section not in self.data:
                continue
            given = self.data[section]
            self._check_name(section)
            if section not in _LOADERS:
                self._option(section, given)
            elif (elements := mapping_or_none(given)) is None or (not elements and section != "Resources"):
                # Empty, or nothing that has elements.
                self._extra[section] = self.value(given)
            else:
                holding.append((section, elements))
        if self._extra:
            self.options["extra_sections"] = self._extra
        for section, elements in holding:
            self._section(section, elements)
        self._take_interface()

    def _section(self, section: str, elements: dict[str, Any]) -> None:
        if section == "Resources" and self._reorder:
            elements, order = _referred_first(elements)
            if order:
                self.options["order"] = order
        for name, node in elements.items():
            self._check_name(name)
            self._add(section, name, node, _LOADERS[section])

    def _check_name(self, name: str) -> None:
        if not self._clean(name):
            raise TemplateError(
                f"{self._name} is not a template: a name is {name!a}, which has characters that a name cannot have"
            )

    def _option(self, section: str, given: Any) -> None:
        if section == "AWSTemplateFormatVersion" and isinstance(given, str) and self._clean(given):
            self.options["format_version"] = given
        elif section == "Description" and isinstance(given, str) and given and self._clean(given):
            self.options["description"] = given
        elif section == "Metadata" and (metadata := mapping_or_none(given)) and self._clean_keys(metadata):
            self.options["metadata"] = {key: self.value(item) for key, item in metadata.items()}
        elif section == "Transform" and (macros := self._macros(given)):
            self.options["transform"] = macros
        elif section == "Globals" and (names := mapping_or_none(given)) and set(names) <= set(SAM_GLOBALS):
            self.options["globals"] = self.value(given)
        else:
            self._extra[section] = self.value(given)

    def _macros(self, given: Any) -> Any:
        """The macros in Transform, if `Template` accepts them: names, and mappings with a name."""
        if isinstance(given, str):
            return given if self._clean(given) else None
        items = [
            self.value(item) if isinstance(item, (str, dict)) and not is_function(item) else Raw(item)
            for item in list_or_empty(given)
        ]
        return None if any(isinstance(item, Raw) for item in items) else items

    def _take_interface(self) -> None:
        """Make the console's groups and labels an element, if they have the form that `Interface` writes."""
        metadata = mapping_or_none(self.options.get("metadata"))
        given = None if metadata is None else mapping_or_none(self.data["Metadata"].get(INTERFACE))
        if metadata is None or given is None or not set(given) <= {"ParameterGroups", "ParameterLabels"}:
            return
        try:
            groups: dict[str, Any] = {}
            for group in list_or_empty(given.get("ParameterGroups", [])):
                groups[group["Label"]["default"]] = [self._known[name] for name in group["Parameters"]]
            labels: dict[Any, str] = {}
            for name, label in mapping_or_empty(given.get("ParameterLabels", {})).items():
                labels[self._known[name]] = label["default"]
            interface = Interface(groups, labels)
        except (PyformationError, KeyError, TypeError, AttributeError):
            return
        if self._renders(interface, given):
            del metadata[INTERFACE]
            if not metadata:
                del self.options["metadata"]
            parameters = sum(
                element._section == "Parameters"
                for _, element in self.elements
                if isinstance(element, Declared)
            )
            self.elements.insert(parameters, ("Interface", interface))

    # -- elements

    def _add(self, section: str, name: str, node: Any, loader: Callable[[Loading, Any], Any]) -> None:
        element: Any = None
        if logical_id_problem(name) is None:
            element = loader(self, node)
        elif name.startswith(LOOP) and not self._is_taken(section, name.removeprefix(LOOP)):
            element = self._loop(section, node)
            name = name.removeprefix(LOOP) if element is not None else name
        if element is None or not self._renders(element, node):
            name = f"{LOOP}{name}" if isinstance(element, ForEach) else name
            element = RawElement(section, self._free(node))
            if not self._renders(element, node):
                element = RawElement(section, Raw(node, literal=True))
        if self._document is not None and isinstance(element, Declared):
            position = self._document.position((section, name))
            if position is not None:
                element._stand_at(Origin(self._document.name, position[0]))
        self._register(section, name, element)
        self.elements.append((name, element))

    def _is_taken(self, section: str, name: str) -> bool:
        """Whether the name of a loop is not a logical ID, or is that of another element."""
        shared = ("Parameters", "Resources") if section in ("Parameters", "Resources") else (section,)
        return logical_id_problem(name) is not None or any(
            name in mapping_or_empty(self.data.get(each)) for each in shared
        )

    def _register(self, section: str, name: str, element: Any) -> None:
        if section in ("Parameters", "Resources"):
            self._known[name] = element
        elif section == "Conditions" and isinstance(element, ConditionExpression):
            self._conditions[name] = element
        elif section == "Mappings" and isinstance(element, Mapping):
            self._mappings[name] = element
        else:
            return
        self._scope.names[id(element)] = name
        self._scope.kinds[name] = section

    def _renders(self, element: Any, node: Any) -> bool:
        """Whether an element or value is the same data again."""
        scope = self._scope
        try:
            return self._same(element._render(scope), node)
        except PyformationError:
            return False
        finally:
            scope.references.clear()
            scope.derived.clear()

    def _same(self, one: Any, other: Any) -> bool:
        if same_exactly(one, other):
            return True
        return self.tidy and same_when_coerced(one, other)

    def _parameter(self, node: Any) -> Any:
        given = mapping_or_none(node)
        if given is None or not isinstance(given.get("Type"), str):
            return None
        type_name: str = given["Type"]
        if any(key not in _PARAMETER_FIELDS and key != "Type" for key in given):
            return None
        fields: dict[str, Any] = {}
        try:
            plain: Parameter[Any] = Parameter(type_name)
            for key, value in given.items():
                if key in ("Type", "Default"):
                    continue
                field, kind = _PARAMETER_FIELDS[key]
                fields[field] = self._constant(plain, kind, value)
            if "Default" in given:
                default = given["Default"]
                numeric = "Number" in type_name
                if self.tidy:
                    default = _converted(
                        default, "number" if numeric and "List" not in type_name else "string"
                    )
                if not isinstance(default, (str, int, float)):
                    fields["default"] = Raw(default)
                else:
                    try:
                        Parameter(type_name, default=default, **fields)
                        fields["default"] = default
                    except PyformationError:
                        fields["default"] = Raw(default, literal=True)
            # In the order in which they were written.
            order = [_PARAMETER_FIELDS[key][0] for key in given if key != "Type"]
            return Parameter(type_name, **{field: fields[field] for field in order})
        except PyformationError:
            return None

    def _constant(self, parameter: Parameter[Any], kind: str, value: Any) -> Any:
        """One field of a parameter as it is, or through the escape hatch."""
        if kind == "values":
            items = list_or_none(value)
            if items is not None:
                if self.tidy:
                    numeric = parameter.type == "Number"
                    items = [_converted(item, "number" if numeric else "string") for item in items]
                try:
                    Parameter(parameter.type, allowed_values=items)
                    return items
                except PyformationError:
                    pass
            return Raw(value, literal=True)
        if self.tidy:
            value = _converted(value, kind)
        fits = {
            "string": isinstance(value, str) and self._clean(value),
            "boolean": isinstance(value, bool),
            "number": isinstance(value, (int, float)) and not isinstance(value, bool),
        }
        return value if fits[kind] else Raw(value, literal=True)

    def _mapping(self, node: Any) -> Any:
        try:
            return Mapping(node)
        except PyformationError:
            return None

    def _condition_element(self, node: Any) -> Any:
        given = mapping_or_empty(node)
        if list(given) == ["Condition"] and isinstance(given["Condition"], str):
            return Condition(given["Condition"])
        return self.condition(node)

    def _rule(self, node: Any) -> Any:
        given = mapping_or_none(node)
        if given is None or not set(given) <= {"RuleCondition", "Assertions"}:
            return None
        assertions: list[Any] = []
        for each in list_or_empty(given.get("Assertions")):
            item = mapping_or_none(each)
            if item is None or not set(item) <= {"Assert", "AssertDescription"}:
                return None
            assertion = self.condition(item.get("Assert"))
            if assertion is None:
                return None
            sentence = item.get("AssertDescription")
            assertions.append(assertion if sentence is None else (assertion, sentence))
        try:
            condition = self.condition(given["RuleCondition"]) if "RuleCondition" in given else None
            return Rule(assertions, condition=condition)
        except PyformationError:
            return None

    def _hook(self, node: Any) -> Any:
        given = mapping_or_empty(node)
        if set(given) != {"Type", "Properties"}:
            return None
        try:
            return Hook(given["Type"], self.value(given["Properties"]))
        except PyformationError:
            return None

    def _output(self, node: Any) -> Any:
        given = mapping_or_none(node)
        if given is None or not set(given) <= {"Value", "Description", "Export", "Condition"}:
            return None
        options: dict[str, Any] = {}
        for key in given:
            if key == "Description":
                options["description"] = given[key]
            elif key == "Condition" and isinstance(given[key], str):
                options["condition"] = self._named_condition(given[key])
            elif key == "Export":
                export = mapping_or_empty(given[key])
                if list(export) != ["Name"]:
                    return None
                options["export"] = self.value(export["Name"])
            elif key != "Value":
                return None
        try:
            return Output(self.value(given["Value"]), **options)
        except (PyformationError, KeyError):
            return None

    def _loop(self, section: str, node: Any) -> Any:
        items = list_or_none(node)
        inner = mapping_or_none(items[2]) if items is not None and len(items) == 3 else None
        if items is None or inner is None:
            return None
        body: dict[str, Any] = {}
        for name, inside in inner.items():
            element: Any
            if name.startswith(LOOP):
                element = self._loop(section, inside)
                name = name.removeprefix(LOOP)
            else:
                element = _LOADERS[section](self, inside)
            if element is None:
                return None
            body[name] = element
        try:
            return ForEach(items[0], self.value(items[1]), body)
        except PyformationError:
            return None

    # -- resources

    def _resource(self, node: Any) -> Any:
        given = mapping_or_none(node)
        if given is None or not isinstance(given.get("Type"), str):
            return None
        options, extra = self._options(given)
        properties = mapping_or_empty(given.get("Properties"))
        if "Properties" in given and not properties:
            extra["Properties"] = self.value(given["Properties"])
        if extra:
            options["extra_attributes"] = extra
        cls = _class_of(given["Type"])
        if cls is not None:
            try:
                keywords = self._keywords(cls, properties)
                return cls(**keywords, **options)
            except PyformationError:
                pass
        try:
            return AnyResource(given["Type"], {k: self.value(v) for k, v in properties.items()}, **options)
        except PyformationError:
            return None

    def _options(self, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The attributes of a resource beside its type and properties, and those that have no option."""
        options: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for key, node in given.items():
            value: Any
            if key in ("Type", "Properties"):
                continue
            attribute = BY_KEY.get(key)
            if attribute is None:
                extra[key] = self.value(node)
                continue
            policy = policy_class(attribute.type)
            if attribute.type == "condition":
                value = self._named_condition(node)
            elif attribute.type == "references":
                names = list_or_none(node)
                value = self._target(node) if names is None else [self._target(name) for name in names]
            elif policy is not None and is_mapping(node):
                value = self._block(policy, node)
            else:
                value = self.value(node)
            try:
                # Asked of a resource that takes anything.
                AnyResource("A::B::C", None, **{attribute.keyword: value})
                options[attribute.keyword] = value
            except PyformationError:
                extra[key] = self.value(node)
        return options, extra

    def _target(self, name: Any) -> Any:
        found = self._known.get(name) if isinstance(name, str) else None
        return found if isinstance(found, Resource) else name

    def _named_condition(self, name: Any) -> Any:
        return self._conditions.get(name, name) if isinstance(name, str) else name

    def _keywords(self, cls: type[Properties], given: dict[str, Any]) -> dict[str, Any]:
        """Properties as the keywords of a class."""
        keywords: dict[str, Any] = {}
        unknown: dict[str, Any] = {}
        for name, node in given.items():
            slot = cls._by_name.get(name)
            if slot is None:
                unknown[name] = self.value(node)
            else:
                keywords[slot.python_name] = self._property(slot, node)
        if unknown:
            keywords["extra_properties"] = unknown
        return keywords

    def _property(self, slot: Property, node: Any) -> Any:
        value = self._typed(slot.facts.get("type", "string"), node, slot.owner)
        try:
            slot.accept(_as_written(value), None)
        except PyformationError:
            return Raw(self._free(node))
        return value

    def _block(self, cls: type[Properties], node: dict[str, Any]) -> Any:
        """A property type, or the unchanged mapping if the class does not accept it."""
        try:
            return cls(**self._keywords(cls, node))
        except PyformationError:
            return Raw(self._free(node))

    def _typed(self, kind: str, node: Any, owner: type[Properties]) -> Any:
        """A value of a type that the catalog expects."""
        if is_function(node):
            return self._function(node, lambda branch: self._typed(kind, branch, owner))
        parts = by_exactness(kind) if "|" in kind else [kind]
        if len(parts) > 1:
            if is_mapping(node):
                parts = _fitting(parts, node, owner)
                if not parts:
                    return Raw(self._free(node))
            tried = [self._typed(part, node, owner) for part in parts]
            return next((value for value in tried if not isinstance(value, Raw)), tried[-1])
        listed, members = list_or_none(node), mapping_or_none(node)
        if kind[0] == "[" and listed is not None:
            return [self._typed(kind[1:-1], item, owner) for item in listed]
        if kind[0] == "{" and members is not None and self._clean_keys(members):
            return {key: self._typed(kind[1:-1], item, owner) for key, item in members.items()}
        if kind == "any" or (kind == "json" and isinstance(node, (dict, list, str))):
            return self.value(node)
        if kind in ("string", "integer", "number", "boolean"):
            return self._scalar(kind, node)
        if kind[0] not in "[{" and kind != "json" and members is not None:
            return self._block(owner._property_type(kind), members)
        return Raw(node, literal=True)

    def _scalar(self, kind: str, node: Any) -> Any:
        if self.tidy:
            node = _converted(node, kind)
        if kind == "string":
            fits = isinstance(node, str)
        elif kind == "boolean":
            fits = isinstance(node, bool)
        else:
            fits = isinstance(node, int if kind == "integer" else (int, float)) and not isinstance(node, bool)
        return self.value(node) if fits else Raw(node, literal=True)

    # -- values

    def value(self, node: Any) -> Any:
        """A value of any type."""
        if isinstance(node, str):
            return node if self._clean(node) else Raw(node, literal=True)
        items, members = list_or_none(node), mapping_or_none(node)
        if items is not None:
            return [self.value(item) for item in items]
        if members is not None:
            if is_function(members):
                return self._function(members, self.value)
            if self._clean_keys(members):
                return {key: self.value(item) for key, item in members.items()}
            return Raw(members, literal=True)
        return Raw(None) if node is None else node

    def _free(self, node: Any) -> Any:
        """A value inside Raw, which needs no Raw itself."""
        value = self.value(node)
        return value.value if isinstance(value, Raw) and reads_alike(value) else value

    def _clean(self, text: str) -> bool:
        """Whether a text contains no token of an f-string."""
        if text.isascii() and "\\" not in text:
            return True
        try:
            return lift_text(text) == text
        except PyformationError:
            return False

    def _clean_keys(self, given: dict[str, Any]) -> bool:
        return all(map(self._clean, given))

    def _function(self, node: dict[str, Any], branch: Callable[[Any], Any]) -> Any:
        """An intrinsic function; `branch` reads what an Fn::If chooses from."""
        ((name, argument),) = node.items()
        known = _FUNCTIONS.get(name)
        tries: list[Callable[[], Any]] = []
        if name == "Fn::If":
            tries.append(lambda: self._if(argument, branch))
        elif known is not None:
            tries.append(lambda: known(self, argument))
        if name != "Ref":
            tries.append(lambda: Function(name, self.value(argument)))
        for attempt in tries:
            try:
                value = attempt()
            except (PyformationError, TypeError, ValueError, KeyError, AttributeError):
                continue
            if value is not None and self._renders(value, node):
                return value
        return Raw(node, literal=True)

    def _if(self, argument: Any, branch: Callable[[Any], Any]) -> Any:
        condition, then, otherwise = argument
        if not isinstance(condition, str):
            return None
        return If(self._named_condition(condition), branch(then), branch(otherwise))

    def reference(self, name: str) -> Any:
        """The target of a name: the element if it is declared before, else the name."""
        return self._known.get(name, name)

    def mapping(self, name: Any) -> Any:
        """A mapping by its name, which may be computed."""
        return self._mappings.get(name, name) if isinstance(name, str) else self.value(name)

    def condition(self, node: Any) -> ConditionExpression | None:
        """A condition that is written out, or None if it is not one."""
        given = mapping_or_empty(node)
        if len(given) != 1:
            return None
        ((name, argument),) = given.items()
        try:
            if name == "Condition" and isinstance(argument, str):
                return self._conditions[argument] if argument in self._conditions else Condition(argument)
            arguments = list_or_none(argument)
            if arguments is None:
                return None
            if name in _COMBINATIONS:
                operands = [self.condition(item) for item in arguments]
                known = [operand for operand in operands if operand is not None]
                return _COMBINATIONS[name](*known) if len(known) == len(operands) else None
            if name in _COMPARISONS:
                return _COMPARISONS[name](*[self._compared(item) for item in arguments])
        except (PyformationError, TypeError):
            pass
        return None

    def _compared(self, node: Any) -> Any:
        # A boolean that is compared would be written as text.
        return Raw(node) if isinstance(node, bool) and not self.tidy else self.value(node)


def _as_written(value: Any) -> Any:
    """A value as a program has it: a resource for its Ref, and the text of an f-string for Fn::Sub."""
    if isinstance(value, Ref):
        target: Any = value.target  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return target if isinstance(target, (Parameter, Resource)) else value  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Sub):
        return str(value)
    if isinstance(value, If):
        return If(value.condition, _as_written(value.then), _as_written(value.otherwise))
    if is_list(value):
        return [_as_written(item) for item in value]
    if is_mapping(value):
        return {key: _as_written(item) for key, item in value.items()}
    return value


def _fitting(parts: list[str], node: dict[str, Any], owner: type[Properties]) -> list[str]:
    """The alternatives of a type that a mapping can be, the likeliest first.

    Often one property says which class is meant, as each class has one value for it (the Type of an event); else
    it is the class that has most of the keys.
    """
    unknown: dict[str, int] = {}
    for part in parts:
        slots = {} if part[0] in "[{" or part in _PLAIN_KINDS else owner._property_type(part)._by_name
        unknown[part] = sum(key not in slots for key in node)
        for name, slot in slots.items():
            listed = slot.facts.get("enum", [])
            if len(listed) == 1 and isinstance(node.get(name), str) and node[name] != listed[0]:
                unknown[part] = -1
    return sorted([part for part in parts if unknown[part] >= 0], key=unknown.__getitem__)


_PLAIN_KINDS = frozenset({"string", "integer", "number", "boolean", "json", "any"})


def _referred_first(elements: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Elements with those that they refer to before them, as far as that is possible, and which of them stood
    directly behind which other."""
    ordered: dict[str, Any] = {}
    moved: set[str] = set()
    started: set[str] = set()
    for root in elements:
        if root in started:
            continue
        started.add(root)
        stack: list[tuple[str, Iterator[str]]] = [(root, iter(_referred(elements[root])))]
        while stack:
            name, rest = stack[-1]
            needed = next((other for other in rest if other in elements and other not in started), None)
            if needed is not None:
                started.add(needed)
                stack.append((needed, iter(_referred(elements[needed]))))
                continue
            stack.pop()
            ordered[name] = elements[name]
            if stack:
                moved.add(name)
    behind: dict[str, str] = {}
    for before, name in zip(elements, list(elements)[1:], strict=False):
        if name in moved:
            behind[name] = before
    return ordered, behind


def _referred(node: Any) -> list[str]:
    """The names that the properties of an element refer to: with Ref, Fn::GetAtt and Fn::Sub."""
    found: list[str] = []
    left: list[Any] = [mapping_or_empty(node).get("Properties")]
    while left:
        here = left.pop()
        items, members = list_or_none(here), mapping_or_none(here)
        if items is not None:
            left += reversed(items)
        elif members is not None:
            left += reversed(members.values())
            for function in ("Ref", "Fn::GetAtt", "Fn::Sub"):
                argument = members.get(function)
                argument = (list_or_none(argument) or [argument])[0]
                if isinstance(argument, str):
                    names = sub_names(argument) if function == "Fn::Sub" else [argument]
                    found += [name.partition(".")[0] for name in names]
    return found


def _class_of(type_name: str) -> type[Resource] | None:
    """The class of a type, if a program can import it."""
    if catalog.find(type_name) is None:
        return None
    cls = resource_class(type_name)
    return cls if type_name == cls.TYPE and cls.__module__.startswith("pyformation.aws.") else None


def _converted(value: Any, kind: str) -> Any:
    """A scalar converted as CloudFormation does for the expected type; other values unchanged."""
    if kind == "string" and isinstance(value, (bool, int)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, str):
        if kind == "boolean" and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if kind in ("integer", "number") and spells_number(value, integer=True):
            return int(value)
        if kind == "number" and spells_number(value):
            return float(value)
    return value


def same_when_coerced(one: Any, other: Any) -> bool:
    """Whether two values are the same once CloudFormation has converted their scalars."""
    members, others = mapping_or_none(one), mapping_or_none(other)
    if members is not None and others is not None:
        return members.keys() == others.keys() and all(
            same_when_coerced(item, others[key]) for key, item in members.items()
        )
    items, more = list_or_none(one), list_or_none(other)
    if items is not None and more is not None:
        return len(items) == len(more) and all(map(same_when_coerced, items, more))
    if same_exactly(one, other):
        return True
    scalars = (str, int, float)
    if not isinstance(one, scalars) or not isinstance(other, scalars):
        return False
    return _text(one) == _text(other)


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if spells_number(text):
        return repr(float(text))
    return text.lower() if text.lower() in ("true", "false") else text


def _get_att(loading: Loading, argument: Any) -> Any:
    target, attribute = argument
    return GetAtt(loading.reference(target), loading.value(attribute))


def _sub(loading: Loading, argument: Any) -> Any:
    if isinstance(argument, str):
        return Sub(argument)
    text, variables = argument
    return Sub(text, {name: loading.value(value) for name, value in variables.items()})


def _find_in_map(loading: Loading, argument: Any) -> Any:
    name, top, second, *rest = argument
    keys = loading.value(top), loading.value(second)
    if rest:
        (last,) = rest
        (default,) = [last["DefaultValue"]]
        return FindInMap(loading.mapping(name), *keys, loading.value(default))
    try:
        return FindInMap(loading.mapping(name), *keys)
    except PyformationError:
        # Keys that the mapping does not have.
        return FindInMap(loading.value(name), *keys)


def _get_stack_output(loading: Loading, argument: Any) -> Any:
    fields = {
        "StackName": "stack_name",
        "OutputName": "output_name",
        "Region": "region",
        "RoleArn": "role_arn",
    }
    given = {fields[name]: loading.value(value) for name, value in argument.items()}
    return GetStackOutput(**given)


def _transform(loading: Loading, argument: Any) -> Any:
    parameters = argument.get("Parameters")
    return Transform(argument["Name"], None if parameters is None else loading.value(parameters))


def _value_of(loading: Loading, argument: Any) -> Any:
    parameter, attribute = argument
    return ValueOf(loading.reference(parameter), attribute)


def _by_argument(kind: Callable[..., Any], is_spread: bool) -> Callable[[Loading, Any], Any]:
    """A class that takes the argument, or its items."""
    if is_spread:
        return lambda loading, argument: kind(*[loading.value(item) for item in argument])
    return lambda loading, argument: kind(loading.value(argument))


_FUNCTIONS: dict[str, Callable[[Loading, Any], Any]] = {
    **{name: _by_argument(kind, INTRINSICS[name].is_spread) for name, kind in FUNCTION_CLASSES.items()},
    "Ref": lambda loading, argument: Ref(loading.reference(argument)),
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::Transform": _transform,
    "Fn::FindInMap": _find_in_map,
    "Fn::RefAll": lambda _loading, argument: RefAll(argument),
    "Fn::ValueOf": _value_of,
    "Fn::ValueOfAll": lambda _loading, argument: ValueOfAll(*argument),
}
_COMBINATIONS: dict[str, Callable[..., ConditionExpression]] = {"Fn::And": And, "Fn::Or": Or, "Fn::Not": Not}
_COMPARISONS: dict[str, Callable[..., ConditionExpression]] = {
    "Fn::Equals": Equals,
    "Fn::Contains": Contains,
    "Fn::EachMemberEquals": EachMemberEquals,
    "Fn::EachMemberIn": EachMemberIn,
}
_LOADERS: dict[str, Callable[[Loading, Any], Any]] = {
    "Parameters": Loading._parameter,
    "Rules": Loading._rule,
    "Mappings": Loading._mapping,
    "Conditions": Loading._condition_element,
    "Hooks": Loading._hook,
    "Resources": Loading._resource,
    "Outputs": Loading._output,
}
# The fields of a parameter by CloudFormation's names, and what they take.
_PARAMETER_FIELDS = {
    "Default": ("default", "default"),
    "AllowedValues": ("allowed_values", "values"),
    "AllowedPattern": ("allowed_pattern", "string"),
    "ConstraintDescription": ("constraint_description", "string"),
    "Description": ("description", "string"),
    "MaxLength": ("max_length", "number"),
    "MinLength": ("min_length", "number"),
    "MaxValue": ("max_value", "number"),
    "MinValue": ("min_value", "number"),
    "NoEcho": ("no_echo", "boolean"),
}
