"""What all kinds of findings need: the values of resources on both sides, their changes, and their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Literal

import attrs

from .. import catalog
from ..changes import Diff, Finding, PropertyChange, ResourceChange
from ..changes.decisions import is_in_place_in_practice
from ..changes.forms import WrittenOut
from ..changes.records import MISSING, Path
from ..changes.sides import Side
from ..errors import EvaluationError
from ..evaluation.engine import Engine
from ..evaluation.expressions import section
from ..evaluation.unknowns import NO_VALUE, Choice, Unknown, cases, folded, masked, scalar_text
from ..plain import is_list, is_mapping, is_sequence
from ..pointers import place_of, pointer
from .codes import CODES

Which = Literal["before", "after"]
# Never said of what is not known: "maybe" is an answer of its own.
Certainty = Literal["no", "maybe", "yes"]


def waits_for(diff: Diff, name: str, other: str) -> bool:
    """Whether the update of one resource waits for that of another."""
    needed, resources = diff.sides.needed, diff.sides.after.resources
    todo, seen = [name], {name}
    while todo:
        here = todo.pop()
        depends: Any = resources.get(here, {}).get("DependsOn", [])
        for need in (*needed.get(here, ()), *(depends if is_list(depends) else [depends])):
            if need == other:
                return True
            if need not in seen:
                seen.add(need)
                todo.append(need)
    return False


class View:
    """A diff as findings look at it."""

    def __init__(self, diff: Diff) -> None:
        self.diff = diff
        self.before: Side = diff.sides.before
        self.after: Side = diff.sides.after
        self.changes: dict[str, ResourceChange] = {change.logical_id: change for change in diff.resources}
        self._values: dict[tuple[Which, str, str], Any] = {}
        self._properties: dict[tuple[Which, str], dict[str, Any]] = {}
        self.cache: dict[str, Any] = {}

    @cached_property
    def written_out(self) -> WrittenOut:
        """Writes references to resources out as the texts that they stand for."""
        return WrittenOut(self.diff.sides, *self.diff.engines)

    def side(self, which: Which) -> Side:
        """One of both sides."""
        return self.before if which == "before" else self.after

    def engine(self, which: Which) -> Engine:
        """The engine that knows the resources before or after the update."""
        return self.diff.values(which)

    def properties(self, name: str, which: Which) -> dict[str, Any]:
        """The values of the properties of a resource, without AWS::NoValue."""
        key = (which, name)
        found = self._properties.get(key)
        if found is None:
            found = self._properties[key] = {}
            for prop in section(self.side(which).resources.get(name, {}), "Properties"):
                value = self._property(name, prop, which)
                if value is not MISSING:
                    found[prop] = value
        return found

    def _property(self, name: str, prop: str, which: Which) -> Any:
        key = (which, name, prop)
        value = self._values.get(key)
        if value is None:
            node = section(self.side(which).resources.get(name, {}), "Properties").get(prop, MISSING)
            try:
                value = MISSING if node is MISSING else self.engine(which).value(node)
            except EvaluationError:
                value = MISSING  # References to nothing are another finding, or an error of the diff.
            value = self._values[key] = MISSING if value is NO_VALUE else value
        return value

    def resource(self, name: str, which: Which) -> dict[str, Any]:
        """A whole resource of one side, evaluated: its properties, and its UpdatePolicy if it has one."""
        node = self.side(which).resources.get(name, {}).get("UpdatePolicy")
        policy = {} if node is None else {"UpdatePolicy": self.engine(which).value(node)}
        return {"Properties": self.properties(name, which), **policy}

    def value(self, name: str, path: Path, which: Which) -> Any:
        """The value at a path below Properties, `MISSING` where there is none."""
        if not path:
            return self.properties(name, which)
        value = self._property(name, str(path[0]), which)
        for step in path[1:]:
            if isinstance(value, Unknown):
                return value
            if is_mapping(value) and step in value:
                value = value[step]
            elif is_list(value) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return MISSING
        return value

    def changed(self, name: str, path: str) -> Certainty:
        """Whether the value at a path (``/Properties/Name``), or below or around it, changes."""
        change = self.changes.get(name)
        found: Certainty = "no"
        for item in () if change is None else change.changes:
            if _overlap(item.path, path):
                if item.certain:
                    return "yes"
                found = "maybe"
        return found

    def kept(self, name: str) -> bool:
        """Whether a policy keeps a resource that is removed."""
        change = self.changes.get(name)
        return change is not None and (change.policy_action or "").startswith("Retain")

    def cause_of_replacement(self, name: str, apart_from: Sequence[str] = ()) -> PropertyChange | None:
        """The change that replaces a resource, the most certain one; not one at, in or around `apart_from`."""
        change = self.changes[name]
        found = [
            item
            for item in change.changes
            if item.replacement != "False" and not any(_overlap(item.path, path) for path in apart_from)
        ]

        def doubt(item: PropertyChange) -> int:
            if item.replacement == "True":
                return 0
            return 2 if is_in_place_in_practice(change.type, place_of(item.path)) else 1

        return min(found, key=doubt, default=None)

    def unlikely(self, name: str, finding: Finding) -> Finding:
        """A finding on a replacement: for information only if no change that may replace the resource ever did in
        practice."""
        change = self.changes[name]
        causes = [place_of(item.path) for item in change.changes if item.replacement != "False"]
        if (
            change.action == "Modify"
            and causes
            and all(is_in_place_in_practice(change.type, at) for at in causes)
        ):
            return attrs.evolve(finding, severity="info")
        return finding

    def on_replacement(self, code: str, name: str, message: str) -> Finding:
        """A finding on a replacement, at the change that causes it."""
        cause = self.cause_of_replacement(name)
        return self.unlikely(name, self.finding(code, name, message, "" if cause is None else cause.path))

    def finding(
        self,
        code: str,
        resource: str | None,
        message: str,
        path: Path | str = (),
        which: Which | None = None,
        subject: str = "",
    ) -> Finding:
        """A finding with the severity of its code.

        `path` is below the resource, or in the template if there is no resource. By default, the side is the one that
        has the resource. The message begins with the `subject`.
        """
        steps = place = place_of(path) if isinstance(path, str) else path
        if resource is not None:
            if which is None:
                gone = resource not in self.after.resources or self.after.exists(resource) is False
                which = "before" if gone and resource in self.before.resources else "after"
            removed = self._place_of_removed(resource, path) if which == "after" else None
            place = removed or self.side(which).place(resource, steps)
            steps = ("Resources", resource, *steps)
        template = self.diff.before if which == "before" else self.diff.after
        row = CODES[code]
        return Finding(
            code,
            row.kind,
            row.severity,
            resource,
            f"{subject}: {message}" if subject else message,
            pointer(steps) if steps else None,
            template.origin(place) if place else None,
            subject,
        )

    def _place_of_removed(self, resource: str, path: Path | str) -> Path | None:
        """The place of a change that removes an item of a list: its path has the position before the update."""
        change = self.changes.get(resource)
        for item in () if change is None else change.changes:
            if item.path == path and item.change_type == "Remove" and item.place is not None:
                return item.place.path
        return None


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def rows(table: str, type_name: str) -> list[dict[str, Any]]:
    """The rows of a reviewed table on a type; every ``Custom::Name`` is a custom resource."""
    wanted = catalog.CUSTOM if type_name.startswith("Custom::") else type_name
    return catalog.reviewed_by_type(table).get(wanted, [])


def is_true(value: Any) -> Certainty:
    """Whether a property that is a flag is on."""
    if value is MISSING or value is None:
        return "no"
    return is_one_of(value, [True])


def is_one_of(value: Any, wanted: list[Any]) -> Certainty:
    """Whether a value is one of those; unknown values may be."""

    def judged(case: Any) -> Certainty:
        if isinstance(case, Unknown):
            return "maybe"
        if case is MISSING or isinstance(case, (dict, list)):
            return "no"
        return "yes" if scalar_text(case).lower() in [scalar_text(item).lower() for item in wanted] else "no"

    return in_each(map(judged, cases(value)))


def in_each(verdicts: Iterable[Certainty]) -> Certainty:
    """The certainty of what is so in some cases."""
    found = set(verdicts)
    return found.pop() if len(found) == 1 else "maybe"


def is_set(value: Any) -> Certainty:
    """Whether there is a value: of a choice, in both branches."""
    absent = (MISSING, NO_VALUE, None)
    return in_each("no" if case in absent or case == "" else "yes" for case in cases(value))


def key_of(value: Any) -> Any:
    """A key to look a value up by; keys are equal if `comparison.same_as_text` says that the values are."""
    return folded(value, _key)


def _key(value: Any, inner: list[Any]) -> Any:
    if isinstance(value, Unknown):
        return ("?", value.kind, value.name, tuple(inner))
    if isinstance(value, Choice):
        return ("|", *inner)
    if is_mapping(value):
        return ("{", tuple(sorted(zip(value, inner, strict=True), key=lambda pair: pair[0])))
    if is_sequence(value):
        return ("[", tuple(inner))
    return value if value is None or value is MISSING else scalar_text(value)


def shown(value: Any, limit: int = 60) -> str:
    """A value in a message, shortened; the values of NoEcho parameters are masked."""

    def shortened(part: Any, inner: list[str]) -> str:
        if is_list(part):
            text = f"[{', '.join(inner)}]"
        elif isinstance(part, Choice):
            text = f"{inner[1]} or {inner[2]}"
        elif part is NO_VALUE or part is MISSING:
            text = "nothing"
        elif isinstance(part, Unknown):
            text = "(known after the update)" if part.kind == "new" else f"({part})"
        elif isinstance(part, bool):
            text = scalar_text(part)
        else:
            text = repr(part) if isinstance(part, str) else str(part)
        return text if len(text) <= limit else f"{text[: limit - 3]}..."

    return str(folded(masked(value), shortened))


def changes(item: PropertyChange) -> str:
    """``DBInstanceIdentifier changes``, ``Tags may change``."""
    return f"{item.path.removeprefix('/Properties/')} {'changes' if item.certain else 'may change'}"


def because(cause: PropertyChange | None) -> str:
    """`` because DBInstanceIdentifier changes``, or nothing."""
    if cause is None:
        return ""
    if cause.replacement == "Conditional" and cause.condition:
        return f" because {cause.path.removeprefix('/Properties/')} changes ({cause.condition})"
    return f" because {changes(cause)}"


def clause(sentence: str) -> str:
    """A sentence of a reviewed table as a part of another."""
    first = sentence[:2].lower() if sentence[1:2] in (" ", sentence[1:2].lower()) else sentence[:2]
    return f"{first}{sentence[2:].rstrip('.')}"


def stays_or_comes(view: View) -> Iterator[str]:
    """The resources after the update, those included that perhaps are."""
    for name in view.after.resources:
        if view.after.exists(name) is not False:
            yield name
