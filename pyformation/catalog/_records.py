"""The records of the catalog: thin views of the plain data in the JSON files."""

from __future__ import annotations

from ..errors import CatalogError, did_you_mean
from ..names import module_name, snake_case
from ._types import Type, parse_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Update = Literal["Always", "Conditionally", "Never"]
    Facts = dict[str, Any]
    Scalar = str | int | float | bool

GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
SAM_GUIDE = "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/"


class Property:
    """A property and the facts about it.

    `facts` is the plain data, without facts that have their default; every fact is also an attribute. A record
    from `lookup` has the facts of its path, a record from a class only its own.
    """

    __slots__ = ("facts", "name")

    name: str
    facts: Facts

    def __init__(self, name: str, facts: Facts) -> None:
        self.name = name
        self.facts = facts

    @property
    def python_name(self) -> str:
        """``MultiAZ`` -> ``multi_az``."""
        return snake_case(self.name)

    @property
    def type(self) -> Type:
        """What a value may be."""
        return parse_type(self.facts.get("type", "string"))

    @property
    def required(self) -> bool:
        return "required" in self.facts

    @property
    def update(self) -> Update:
        """Whether a change replaces the resource, as far as this property alone shows."""
        found: Update = self.facts.get("update", "Never")
        return found

    @property
    def condition(self) -> str | None:
        """When a ``Conditionally`` replaces, in words, if it is known."""
        return self.facts.get("condition")

    @property
    def rule(self) -> str | None:
        """The id of the reviewed row (``reviewed("updates")``) that decides, if there is one."""
        return self.facts.get("rule")

    @property
    def update_not_supported(self) -> bool:
        """Whether the documentation says that updates of it are not supported."""
        return "update_not_supported" in self.facts

    @property
    def interrupts(self) -> bool:
        """Whether the documentation says that a change may interrupt the service."""
        return "interrupts" in self.facts

    @property
    def enum(self) -> list[Scalar] | None:
        """The values that the schema lists; AWS adds values before the catalog has them."""
        return self.facts.get("enum")

    @property
    def enum_ignores_case(self) -> bool:
        return "enum_ignores_case" in self.facts

    @property
    def pattern(self) -> str | None:
        """A regular expression in JavaScript's dialect, which must match somewhere in the text."""
        return self.facts.get("pattern")

    @property
    def key_pattern(self) -> str | None:
        """The regular expression for the keys of a map."""
        return self.facts.get("key_pattern")

    @property
    def minimum(self) -> float | None:
        return self.facts.get("minimum")

    @property
    def maximum(self) -> float | None:
        return self.facts.get("maximum")

    @property
    def exclusive_minimum(self) -> float | None:
        return self.facts.get("exclusive_minimum")

    @property
    def exclusive_maximum(self) -> float | None:
        return self.facts.get("exclusive_maximum")

    @property
    def multiple_of(self) -> float | None:
        return self.facts.get("multiple_of")

    @property
    def min_length(self) -> int | None:
        return self.facts.get("min_length")

    @property
    def max_length(self) -> int | None:
        return self.facts.get("max_length")

    @property
    def min_items(self) -> int | None:
        return self.facts.get("min_items")

    @property
    def max_items(self) -> int | None:
        return self.facts.get("max_items")

    @property
    def min_properties(self) -> int | None:
        return self.facts.get("min_properties")

    @property
    def max_properties(self) -> int | None:
        return self.facts.get("max_properties")

    @property
    def unordered(self) -> bool:
        """Whether the order of the list's items has no meaning."""
        return "unordered" in self.facts

    @property
    def unique(self) -> bool:
        """Whether the items of the list must be unique."""
        return "unique" in self.facts

    @property
    def write_only(self) -> bool:
        """Whether AWS never returns it."""
        return "write_only" in self.facts

    @property
    def read_only(self) -> bool:
        """Whether AWS sets it, so that a template cannot."""
        return "read_only" in self.facts

    @property
    def deprecated(self) -> bool:
        return "deprecated" in self.facts

    @property
    def default(self) -> Scalar | None:
        return self.facts.get("default")

    @property
    def takes(self) -> list[str]:
        """The attributes that it is meant to take, such as ``["AWS::IAM::Role.Arn"]``."""
        found: list[str] = self.facts.get("takes", [])
        return found

    @property
    def items(self) -> Property | None:
        """The facts about the items of a list or the values of a map, or None if there are none."""
        found = self.facts.get("items")
        return None if found is None else Property(self.name, found)

    def __repr__(self) -> str:
        return f"<property {self.name}: {self.type}>"


class Attribute:
    """An attribute, which ``Fn::GetAtt`` returns."""

    __slots__ = ("facts", "name")

    name: str
    facts: Facts

    def __init__(self, name: str, facts: Facts) -> None:
        self.name = name
        self.facts = facts

    @property
    def python_name(self) -> str:
        """``Endpoint.Port`` -> ``endpoint_port``."""
        return snake_case(self.name)

    @property
    def type(self) -> Type:
        return parse_type(self.facts.get("type", "string"))

    @property
    def mirrors(self) -> str | None:
        """The path of the property whose value the attribute returns."""
        return self.facts.get("mirrors")

    @property
    def moves_with(self) -> tuple[str, ...] | None:
        """The only properties whose change in place may change it; None: any may."""
        found: list[str] | None = self.facts.get("moves_with")
        return None if found is None else tuple(found)

    @property
    def form(self) -> str | None:
        """What it is made of, like the text of ``Fn::Sub`` with the names of properties and attributes; a property may
        have a default (``${Path=/}``), and ``${/Name}`` is a name with a slash before it if it has none."""
        return self.facts.get("form")

    @property
    def form_unless(self) -> str | None:
        """The property that must not be given for the form to hold."""
        return self.facts.get("form_unless")

    def __repr__(self) -> str:
        return f"<attribute {self.name}: {self.type}>"


class _Members:
    """Named properties, which resources and property types have in common."""

    __slots__ = ("_by_python_name", "_properties", "_raw", "_required", "name")

    name: str
    _raw: Facts
    _properties: dict[str, Property] | None
    _by_python_name: dict[str, Property] | None
    _required: tuple[str, ...] | None

    def __init__(self, name: str, raw: Facts) -> None:
        self.name = name
        self._raw = raw
        self._properties = None
        self._by_python_name = None
        self._required = None

    @property
    def properties(self) -> dict[str, Property]:
        """The properties by CloudFormation's name, alphabetically. Do not change the dict."""
        found = self._properties
        if found is None:
            found = self._properties = {n: Property(n, f) for n, f in self._raw.items()}
        return found

    @property
    def by_python_name(self) -> dict[str, Property]:
        """The properties by Python name; no two properties of a class have the same."""
        found = self._by_python_name
        if found is None:
            found = self._by_python_name = {snake_case(n): p for n, p in self.properties.items()}
        return found

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the required properties."""
        found = self._required
        if found is None:
            found = self._required = tuple(n for n, f in self._raw.items() if f.get("required"))
        return found

    def property(self, name: str) -> Property:
        """One property by CloudFormation's name; a `CatalogError` names the nearest one."""
        found = self.properties.get(name)
        if found is None:
            hint = did_you_mean(name, self._raw)
            raise CatalogError(f"{self.name} has no property {name!r}{hint}", path=self.name)
        return found


class Definition(_Members):
    """A property type: nested properties, such as ``Ebs`` of ``AWS::EC2::Instance``."""

    __slots__ = ("documentation",)

    documentation: str

    def __init__(self, name: str, raw: Facts, documentation: str) -> None:
        super().__init__(name, raw)
        self.documentation = documentation

    def __repr__(self) -> str:
        return f"<property type {self.name}>"


class ResourceType(_Members):
    """A resource type and the facts about it; `facts` is the plain data."""

    __slots__ = ("_attributes", "_definitions", "facts", "found", "module", "recreations", "replacing")

    facts: Facts
    module: str
    _attributes: dict[str, Attribute] | None
    _definitions: dict[str, Definition]

    def __init__(self, name: str, facts: Facts) -> None:
        super().__init__(name, facts["properties"])
        self.facts = facts
        self.module = module_name(name)
        self._attributes = None
        self._definitions = {}
        # Results that were computed already: the update behavior by path,
        self.recreations: dict[str, Update] = {}
        self.found: dict[str, Property] = {}
        # and the paths below a path that have an update behavior themselves.
        self.replacing: dict[str, dict[str, Update]] = {}

    @property
    def definitions(self) -> tuple[str, ...]:
        """The names of its property types, alphabetically; `definition` gives one."""
        return tuple(self.facts.get("definitions", ()))

    def definition(self, name: str) -> Definition:
        """One property type by name."""
        found = self._definitions.get(name)
        if found is None:
            raw = self.facts.get("definitions", {}).get(name)
            if raw is None:
                hint = did_you_mean(name, self.definitions)
                raise CatalogError(f"{self.name} has no property type {name!r}{hint}", path=self.name)
            page = "aws-properties-" + "-".join(self.name.split("::")[1:]).lower() + f"-{name.lower()}.html"
            link = self.documentation if self.is_sam else GUIDE + page
            found = self._definitions[name] = Definition(name, raw, link)
        return found

    @property
    def attributes(self) -> dict[str, Attribute]:
        """The attributes, which ``Fn::GetAtt`` returns, by name (``Endpoint.Port``). Do not change the dict."""
        found = self._attributes
        if found is None:
            raw: dict[str, Facts] = self.facts.get("attributes", {})
            found = self._attributes = {n: Attribute(n, f) for n, f in raw.items()}
        return found

    @property
    def any_attribute(self) -> str | None:
        """The prefix below which any attribute exists (``Outputs.``; empty: any at all), or None."""
        return self.facts.get("any_attribute")

    def attribute(self, name: str) -> Attribute:
        """One attribute by name, one below `any_attribute` included."""
        found = self.attributes.get(name)
        if found is None:
            prefix = self.any_attribute
            if prefix is not None and name.startswith(prefix) and len(name) > len(prefix):
                return Attribute(name, {})
            hint = did_you_mean(name, self.attributes)
            raise CatalogError(f"{self.name} has no attribute {name!r}{hint}", path=self.name)
        return found

    @property
    def is_sam(self) -> bool:
        """Whether the ``AWS::Serverless`` transform replaces it by other types."""
        return self.name.startswith("AWS::Serverless::")

    @property
    def becomes(self) -> str | None:
        """The type that a SAM type becomes under the same logical ID."""
        return self.facts.get("becomes")

    @property
    def open(self) -> bool:
        """Whether properties with any name are allowed, as in custom resources."""
        return "open" in self.facts

    @property
    def identifier(self) -> list[str]:
        """The properties or attributes that make up the primary identifier; nested ones as ``A/B``."""
        found: list[str] = self.facts.get("identifier", [])
        return found

    @property
    def identity_can_be_given(self) -> bool:
        """Whether properties, required or not, can give the whole identifier: a replacement that keeps it collides."""
        tops = [self.properties.get(name.partition("/")[0]) for name in self.identifier]
        return bool(tops) and all(top is not None and not top.read_only for top in tops)

    @property
    def ref(self) -> list[str]:
        """The properties or attributes that ``Ref`` returns, joined by ``|`` if there are several."""
        return self.facts.get("ref") or self.identifier

    @property
    def physical_name(self) -> str | None:
        """The property that gives the resource a custom name."""
        return self.facts.get("name")

    @property
    def stateful(self) -> Literal["data", "identity"] | None:
        """What is lost when it is deleted: data, or an identity that cannot be restored."""
        return self.facts.get("stateful")

    @property
    def on_delete(self) -> str | None:
        """What happens when it is deleted, if it is not simply gone."""
        return self.facts.get("on_delete")

    @property
    def deletion_protection(self) -> str | None:
        """The path of the property that makes a deletion fail while it is set to a value that protects."""
        return self.facts.get("protection")

    @property
    def deletion_protection_values(self) -> list[Scalar]:
        """The values of that property that protect."""
        found: list[Scalar] = self.facts.get("protection_values", [True])
        return found

    @property
    def deletion_protection_where(self) -> dict[str, str]:
        """The values that mark the item of a list in which the property protects."""
        found: dict[str, str] = self.facts.get("protection_where", {})
        return found

    @property
    def snapshot(self) -> bool:
        """Whether ``DeletionPolicy: Snapshot`` is allowed."""
        return "snapshot" in self.facts

    @property
    def deletion_default(self) -> dict[str, str]:
        """The DeletionPolicy if none is given: ``policy``, or Delete if the property ``unless`` is set."""
        found: dict[str, str] = self.facts.get("deletion_default", {"policy": "Delete"})
        return found

    @property
    def tags(self) -> dict[str, Any] | None:
        """How tags are given, ``{"property": "Tags", "shape": "list" | "map", ...}``, or None if it takes none."""
        return self.facts.get("tags")

    @property
    def unique_by(self) -> list[str] | None:
        """Properties whose values together are unique, though none is a name; empty: one per account and region."""
        return self.facts.get("unique_by")

    @property
    def replacement_strategy(self) -> str | None:
        """``delete_then_create`` or ``create_then_delete``, if the schema says it."""
        return self.facts.get("replacement")

    @property
    def is_version(self) -> bool:
        """Whether each resource is a version or a snapshot of something, updated with a new logical ID."""
        return "version" in self.facts

    @property
    def no_update(self) -> bool:
        """Whether the type has no update handler."""
        return "no_update" in self.facts

    @property
    def paths(self) -> dict[str, Facts]:
        """Facts that apply to one path only, such as ``/Properties/A/B``."""
        found: dict[str, Facts] = self.facts.get("paths", {})
        return found

    @property
    def documentation(self) -> str:
        """The address of the page in AWS's documentation."""
        found: str | None = self.facts.get("documentation")
        if found is not None:
            return found if found.startswith("https:") else GUIDE + found
        parts = self.name.lower().split("::")
        if self.is_sam:
            return f"{SAM_GUIDE}sam-resource-{parts[2]}.html"
        return f"{GUIDE}aws-resource-{'-'.join(parts[1:])}.html"

    def __repr__(self) -> str:
        return f"<resource type {self.name}>"
