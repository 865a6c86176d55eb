"""The elements of a template as the tree of a program that declares them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as MappingABC
from typing import Any

import attrs

from ..catalog.resource_attributes import RESOURCE_ATTRIBUTES, ResourceAttribute
from ..elements import ForEach, Hook, Interface, Mapping, Output, Parameter, RawElement, Rule
from ..errors import PyformationError
from ..intrinsics import INTRINSICS
from ..loading import Loading, reads_alike
from ..names import in_braces, pascal_case, snake_case
from ..plain import is_list, is_mapping, is_sequence, list_or_empty, mapping_or_empty, mapping_or_none
from ..resource import AnyResource, Properties, PropertyType, Resource, python_name
from ..values import (
    PSEUDO_PARAMETERS,
    Condition,
    ConditionExpression,
    Expression,
    FindInMap,
    Function,
    FunctionArgument,
    GetAtt,
    GetAZs,
    GetStackOutput,
    If,
    Raw,
    Ref,
    Sub,
    Transform,
    resolve_secret,
    resolve_ssm,
    resolve_ssm_secure,
)
from .layout import Atom, Group, Item, Node, Statement, block, call, literal
from .naming import element_names

Path = tuple[object, ...]
Files = MappingABC[tuple[Any, ...], str]

# Pseudo parameters by CloudFormation's name.
_PSEUDO = {name: "UrlSuffix" if name == "AWS::URLSuffix" else name[5:] for name in PSEUDO_PARAMETERS}
_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}$]+)\}\}")


@attrs.define
class Imports:
    """What a program imports."""

    pyformation: set[str] = attrs.field(factory=set[str])
    services: set[str] = attrs.field(factory=set[str])
    textwrap: set[str] = attrs.field(factory=set[str])


class Writer:
    """Writes the elements of a template as statements; the order of both is the same."""

    def __init__(
        self,
        loading: Loading,
        *,
        in_class: bool,
        files: Files | None = None,
        variable: Callable[[int], str | None] = lambda _index: None,
    ) -> None:
        """`files` are the paths of local files as the program has them, by their places in the template; `variable`
        gives an element, by its number, another name than its own."""
        self.imports = Imports()
        self.has_assets = False
        self._files = files or {}
        self.referred: set[str] = set()
        self._in_class = in_class
        self._elements = loading.elements
        sections = [(_section(element), name) for name, element in self._elements]
        taken = {module for _, element in self._elements for module in _modules(element)}
        names = element_names(sections, taken | _IMPORTED)
        # The variables of the elements that are declared so far, by the identity of the element.
        self._variables: dict[int, str] = {}
        self._names = {
            id(element): variable(index) or name
            for index, ((_, element), name) in enumerate(zip(self._elements, names, strict=True))
        }
        # All names that are in use, and the variables in each statement.
        self.taken = {*names, *taken, *_IMPORTED}
        self.referred_by: list[set[str]] = []
        self._by_id: dict[str, Any] = {}

    def statements(self, only: str | None = None) -> list[tuple[str, Statement]]:
        """A statement for each element, or for only one resource, with the section that it belongs to."""
        found: list[tuple[str, Statement]] = []
        for logical_id, element in self._elements:
            section = _section(element)
            variable = self._names[id(element)]
            key = f"Fn::ForEach::{logical_id}" if isinstance(element, ForEach) else logical_id
            path: Path = (section, key)
            if isinstance(element, Interface):
                path = ("Metadata", "AWS::CloudFormation::Interface")
            if only is not None and path != ("Resources", only):
                self._declare(logical_id, element, variable)
                continue
            before, self.referred = self.referred, set()
            value = self._element(element, path)
            self.referred_by.append(self.referred)
            self.referred = before | self.referred
            if self._in_class and not isinstance(element, Interface) and pascal_case(variable) != logical_id:
                value.items.append(Item("logical_id=", self._text(logical_id)))
            found.append((section, Statement(variable, value, path)))
            self._declare(logical_id, element, variable)
        return found

    def _declare(self, logical_id: str, element: Any, variable: str) -> None:
        self._variables[id(element)] = variable
        if _section(element) in ("Parameters", "Resources"):
            self._by_id[logical_id] = element

    # -- elements

    def _element(self, element: Any, path: Path) -> Group:
        if isinstance(element, Resource):
            return self._resource(element, path)
        if isinstance(element, ConditionExpression):
            return self._defined_condition(element, path)
        if isinstance(element, Parameter):
            return self._parameter(element, path)  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(element, Output):
            return self._output(element, path)
        if isinstance(element, Mapping):
            return self._call("Mapping", Item("", self.constant(element.rows, path)))
        if isinstance(element, Rule):
            return self._rule(element, path)
        if isinstance(element, Hook):
            properties: Any = element.properties  # type: ignore[attr-defined]
            written = self.value(properties, (*path, "Properties"))
            return self._call("Hook", Item("", self._text(element.type)), Item("", written))  # type: ignore[attr-defined]
        if isinstance(element, Interface):
            return self._interface(element, path)
        if isinstance(element, ForEach):
            return self._loop(element, path)
        assert isinstance(element, RawElement)
        data = element.data
        return self._call(
            "RawElement",
            Item("", self._text(element._section)),
            Item("", self._as_it_is(data.value if reads_alike(data) else data, path)),
        )

    def _as_it_is(self, value: Any, path: Path) -> Node:
        """A value of an escape hatch, where a path of a local file stays text."""
        files, self._files = self._files, {}
        try:
            return self.value(value, path)
        finally:
            self._files = files

    def _parameter(self, parameter: Parameter[Any], path: Path) -> Group:
        fields: dict[str, Any] = {
            field: getattr(parameter, field)
            for field in _PARAMETER_FIELDS
            if getattr(parameter, field) is not None
        }
        items = [Item("", Atom(_parameter_type(parameter.type, fields)))]
        items += [
            Item(
                f"{field}=",
                self.constant(value, (*path, _PARAMETER_FIELDS[field])),
                (*path, _PARAMETER_FIELDS[field]),
            )
            for field, value in fields.items()
        ]
        return self._call("Parameter", *items)

    def _output(self, output: Output, path: Path) -> Group:
        items = [Item("", self.value(output.value, (*path, "Value")), (*path, "Value"))]
        if output.description is not None:
            items.append(Item("description=", self._text(output.description), (*path, "Description")))
        if output.export is not None:
            written = self.value(output.export, (*path, "Export", "Name"))
            items.append(Item("export=", written, (*path, "Export")))
        if output.condition is not None:
            items.append(Item("condition=", self._named_condition(output.condition), (*path, "Condition")))
        return self._call("Output", *items)

    def _rule(self, rule: Any, path: Path) -> Group:
        written: list[Item] = []
        for number, (assertion, sentence) in enumerate(rule.assertions):
            place: Path = (*path, "Assertions", number)
            value = self._condition(assertion, (*place, "Assert"))
            if sentence is not None:
                value = Group("", "()", [Item("", value), Item("", self._text(sentence))])
            written.append(Item("", value, place))
        items = [Item("", Group("", "[]", written))]
        if rule.condition is not None:
            place = (*path, "RuleCondition")
            items.append(Item("condition=", self._condition(rule.condition, place), place))
        return self._call("Rule", *items)

    def _interface(self, interface: Any, path: Path) -> Group:
        groups: list[Item] = []
        for number, (label, members) in enumerate(interface.groups):
            place: Path = (*path, "ParameterGroups", number)
            names = [
                Item("", self._variable_of(member), (*place, "Parameters", index))
                for index, member in enumerate(members)
            ]
            groups.append(Item(f"{literal(label)}: ", Group("", "[]", names), place))
        items = [Item("groups=", Group("", "{}", groups), (*path, "ParameterGroups"))]
        if interface.labels:
            labels = [
                Item(f"{self._variable_of(parameter).text}: ", self._text(label))
                for parameter, label in interface.labels
            ]
            items.append(Item("labels=", Group("", "{}", labels), (*path, "ParameterLabels")))
        return self._call("Interface", *items)

    def _loop(self, loop: Any, path: Path) -> Group:
        body: list[Item] = []
        for key, element in loop.body.items():
            name = f"Fn::ForEach::{key}" if isinstance(element, ForEach) else key
            place: Path = (*path, 2, name)
            body.append(Item(f"{literal(key)}: ", self._element(element, place), place))
        return self._call(
            "ForEach",
            Item("", self._text(loop.variable.name)),
            Item("", self.value(loop.collection, (*path, 1)), (*path, 1)),
            Item("", Group("", "{}", body), (*path, 2)),
        )

    # -- resources

    def _resource(self, resource: Resource, path: Path) -> Group:
        place: Path = (*path, "Properties")
        options = resource._options
        extra: dict[str, Any] = options.get("extra_attributes", {})
        if isinstance(resource, AnyResource):
            items = [Item("", self._text(resource.TYPE), (*path, "Type"))]
            if resource._props:
                items.append(Item("", self.value(resource._props, place), place))
            head = "AnyResource"
            self.imports.pyformation.add(head)
        else:
            head = self._class(type(resource))
            items = self._keywords(resource, place)
        for attribute in RESOURCE_ATTRIBUTES:
            if attribute.keyword in options:
                place = (*path, attribute.key)
                written = self._resource_attribute(attribute, options[attribute.keyword], place)
                items.append(Item(f"{attribute.keyword}=", written, place))
        if extra:
            items.append(Item("extra_attributes=", self.value(extra, path)))
        return call(head, *items)

    def _resource_attribute(self, attribute: ResourceAttribute, value: Any, path: Path) -> Node:
        if attribute.type == "condition":
            return self._named_condition(value)
        if attribute.type == "references":
            if is_sequence(value):
                items = [Item("", self._target(one), (*path, i)) for i, one in enumerate(value)]
                return Group("", "[]", items)
            return self._target(value)
        return self.value(value, path)

    def _keywords(self, given: Properties, path: Path) -> list[Item]:
        """Properties as keywords; unknown ones as `extra_properties`."""
        known = type(given)._by_name
        items: list[Item] = []
        unknown: list[Item] = []
        for name, value in given._props.items():
            place: Path = (*path, name)
            if name in known:
                items.append(Item(f"{known[name].python_name}=", self.value(value, place), place))
            else:
                # The argument of a macro is written unchanged.
                inner = getattr(value, "argument", value) if name.startswith("Fn::") else value
                unknown.append(Item(f"{literal(name)}: ", self.value(inner, place), place))
        if unknown:
            items.append(Item("extra_properties=", Group("", "{}", unknown)))
        return items

    def _class(self, cls: type[Properties]) -> str:
        module, _, service = cls.__module__.rpartition(".")
        if module == "pyformation.aws":
            self.imports.services.add(service)
            return f"{service}.{cls.__qualname__}"
        name = cls.__qualname__
        self.imports.pyformation.add(name.partition(".")[0])
        return name

    def _target(self, target: Any) -> Node:
        """The target of DependsOn: a resource or the name of one."""
        return self._text(target) if isinstance(target, str) else self._variable_of(target)

    def _variable_of(self, element: Any) -> Atom:
        name = self._variables[id(element)]
        self.referred.add(name)
        return Atom(name)

    # -- conditions

    def _defined_condition(self, condition: ConditionExpression, path: Path) -> Group:
        """The definition of a named condition."""
        name = type(condition).__name__
        if isinstance(condition, Condition):
            return self._call(name, Item("", self._text(condition.name)))
        items = [
            Item("", self._operand(argument, (*path, condition._name, i)), (*path, condition._name, i))
            for i, argument in enumerate(condition.arguments)
        ]
        return self._call(name, *items)

    def _operand(self, argument: Any, path: Path) -> Node:
        if isinstance(argument, ConditionExpression):
            return self._condition(argument, path)
        return self.value(argument, path)

    def _condition(self, condition: ConditionExpression, path: Path) -> Node:
        """A condition inside another: by its variable, or written out."""
        if id(condition) in self._variables:
            return self._variable_of(condition)
        return self._defined_condition(condition, path)

    def _named_condition(self, condition: ConditionExpression | str) -> Node:
        return self._text(condition) if isinstance(condition, str) else self._variable_of(condition)

    # -- values

    def value(self, value: Any, path: Path) -> Node:
        """Any value."""
        if path in self._files:
            self.has_assets = True
            return self._call("Asset", Item("", self._text(self._files[path])))
        if isinstance(value, str):
            return self._dynamic(value) or self._string(value)
        if value is None or isinstance(value, (bool, int, float)):
            return Atom(repr(value).replace("e+", "e"))
        if is_list(value):
            items = [Item("", self.value(item, (*path, i)), (*path, i)) for i, item in enumerate(value)]
            return Group("", "[]", items)
        if is_mapping(value):
            return self._mapping(value, path)
        if isinstance(value, PropertyType):
            return call(self._class(type(value)), *self._keywords(value, path))
        return self._expression(value, path)

    def constant(self, value: Any, path: Path) -> Node:
        """A value that CloudFormation does not compute."""
        if isinstance(value, str):
            return self._string(value)
        if is_list(value):
            items = [Item("", self.constant(item, (*path, i)), (*path, i)) for i, item in enumerate(value)]
            return Group("", "[]", items)
        if is_mapping(value):
            return Group(
                "",
                "{}",
                [
                    Item(f"{literal(key)}: ", self.constant(item, (*path, key)), (*path, key))
                    for key, item in value.items()
                ],
            )
        return self.value(value, path)

    def _mapping(self, given: dict[str, Any], path: Path) -> Node:
        helper = self._policy(given, path)
        if helper is not None:
            return helper
        entries: list[Item] = []
        for key, item in given.items():
            # The argument of a macro is written unchanged.
            inner = item.argument if isinstance(item, FunctionArgument) else item
            entries.append(Item(f"{literal(key)}: ", self.value(inner, (*path, key)), (*path, key)))
        return Group("", "{}", entries)

    def _text(self, text: str) -> Atom:
        return Atom(literal(text))

    def _string(self, text: str) -> Node:
        written = block(text)
        return self._text(text) if written is None else self._noted(written)

    def _noted(self, written: Any) -> Node:
        if written.head is not None:
            self.imports.textwrap.add(written.head)
        return written  # type: ignore[no-any-return]

    def _dynamic(self, text: str) -> Node | None:
        """A dynamic reference that is the whole of a text."""
        match = _DYNAMIC.fullmatch(text)
        if match is None:
            return None
        service, fields = match[1], match[2].split(":")
        arguments: list[Item] = []
        name = {"ssm": "resolve_ssm", "ssm-secure": "resolve_ssm_secure"}.get(service, "resolve_secret")
        if service != "secretsmanager":
            if not 1 <= len(fields) <= 2 or (len(fields) == 2 and not re.fullmatch("[1-9][0-9]*", fields[1])):
                return None
            make = resolve_ssm if service == "ssm" else resolve_ssm_secure
            reference = make(fields[0], *map(int, fields[1:]))
            arguments = [Item("", self._text(fields[0])), *(Item("", Atom(n)) for n in fields[1:])]
        else:
            if len(fields) < 2 or len(fields) > 5 or fields[1] != "SecretString":
                return None
            secret, _, key, stage, version = [*fields, "", "", ""][:5]
            reference = resolve_secret(secret, key, version_stage=stage, version_id=version)
            arguments = [Item("", self._text(secret)), *([Item("", self._text(key))] if key else [])]
            arguments += [
                Item(f"{keyword}=", self._text(given))
                for keyword, given in (("version_stage", stage), ("version_id", version))
                if given
            ]
        if reference._sub()._parts != [text] and "".join(map(str, reference._sub()._parts)) != text:
            return None
        return self._call(name, *arguments)

    def _expression(self, value: Any, path: Path) -> Node:
        if isinstance(value, Ref):
            return self._ref(value)  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(value, GetAtt):
            return self._get_att(value, path)  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(value, Sub):
            return self._sub(value, path)
        if isinstance(value, Raw):
            return self._raw(value, path)
        if isinstance(value, If):
            place: Path = (*path, "Fn::If")
            return self._call(
                "If",
                Item("", self._named_condition(value.condition), (*place, 0)),
                Item("", self.value(value.then, (*place, 1)), (*place, 1)),
                Item("", self.value(value.otherwise, (*place, 2)), (*place, 2)),
            )
        if isinstance(value, FindInMap):
            return self._find_in_map(value, path)
        if isinstance(value, Function):
            place = (*path, value.name)
            written = self.value(value.argument, place)
            return self._call("Function", Item("", self._text(value.name)), Item("", written))
        return self._named(value, path)

    def _named(self, value: Any, path: Path) -> Node:
        """A function whose class takes the parts of its argument."""
        place: Path = (*path, value._name)
        argument: Any = value.argument
        kind = type(value).__name__
        if isinstance(value, GetAZs):
            return self._call(kind, *([] if argument == "" else [Item("", self.value(argument, place))]))
        if isinstance(value, Transform):
            named = [Item("", self._text(argument["Name"]))]
            if "Parameters" in argument:
                named.append(Item("", self.value(argument["Parameters"], (*place, "Parameters"))))
            return self._call(kind, *named)
        if isinstance(value, GetStackOutput):
            keywords = [
                Item(f"{snake_case(name)}=", self.value(item, (*place, name)))
                for name, item in argument.items()
            ]
            return self._call(kind, *keywords)
        several = INTRINSICS[value._name].is_spread
        arguments: Iterable[Any] = argument if several else [argument]
        items: list[Item] = []
        for number, item in enumerate(arguments):
            there: Path = (*place, number) if several else place
            if id(item) in self._variables:
                written: Node = self._variable_of(item)
            elif number == 0 and kind in ("Join", "Split"):
                written = self.constant(item, there)  # The delimiter.
            else:
                written = self.value(item, there)
            items.append(Item("", written, there))
        return self._call(kind, *items)

    def _ref(self, value: Ref[Any]) -> Node:
        target = value.target
        if isinstance(target, str):
            if target in _PSEUDO:
                self.imports.pyformation.add(_PSEUDO[target])
                return Atom(_PSEUDO[target])
            return self._call("Ref", Item("", self._text(target)))
        # An element without a type is not a value.
        return self._reference(value) if isinstance(target, RawElement) else self._variable_of(target)

    def _reference(self, value: Ref[Any]) -> Node:
        """An explicit `Ref`, because the target alone would not be a reference."""
        return self._call("Ref", Item("", self._target(value.target)))

    def _get_att(self, value: GetAtt[Any], path: Path) -> Node:
        target, attribute = value.target, value.attribute
        if isinstance(target, str) or not isinstance(attribute, str):
            written = self.constant(attribute, (*path, "Fn::GetAtt", 1))
            return self._call("GetAtt", Item("", self._target(target)), Item("", written))
        spelled = self._attribute(target, attribute)
        if spelled is not None:
            return Atom(spelled)
        return self._call("GetAtt", Item("", self._variable_of(target)), Item("", self._text(attribute)))

    def _attribute(self, target: Any, attribute: str) -> str | None:
        """``role.arn``, if the class of the resource has the attribute."""
        if not isinstance(target, Resource) or isinstance(target, AnyResource):
            return None
        cls = type(target)
        attributes: dict[str, Any] = cls._entry.get("attributes", {})
        if attribute not in attributes:
            return None
        keyword = python_name(attribute)
        variable = self._variable_of(target).text
        if keyword not in cls._table:
            same = [name for name in attributes if python_name(name) == keyword]
            return f"{variable}.{keyword}" if same[-1] == attribute else None
        same = [name for name in attributes if snake_case(name) == snake_case(attribute)]
        return f"{variable}.get_att.{snake_case(attribute)}" if same[-1] == attribute else None

    def _find_in_map(self, value: FindInMap, path: Path) -> Node:
        place: Path = (*path, "Fn::FindInMap")
        keys = list(value.argument)
        items = [
            Item("", self.value(key, (*place, i + 1)), (*place, i + 1)) for i, key in enumerate(keys[:2])
        ]
        if len(keys) == 3:
            default: Any = keys[2]["DefaultValue"]
            items.append(Item("", self.value(default, (*place, 3, "DefaultValue")), (*place, 3)))
        mapping: Any = value.mapping
        if isinstance(mapping, Mapping):
            return call(f"{self._variable_of(mapping).text}.find", *items)
        first = self._reference(mapping) if isinstance(mapping, Ref) else self.value(mapping, (*place, 0))  # pyright: ignore[reportUnknownArgumentType]
        return self._call("FindInMap", Item("", first), *items)

    def _raw(self, value: Raw, path: Path) -> Node:
        items = [Item("", self._as_it_is(value.value, path))]
        if isinstance(value.value, str):
            items = [Item("", self._text(value.value))]
        if not reads_alike(value):
            items.append(Item("literal=", Atom("True")))
        return self._call("Raw", *items)

    # -- texts with references

    def _sub(self, value: Sub, path: Path) -> Node:
        text = "".join(value._parts)
        if value._variables:
            place: Path = (*path, "Fn::Sub", 1)
            variables = [
                Item(f"{literal(name)}: ", self.value(item, (*place, name)), (*place, name))
                for name, item in value._variables.items()
            ]
            written = block(text)
            first = self._text(text) if written is None else self._noted(written)
            return self._call("Sub", Item("", first), Item("", Group("", "{}", variables)))
        formatted = self._formatted(text)
        if formatted is not None:
            written = block(formatted, "f")
            return Atom(literal(formatted, "f")) if written is None else self._noted(written)
        written = block(text)
        return self._call("Sub", Item("", self._text(text) if written is None else self._noted(written)))

    def _formatted(self, text: str) -> str | None:
        """The content of an equivalent f-string, if it reads better and all its names are known."""
        pieces: list[str] = []
        position = 0
        for match in in_braces(text):
            spelled = self._spelled(match[1])
            if spelled is None:
                return None
            pieces += [text[position : match.start()], f"{{{spelled}}}"]
            position = match.end()
        pieces.append(text[position:])
        plain = pieces[::2]
        # Braces would have to be doubled, and a single reference would not be a text.
        if len(pieces) == 1 or any("{" in piece or "}" in piece for piece in plain) or not any(plain):
            return None
        for pseudo in pieces[1::2]:
            name = pseudo[1:-1]
            if name in _PSEUDO.values():
                self.imports.pyformation.add(name)
        return "".join(pieces)

    def _spelled(self, name: str) -> str | None:
        """The Python for ``${name}``."""
        if name in _PSEUDO:
            return None if name in ("AWS::NoValue", "AWS::NotificationARNs") else _PSEUDO[name]
        target, dot, attribute = name.partition(".")
        element = self._by_id.get(target)
        if element is None or isinstance(element, RawElement) or getattr(element, "_computes_list", False):
            return None
        return self._attribute(element, attribute) if dot else self._variable_of(element).text

    # -- IAM

    def _policy(self, given: dict[str, Any], path: Path) -> Node | None:
        """A policy document as calls of the helpers in `pyformation.aws.iam`, if these give exactly the same."""
        statements = list_or_empty(given.get("Statement"))
        if given.keys() != {"Version", "Statement"} or given["Version"] != "2012-10-17":
            return None
        if not statements or not all(map(_is_statement, statements)):
            return None
        from ..aws import iam

        try:
            for each in statements:
                iam.statement(**{_STATEMENT[k]: v for k, v in each.items()})
        except PyformationError:
            return None
        self.imports.services.add("iam")
        service = _trusted(statements)
        if service is not None:
            there: Path = (*path, "Statement", 0)
            return call("iam.trust_policy", Item("", self._text(service), there))
        items: list[Item] = []
        for number, each in enumerate(statements):
            place: Path = (*path, "Statement", number)
            arguments: list[Item] = []
            for key, keyword in _STATEMENT.items():
                if key not in each or (key == "Effect" and each[key] == "Allow"):
                    continue
                positional = keyword == "actions" or (keyword == "resources" and "Action" in each)
                prefix = "" if positional else f"{keyword}="
                arguments.append(Item(prefix, self.value(each[key], (*place, key)), (*place, key)))
            items.append(Item("", call("iam.statement", *arguments), place))
        return call("iam.policy_document", *items)

    def _call(self, name: str, *items: Item) -> Group:
        self.imports.pyformation.add(name)
        return call(name, *items)


# The keywords of iam.statement by IAM's names, in the order to write them.
_STATEMENT = {
    "Action": "actions",
    "Resource": "resources",
    "Effect": "effect",
    "Principal": "principal",
    "Condition": "condition",
    "Sid": "sid",
}
_PARAMETER_FIELDS = {
    "default": "Default",
    "description": "Description",
    "allowed_values": "AllowedValues",
    "allowed_pattern": "AllowedPattern",
    "min_length": "MinLength",
    "max_length": "MaxLength",
    "min_value": "MinValue",
    "max_value": "MaxValue",
    "constraint_description": "ConstraintDescription",
    "no_echo": "NoEcho",
}
# Lower-case names that a program may import.
_IMPORTED = {"dedent", "resolve_ssm", "resolve_ssm_secure", "resolve_secret", "iam"}


def _is_statement(given: Any) -> bool:
    """Whether iam.statement can express all of a statement, with types that checkers accept."""
    statement = mapping_or_none(given)
    if statement is None or not statement.keys() <= _STATEMENT.keys():
        return False
    principal, condition, sid = (statement.get(key) for key in ("Principal", "Condition", "Sid"))
    return (
        "Action" in statement
        and _is_texts(statement["Action"])
        and _is_texts(statement.get("Resource", ""))
        and statement.get("Effect") in ("Allow", "Deny")
        and (sid is None or isinstance(sid, str))
        and (principal is None or isinstance(principal, str) or _is_plain(principal, _is_texts))
        and (condition is None or _is_plain(condition, _is_plain))
    )


def _is_texts(value: Any) -> bool:
    if is_list(value):
        return all(isinstance(item, (str, Expression)) for item in value)
    return isinstance(value, (str, Expression))


def _anything(_value: Any) -> bool:
    return True


def _is_plain(value: Any, check: Callable[[Any], bool] = _anything) -> bool:
    """Whether a value is a mapping but not a function, and `check` holds for all its values."""
    return (
        is_mapping(value)
        and not any(key.startswith("Fn::") for key in value)
        and all(map(check, value.values()))
    )


def _trusted(statements: list[dict[str, Any]]) -> str | None:
    """The service that a policy allows to assume a role, if it allows nothing else."""
    principal = statements[0].get("Principal")
    expected = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    if len(statements) != 1 or statements[0] != expected:
        return None
    services = mapping_or_empty(principal)
    service = services.get("Service")
    return service if len(services) == 1 and isinstance(service, str) else None


def _parameter_type(name: str, fields: dict[str, Any]) -> str:
    """The type of a parameter in Python, if the other fields fit that type."""
    default, allowed = fields.get("default"), fields.get("allowed_values")
    given: list[Any] = [] if default is None or isinstance(default, Raw) else [default]
    if isinstance(allowed, list):
        given += allowed
    if name == "String" and not fields.keys() & {"min_value", "max_value"}:
        return "str" if all(isinstance(value, (str, Raw)) for value in given) else literal(name)
    if name == "Number" and not fields.keys() & {"min_length", "max_length", "allowed_pattern"}:
        bounds = [fields[key] for key in ("min_value", "max_value") if key in fields]
        numbers = [value for value in (*given, *bounds) if not isinstance(value, Raw)]
        if all(isinstance(value, int) for value in numbers):
            return "int"
        if all(isinstance(value, (int, float)) for value in numbers):
            return "float"
    lengths = {"min_length", "max_length", "min_value", "max_value"}
    if name == "CommaDelimitedList" and not fields.keys() & lengths:
        return "list[str]"
    return literal(name)


def _section(element: Any) -> str:
    return "Conditions" if isinstance(element, ConditionExpression) else str(element._section)


def _modules(element: Any) -> list[str]:
    """The service modules that an element needs."""
    if isinstance(element, ForEach):
        body: dict[str, Any] = element.body  # type: ignore[attr-defined]
        return [module for inside in body.values() for module in _modules(inside)]
    if isinstance(element, Resource) and not isinstance(element, AnyResource):
        return [type(element).__module__.rpartition(".")[2]]
    return []
