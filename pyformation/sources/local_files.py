"""The local files and folders that a template refers to, where CloudFormation wants a location in S3.

A stack module declares them as `Asset`; in a template file they are plain paths, relative to it (``Code: src/``).
The reviewed table ``assets`` says which properties take one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .. import catalog
from ..errors import InvalidValueError
from ..plain import branches, elements, is_list, is_mapping, mapping_or_empty, placed, spelling
from ..pointers import place_of, pointer

if TYPE_CHECKING:
    from .records import LoadedTemplate

Steps = tuple[str | int, ...]


@attrs.frozen
class Location:
    """The shape of a property that takes a local file, a row of the table ``assets``.

    `shape` is ``s3``, ``url``, or the names of the bucket and the key; `archive` says that only a ZIP archive will do;
    `template` that the file is a template, which is ``nested`` if the diff looks into it.
    """

    property: str
    shape: str | Mapping[str, str]
    archive: bool = False
    template: bool | str = False

    def in_s3(
        self,
        bucket: str,
        key: str,
        *,
        region: str = "us-east-1",
        partition: str = "aws",
        suffix: str = "amazonaws.com",
    ) -> Any:
        """An object in S3 as the property takes it; `suffix` is the domain of the region."""
        if self.shape == "s3":
            return f"s3://{bucket}/{key}"
        if is_mapping(self.shape):
            by_arn = self.shape["bucket"].lower().endswith("arn")
            place = f"arn:{partition}:s3:::{bucket}" if by_arn else bucket
            return {self.shape["bucket"]: place, self.shape["key"]: key}
        # A name with dots has no certificate as a host.
        if "." in bucket:
            return f"https://s3.{region}.{suffix}/{bucket}/{key}"
        return f"https://{bucket}.s3.{region}.{suffix}/{key}"


_PREFIX = "AWS::Serverless::"
# An address (s3://, https://), a dynamic reference, or the variable of a loop: nothing on this computer.
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|.*(\{\{resolve:|\$\{)", re.DOTALL)


@attrs.frozen
class LocalFile:
    """A file or folder that a template refers to.

    `place` are the steps to it in the template, `type` the type of the resource, `written` is the path as the template
    has it, `path` where it is on this computer; `root` is the folder above which no ``.gitignore`` counts, None for that
    of the repository. `exclude` are patterns of files that are left out.
    """

    place: Steps
    type: str
    location: Location
    written: str
    path: str
    root: str | None = None
    exclude: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The logical ID of the resource, or the section that it stands in."""
        return str(self.place[1] if self.place[0] == "Resources" else self.place[0])

    @property
    def property(self) -> str:
        """Where it stands in its resource: ``Code``, ``Command.ScriptLocation``."""
        steps = self.place[3:] if self.place[0] == "Resources" else self.place[1:]
        return ".".join(str(step) for step in steps)


def local_files(template: LoadedTemplate) -> list[LocalFile]:
    """The local files of a template, in its order; whether they exist is not asked.

    Raises `InvalidValueError` for an `Asset` where no local file can stand.
    """
    places = list(_places(template.data))
    for declared in template.assets.keys() - {pointer(place) for place, *_ in places}:
        steps = place_of(declared)
        raise InvalidValueError(
            f"{'.'.join(map(str, steps[2:]))} is a local file, and CloudFormation takes none there",
            path=".".join(map(str, steps[:2])),
            origin=template.origin(steps),
        )
    if not places:
        return []
    folder, root = template.folder(), template.tree()
    return [
        LocalFile(
            place,
            type_name,
            location,
            written,
            os.path.normpath(os.path.join(folder, written)),
            root,
            tuple(template.assets.get(pointer(place), ())),
        )
        for place, type_name, location, written in places
    ]


def code_of(template: LoadedTemplate, logical_id: str) -> LocalFile | None:
    """The local file or folder behind a resource's code, or None where its code is elsewhere."""
    found = [file for file in local_files(template) if file.location.archive]
    own = next((file for file in found if file.name == logical_id), None)
    if own is not None:
        return own
    resource = mapping_or_empty(mapping_or_empty(template.data.get("Resources")).get(logical_id))
    kind = str(resource.get("Type", "")).removeprefix(_PREFIX)
    properties = mapping_or_empty(resource.get("Properties"))
    for file in found:
        # What all serverless functions have, where this one has nothing of its own.
        if file.place[:2] == ("Globals", kind) and file.location.property not in properties:
            return file
    return None


def with_nested(template: LoadedTemplate) -> list[LoadedTemplate]:
    """A template and the local templates of its nested stacks, to any depth, each once."""
    found, seen = [template], set[str]()
    for one in found:  # It grows.
        for file in local_files(one):
            if file.location.template and file.path not in seen:
                seen.add(file.path)
                inner = one.beside(file.written)
                found += [] if inner is None else [inner]
    return found


def is_local(value: object) -> bool:
    """Whether a value is a path on this computer, and not an address or something that AWS computes."""
    return isinstance(value, str) and value != "" and _ELSEWHERE.match(value) is None


def _table(section: str = "Resources") -> dict[str, list[Location]]:
    """The locations by the types of a section, made once."""
    if not _known:
        for row in catalog.reviewed("assets"):
            if row["location"] is not None:
                found = Location(
                    row["property"], row["location"], row.get("archive", False), row.get("template", False)
                )
                of_section = _known.setdefault(row.get("section", "Resources"), {})
                of_section.setdefault(row["type"], []).append(found)
    return _known[section]


_known: dict[str, dict[str, list[Location]]] = {}


def _places(data: Mapping[str, Any]) -> Iterator[tuple[Steps, str, Location, str]]:
    table = _table()
    metadata = mapping_or_empty(data.get("Metadata"))
    for kind, locations in _table("Metadata").items() if metadata else ():
        for location in locations:
            yield from _at(
                metadata.get(kind), location.property.split("/"), ("Metadata", kind), kind, location
            )
    for kind, properties in mapping_or_empty(data.get("Globals")).items():
        for location in table.get(_PREFIX + kind, ()):
            yield from _at(
                properties, location.property.split("/"), ("Globals", kind), _PREFIX + kind, location
            )
    yield from _of_resources(mapping_or_empty(data.get("Resources")), table)
    # Looking for a word is faster than for a key.
    if any(name.encode() in spelling(data) for name in _table("Transform")):
        yield from _includes(data)


def _of_resources(
    resources: dict[str, Any], table: Mapping[str, list[Location]]
) -> Iterator[tuple[Steps, str, Location, str]]:
    for place, resource in elements(resources, ("Resources",)):
        kind = resource.get("Type") if is_mapping(resource) else None
        if isinstance(kind, str) and kind in table:
            for location in table[kind]:
                yield from _at(
                    resource.get("Properties"),
                    location.property.split("/"),
                    (*place, "Properties"),
                    kind,
                    location,
                )


def _at(
    node: Any, steps: Sequence[str], place: Steps, kind: str, location: Location
) -> Iterator[tuple[Steps, str, Location, str]]:
    """The paths behind some steps, in every item of a list and in both branches of an Fn::If."""
    found: list[tuple[Steps, Any]] = [(place, node)]
    for step in steps:
        below: list[tuple[Steps, Any]] = []
        for where, part in _each(found):
            if is_mapping(part) and step in part:
                below.append(((*where, step), part[step]))
            elif is_mapping(part):
                # A mapping of names: the functions of a GraphQL API.
                below += [
                    ((*where, name, step), inner[step])
                    for name, inner in part.items()
                    if is_mapping(inner) and step in inner
                ]
        found = below
    for where, part in _each(found):
        if is_local(part):
            yield where, kind, location, part


def _each(found: list[tuple[Steps, Any]]) -> Iterator[tuple[Steps, Any]]:
    return (each for where, part in found for each in branches(part, where, with_items=True))


_CALLS = frozenset({"Fn::Transform", "Transform"})


def _includes(node: Any) -> Iterator[tuple[Steps, str, Location, str]]:
    """The files that AWS::Include reads, wherever they stand."""
    for place, part in placed(node):
        if place and place[-1] in _CALLS and _CALLS.isdisjoint(place[:-1]):
            each = [(place, part)]
            if is_list(part):
                each = [((*place, number), one) for number, one in enumerate(part)]
            for where, one in each:
                called = mapping_or_empty(one)
                name = str(called.get("Name"))
                for location in _table("Transform").get(name, ()):
                    steps = location.property.split("/")
                    yield from _at(called.get("Parameters"), steps, (*where, "Parameters"), name, location)


def relative_to(template: LoadedTemplate, folder: str) -> dict[str, Any]:
    """The template with the paths of its local files relative to a folder."""
    there = os.path.abspath(folder)
    found: dict[Steps, Any] = {}
    for file in local_files(template):
        if os.path.isabs(file.written) or os.path.normpath(os.path.join(there, file.written)) != file.path:
            path = os.path.relpath(file.path, there).replace(os.sep, "/")
            found[file.place] = path if path.startswith("../") else f"./{path}"
    return replaced(template.data, found)


def replaced(data: dict[str, Any], values: Mapping[Steps, Any]) -> dict[str, Any]:
    """The same template with other values at some places; what is not on the way to them is shared."""
    result: Any = data
    for place, value in values.items():
        result = _replaced(result, place, value)
    found: dict[str, Any] = result
    return found


def _replaced(node: Any, place: Steps, value: Any) -> Any:
    if not place:
        return value
    copy = node.copy()
    copy[place[0]] = _replaced(copy[place[0]], place[1:], value)
    return copy
