"""Nested stacks: if a stack resource refers to a template file beside the parent's, both sides of it are compared.

On each side, the nested stack gets the parent's values and the parent gets its outputs, to any depth. Unknown values
keep their identity: a symbol of the parent is ``parent::Bucket`` in the nested stack, and a symbol of the nested
stack is ``Network/Bucket`` in the parent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import attrs

from ..errors import EvaluationError, join_words
from ..evaluation import at
from ..evaluation.engine import Engine
from ..evaluation.expressions import section
from ..evaluation.unknowns import NO_VALUE, Unknown, chosen, mapped
from ..plain import is_mapping
from ..sources import EMPTY, LoadedTemplate
from .code import with_code
from .comparison import same_as_text
from .diff import Diff, ResourceChange
from .forms import WrittenOut
from .records import MISSING, STACK, Refreshed
from .sides import Side, Sides, Which

# Files that refer to each other through symbolic links to folders could nest without end.
_DEEPEST = 50
_MOST = 2_000

_INWARDS = "parent::"
# The kinds of symbols that belong to one stack; a region, a stored parameter or an export is the same for all.
_OWN_KINDS = frozenset({"parameter", "reference", "attribute", "new", "may", "macro"})
_OWN_PSEUDO = frozenset({"AWS::StackName", "AWS::StackId"})

# Compares the templates of a nested stack, with the parameters that its parent gives.
Compare = Callable[["Family", Mapping[str, Any], Mapping[str, Any]], Diff]


@attrs.define
class Family:
    """The templates of one stack before and after the update, and those of the stacks around it."""

    before: LoadedTemplate
    after: LoadedTemplate
    around: tuple[str, ...] = ()
    seen: list[int] = attrs.field(factory=lambda: [0])

    def inside(self, before: LoadedTemplate, after: LoadedTemplate) -> Family:
        """The templates of a nested stack. Raises `EvaluationError` for a template that contains itself."""
        names = {_file(template) for template in (self.before, self.after)} - {None}
        around = (*self.around, *(name for name in names if name is not None))
        for template in (before, after):
            name = _file(template)
            if name is not None and name in around:
                raise EvaluationError(f"the template {name} nests itself")
        self.seen[0] += 1
        if len(around) > 2 * _DEEPEST or self.seen[0] > _MOST:
            raise EvaluationError(
                f"the stacks nest deeper than {_DEEPEST} levels, or are more than {_MOST:,}"
            )
        return Family(*with_code(before, after), around, self.seen)


def _file(template: LoadedTemplate) -> str | None:
    return None if template.document is None else template.document.name


@attrs.frozen
class _Child:
    """The template of a nested stack on one side, and the parameters that its parent gives."""

    template: LoadedTemplate
    parameters: dict[str, Any]


class NestedStacks:
    """The nested stacks of a template, compared on demand."""

    def __init__(self, family: Family, sides: Sides, written_out: WrittenOut, compare: Compare) -> None:
        self.family = family
        self.sides = sides
        self.written_out = written_out
        # The engines of each side, which know what resources are before and after the update.
        self.before, self.after = written_out.engines
        self.compare = compare
        # The stacks whose template cannot be found, or why it was not read.
        self.unknown: dict[str, str | None] = {}
        self._unread: dict[str, str] = {}
        # Those whose template is available on the other side.
        self.one_sided: set[str] = set()
        self._diffs: dict[str, Diff | None] = {}
        self._before: dict[str, Diff | None] = {}

    def visit(self, logical_id: str) -> Diff | None:
        """The diff of a nested stack, None if nothing changes or nothing is known.

        Everything that the stack refers to must have been visited.
        """
        diff = self._diffs[logical_id] = self._compared(logical_id)
        if diff is None or diff.resources or any(one.without_effect for one in diff.aws_only):
            return diff
        same = all(same_as_text(read(diff, "before"), read(diff, "after")) for read in (_outputs, _exports))
        return None if same else diff

    def output(self, logical_id: str, name: str, *, after: bool) -> Any:
        """The value of an output of a nested stack, `MISSING` if it is not known."""
        diff = self._diffs.get(logical_id)
        if logical_id not in self._diffs and not after:
            # Requested before the stack is visited, by a resource that no longer refers to it.
            if logical_id not in self._before:
                self._before[logical_id] = None  # Ends a circle.
                self._before[logical_id] = self._as_it_is(logical_id)
            diff = self._before[logical_id]
        if diff is None:
            return MISSING
        outputs = _outputs(diff, "after" if after else "before")
        if name not in outputs:
            return MISSING
        return outside(outputs[name], logical_id)

    def sentences(self) -> list[str]:
        """What could not be examined, in sentences."""
        found: list[str] = []
        missing = [name for name, why in self.unknown.items() if why is None]
        if missing:
            names = join_words(missing)
            found.append(f"the template of {names} was not found, so the changes inside are not known")
        found += [
            f"the template of {name} was not read, so the changes inside are not known: {why}"
            for name, why in self.unknown.items()
            if why is not None
        ]
        for logical_id, diff in self._diffs.items():
            if diff is not None:
                found += [f"{logical_id}: {sentence}" for sentence in diff.partial]
        return found

    def refreshed(self, changes: Iterable[ResourceChange]) -> Iterator[Refreshed]:
        """The values that are re-read in stacks in which nothing changes; the others report theirs themselves."""
        shown = {change.logical_id for change in changes if change.nested is not None}
        for logical_id, diff in self._diffs.items():
            for one in () if diff is None or logical_id in shown else diff.refreshed:
                resources = tuple(
                    attrs.evolve(found, logical_id=f"{logical_id}.{found.logical_id}")
                    for found in one.resources
                )
                yield attrs.evolve(one, name=f"{logical_id}.{one.name}", resources=resources)

    def _compared(self, logical_id: str) -> Diff | None:
        sides = self.sides
        with at(f"Resources.{logical_id}"):
            after = self._child(sides.after, self.family.after, self.after, logical_id)
            live = after is not None and after.template.data
            before = self._child(sides.before, self.family.before, self.before, logical_id, live=bool(live))
            if before is None or after is None:
                self.unknown[logical_id] = self._unread.get(logical_id)
                if before is not after:
                    self.one_sided.add(logical_id)
                return None
            family = self.family.inside(before.template, after.template)
        for name in before.parameters.keys() & after.parameters.keys():
            before.parameters[name], after.parameters[name] = self.written_out.pair(
                before.parameters[name], after.parameters[name]
            )
        return self.compare(family, _inside(before.parameters), _inside(after.parameters))

    def _as_it_is(self, logical_id: str) -> Diff | None:
        side = self.sides.before
        with at(f"Resources.{logical_id}"):
            child = self._child(side, self.family.before, self.before, logical_id)
            if child is None:
                return None
            family = self.family.inside(child.template, child.template)
        parameters = _inside(child.parameters)
        return self.compare(family, parameters, parameters)

    def _child(
        self, side: Side, parent: LoadedTemplate, engine: Engine, logical_id: str, *, live: bool = False
    ) -> _Child | None:
        """The nested stack on one side: the empty template if it does not exist, None if it is unknown.

        The template of a live stack is read only if `live`, which means that there is another one to compare.
        """
        resource = side.resources.get(logical_id)
        if resource is None or side.exists(logical_id) is False or resource["Type"] != STACK:
            return _Child(EMPTY, {})
        properties = section(resource, "Properties")
        url = engine.value(properties.get("TemplateURL"))
        given = engine.value(section(properties, "Parameters"))
        if not isinstance(url, str) or not is_mapping(given):
            return None
        if parent.live is not None:
            template = parent.live.nested(logical_id) if live else None
        else:
            template = parent.beside(url)
            if template is None and (why := parent.unread(url)) is not None:
                self._unread[logical_id] = why
        if template is None:
            return None
        values = {name: value for name, value in given.items() if value is not NO_VALUE}
        return _Child(template, values)


def _inside(parameters: dict[str, Any]) -> dict[str, Any]:
    """The values of parameters as the nested stack sees them."""
    return {name: renamed(value, _inwards) for name, value in parameters.items()}


def _outputs(diff: Diff, which: Which) -> dict[str, Any]:
    """The values of the outputs of a nested stack, with its own names."""
    side, engine = diff.sides.of(which), diff.values(which)
    found: dict[str, Any] = {}
    for name, output in section(side.data, "Outputs").items():
        with at(f"Outputs.{name}"):
            exists = side.engine.exists(output)
            if exists is not False:
                value = engine.value(output.get("Value"))
                found[name] = value if exists is True else chosen(exists, value, NO_VALUE)
    return found


def _exports(diff: Diff, which: Which) -> dict[str, Any]:
    """The export names of a nested stack, as far as they are known."""
    side, engine = diff.sides.of(which), diff.values(which)
    found: dict[str, Any] = {}
    for name, output in section(side.data, "Outputs").items():
        with suppress(EvaluationError):
            if "Export" in output and side.engine.exists(output) is not False:
                found[name] = engine.value(section(output, "Export").get("Name"))
    return found


def _inwards(name: str) -> str:
    return f"{_INWARDS}{name}"


def _outwards(logical_id: str) -> Callable[[str], str]:
    def rename(name: str) -> str:
        return name.removeprefix(_INWARDS) if name.startswith(_INWARDS) else f"{logical_id}/{name}"

    return rename


def outside(value: Any, logical_id: str) -> Any:
    """A value of a nested stack with the names of its parent."""
    return renamed(value, _outwards(logical_id))


def renamed(value: Any, rename: Callable[[str], str]) -> Any:
    """A value with the names that are used outside or inside of a nested stack."""

    def change(part: Any) -> Any:
        if isinstance(part, Unknown) and _is_own(part):
            return Unknown(part.kind, rename(part.name), made_by=part.made_by)
        return part

    return mapped(value, change)


def _is_own(value: Unknown) -> bool:
    """Whether a symbol belongs to one stack: a region or an export is the same inside and outside."""
    if value.kind == "pseudo":
        name = value.name.rpartition("/")[2]
        return name in _OWN_PSEUDO or value.name.startswith(_INWARDS)
    return value.kind in _OWN_KINDS and not value.parts
