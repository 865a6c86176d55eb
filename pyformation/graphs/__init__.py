"""A template as a graph: resources as nodes, references between them as edges; docs/graph.md.

`graph` reads references from the expressions, not from values, so it needs no parameters and works for templates
that cannot be evaluated offline. The writers draw a graph: `mermaid` and `dot` as text, `svg` as a picture, and
`html` as an interactive page.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import attrs

from ..budget import budgeted
from ..errors import EvaluationError, Origin, SourceError, did_you_mean, shown
from ..evaluation import macros, not_too_deep
from ..evaluation.engine import Engine
from ..evaluation.expansion import write_out_loops
from ..evaluation.expressions import section
from ..evaluation.inputs import Inputs
from ..evaluation.parameters import parameter_values
from ..evaluation.references import uses
from ..evaluation.secrets import is_secret
from ..plain import elements, is_mapping, list_or_empty, mapping_or_empty
from ..sections import SECTION_OF
from ..sources import LoadedTemplate, loaded
from ..values import PSEUDO_PARAMETERS

if TYPE_CHECKING:
    from ..changes import Diff
    from .page import html
    from .picture import svg
    from .text import dot, mermaid

NodeKind = Literal["resource", "parameter", "condition", "output", "missing"]
EdgeKind = Literal["reference", "depends_on", "condition"]
GroupBy = Literal["service", "component", "none"]


@attrs.frozen
class Link:
    """One reference behind an edge: the path of its expression, and the attribute that it reads.

    The path starts at the element (``RedrivePolicy.deadLetterTargetArn``); that of a DependsOn is empty.
    """

    path: str
    attribute: str | None = None

    def __str__(self) -> str:
        return self.path if self.attribute is None else f"{self.path} ({self.attribute})"


@attrs.frozen
class Change:
    """How an element changes: the word of the reports, its symbol, a sentence, and the changed properties.

    `style` is good (added), change (updated), maybe (uncertain) or bad (replaced or removed).
    """

    word: str
    symbol: str
    style: str
    sentence: str
    properties: tuple[str, ...] = ()


@attrs.frozen
class Node:
    """An element of the template; `id` is ``Resources.Queue``.

    A node of the kind missing is the target of a reference that does not exist in the template. `type` is that of
    a resource or parameter, `group` the box it is drawn in, `condition` its Condition, and `body` its declaration
    as plain data, without the values of NoEcho parameters.
    """

    id: str
    kind: NodeKind
    name: str
    type: str | None = None
    group: str | None = None
    condition: str | None = None
    change: Change | None = None
    body: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    origin: Origin | None = None


@attrs.frozen
class Edge:
    """`source` refers to `target`, depends on it, or has it as its condition; both are the IDs of nodes.

    All references from one node to another are one edge; its `links` say where they are. An edge cascades if,
    in the diff, the change of `target` causes the change of `source`.
    """

    source: str
    target: str
    kind: EdgeKind
    links: tuple[Link, ...] = ()
    cascades: bool = False


@attrs.frozen
class Graph:
    """Nodes and edges in the order of the template; both ends of an edge are nodes of the graph.

    `notes` are sentences for the reader: references without a target, and what a diff cannot know.
    """

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    notes: tuple[str, ...] = ()

    def node(self, name: str) -> Node:
        """The node with an ID (``Outputs.Url``) or a logical ID; KeyError if there is none."""
        found = next((node for node in self.nodes if node.id == name), None)
        found = found or next((node for node in self.nodes if node.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def groups(self) -> dict[str | None, list[Node]]:
        """The nodes of each group, in order of first appearance; None has the nodes outside of groups."""
        found: dict[str | None, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.group, []).append(node)
        return found


@budgeted
def graph(
    source: object,
    *,
    group_by: GroupBy = "service",
    parameters: bool = False,
    outputs: bool = False,
    conditions: bool = False,
) -> Graph:
    """The graph of anything that `pyformation.diff` takes as a side, or of a `Diff`.

    A diff is drawn on the template after: each changed resource has its `Change`, removed resources are included,
    and edges cascade where a change spreads along them. `parameters`, `outputs` and `conditions` say which other
    elements become nodes.

    Raises `SourceError` for a source that is not a template.
    """
    from ..changes import Diff

    diff = source if isinstance(source, Diff) else None
    template = _checked(loaded(source) if diff is None else diff.after)
    shown_kinds = {
        "parameter": parameters,
        "condition": conditions,
        "output": outputs,
    }
    values = None if diff is None else diff.sides.after.engine.inputs.parameters
    with not_too_deep():
        found = _Reader(template, group_by, shown_kinds, values)
        found.read()
        if diff is not None:
            _draw(diff, found, group_by)
    return Graph(template.name, tuple(found.nodes.values()), found.all_edges(), tuple(found.notes))


def _checked(template: LoadedTemplate) -> LoadedTemplate:
    data = template.data
    if data and not any(key in data for key in ("Resources", "Transform", "Fn::Transform")):
        name = template.name if template.document is None else template.document.name
        raise SourceError(
            f"{name} is not a template: `Resources` is missing; found {', '.join(map(repr, list(data)[:3]))}"
        )
    for name in _SECTIONS.values():
        try:
            section(data, name)
        except EvaluationError as error:
            raise SourceError(str(error), origin=template.origin([name])) from None
    return template


# ---------------------------------------------------------------------------------------------
# What a template refers to

# The attributes of an element without references, and those that are read separately.
_PLAIN = frozenset(("Type", "DependsOn", "Condition", "Description", "DeletionPolicy", "UpdateReplacePolicy"))


@attrs.frozen
class _Use:
    """A name in an expression: of a parameter or resource, or of a condition."""

    path: str
    name: str
    attribute: str | None = None
    is_condition: bool = False


_SECTIONS: dict[NodeKind, str] = {
    kind: SECTION_OF[kind] for kind in ("resource", "parameter", "condition", "output")
}


class _Reader:
    """Collects the nodes and edges of one template."""

    def __init__(
        self,
        template: LoadedTemplate,
        group_by: GroupBy,
        drawn: Mapping[str, bool],
        values: Mapping[str, Any] | None = None,
    ) -> None:
        self.template = template
        self.group_by = group_by
        self.drawn = drawn
        self.nodes: dict[str, Node] = {}
        self.notes: list[str] = []
        self._edges: dict[tuple[str, str, EdgeKind], list[Link]] = {}
        self.cascading: set[tuple[str, str]] = set()
        # A macro may create the target of a reference.
        self.macros = _macros_of(template.data)
        self.data = _without_loops(template.data, values)
        self.elements: dict[NodeKind, dict[str, Any]] = {
            kind: dict(_elements(self.data, name)) for kind, name in _SECTIONS.items()
        }
        self.names = {*self.elements["parameter"], *self.elements["resource"]}
        self._behind: dict[str, list[str]] = {}

    def read(self) -> None:
        """All nodes, then all edges."""
        for kind in ("parameter", "condition", "resource", "output"):
            if kind == "resource" or self.drawn[kind]:
                for name, body in self.elements[kind].items():
                    self.add(kind, name, body)
        for node in list(self.nodes.values()):
            self.connect(node, self.elements[node.kind][node.name])

    def add(self, kind: NodeKind, name: str, body: Any, change: Change | None = None) -> Node:
        """The node of an element."""
        place = _SECTIONS[kind]
        if not is_mapping(body):
            raise SourceError(
                f"{place}.{name}: expected a mapping, found {shown(body)}",
                origin=self.template.origin([place, name]),
            )
        its_type = body.get("Type") if kind in ("resource", "parameter") else None
        condition = body.get("Condition") if kind in ("resource", "output") else None
        node = Node(
            f"{place}.{name}",
            kind,
            name,
            None if its_type is None else str(its_type),
            self._group(kind, name, its_type),
            condition if isinstance(condition, str) else None,
            change,
            _masked(body) if kind == "parameter" else body,
            self.template.origin([place, name]),
        )
        self.nodes[node.id] = node
        return node

    def _group(self, kind: NodeKind, name: str, its_type: Any) -> str | None:
        if self.group_by == "component":
            return self.template.components.get(name)
        if self.group_by == "none":
            return None
        if kind != "resource":
            return _SECTIONS[kind]
        parts = str(its_type).split("::")
        return "::".join(parts[:2]) if len(parts) > 2 else parts[0]

    def connect(self, node: Node, body: Any) -> None:
        """The edges that begin at a node."""
        if node.kind == "parameter":
            return
        for use in _uses_of(node.kind, body):
            if use.is_condition:
                self._add_condition(node, use.name, use.path)
                continue
            self._refer(node, use.name, Link(use.path, use.attribute))
        if node.condition is not None:
            self._add_condition(node, node.condition, "Condition")
        depends: Any = body.get("DependsOn")
        for name in [depends] if isinstance(depends, str) else list_or_empty(depends):
            if isinstance(name, str):
                self._refer(node, name, None)

    def _refer(self, node: Node, name: str, link: Link | None) -> None:
        kind: EdgeKind = "depends_on" if link is None else "reference"
        target = f"Resources.{name}"
        if name in self.elements["parameter"]:
            target = f"Parameters.{name}"
            if not self.drawn["parameter"]:
                return
        elif name not in self.elements["resource"]:
            if name in PSEUDO_PARAMETERS:
                return
            target = self._missing(node, name)
        self.edge(node.id, target, kind, link)

    def _missing(self, node: Node, name: str) -> str:
        target = f"?.{name}"
        if target not in self.nodes:
            self.nodes[target] = Node(target, "missing", name)
            if not self.macros:
                self.notes.append(
                    f"{node.id} refers to {name!r}, which does not exist in this template"
                    f"{did_you_mean(name, self.names)}"
                )
        return target

    def _add_condition(self, node: Node, name: str, path: str) -> None:
        """An edge to a condition, or, if conditions are not drawn, to the parameters it depends on."""
        declared = self.elements["condition"]
        if name not in declared:
            if not self.macros:
                self.notes.append(
                    f"{node.id} has the condition {name!r}, which does not exist in this template"
                    f"{did_you_mean(name, declared)}"
                )
            if self.drawn["condition"]:
                target = f"?.{name}"
                self.nodes.setdefault(target, Node(target, "missing", name))
                self.edge(node.id, target, "condition", Link(path))
        elif self.drawn["condition"]:
            self.edge(node.id, f"Conditions.{name}", "condition", Link(path))
        elif self.drawn["parameter"]:
            for parameter in self.parameters_behind(name):
                self.edge(node.id, f"Parameters.{parameter}", "condition", Link(f"Condition {name}"))

    def parameters_behind(self, condition: str) -> list[str]:
        """The parameters that a condition depends on."""
        known = self._behind.get(condition)
        if known is not None:
            return known
        found: dict[str, None] = {}
        done: set[str] = set()
        waiting = [condition]
        while waiting:
            name = waiting.pop()
            if name in done or name not in self.elements["condition"]:
                continue
            done.add(name)
            for use in _uses_of("condition", self.elements["condition"][name]):
                if use.is_condition:
                    waiting.append(use.name)
                elif use.name in self.elements["parameter"]:
                    found[use.name] = None
        self._behind[condition] = list(found)
        return self._behind[condition]

    def edge(self, source: str, target: str, kind: EdgeKind, link: Link | None) -> None:
        """Add a reference to an edge."""
        links = self._edges.setdefault((source, target, kind), [])
        if link is not None and link not in links:
            links.append(link)

    def all_edges(self) -> tuple[Edge, ...]:
        """The edges, grouped by source."""
        place = {name: number for number, name in enumerate(self.nodes)}
        found = [
            Edge(*key, tuple(links), key[:2] in self.cascading and key[2] != "depends_on")
            for key, links in self._edges.items()
        ]
        return tuple(sorted(found, key=lambda edge: place[edge.source]))


def _macros_of(data: Mapping[str, Any]) -> bool:
    try:
        found = macros(data)
    except EvaluationError:
        return True
    resources: list[Any] = list(section(data, "Resources").values())
    # A module becomes resources whose names start with its own.
    return any(name != "AWS::LanguageExtensions" for name in found) or any(
        str(mapping_or_empty(item).get("Type")).endswith("::MODULE") for item in resources
    )


def _without_loops(data: dict[str, Any], values: Mapping[str, Any] | None) -> dict[str, Any]:
    """A template with its loops expanded where their collections are known."""
    try:
        if values is None:
            values = parameter_values(section(data, "Parameters"), {}, {})
        written, left, _ = write_out_loops(data, Engine(data, Inputs(parameters=values)).value)
    except EvaluationError:
        return data
    return data if left else written


def _elements(data: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    """The elements of a section; of a loop that cannot be expanded, the body is drawn once."""
    for path, body in elements(section(data, name)):
        if not str(path[-1]).startswith("Fn::"):
            yield str(path[-1]), body


def _masked(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter without the values hidden by NoEcho."""
    if not is_secret(parameter):
        return parameter
    return {key: "****" if key in ("Default", "AllowedValues") else value for key, value in parameter.items()}


def _uses_of(kind: NodeKind, body: Any) -> Iterator[_Use]:
    """The references of an element, without its own Condition and DependsOn."""
    if kind == "condition":
        yield from _uses(body, "", True)
        return
    for key, value in body.items():
        if key not in _PLAIN:
            yield from _uses(value, "" if key == "Properties" and isinstance(value, dict) else key)


def _uses(node: Any, path: str, is_condition: bool = False) -> Iterator[_Use]:
    """The parameters, resources and conditions that an expression refers to."""
    for use in uses(node, is_condition=is_condition):
        if isinstance(use.name, str) and use.kind in ("reference", "condition"):
            attribute = use.attribute if use.attribute is None or isinstance(use.attribute, str) else "*"
            place = _place(path, use.path, is_condition)
            yield _Use(place, use.name, attribute, use.kind == "condition")


def _place(path: str, steps: Iterable[str | int], in_function: bool) -> str:
    """A path in the processed template, where the arguments of a function have no path of their own."""
    in_sub = False
    for step in steps:
        if isinstance(step, int):
            path = path if in_function else f"{path}[{step}]"
        elif in_sub:
            in_sub = False  # The name of a variable.
        elif step[:4] == "Fn::" or step == "Ref":
            in_function, in_sub = True, step == "Fn::Sub"
        else:
            path, in_function = f"{path}.{step}" if path else step, False
    return path


# ---------------------------------------------------------------------------------------------
# A diff, drawn on it


def _draw(diff: Diff, found: _Reader, group_by: GroupBy) -> None:
    from ..reports.data import report
    from ..reports.reasons import Reasons
    from ..reports.values import compact
    from ..reports.wording import effect, label, outcome

    told = report(diff)
    reasons = Reasons(told)
    changes: dict[str, Change] = {}
    for change in told.resources:
        kind = effect(change)
        properties: list[str] = []
        for part in change.changes:
            values = [
                compact(value)
                for value, side in ((part.before, "Add"), (part.after, "Remove"))
                if part.change_type != side
            ]
            note = "".join(text for _, text in reasons.note(part))
            said = f"{label(part.path)}: {' -> '.join(values)}"
            properties.append(f"{said} ({note})" if note else said)
            found.cascading.update(
                (f"Resources.{change.logical_id}", f"{place}.{cause.name.partition('.')[0]}")
                for cause in part.causes
                for place in _PLACES.get(cause.kind, ())
            )
            # If conditions are not drawn, the edge to a parameter stands for the path through one.
            found.cascading.update(
                (f"Resources.{change.logical_id}", f"Parameters.{parameter}")
                for cause in part.causes
                if cause.kind == "condition"
                for parameter in found.parameters_behind(cause.name)
                if parameter in diff.sides.changed_parameters
            )
        words = "".join(text for _, text in outcome(change))
        changes[change.logical_id] = Change(kind.word, kind.symbol, kind.style, words, tuple(properties))
    missing = [name for name in changes if f"Resources.{name}" not in found.nodes]
    if missing:
        before = _Reader(diff.before, group_by, found.drawn, diff.sides.before.engine.inputs.parameters)
        for name in missing:
            body = before.elements["resource"].get(name) or diff.sides.before.resources.get(name)
            body = body or diff.sides.after.resources.get(name, {})
            node = before.add("resource", name, body)
            found.nodes[node.id] = node
        for name in missing:
            # The references of a removed resource, as far as their targets still exist.
            for use in _uses_of("resource", found.nodes[f"Resources.{name}"].body):
                target = (
                    f"{'Parameters' if use.name in found.elements['parameter'] else 'Resources'}.{use.name}"
                )
                if not use.is_condition and target in found.nodes:
                    found.edge(f"Resources.{name}", target, "reference", Link(use.path, use.attribute))
    for name, its_change in changes.items():
        node_id = f"Resources.{name}"
        found.nodes[node_id] = attrs.evolve(found.nodes[node_id], change=its_change)
    for name in sorted(diff.sides.changed_parameters):
        parameter = found.nodes.get(f"Parameters.{name}")
        if parameter is not None:
            new = name not in diff.sides.before.sent
            its_change = Change("updated", "~", "change", "its value changes")
            if new:
                its_change = Change("added", "+", "good", "added")
            found.nodes[parameter.id] = attrs.evolve(parameter, change=its_change)
    found.notes += [f"the diff is partial: {sentence}" for sentence in diff.partial]


# The sections of causes. A change through a condition comes along the edge to the condition.
_PLACES = {kind: (SECTION_OF[kind],) for kind in ("resource", "parameter", "condition")}


class Format(NamedTuple):
    """A way to draw a graph: the module with the function of that name, and the endings of its files."""

    module: str
    endings: tuple[str, ...] = ()


# A new format is a row. The first is the default; modules are loaded when they draw.
FORMATS = {
    "mermaid": Format("text", (".mmd",)),
    "dot": Format("text", (".dot", ".gv")),
    "svg": Format("picture", (".svg",)),
    "html": Format("page", (".html",)),
}


def __getattr__(name: str) -> Any:
    if name in FORMATS:
        return getattr(importlib.import_module(f"{__name__}.{FORMATS[name].module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Change",
    "Edge",
    "Graph",
    "Link",
    "Node",
    "dot",
    "graph",
    "html",
    "mermaid",
    "svg",
]
