"""The names and attributes of resources before the update (`Live`), and which of them an update keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from .. import catalog
from ..evaluation.engine import Engine
from ..evaluation.expressions import section
from ..evaluation.unknowns import NO_VALUE, Unknown, by_case
from ..plain import is_mapping
from .records import MISSING, Path
from .sides import Side, given_value

# The attributes of a nested stack.
OUTPUTS = "Outputs."

# A property of a resource.
_Key = tuple[str, Path]


class Live:
    """Resolves references to the values that resources have before the update."""

    def __init__(self, side: Side, output: Callable[[str, str], Any] = lambda _id, _name: MISSING) -> None:
        self.side = side
        self.engine = side.engine.with_resources(self)
        # Gives an output of a nested stack, `MISSING` if it is not known.
        self.output = output
        self._known: dict[_Key, Any] = {}

    def reference(self, logical_id: str) -> Any:
        identity = identity_of(self.side.resources[logical_id]["Type"])
        if identity is not None:
            found = self.property(logical_id, (identity,))
            return value_or(found, lambda: self.symbol(logical_id))
        return self.symbol(logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        if name.startswith(OUTPUTS):
            output = self.output(logical_id, name.removeprefix(OUTPUTS))
            if output is not MISSING:
                return output
        resource = self.side.resources[logical_id]
        if is_returned_by_ref(resource, name):
            return self.reference(logical_id)
        type_name: str = resource["Type"]
        mirrored = mirrored_property(type_name, name)
        if mirrored is not None:
            found = self.property(logical_id, mirrored)
            return value_or(found, lambda: self.symbol(f"{logical_id}.{name}"))
        return self.symbol(f"{logical_id}.{name}")

    def symbol(self, name: str) -> Any:
        """A reference or an attribute by its name: the value that AWS reports, or a symbol."""
        found = self.side.names.get(name)
        return Unknown("attribute" if "." in name else "reference", name) if found is None else found

    def property(self, logical_id: str, path: Path) -> Any:
        """The value of a property of a resource, `MISSING` if it has none."""
        key = (logical_id, path)
        if key not in self._known:
            for behind in self._behind(key):
                self._known[behind] = property_value(self.engine, self.side.resources[behind[0]], behind[1])
        return self._known[key]

    def _behind(self, key: _Key) -> list[_Key]:
        """The property at the end of a chain of references: long chains need no recursion."""
        done: dict[_Key, None] = {}
        started: dict[_Key, Iterator[_Key]] = {key: self._needs(key)}
        while started:
            current, rest = next(reversed(started.items()))
            self._known.setdefault(current, MISSING)  # Ends a circle.
            needed = next(rest, None)
            if needed is None:
                del started[current]
                done[current] = None
            elif needed not in self._known:
                started[needed] = self._needs(needed)
        return list(done)

    def _needs(self, key: _Key) -> Iterator[_Key]:
        node = section(self.side.resources[key[0]], "Properties").get(str(key[1][0]), MISSING)
        for reference in self.side.engine.references(node):
            resource = self.side.resources.get(reference.name)
            if resource is None:
                continue
            if reference.attribute is None:
                identity = identity_of(resource["Type"])
                mirrored: Path | None = None if identity is None else (identity,)
            else:
                mirrored = mirrored_property(resource["Type"], reference.attribute)
            if mirrored is not None:
                yield reference.name, mirrored


def property_value(engine: Engine, resource: dict[str, Any], path: Path) -> Any:
    """The value of a property at a path below Properties, `MISSING` if there is none."""
    node: Any = section(resource, "Properties").get(str(path[0]), MISSING)
    value: Any = given_value(engine, node)
    for step in path[1:]:
        value = value.get(str(step), MISSING) if is_mapping(value) else MISSING
    return value


def value_or(value: Any, absent: Callable[[], Any]) -> Any:
    """The value of a property, or `absent()` if it is not given; of a choice, in each case."""
    return by_case(value, lambda case: absent() if case is MISSING or case is NO_VALUE else case)


def identity_of(type_name: str) -> str | None:
    """The property that ``Ref`` returns, if a template can give it."""
    record = catalog.find(type_name)
    if record is None:
        return None
    names = record.ref
    return names[0] if len(names) == 1 and names[0] in record.properties else None


def is_returned_by_ref(resource: Mapping[str, Any], attribute: str) -> bool:
    """Whether ``Ref`` of a resource certainly returns the same as ``Fn::GetAtt`` of this attribute."""
    type_name: str = resource["Type"]
    identity = identity_of(type_name)
    if identity is not None and mirrored_property(type_name, attribute) == (identity,):
        return True
    row = _returned_by_ref().get(type_name)
    if row is None or row["attribute"] != attribute:
        return False
    if "given" not in row:
        return True
    value = section(resource, "Properties").get(row["given"])
    # A condition or a macro may leave the property out.
    leaves_out = is_mapping(value) and ("Fn::If" in value or "Fn::Transform" in value or value == _NOTHING)
    return value is not None and not leaves_out


_NOTHING = {"Ref": "AWS::NoValue"}


@cache
def _returned_by_ref() -> dict[str, dict[str, Any]]:
    return {row["type"]: row for row in catalog.reviewed("refs")}


def mirrored_property(type_name: str, attribute: str) -> Path | None:
    """The property that an attribute reads back."""
    record = catalog.find(type_name)
    found = None if record is None else record.attributes.get(attribute)
    return None if found is None or found.mirrors is None else tuple(found.mirrors.split("/")[2:])


def identifies(type_name: str, attribute: str) -> bool:
    """Whether an attribute identifies the resource: its identifier, its own ARN or ID, and what stays the same with
    it.

    For a SecurityGroup, these are Arn, GroupArn and GroupId, but not the ARN or ID of something else that AWS keeps
    there.
    """
    record = catalog.find(type_name)
    if record is None or record.open or record.any_attribute == "":
        return False
    found = record.attributes.get(attribute)
    if attribute in record.identifier or attribute in record.ref:
        return True
    if found is None:
        return False
    if found.moves_with == ():
        return True
    kind = type_name.rpartition("::")[2].lower()
    for ending in ("arn", "id"):
        stem = attribute.lower().removesuffix(ending)
        if stem != attribute.lower() and kind.endswith(stem):
            return True
    return False


def keeps_attribute(type_name: str, attribute: str | None, changed: Iterable[Path]) -> bool:
    """Whether an attribute (None: the value of ``Ref``) stays the same while these paths change in place.

    Never optimistic: a changed property leaves an attribute alone only if the catalog says so. No attribute depends
    on metadata, policies, dependencies and tags.
    """
    record = catalog.find(type_name)
    tags = None if record is None or record.tags is None else record.tags["property"]
    properties = [path[1:] for path in changed if path[0] == "Properties" and path[1] != tags]
    if not properties:
        return True
    if attribute is not None and attribute.startswith(OUTPUTS):
        return False  # The outputs of another stack, which is updated as well.
    if record is None:
        return attribute is None
    names = record.ref if attribute is None else [attribute]
    return not any(_moves(record, name.replace("/", "."), properties) for name in names)


def _moves(record: catalog.ResourceType, name: str, changed: list[Path]) -> bool:
    """Whether a part of the identifier, or an attribute, may change in an update in place."""
    found = record.attributes.get(name)
    moves_with = None if found is None else found.moves_with
    if moves_with is None:
        if name in record.properties:
            return any(path[0] == name for path in changed)
        return name.replace(".", "/") not in record.identifier
    return any(_overlap(path, moving.split("/")) for path in changed for moving in moves_with)


def _overlap(path: Path, moving: list[str]) -> bool:
    """Whether one of two paths contains the other; a changed path includes positions in lists."""
    steps = [step for step in path if isinstance(step, str)]
    return all(one == other for one, other in zip(steps, moving, strict=False))


def names_resource(type_name: str, property_name: str) -> bool:
    """Whether a property is the name of a resource."""
    record = catalog.find(type_name)
    return record is None or property_name in record.identifier or property_name == record.physical_name
