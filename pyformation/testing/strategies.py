"""Hypothesis strategies drawn from the catalog: values, resources and templates that AWS's schemas allow.

    >>> from hypothesis import given
    >>> @given(resources(sqs.Queue))
    ... def test_queue(queue: sqs.Queue) -> None: ...

Values follow every fact of the catalog about a property: required, types, enums, patterns, lengths, ranges,
numbers of items, unique items, keys of maps. The catalog does not know rules across properties, so AWS may still
reject a generated resource.

Values are drawn as *drafts* first: plain data under CloudFormation's names, in which every block knows its
property type. A draft can then be spelled with mappings, with property types, or with both.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

import attrs

from .. import catalog
from ..catalog.patterns import compiled, texts_for
from ..catalog.samples import identifiers, listed, of_items
from ..elements import Declared, Output, Parameter
from ..errors import InvalidValueError, MissingExtraError, here, how_to_install, shown
from ..resource import AnyResource, Resource, resource_class
from ..template import Template
from ..values import Base64, Equals, If, Join, Not, NoValue, Region, Select, StackName

try:
    from hypothesis import reject
    from hypothesis import strategies as st
except ModuleNotFoundError:
    raise MissingExtraError(
        f"the strategies of pyformation.testing need hypothesis: {how_to_install('testing')}"
    ) from None

R = TypeVar("R", bound=Resource)
Draw = Callable[[st.SearchStrategy[Any]], Any]

__all__ = [
    "COMMON_TYPES",
    "Block",
    "Choice",
    "Draft",
    "Surroundings",
    "drafts",
    "resources",
    "surroundings",
    "templates",
    "values",
]

# Below this depth only required properties are drawn; the second is an error.
_DEEP = 4
_TOO_DEEP = 40
# How many optional values one draft may hold: the largest types have thousands of blocks.
_BUDGET = 120

# Text that looks like something else to YAML, to a shell, or to CloudFormation.
_AWKWARD = (
    "",
    "yes",
    "null",
    "~",
    "010",
    "1e3",
    "0x1F",
    "12:30:45",
    "2012-10-17",
    "a: b",
    "# no comment",
    "- item",
    "{curly}",
    "[square",
    "!Ref x",
    "*star",
    "&and",
    "'single' \"double\"",
    "back\\slash",
    " leading",
    "trailing ",
    "tab\there",
    "two\nlines",
    "two\nlines\n",
    "  indented\nthen not\n",
    "\nfirst line empty",
    "trailing \nspace",
    "${Literal}",
    "100%",
    "grüße",
    "日本語",
    "🙂",
    "x" * 200,
)


# ---------------------------------------------------------------------------------------------
# Text


def _possible(facts: Mapping[str, Any]) -> bool:
    """Whether there is text for a pattern: one of AWS's matches nothing at all."""
    pattern = facts.get("pattern")
    return pattern is None or bool(texts_for(pattern, facts.get("min_length", 0), facts.get("max_length")))


def _text(facts: Mapping[str, Any]) -> st.SearchStrategy[str]:
    shortest: int = facts.get("min_length", 0)
    longest: int | None = facts.get("max_length")
    pattern = facts.get("pattern")
    matcher = compiled(pattern) if pattern else None
    known = identifiers(facts.get("takes", ()))
    known = [text for text in known if matcher is None or matcher.search(text)]
    if known:
        return st.sampled_from(known)
    if pattern is not None:
        texts = texts_for(pattern, shortest, longest)
        if texts:
            return st.sampled_from(texts)
    return _free_text(shortest, longest)


@functools.cache
def _free_text(shortest: int, longest: int | None) -> st.SearchStrategy[str]:
    alphabet = st.sampled_from("abcxyzABC019")
    plain = st.text(alphabet, min_size=shortest, max_size=min(shortest + 12, longest or 10**6))
    awkward = [t for t in _AWKWARD if shortest <= len(t) and (longest is None or len(t) <= longest)]
    return st.one_of(plain, st.sampled_from(awkward)) if awkward else plain


# ---------------------------------------------------------------------------------------------
# Drafts


class Block(dict[str, Any]):
    """The draft of a property type: its properties by CloudFormation's names."""

    def __init__(self, property_type: str, properties: Mapping[str, Any]) -> None:
        super().__init__(properties)
        self.property_type = property_type


@attrs.frozen
class Choice:
    """The draft of an `If`."""

    condition: Any
    then: Any
    otherwise: Any


@attrs.frozen
class Surroundings:
    """What a template offers to its values: expressions that may stand in for them.

    All are known only once deployed, so no constraint is broken by them: `scalars` (parameters without a
    default) stand for anything, `texts` (other resources and their attributes) for text, `lists` for lists
    of text.
    """

    scalars: Sequence[Any] = ()
    texts: Sequence[Any] = ()
    lists: Sequence[Any] = ()
    conditions: Sequence[Any] = ()


NOTHING = Surroundings()


class _Drawing:
    """Draws the draft of one resource."""

    def __init__(self, draw: Draw, type_name: str, surroundings: Surroundings) -> None:
        self.draw = draw
        self.record = catalog.resource_type(type_name)
        self.around = surroundings
        self.budget = _BUDGET
        self.expressions = bool(surroundings.scalars or surroundings.lists or surroundings.conditions)

    def chance(self, percent: int) -> bool:
        """True in some of a hundred cases; shrinks to False."""
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def members(
        self,
        properties: Mapping[str, catalog.Property],
        path: str,
        depth: int,
        fewest: int = 0,
        most: int | None = None,
    ) -> dict[str, Any]:
        """The required and some of the optional properties of a resource or a property type."""
        paths = self.record.paths
        allowed = {
            name: found
            for name, found in properties.items()
            if not found.read_only
            and not paths.get(f"{path}/{name}", {}).get("read_only")
            and (found.required or _possible(found.facts))
        }
        names = [name for name, found in allowed.items() if found.required]
        optional = [name for name in allowed if name not in names]
        room = len(optional) if most is None else min(len(optional), most - len(names))
        if depth >= _DEEP or self.budget <= 0:
            room = min(room, max(fewest - len(names), 0))
            # What cannot go deeper is safest here.
            optional.sort(key=lambda name: len(allowed[name].type.definitions()))
            names += optional[:room]
        elif room > 0:
            least = max(fewest - len(names), 0)
            size = self.draw(st.integers(least, max(least, min(room, 6 if depth == 0 else 3))))
            if depth and self.chance(30 if names else 60):
                size = max(least, 1)  # Options of a block are often a choice of one.
            if depth == 0 and most is None and self.chance(15):
                size = min(room, 40)
            chosen = st.lists(st.sampled_from(optional), min_size=size, max_size=size, unique=True)
            names += self.draw(chosen) if size < len(optional) else optional
            self.budget -= size
        result: dict[str, Any] = {}
        for name in names:
            found = allowed[name]
            value = self.value(found.type, found.facts, f"{path}/{name}", depth)
            if not found.required and self.expressions and self.around.conditions and self.chance(4):
                value = Choice(self.draw(st.sampled_from(self.around.conditions)), value, NoValue)
            result[name] = value
        return result

    def value(self, kind: catalog.Type, facts: Mapping[str, Any], path: str, depth: int) -> Any:
        """One value of a type, within the facts of its property."""
        if depth > _TOO_DEEP:
            raise RecursionError(f"{self.record.name} {path}: required blocks never end")
        if self.expressions and self.chance(8):
            found = self.expression(kind, facts, path, depth)
            if found is not None:
                return found
        return self.plain(kind, facts, path, depth)

    def plain(self, kind: catalog.Type, facts: Mapping[str, Any], path: str, depth: int) -> Any:
        """The same without an expression in its place (there may be some inside)."""
        if kind.kind == "union":
            option = self.draw(st.sampled_from(kind.options))
            return self.plain(option, facts, path, depth)
        if facts.get("enum") and kind.kind in ("scalar", "any", "json"):
            return self.draw(st.sampled_from(listed(facts, kind.name)))
        if kind.kind == "scalar":
            return self.scalar(str(kind.name), facts)
        if kind.kind == "definition":
            record = self.record.definition(str(kind.name))
            members = self.members(
                record.properties,
                path,
                depth + 1,
                facts.get("min_properties", 0),
                facts.get("max_properties"),
            )
            return Block(record.name, members)
        if kind.kind == "list":
            return self.items(kind, facts, path, depth)
        if kind.kind == "map":
            return self.map(kind, facts, path, depth)
        if facts.get("max_properties") == 0:
            return {}
        return self.draw(_JSON if kind.kind == "json" else _ANY)

    def scalar(self, name: str, facts: Mapping[str, Any]) -> Any:
        if name == "string":
            return self.draw(_text(facts))
        if name == "boolean":
            return self.draw(st.booleans())
        return self.draw(_numbers(name, *(facts.get(key) for key in _NUMERIC)))

    def items(self, kind: catalog.Type, facts: Mapping[str, Any], path: str, depth: int) -> list[Any]:
        assert kind.item is not None
        fewest: int = facts.get("min_items", 0)
        most: int | None = facts.get("max_items")
        deep = depth >= _DEEP or self.budget <= 0
        usual = fewest if deep else max(fewest, min(fewest + 2, most if most is not None else fewest + 2))
        size = self.draw(st.integers(fewest, usual))
        result: list[Any] = []
        seen: set[str] = set()
        for _attempt in range(size + 30):
            if len(result) >= size:
                break
            # Items that differ may be the same once expressions are computed.
            usual_expressions, self.expressions = (
                self.expressions,
                self.expressions and not facts.get("unique"),
            )
            item = self.value(kind.item, of_items(facts), path, depth)
            self.expressions = usual_expressions
            text = repr(item)
            if facts.get("unique") and (text in seen or text in ("True", "False")):
                continue
            seen.add(text)
            result.append(item)
        if len(result) < fewest:
            reject()  # Drawn the same again and again, as hypothesis does when it shrinks.
        return result

    def map(self, kind: catalog.Type, facts: Mapping[str, Any], path: str, depth: int) -> dict[str, Any]:
        assert kind.item is not None
        fewest: int = facts.get("min_properties", 0)
        usual = max(fewest, min(fewest + 2, facts.get("max_properties", fewest + 2)))
        size = self.draw(st.integers(fewest, usual))
        pattern = facts.get("key_pattern")
        texts = [t for t in (texts_for(pattern) if pattern else ()) if not t.startswith("Fn::")]
        keys = st.sampled_from(texts) if texts else st.text("abcABC123", min_size=1, max_size=12)
        result: dict[str, Any] = {}
        for _attempt in range(size + 30):
            if len(result) >= size:
                break
            result[self.draw(keys)] = self.value(kind.item, facts.get("items", {}), path + "/*", depth)
        if len(result) < fewest:
            reject()
        return result

    def expression(self, kind: catalog.Type, facts: Mapping[str, Any], path: str, depth: int) -> Any:
        """Something that CloudFormation computes in place of a value, or None where nothing fits."""
        around = self.around
        options: list[Callable[[], Any]] = []
        if around.conditions:
            condition = st.sampled_from(around.conditions)
            options.append(
                lambda: Choice(
                    self.draw(condition),
                    self.plain(kind, facts, path, depth),
                    self.plain(kind, facts, path, depth),
                )
            )
        found = [*around.scalars, *(around.texts if kind.name == "string" else ())]
        if kind.kind == "scalar" and found:
            scalars = st.sampled_from(found)
            options.append(lambda: self.draw(scalars))
            if kind.name == "string" and not {"pattern", "enum", "max_length", "min_length"} & facts.keys():
                options.append(lambda: f"{self.draw(scalars)}-of ${{this}}/{self.draw(scalars)}")
                options.append(lambda: Join("-", [self.draw(scalars), "x", StackName]))
                options.append(lambda: Select(0, [self.draw(scalars), Region]))
                options.append(lambda: Base64(self.draw(scalars)))
        if kind.kind == "list" and kind.item is not None and kind.item.name == "string" and around.lists:
            options.append(lambda: self.draw(st.sampled_from(around.lists)))
        return self.draw(st.sampled_from(options))() if options else None


_NUMERIC = ("minimum", "maximum", "exclusive_minimum", "exclusive_maximum", "multiple_of")


@functools.cache
def _numbers(
    name: str,
    low: float | None,
    high: float | None,
    above: float | None,
    below: float | None,
    step: float | None,
) -> st.SearchStrategy[Any]:
    low = low if above is None else max(above if low is None else low, above)
    high = high if below is None else min(below if high is None else high, below)
    if low is None:
        low = min(0, high - 100) if high is not None else 0
    if high is None:
        high = low + 1000
    unit = step or 1
    first, last = -(-low // unit), high // unit
    if above is not None and first * unit <= above:
        first += 1
    if below is not None and last * unit >= below:
        last -= 1
    if first > last or (name == "number" and step is None):
        return st.floats(
            low, high, allow_nan=False, exclude_min=above is not None, exclude_max=below is not None
        ).map(lambda number: round(number, 3) if low <= round(number, 3) <= high else number)
    # The ends and a few between: a range of thousands says no more.
    near = st.integers(int(first), int(min(last, first + 50)))
    return st.one_of(near, st.just(int(last))).map(lambda number: int(number * unit))


_LEAVES = st.one_of(st.booleans(), st.integers(-1000, 1000), _free_text(0, None))
_KEYS = st.sampled_from(["Statement", "Effect", "a", "b.c", "key with blanks", "0", "Version", "true"])
_JSON = st.dictionaries(
    _KEYS,
    st.one_of(_LEAVES, st.lists(_LEAVES, max_size=2), st.dictionaries(_KEYS, _LEAVES, max_size=2)),
    max_size=3,
)
_ANY = st.one_of(_free_text(1, None), _JSON)


@attrs.frozen
class Draft:
    """A resource before it is built: properties under CloudFormation's names, options by keyword."""

    kind: type[Resource]
    properties: dict[str, Any]
    options: dict[str, Any] = attrs.field(factory=dict[str, Any])

    @property
    def type_name(self) -> str:
        """The name of the resource type in CloudFormation."""
        return self.kind.TYPE

    def build(self, property_types: bool | Callable[[], bool] = True) -> Resource:
        """The resource, its blocks spelled as property types, as plain mappings, or as each call says."""
        spelled: Callable[[], bool]
        spelled = property_types if callable(property_types) else lambda: property_types
        return self.kind(**keywords(self.kind, self.properties, spelled), **self.options)


def keywords(cls: Any, properties: Mapping[str, Any], property_types: Callable[[], bool]) -> dict[str, Any]:
    """The keywords of a class for a draft's properties."""
    names: dict[str, str] = {slot.name: keyword for keyword, slot in cls._table.items()}
    return {names[name]: spelled(cls, value, property_types) for name, value in properties.items()}


def spelled(cls: Any, value: Any, property_types: Callable[[], bool]) -> Any:
    """A draft as a user would write it; `cls` is the resource's or any of its property types."""
    if isinstance(value, Block):
        if property_types():
            inner = cls._property_type(value.property_type)
            return inner(**keywords(inner, value, property_types))
        return {name: spelled(cls, item, property_types) for name, item in value.items()}
    if isinstance(value, Choice):
        then, otherwise = (spelled(cls, v, property_types) for v in (value.then, value.otherwise))
        return If(value.condition, then, otherwise)
    if value.__class__ is list:
        return [spelled(cls, item, property_types) for item in value]
    if value.__class__ is dict:
        return {name: spelled(cls, item, property_types) for name, item in value.items()}
    return value


# ---------------------------------------------------------------------------------------------
# Strategies


def drafts(kind: type[Resource] | str, surroundings: Surroundings = NOTHING) -> st.SearchStrategy[Draft]:
    """Drafts of a type: all required and a random part of the optional properties."""
    return _drafts(_class_of(kind), surroundings)


@st.composite
def _drafts(draw: Draw, cls: type[Resource], around: Surroundings) -> Draft:
    drawing = _Drawing(draw, cls.TYPE, around)
    return Draft(cls, drawing.members(drawing.record.properties, "/Properties", 0))


def _class_of(kind: type[Resource] | str) -> type[Resource]:
    if isinstance(kind, str):
        return resource_class(kind)
    if isinstance(kind, type) and issubclass(kind, Resource):  # pyright: ignore[reportUnnecessaryIsInstance]
        if kind not in (Resource, AnyResource):
            return kind
    raise InvalidValueError(
        f"expected the class or the name of a resource type, found {shown(kind)}", origin=here()
    )


def values(
    kind: type[Resource] | str, path: str, surroundings: Surroundings = NOTHING
) -> st.SearchStrategy[Any]:
    """Values for one property, by its path: ``values(ec2.Instance, "/Properties/Tags")``.

    Blocks are randomly property types or plain mappings.
    """
    cls = _class_of(kind)
    return _values(cls, catalog.lookup(cls.TYPE, path), path.rstrip("/*"), surroundings)


@st.composite
def _values(draw: Draw, cls: type[Resource], found: catalog.Property, path: str, around: Surroundings) -> Any:
    drawing = _Drawing(draw, cls.TYPE, around)
    draft = drawing.value(found.type, found.facts, path, 0)
    return spelled(cls, draft, lambda: bool(draw(st.booleans())))


@overload
def resources(kind: type[R], surroundings: Surroundings = NOTHING) -> st.SearchStrategy[R]: ...
@overload
def resources(
    kind: str | None = None, surroundings: Surroundings = NOTHING
) -> st.SearchStrategy[Resource]: ...
def resources(
    kind: type[Resource] | str | None = None, surroundings: Surroundings = NOTHING
) -> st.SearchStrategy[Resource]:
    """Resources of a class (a preset is one, too), of a type by its name, or of any type of the catalog.

    `surroundings` are the parameters, conditions and other resources that its values may refer to; without
    them it stands alone.
    """
    if kind is None:
        return st.sampled_from(catalog.types()).flatmap(lambda name: resources(name, surroundings))
    return _resources(drafts(kind, surroundings))


@st.composite
def _resources(draw: Draw, of: st.SearchStrategy[Draft]) -> Resource:
    draft: Draft = draw(of)
    return _declared_nowhere(draft.build(lambda: bool(draw(st.booleans()))))


D = TypeVar("D", bound=Declared)


def _declared_nowhere(element: D) -> D:
    """Without the line that made it, which is one of hypothesis' own and would only mislead."""
    object.__setattr__(element, "_code", None)
    return element


def surroundings() -> tuple[Template, Surroundings]:
    """A template of parameters and conditions, and what it offers to the values of resources.

    ``template, around = surroundings()``, then ``template.add("It", data.draw(resources(kind, around)))``.
    """
    template = Template(description="Drawn from the catalog")
    text = template.add("Text", Parameter(str))
    number = template.add("Number", Parameter(int))
    subnets = template.add("Names", Parameter(list[str]))
    stage = template.add("Stage", Parameter(str, default="dev", allowed_values=["dev", "prod"]))
    is_prod = template.add("IsProd", Equals(stage, "prod"))
    template.add("IsNotProd", Not(is_prod))
    return template, Surroundings(
        scalars=[text, number], lists=[subnets], conditions=[is_prod, "IsNotProd", ~is_prod]
    )


# Types of all sizes and habits, for templates whose resources refer to each other.
COMMON_TYPES = (
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SNS::Topic",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::EC2::Instance",
    "AWS::EC2::SecurityGroup",
    "AWS::DynamoDB::Table",
    "AWS::RDS::DBInstance",
    "AWS::Logs::LogGroup",
    "AWS::Events::Rule",
    "AWS::ECS::TaskDefinition",
    "AWS::StepFunctions::StateMachine",
    "AWS::WAFv2::WebACL",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFormation::CustomResource",
)


def templates(
    types: Sequence[type[Resource] | str] = COMMON_TYPES, max_resources: int = 4
) -> st.SearchStrategy[Template]:
    """Templates with parameters, conditions, outputs, and resources that refer to earlier ones."""
    return _templates([_class_of(kind) for kind in types], max_resources)


@st.composite
def _templates(draw: Draw, classes: Sequence[type[Resource]], most: int) -> Template:
    template, around = surroundings()
    texts: list[Any] = []
    last: Resource | None = None
    for number in range(draw(st.integers(1, most))):
        here = Surroundings(around.scalars, texts, around.lists, around.conditions)
        draft: Draft = draw(drafts(draw(st.sampled_from(classes)), here))
        draft = attrs.evolve(draft, options=draw(_options(here, last)))
        resource = template.add(f"Resource{number}", draft.build(lambda: bool(draw(st.booleans()))))
        attributes = [resource, *_attributes(resource)]
        texts += [resource, draw(st.sampled_from(attributes))]
        template.add(
            f"Output{number}",
            Output(
                draw(st.sampled_from(attributes)),
                export=f"{StackName}-{number}" if draw(st.booleans()) else None,
                condition=draft.options.get("condition"),
            ),
        )
        # A resource under a condition may be missing, so nothing that always exists depends on it.
        last = resource if "condition" not in draft.options else last
    for element in map(template.__getitem__, template):
        if isinstance(element, Declared):
            _declared_nowhere(element)
    return template


def _attributes(resource: Resource) -> list[Any]:
    names = catalog.resource_type(resource.TYPE).attributes
    return [resource.get_att[name] for name, found in names.items() if found.type.name == "string"]


@st.composite
def _options(draw: Draw, around: Surroundings, other: Resource | None) -> dict[str, Any]:
    options: dict[str, st.SearchStrategy[Any]] = {
        "deletion_policy": st.sampled_from(["Delete", "Retain", "RetainExceptOnCreate"]),
        "update_replace_policy": st.sampled_from(["Delete", "Retain"]),
        "metadata": _JSON,
        "condition": st.sampled_from(around.conditions),
    }
    if other is not None:
        options["depends_on"] = st.just(other)
    chosen = draw(st.lists(st.sampled_from(sorted(options)), max_size=2, unique=True))
    return {name: draw(options[name]) for name in chosen}
