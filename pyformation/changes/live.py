"""What a resource is called and what its attributes are: before the update (`Live`), and which of them stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from .. import catalog
from ..evaluation.engine import Engine
from ..evaluation.expressions import section
from ..evaluation.unknowns import NO_VALUE, Unknown, by_case
from .records import MISSING, Path
from .sides import Side, given_value

# The attributes of a nested stack.
OUTPUTS = "Outputs."

# A property of a resource.
_Key = tuple[str, Path]


class Live:
    """Answers with the value that a resource has before the update."""

    def __init__(self, side: Side, output: Callable[[str, str], Any] = lambda _id, _name: MISSING) -> None:
        self.side = side
        self.engine = side.engine.asking(self)
        # Gives an output of a nested stack, `MISSING` where it is not known.
        self.output = output
        self._known: dict[_Key, Any] = {}

    def reference(self, logical_id: str) -> Any:
        identity = identity_of(self.side.resources[logical_id]["Type"])
        if identity is not None:
            found = self.property(logical_id, (identity,))
            return value_or(found, lambda: Unknown("reference", logical_id))
        return Unknown("reference", logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        if name.startswith(OUTPUTS):
            output = self.output(logical_id, name.removeprefix(OUTPUTS))
            if output is not MISSING:
                return output
        type_name: str = self.side.resources[logical_id]["Type"]
        if is_returned_by_ref(type_name, name):
            return self.reference(logical_id)
        mirrored = mirrored_property(type_name, name)
        if mirrored is not None:
            found = self.property(logical_id, mirrored)
            return value_or(found, lambda: Unknown("attribute", f"{logical_id}.{name}"))
        return Unknown("attribute", f"{logical_id}.{name}")

    def property(self, logical_id: str, path: Path) -> Any:
        """The value of a property of a resource, `MISSING` where it has none."""
        key = (logical_id, path)
        if key not in self._known:
            for behind in self._behind(key):
                self._known[behind] = property_value(self.engine, self.side.resources[behind[0]], behind[1])
        return self._known[key]

    def _behind(self, key: _Key) -> list[_Key]:
        """A property behind those of other resources that its value is made of: long chains do not nest."""
        done: dict[_Key, None] = {}
        started: dict[_Key, Iterator[_Key]] = {key: self._needs(key)}
        while started:
            current, rest = next(reversed(started.items()))
            self._known.setdefault(current, MISSING)  # A circle ends here.
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
    """The value of a property at a path below Properties, `MISSING` where it has none."""
    node: Any = section(resource, "Properties").get(str(path[0]), MISSING)
    value: Any = given_value(engine, node)
    for step in path[1:]:
        value = value.get(step, MISSING) if isinstance(value, dict) else MISSING  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return value  # pyright: ignore[reportUnknownVariableType]


def value_or(value: Any, absent: Callable[[], Any]) -> Any:
    """The value of a property, or `absent()` where it is not given: of a choice, in each case."""
    return by_case(value, lambda case: absent() if case is MISSING or case is NO_VALUE else case)


def identity_of(type_name: str) -> str | None:
    """The property that ``Ref`` gives back, where it is one that can be given."""
    record = catalog.find(type_name)
    if record is None:
        return None
    names = record.ref
    return names[0] if len(names) == 1 and names[0] in record.properties else None


def is_returned_by_ref(type_name: str, attribute: str) -> bool:
    """Whether ``Ref`` certainly gives what ``Fn::GetAtt`` gives of this attribute."""
    return _returned_by_ref().get(type_name) == attribute


@cache
def _returned_by_ref() -> dict[str, str]:
    return {row["type"]: row["attribute"] for row in catalog.reviewed("refs")}


def mirrored_property(type_name: str, attribute: str) -> Path | None:
    """The property that an attribute reads back."""
    record = catalog.find(type_name)
    found = None if record is None else record.attributes.get(attribute)
    return None if found is None or found.mirrors is None else tuple(found.mirrors.split("/")[2:])


def is_stable(type_name: str, attribute: str) -> bool:
    """Whether an attribute identifies the resource, and so stays as it is while the resource does.

    Arn, GroupArn and GroupId of a SecurityGroup do; the ARN or ID of anything else that AWS keeps there may
    change, as the version of a plan does. So may the rest, but for what was reviewed (``stable``).
    """
    record = catalog.find(type_name)
    if record is None or record.name.startswith("Custom::") or record.any_attribute == "":
        return False
    if attribute in record.identifier or attribute in record.ref or attribute in _stable().get(type_name, ()):
        return True
    kind = type_name.rpartition("::")[2].lower()
    for ending in ("arn", "id"):
        stem = attribute.lower().removesuffix(ending)
        if stem != attribute.lower() and kind.endswith(stem):
            return attribute in record.attributes
    return False


@cache
def _stable() -> dict[str, list[str]]:
    """The attributes of each type that were reviewed to stay."""
    return {row["type"]: row["attributes"] for row in catalog.reviewed("stable")}


def names_resource(type_name: str, property_name: str) -> bool:
    """Whether a property is what a resource is called by."""
    record = catalog.find(type_name)
    return record is None or property_name in record.identifier or property_name == record.physical_name
