"""The document: sections in CloudFormation's order, names for elements, and rendering.

Logical IDs live here and nowhere else: a resource does not know its name, so one resource can stand
in two templates. Rendering walks the sections once, collects every reference on the way, and then
checks that each leads somewhere and none leads in a circle.
"""

from __future__ import annotations

import sys

from .elements import (
    SAM_GLOBALS,
    Declared,
    ForEach,
    Hook,
    Mapping,
    Output,
    Parameter,
    RawElement,
    Rule,
)
from .errors import (
    CircularReferenceError,
    InvalidValueError,
    LimitError,
    LogicalIdError,
    PyformationError,
    TemplateError,
    UnresolvedReferenceError,
    did_you_mean,
    here,
    shown,
)
from .limits import LIMITS, broken
from .names import logical_id_problem
from .plain import LOOP, is_list, is_mapping, is_sequence
from .resource import Resource, names_of
from .sections import ELEMENTS, SECTIONS
from .values import (
    PSEUDO_PARAMETERS,
    ConditionExpression,
    FrozenDict,
    Owner,
    Raw,
    Scope,
    Transform,
    bad_value,
    both_conditions,
    lift,
    plain_text,
    render,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from collections.abc import Mapping as MappingABC
    from typing import Any, Self, TypeVar

    from .errors import Origin
    from .loading import Included
    from .values import Where

    E = TypeVar("E")
    R = TypeVar("R", bound=Resource)
else:
    Any = object

_FORMAT_VERSION = "2010-09-09"
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
SERVERLESS = "AWS::Serverless-2016-10-31"

# Parameters and resources are both the target of Ref, so they share their names.
_SHARED = {"Parameters": "Resources", "Resources": "Parameters"}


class _Entry:
    """An element of the template, the scope its references are looked up in, the tags it inherits."""

    __slots__ = ("element", "scope", "tags")

    def __init__(self, element: Any, scope: Scope, tags: dict[str, Any]) -> None:
        self.element = element
        self.scope = scope
        self.tags = tags


def section_of(element: object) -> str | None:
    """The section that an element belongs to, or None if it is not an element."""
    if isinstance(element, Declared):
        return element._section
    return "Conditions" if isinstance(element, ConditionExpression) else None


class Template(Owner):
    """A CloudFormation template: elements by logical ID, in the order they were added.

    `transform` names macros; those that the elements need (AWS::LanguageExtensions, AWS::Serverless) are
    added automatically, unless ``add_transforms=False``. `tags` reach every resource that takes tags. `globals` is SAM's section of that
    name. `format_version` is what AWSTemplateFormatVersion says; None leaves it out. `extra_sections` are
    sections that nothing else here writes, by name, as plain data. `order` has the logical IDs of resources
    that the template shows directly behind another: ``{"Role": "Function"}``. ``limits=False`` lifts CloudFormation's
    limits and ``check_references=False`` the checks of what refers to what, for tools. `moved` has the logical IDs
    of resources by those that they had before: a diff then takes a removal and an addition for a rename.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
    """

    def __init__(
        self,
        *,
        description: str | None = None,
        metadata: MappingABC[str, Any] | None = None,
        transform: str | list[Any] | dict[str, Any] | Transform | None = None,
        tags: MappingABC[str, Any] | None = None,
        globals: MappingABC[str, Any] | None = None,
        format_version: str | None = _FORMAT_VERSION,
        extra_sections: MappingABC[str, Any] | None = None,
        order: MappingABC[str, str] | None = None,
        add_transforms: bool = True,
        limits: bool = True,
        check_references: bool = True,
        moved: MappingABC[str, str] | None = None,
    ) -> None:
        self._sections: dict[str, dict[str, _Entry]] = {name: {} for name in ELEMENTS}
        where: Where = (None, "Template")
        self.description = (
            None if description is None else plain_text(description, (where, "description"), "Description")
        )
        if metadata is not None and not hasattr(metadata, "items"):
            raise bad_value((where, "metadata"), f"expected a mapping, found {shown(metadata)}")
        self.metadata: dict[str, Any] = dict(lift(metadata or {}, (where, "metadata")))
        self.transform = _transforms(transform, (where, "transform"))
        self.globals = None if globals is None else _checked_globals(globals, (where, "globals"))
        # Whether one macro is written as a list of one.
        self._lists_transforms = isinstance(transform, (list, tuple))
        if format_version is not None:
            format_version = plain_text(format_version, (where, "format_version"), "AWSTemplateFormatVersion")
        self.format_version = format_version
        if extra_sections is not None and not hasattr(extra_sections, "items"):
            raise bad_value((where, "extra_sections"), f"expected a mapping, found {shown(extra_sections)}")
        self.extra_sections = {
            plain_text(name, (where, "extra_sections"), "the name of a section"): Raw(section)
            for name, section in (extra_sections or {}).items()
        }
        if order is not None and not hasattr(order, "items"):
            raise bad_value((where, "order"), f"expected a mapping, found {shown(order)}")
        self.order = dict(order or {})
        self.add_transforms = add_transforms
        self.limits = limits
        self.check_references = check_references
        self.moved = checked_moves(moved, (where, "moved"))
        self._label_text = "this template"
        self._scope = Scope()
        self._tags = checked_tags(tags, (where, "tags"))
        self._interfaces: list[_Entry] = []
        # Elements that were replaced: others may still refer to them, and ids must stay theirs.
        self._kept: list[object] = []
        # The logical IDs of elements that have one of their own, by the one that they would have had.
        self._renamed: dict[str, str] = {}
        self._register()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """A template file, YAML or JSON, as typed elements that can be asked, replaced and added to.

        Rendered again it is what it was. What no class can hold is kept in `Raw`, `AnyResource` and
        `RawElement`. Raises `SourceError` or `DocumentError` for a file that is not a template.
        """
        # Imported late: a stack that prints itself reads no template.
        from .document import read
        from .loading import load_template

        return load_template(cls, read(path))

    @classmethod
    def from_dict(cls, data: MappingABC[str, Any]) -> Self:
        """A template of plain data as typed elements; `load` does the same for a file.

        Raises `DocumentError` for data that is not a template.
        """
        from .loading import template_of_data

        return template_of_data(cls, data)

    def main(self, arguments: list[str] | None = None, *, assets: str | None = None) -> None:
        """Print the template, as `Stack.main` does: for modules that make a `Template` without a class."""
        from .programs import run_main

        run_main(lambda: self, sys.argv[1:] if arguments is None else arguments, assets)

    # -- adding

    def add(self, logical_id: str, element: E) -> E:
        """Add an element under a logical ID and give it back.

        Raises `LogicalIdError` for an ID that is illegal or taken, `TemplateError` for an element that
        is in the template already.
        """
        self._add(logical_id, element, self._scope, self._tags)
        return element

    def _add(
        self, logical_id: str, element: Any, scope: Scope, tags: dict[str, Any], usual: str | None = None
    ) -> None:
        """Add an element; `usual` is the logical ID that its attributes give, if a component has another prefix."""
        section = section_of(element)
        if section is None:
            raise InvalidValueError(
                "expected a resource, parameter, condition, mapping, rule, output or loop, found "
                f"{shown(element)}",
                path=str(logical_id),
                origin=here(),
            )
        if section == "Metadata":
            self._interfaces.append(_Entry(element, scope, tags))
            return
        own = getattr(element, "_logical_id", None)
        name = logical_id if own is None else own
        if type(name) is not str or not (name.isascii() and name.isalnum() and len(name) < 100):
            name = self._unusual_name(name, element)
        if own is not None or usual not in (None, name):
            self._renamed[usual or logical_id] = name
        taken = self._sections[section].get(name)
        if taken is None and section in _SHARED:
            taken = self._sections[_SHARED[section]].get(name)
        if taken is not None:
            first = _origin_of(taken.element)
            at_line = f" by the element declared at {first}" if first else ""
            raise LogicalIdError(
                f"the logical ID {name!r} is taken{at_line}; give one of them logical_id=",
                origin=_origin_of(element) or here(),
            )
        # Whoever refers to the element itself may stand anywhere, so its name is known to all scopes.
        names = self._scope.names
        known = names.get(id(element))
        if known is not None and known != name:
            raise TemplateError(
                f"one element has two names, {known!r} and {name!r}; make two elements, or keep one name",
                origin=_origin_of(element) or here(),
            )
        names[id(element)] = name
        self._sections[section][name] = _Entry(element, scope, tags)

    def _include(self, included: Included, scope: Scope, tags: dict[str, Any]) -> None:
        """Add what a file has, and what it says of the template as a whole where this one says nothing."""
        options = included.options
        for name, element in included.elements:
            self._add(name, element, scope, tags)
        self.metadata = {**options.get("metadata", {}), **self.metadata}
        for name, section in options.get("extra_sections", {}).items():
            self.extra_sections.setdefault(name, Raw(section))
        for macro in _transforms(options.get("transform"), (None, "Transform")):
            if macro not in self.transform:
                self.transform.append(macro)
        if self.description is None:
            self.description = options.get("description")
        if self.globals is None and "globals" in options:
            self.globals = _checked_globals(options["globals"], (None, "Globals"))

    def _unusual_name(self, name: str, element: Any) -> str:
        """A logical ID that is not short and plain, checked."""
        name = plain_text(name, (None, "logical_id"), "a logical ID")
        problem = None if element.__class__ is RawElement else logical_id_problem(name)
        if problem is not None:
            raise LogicalIdError(f"the logical ID {name!r} {problem}", origin=_origin_of(element) or here())
        return name

    def _alias(self, old: object, name: str, scope: Scope) -> None:
        """Let references to `old` mean the element called `name`."""
        scope.names[id(old)] = name
        self._kept.append(old)

    def _moves(self) -> dict[str, str]:
        """Where each resource that was moved is now: what moved twice is where it came last."""
        found: dict[str, str] = {}
        for old, new in self.moved.items():
            passed = {old}
            while new in self.moved and new not in passed:
                passed.add(new)
                new = self.moved[new]
            found[old] = new
        return found

    # -- asking

    def _find(self, logical_id: str) -> tuple[str, _Entry]:
        for section in ("Resources", *ELEMENTS):
            entry = self._sections[section].get(logical_id)
            if entry is not None:
                return section, entry
        names = [name for section in self._sections.values() for name in section]
        raise UnresolvedReferenceError(
            f"the template has no element {logical_id!r}{did_you_mean(logical_id, names)}", origin=here()
        )

    def __getitem__(self, logical_id: str) -> Any:
        """The element of a logical ID; resources and parameters are looked for first."""
        return self._find(logical_id)[1].element

    def __setitem__(self, logical_id: str, element: Any) -> None:
        """Replace an element in its place; references to the old one mean the new one."""
        section, entry = self._find(logical_id)
        if section_of(element) != section:
            raise InvalidValueError(
                f"expected an element of {section}, found {shown(element)}", path=logical_id, origin=here()
            )
        if element is entry.element:
            return
        names = self._scope.names
        if names.get(id(element)) not in (None, logical_id):
            raise TemplateError(f"{shown(element)} is in the template already", origin=here())
        self._alias(entry.element, logical_id, self._scope)
        names[id(element)] = logical_id
        self._sections[section][logical_id] = _Entry(element, entry.scope, entry.tags)

    def __contains__(self, logical_id: object) -> bool:
        return any(logical_id in section for section in self._sections.values())

    def __iter__(self) -> Iterator[str]:
        return iter([name for section in self._sections.values() for name in section])

    def _elements(self, section: str) -> dict[str, Any]:
        return {name: entry.element for name, entry in self._sections[section].items()}

    @property
    def resources(self) -> dict[str, Resource]:
        """The resources by logical ID, in order (loops included)."""
        return self._elements("Resources")

    @property
    def parameters(self) -> dict[str, Parameter[Any]]:
        """The parameters by logical ID, in order."""
        return self._elements("Parameters")

    @property
    def conditions(self) -> dict[str, ConditionExpression]:
        """The named conditions by logical ID, in order."""
        return self._elements("Conditions")

    @property
    def mappings(self) -> dict[str, Mapping]:
        """The mappings by logical ID, in order."""
        return self._elements("Mappings")

    @property
    def rules(self) -> dict[str, Rule]:
        """The rules by logical ID, in order."""
        return self._elements("Rules")

    @property
    def hooks(self) -> dict[str, Hook]:
        """The hooks by logical ID, in order."""
        return self._elements("Hooks")

    @property
    def outputs(self) -> dict[str, Output]:
        """The outputs by logical ID, in order."""
        return self._elements("Outputs")

    def find(self, kind: type[R]) -> dict[str, R]:
        """The resources of a class (presets included) by logical ID: ``template.find(s3.Bucket)``."""
        return {name: found for name, found in self.resources.items() if isinstance(found, kind)}

    def logical_id(self, element: Any) -> str:
        """The logical ID of an element; raises `UnresolvedReferenceError` if it is not here."""
        known = self._name_in(element)
        if known is not None:
            return known
        # An element of a component's class body is known in the scope of the component only.
        for section in self._sections.values():
            for name, entry in section.items():
                if entry.scope.find(element) == name:
                    return name
        raise UnresolvedReferenceError(f"{shown(element)} is not in {self._label()}", origin=here())

    def _owns(self, element: object) -> bool:
        return self._name_in(element) is not None

    def _name_in(self, element: object) -> str | None:
        # The template keeps every element that its scope names, so an id stays that element's.
        return self._scope.names.get(id(element))

    def _label(self) -> str:
        return self._label_text

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(entries)} {name.lower()}" for name, entries in self._sections.items() if entries
        )
        return f"<Template: {counts or 'empty'}>"

    # -- copying and pickling: names are kept by id, which another process has not

    def __getstate__(self) -> dict[str, Any]:
        scopes: dict[int, Scope] = {}
        entries = [entry for section in self._sections.values() for entry in section.values()]
        for entry in (*entries, *self._interfaces):
            scope: Scope | None = entry.scope
            while scope is not None:
                scopes.setdefault(id(scope), scope)
                scope = scope.parent
        scopes.setdefault(id(self._scope), self._scope)
        known = {id(entry.element): entry.element for entry in entries}
        known.update((id(old), old) for old in self._kept)
        numbers = {key: number for number, key in enumerate(scopes)}
        state = {
            key: value
            for key, value in self.__dict__.items()
            if key not in ("_scope", "_sections", "_interfaces")
        }
        state["scopes"] = [
            (
                None if scope.parent is None else numbers[id(scope.parent)],
                [(known[key], name) for key, name in scope.names.items() if key in known],
                (scope.component, scope.condition, scope.depends_on, scope.used_at()),
            )
            for scope in scopes.values()
        ]
        state["root"] = numbers[id(self._scope)]
        state["entries"] = [
            (section, name, entry.element, numbers[id(entry.scope)], entry.tags)
            for section, entries in self._sections.items()
            for name, entry in entries.items()
        ]
        state["interfaces"] = [(entry.element, numbers[id(entry.scope)]) for entry in self._interfaces]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        described: list[tuple[int | None, list[tuple[Any, str]], Any]] = state.pop("scopes")
        scopes: dict[int, Scope] = {}

        def scope_of(number: int) -> Scope:
            # A scope shares what is noted in it with the one around it, which must be there first.
            if number not in scopes:
                parent, names, of_component = described[number]
                scope = scopes[number] = Scope(None if parent is None else scope_of(parent))
                scope.names = {id(element): name for element, name in names}
                scope.component, scope.condition, scope.depends_on, scope.caller = of_component
            return scopes[number]

        for number in range(len(described)):
            scope_of(number)
        self._scope = scopes[state.pop("root")]
        self._sections = {name: {} for name in ELEMENTS}
        for section, name, element, number, tags in state.pop("entries"):
            self._sections[section][name] = _Entry(element, scopes[number], tags)
        self._interfaces = [
            _Entry(element, scopes[number], {}) for element, number in state.pop("interfaces")
        ]
        self.__dict__.update(state)
        self._register()

    # -- rendering

    def to_dict(self, *, relative_to: str | os.PathLike[str] | None = None) -> dict[str, Any]:
        """The template as plain data, in CloudFormation's order of sections.

        An `Asset` must be packaged first; with `relative_to`, a folder, it becomes a path relative to that.
        Raises `UnresolvedReferenceError` for references to what is not here, `CircularReferenceError`
        for resources that need each other, `LimitError` past CloudFormation's limits.
        """
        assets = self._scope.assets
        assets.found = []
        if relative_to is not None:
            import os

            assets.folder = os.path.abspath(relative_to)
        try:
            return _Rendering(self).run()
        finally:
            assets.folder = None

    def to_json(self, indent: int | None = 2, *, relative_to: str | os.PathLike[str] | None = None) -> str:
        """The template as JSON text, ending in a newline."""
        from .document import to_json

        text = to_json(self.to_dict(relative_to=relative_to), indent=indent)
        self._check_size(text)
        return text

    def to_yaml(self, *, relative_to: str | os.PathLike[str] | None = None) -> str:
        """The template as YAML text with short tags, ending in a newline."""
        from .document import to_yaml

        text = to_yaml(self.to_dict(relative_to=relative_to))
        self._check_size(text)
        return text

    def _check_size(self, text: str) -> None:
        most = LIMITS["template bytes"]
        if self.limits and len(text) > most // 4 and len(text.encode()) > most:
            raise LimitError(
                f"the template has {len(text.encode()):,} bytes; CloudFormation takes at most {most:,} "
                "(limits=False lifts the check)"
            )

    def doubts(self) -> list[tuple[str, Origin | None]]:
        """What construction warned about (`CatalogWarning`), found again: (sentence, origin) pairs."""
        return [
            (sentence, entry.element._origin())
            for entry in self._sections["Resources"].values()
            if isinstance(entry.element, Resource)
            for sentence in entry.element._doubts()
        ]


def _origin_of(element: Any) -> Origin | None:
    return element._origin() if isinstance(element, Declared) else None


def checked_tags(tags: MappingABC[str, Any] | None, where: Where) -> dict[str, Any]:
    """Tags for a template, stack or component: text to text or expressions."""
    if tags is None:
        return {}
    lifted = lift(tags, where)
    if not isinstance(lifted, FrozenDict):
        raise bad_value(where, f"expected a mapping of tags, found {shown(tags)}")
    for key, value in lifted.items():
        if isinstance(value, (dict, list, bool, int, float)):
            raise bad_value((where, key), f"expected text, found {shown(value)}")
    return dict(lifted)


def checked_moves(moved: MappingABC[str, str] | None, where: Where) -> dict[str, str]:
    """The logical IDs that resources have, by those that they had."""
    if moved is None:
        return {}
    if not hasattr(moved, "items"):
        raise bad_value(where, f"expected a mapping of old logical IDs to new ones, found {shown(moved)}")
    return {
        plain_text(old, where, "a logical ID"): plain_text(new, (where, old), "a logical ID")
        for old, new in moved.items()
    }


def _in_component(rendered: Any, scope: Scope, section: str) -> Any:
    """A rendered resource or output with what its component says of all."""
    if section not in ("Resources", "Outputs"):
        return rendered
    if is_list(rendered):  # A loop: its body is the last of three.
        *head, body = rendered
        return [*head, {key: _in_component(each, scope, section) for key, each in body.items()}]
    if not is_mapping(rendered):
        return rendered
    result: dict[str, Any] = dict(rendered)
    if scope.condition is not None:
        own = result.pop("Condition", None)
        condition = both_conditions(None if own is None else scope.condition, own or scope.condition, scope)
        kind = {"Type": result.pop("Type")} if "Type" in result else {}
        result = {**kind, "Condition": scope.use_condition(condition), **result}
    if scope.depends_on and section == "Resources":
        given = result.pop("DependsOn", [])
        names = list(
            dict.fromkeys([*(given if is_list(given) else [given]), *names_of(scope.depends_on, scope)])
        )
        if names:
            kind = {key: result.pop(key) for key in ("Type", "Condition") if key in result}
            result = {**kind, "DependsOn": names if len(names) > 1 else names[0], **result}
    return result


def _transforms(given: Any, where: Where) -> list[Any]:
    if given is None:
        return []
    items: list[Any] = list(given) if is_sequence(given) else [given]
    found: list[Any] = []
    for i, item in enumerate(items):
        if isinstance(item, Transform):
            found.append(item)
        elif isinstance(item, dict):
            found.append(lift(item, (where, i)))
        else:
            found.append(plain_text(item, (where, i), "Transform"))
    return found


def _checked_globals(given: Any, where: Where) -> Any:
    lifted = lift(given, where)
    if not isinstance(lifted, FrozenDict):
        raise bad_value(where, f"expected a mapping, found {shown(given)}")
    for name in lifted:
        if name not in SAM_GLOBALS:
            raise bad_value(where, f"SAM's Globals have no section {name!r}{did_you_mean(name, SAM_GLOBALS)}")
    return lifted


def _has_sam_types(resources: dict[str, Any]) -> bool:
    """Whether rendered resources, those in loops included, hold a type of SAM."""
    for found in resources.values():
        if is_mapping(found):
            if str(found.get("Type")).startswith("AWS::Serverless::"):
                return True
        elif is_list(found) and found and is_mapping(found[-1]) and _has_sam_types(found[-1]):
            # A loop: its body is the last of three.
            return True
    return False


class _Rendering:
    """One walk over a template."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.scope = template._scope
        self.uses: list[tuple[str, str, Any, list[tuple[str, str]]]] = []
        # Whether anything in it needs the transform of SAM.
        self.serverless = False

    def run(self) -> dict[str, Any]:
        template, scope = self.template, self.scope
        for shared in (scope.references, scope.language_extensions, scope.open_ended, scope.loop_variables):
            shared.clear()
        scope.derived.clear()
        scope.kinds.clear()
        scope.condition_names.clear()
        scope.owner = template._label()
        for section in ("Parameters", "Resources"):
            scope.kinds.update(dict.fromkeys(template._sections[section], section))
        scope.condition_names.update(
            (name, entry.element) for name, entry in template._sections["Conditions"].items()
        )
        rendered = {section: self._section(section) for section in ELEMENTS}
        if template.order:
            rendered["Resources"] = self._ordered(rendered["Resources"])
        self._derive_conditions(rendered["Conditions"])
        metadata = self._metadata()
        sam_globals = self._part("Globals", template.globals)
        self.serverless = _has_sam_types(rendered["Resources"])
        if template.check_references:
            self._check_references(rendered)
            self._check_circles(
                "Resources", rendered, "resources depend on each other, so none can be created first"
            )
            self._check_circles("Conditions", rendered, "conditions depend on each other")
            self._check_moves(rendered["Resources"])
        transform = self._transform()
        one = len(transform) == 1 and not template._lists_transforms
        sections: dict[str, Any] = {
            "AWSTemplateFormatVersion": template.format_version,
            "Description": template.description,
            "Metadata": metadata or None,
            **{name: elements or None for name, elements in rendered.items()},
            "Transform": (transform[0] if one else transform) or None,
            "Globals": sam_globals or None,
            "Resources": rendered["Resources"],
        }
        result = {name: sections[name] for name in SECTIONS if sections[name] is not None}
        for name, raw in template.extra_sections.items():
            if result.get(name):
                raise TemplateError(f"extra_sections has {name!r}, and the template has that section already")
            result[name] = raw._render(scope)
        if template.limits:
            for sentence, _path in broken(result, None):
                raise LimitError(f"{sentence} (limits=False lifts the check)")
        return result

    def _section(self, section: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        resources = section == "Resources"
        references = self.scope.references
        for name, entry in self.template._sections[section].items():
            element = entry.element
            try:
                key = f"Fn::ForEach::{name}" if isinstance(element, ForEach) else name
                if name.startswith("Fn::"):
                    # A macro creates elements whose names are not known here.
                    self.scope.open_ended.append(name)
                rendered = (
                    element._render(entry.scope, entry.tags) if resources else element._render(entry.scope)
                )
                if entry.scope.condition is not None or entry.scope.depends_on:
                    rendered = _in_component(rendered, entry.scope, section)
                result[key] = rendered
            except PyformationError as error:
                if error.path is None or error.origin is None:
                    error.path = error.path or f"{section}.{name}"
                    error.origin = error.origin or _origin_of(element)
                raise
            except RecursionError:
                raise LimitError(
                    "the value is nested too deeply", path=f"{section}.{name}", origin=_origin_of(element)
                ) from None
            if references:
                self.uses.append((section, name, element, references[:]))
                references.clear()
        return result

    def _check_moves(self, resources: dict[str, Any]) -> None:
        """What was moved has a place, and left the other."""
        template = self.template
        if any(name.startswith("Fn::") for name in resources):
            return  # What loops and macros create has names that are not known here.
        for old in template.moved:
            new = template._moves()[old]
            label = template._label()
            if old in resources:
                raise TemplateError(
                    f"moved says that {old!r} is now {new!r}, and {label} has {old!r}, too",
                    origin=_origin_of(template._sections["Resources"][old].element),
                )
            if new not in resources:
                raise TemplateError(
                    f"moved says that {old!r} is now {new!r}, which is no resource of {label}"
                    f"{did_you_mean(new, resources)}"
                )

    def _ordered(self, resources: dict[str, Any]) -> dict[str, Any]:
        """The resources as `order` has them; it is read from first to last."""
        names = list(resources)
        for name, other in self.template.order.items():
            for each in (name, other):
                if each not in resources:
                    raise UnresolvedReferenceError(
                        f"order names the resource {each!r}, which is not in {self.template._label()}"
                        f"{did_you_mean(each, resources)}"
                    )
            names.remove(name)
            names.insert(names.index(other) + 1, name)
        return {name: resources[name] for name in names}

    def _derive_conditions(self, conditions: dict[str, Any]) -> None:
        """Define the combined conditions that were used without a name of their own."""
        scope = self.scope
        for name, (condition, its_scope) in list(scope.derived.items()):
            conditions[name] = condition._render(its_scope)
        self.uses.append(("Conditions", "", None, scope.references[:]))
        scope.references.clear()

    def _metadata(self) -> dict[str, Any]:
        metadata = self._part("Metadata", FrozenDict(self.template.metadata))
        for interface in self.template._interfaces:
            own = metadata.setdefault("AWS::CloudFormation::Interface", {})
            for key, value in interface.element._render(interface.scope).items():
                # Each component may group the parameters it brings.
                own[key] = (
                    [*own.get(key, []), *value] if isinstance(value, list) else {**own.get(key, {}), **value}
                )
        self.uses.append(("Metadata", "AWS::CloudFormation::Interface", None, self.scope.references[:]))
        self.scope.references.clear()
        return metadata

    def _part(self, name: str, value: Any) -> dict[str, Any]:
        """A section of free form as plain data; what it refers to counts like everything else."""
        if not value:
            return {}
        try:
            found: dict[str, Any] = render(value, self.scope)
        except PyformationError as error:
            error.path = error.path or name
            raise
        self.uses.append((name, "", None, self.scope.references[:]))
        self.scope.references.clear()
        return found

    def _transform(self) -> list[Any]:
        """The macros that were given, and the two of AWS's own that the elements need, in AWS's order."""
        given = [render(item, self.scope) for item in self.template.transform]
        for item in given:
            if isinstance(item, dict) and "Fn::Transform" in item:
                given[given.index(item)] = item["Fn::Transform"]
        if not self.template.add_transforms or "Transform" in self.template.extra_sections:
            return given
        if LANGUAGE_EXTENSIONS not in given and self.scope.language_extensions:
            # It stands after custom macros and before SAM.
            place = given.index(SERVERLESS) if SERVERLESS in given else len(given)
            given.insert(place, LANGUAGE_EXTENSIONS)
        if SERVERLESS not in given and self.serverless:
            given.append(SERVERLESS)
        return given

    def _check_references(self, rendered: dict[str, dict[str, Any]]) -> None:
        """Every reference must have a target, unless a macro or a loop may still create it."""
        template = self.template
        loops = any(name.startswith(LOOP) for section in rendered.values() for name in section)
        known_macros = (LANGUAGE_EXTENSIONS, SERVERLESS)
        macros = [item for item in template.transform if item not in known_macros]
        serverless = self.serverless or SERVERLESS in template.transform
        lenient = bool(macros or loops or serverless or self.scope.open_ended)
        resources, parameters = rendered["Resources"], rendered["Parameters"]
        for section, name, element, references in self.uses:
            for kind, target in references:
                if kind == "Condition":
                    if target not in rendered["Conditions"] and not macros and not loops:
                        self._unresolved(section, name, element, "condition", target, rendered["Conditions"])
                elif kind == "Mapping":
                    if target not in rendered["Mappings"] and not macros:
                        self._unresolved(section, name, element, "mapping", target, rendered["Mappings"])
                elif kind == "Parameter":
                    if target not in parameters and not macros:
                        self._unresolved(section, name, element, "parameter", target, parameters)
                elif target in resources:
                    if section == "Conditions":
                        raise UnresolvedReferenceError(
                            f"a condition cannot depend on the resource {target!r}, which does not exist yet",
                            path=f"{section}.{name}",
                        )
                elif kind == "Ref" and (target in parameters or target in PSEUDO_PARAMETERS):
                    continue
                elif not lenient:
                    what = "resource" if kind != "Ref" else "resource or parameter"
                    names = [*resources, *(parameters if kind == "Ref" else ()), *PSEUDO_PARAMETERS]
                    self._unresolved(section, name, element, what, target, names)

    def _unresolved(self, section: str, name: str, element: Any, what: str, target: str, names: Any) -> None:
        raise UnresolvedReferenceError(
            f"refers to the {what} {target!r}, which is not in {self.template._label()}"
            f"{did_you_mean(target, names)}",
            path=f"{section}.{name}",
            origin=_origin_of(element),
        )

    def _check_circles(self, section: str, rendered: dict[str, Any], what: str) -> None:
        """Elements that depend on each other cannot be created."""
        if not self._refers_ahead(section):
            return
        graph = {
            name: [
                target
                for kind, target in references
                if target in rendered[section] and (kind == "Condition") == (section == "Conditions")
            ]
            for of, name, _element, references in self.uses
            if of == section and references
        }
        done: set[str] = set()
        for start in graph:
            if start in done or not graph[start]:
                continue
            path: list[str] = []
            on_path: set[str] = set()
            stack: list[tuple[str, Iterator[str]]] = [(start, iter(graph[start]))]
            path.append(start)
            on_path.add(start)
            while stack:
                for target in stack[-1][1]:
                    if target in on_path:
                        self._circle(section, path[path.index(target) :], what)
                    if target not in done and graph.get(target):
                        stack.append((target, iter(graph[target])))
                        path.append(target)
                        on_path.add(target)
                        break
                else:
                    name, _rest = stack.pop()
                    path.pop()
                    on_path.discard(name)
                    done.add(name)

    def _refers_ahead(self, section: str) -> bool:
        """Whether any element refers to itself or a later one; there is no circle otherwise."""
        uses = [(name, references) for of, name, _element, references in self.uses if of == section]
        ahead = {name for name, _ in uses}
        for name, references in uses:
            for _kind, target in references:
                if target in ahead:
                    return True
            ahead.discard(name)
        return False

    def _circle(self, section: str, names: list[str], what: str) -> None:
        raise CircularReferenceError(
            f"these {what}: {' -> '.join([*names, names[0]])}",
            path=f"{section}.{names[0]}",
            origin=_origin_of(self.template._sections[section][names[0]].element),
        )
