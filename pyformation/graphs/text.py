"""A graph as text that other programs draw: Mermaid and Graphviz's dot.

Names and labels may contain anything. The IDs of nodes are made of letters, digits and underscores, and other
special characters are escaped by the rules of each language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..reports.harmless import harmless
from ..reports.wording import EFFECTS
from . import Edge, Graph, Node

# With more edges than this, labels hide more than they show; dot keeps them as tooltips.
MOST_LABELS = 60

# The default limits of Mermaid: https://mermaid.js.org/config/schema-docs/config.html
MERMAID_EDGES, MERMAID_CHARACTERS = 500, 50_000

# Fill, border and text, readable on light and dark pages.
_COLORS = {
    "good": ("#dafbe1", "#1a7f37", "#0b3d1a"),
    "change": ("#ddf0ff", "#0969da", "#0a2a52"),
    "maybe": ("#fff4d1", "#9a6700", "#4d3400"),
    "bad": ("#ffebe9", "#cf222e", "#67060c"),
}
_DASHED = ("removed", "uncertain")
_CASCADE = "#cf222e"
_KINDS = {"resource": "r", "parameter": "p", "condition": "c", "output": "o", "missing": "m"}
CASCADES = "a reference that causes a change"


def lines_of(node: Node) -> list[str]:
    """The lines of a node: its name; its type and condition; its change."""
    found = [node.name or '""']
    kind = "not in this template" if node.kind == "missing" else node.type or ""
    if node.kind == "resource" and node.group and kind.startswith(f"{node.group}::"):
        kind = kind[len(node.group) + 2 :]  # The group says the rest.
    elif node.kind in ("condition", "output"):
        kind = "" if node.group else node.kind
    parts = [kind] if kind else []
    if node.condition is not None:
        parts.append(f"if {node.condition}")
    found.append(", ".join(parts))
    if node.change is not None:
        found.append(node.change.word)
    return [text for text in found if text]


def label_of(edge: Edge) -> str:
    """``RedrivePolicy (Arn)``: the properties that refer, each with the attribute that it reads."""
    names: dict[str, list[str]] = {}
    for link in edge.links:
        if edge.kind == "condition" and link.path == "Condition":
            continue
        top = re.split(r"[.\[]", link.path, maxsplit=1)[0] or link.path
        if top:
            attributes = names.setdefault(top, [])
            if link.attribute is not None and link.attribute not in attributes:
                attributes.append(link.attribute)
    texts = [f"{name} ({', '.join(asked)})" if asked else name for name, asked in names.items()]
    return ", ".join(texts[:2]) + (f" +{len(texts) - 2}" if len(texts) > 2 else "")


def changes_in(graph: Graph) -> list[tuple[str, str, str, str]]:
    """The legend of the changes: word, symbol, style, and the word with the number of resources; the worst first."""
    counts: dict[str, int] = {}
    for node in graph.nodes:
        if node.change is not None:
            counts[node.change.word] = counts.get(node.change.word, 0) + (node.kind == "resource")
    return [
        (
            kind.word,
            kind.symbol,
            kind.style,
            f"{counts[kind.word]:,} {kind.word}" if counts[kind.word] else kind.word,
        )
        for kind in EFFECTS
        if kind.word in counts
    ]


def has_labels(graph: Graph) -> bool:
    """Whether there are few enough edges for labels."""
    return len(graph.edges) <= MOST_LABELS


def _ids(graph: Graph) -> dict[str, str]:
    """A unique ID for every node, which is a valid identifier and no keyword in both languages."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for node in graph.nodes:
        word = f"{_KINDS[node.kind]}_" + re.sub(r"[^A-Za-z0-9]", "_", node.name)[:60]
        unique, number = word, 2
        while unique in taken:
            unique, number = f"{word}_{number}", number + 1
        taken.add(unique)
        found[node.id] = unique
    return found


# ---------------------------------------------------------------------------------------------
# Mermaid


def mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flowchart, which GitHub, GitLab and many editors draw."""
    ids = _ids(graph)
    lines = ["flowchart LR"]
    for number, (group, nodes) in enumerate(graph.groups().items()):
        if group is not None:
            lines.append(f'  subgraph g{number}["{_mermaid(group)}"]')
        indent = "  " if group is None else "    "
        lines += [f"{indent}{ids[node.id]}{_shape(node)}{_class(node)}" for node in nodes]
        if group is not None:
            lines.append("  end")
    labeled = has_labels(graph)
    cascading: list[int] = []
    for number, edge in enumerate(graph.edges):
        arrow = {"reference": "-->", "depends_on": "-.->", "condition": "-.-o"}[edge.kind]
        label = label_of(edge) if labeled else ""
        text = f'|"{_mermaid(label)}"|' if label else ""
        lines.append(f"  {ids[edge.source]} {arrow}{text} {ids[edge.target]}")
        if edge.cascades:
            cascading.append(number)
    lines += _mermaid_styles(graph, cascading)
    return "\n".join(lines) + "\n"


def _mermaid_styles(graph: Graph, cascading: list[int]) -> Iterator[str]:
    words = changes_in(graph)
    if any(node.kind == "missing" for node in graph.nodes):
        yield f"  classDef missing stroke:{_CASCADE},stroke-dasharray:2 2"
    if not words:
        return
    yield '  subgraph legend["Legend"]'
    for word, _, _, text in words:
        yield f'    legend_{_word(word)}["{text}"]:::{_word(word)}'
    if cascading:
        yield f'    legend_cascade["thick: {CASCADES}"]'
    yield "  end"
    for word, _, style, _ in words:
        fill, stroke, text = _COLORS[style]
        dashes = ",stroke-dasharray:5 3" if word in _DASHED else ""
        yield f"  classDef {_word(word)} fill:{fill},stroke:{stroke},color:{text},stroke-width:2px{dashes}"
    if cascading:
        yield f"  linkStyle {','.join(map(str, cascading))} stroke:{_CASCADE},stroke-width:3px"


def _shape(node: Node) -> str:
    text = "<br/>".join(map(_mermaid, lines_of(node)))
    before, after = {
        "parameter": ("([", "])"),
        "condition": ("{{", "}}"),
        "output": (">", "]"),
    }.get(node.kind, ("[", "]"))
    return f'{before}"{text}"{after}'


def _class(node: Node) -> str:
    if node.kind == "missing":
        return ":::missing"
    return "" if node.change is None else f":::{_word(node.change.word)}"


def _word(text: str) -> str:
    return text.replace(" ", "_")


def _mermaid(text: str) -> str:
    """A quoted text, with every special character escaped.

    Mermaid takes "direction LR" anywhere in a line for that statement, so its first letter is escaped, too.
    """
    return re.sub(
        r"[^A-Za-z0-9 _.:,()+/-]|d(?=irection )", lambda found: f"#{ord(found[0])};", harmless(text)
    )


# ---------------------------------------------------------------------------------------------
# dot


def dot(graph: Graph) -> str:
    """The graph in the language of Graphviz; ``dot -Tsvg`` draws it."""
    ids = _ids(graph)
    lines = [
        f"digraph {_dot(graph.name)} {{",
        "  rankdir=LR",
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica", fontsize=11]',
        '  edge [fontname="Helvetica", fontsize=9]',
    ]
    for number, (group, nodes) in enumerate(graph.groups().items()):
        if group is not None:
            lines += [f"  subgraph cluster_{number} {{", f"    label={_dot(group)}", '    style="rounded"']
        indent = "  " if group is None else "    "
        lines += [f"{indent}{ids[node.id]} [{', '.join(_node_attributes(node))}]" for node in nodes]
        if group is not None:
            lines.append("  }")
    labeled = has_labels(graph)
    for edge in graph.edges:
        found = ", ".join(_edge_attributes(edge, labeled))
        lines.append(f"  {ids[edge.source]} -> {ids[edge.target]}" + (f" [{found}]" if found else ""))
    lines += _dot_legend(graph)
    lines.append("}")
    return "\n".join(lines) + "\n"


def _node_attributes(node: Node) -> Iterator[str]:
    yield f"label={_dot(*lines_of(node))}"
    shape = {"parameter": "ellipse", "condition": "hexagon", "output": "cds"}.get(node.kind)
    if shape is not None:
        yield f"shape={shape}"
    if node.kind == "missing":
        yield f'style="rounded,dashed", color="{_CASCADE}"'
    if node.change is not None:
        yield from _change_attributes(node.change.word, node.change.style)


def _change_attributes(word: str, style: str) -> Iterator[str]:
    fill, stroke, text = _COLORS[style]
    if word in _DASHED:
        yield 'style="rounded,filled,dashed"'
    yield f'fillcolor="{fill}", color="{stroke}", fontcolor="{text}", penwidth=2'


def _edge_attributes(edge: Edge, labeled: bool) -> Iterator[str]:
    label = label_of(edge)
    if label:
        yield f"{'label' if labeled else 'edgetooltip'}={_dot(label)}"
    if edge.kind == "depends_on":
        yield "style=dashed"
    elif edge.kind == "condition":
        yield "style=dotted, arrowhead=odot"
    if edge.cascades:
        yield f'color="{_CASCADE}", penwidth=2.5'


def _dot_legend(graph: Graph) -> Iterator[str]:
    words = changes_in(graph)
    if not words:
        return
    yield "  subgraph cluster_legend {"
    yield '    label="Legend"'
    for word, _, style, text in words:
        attributes = ", ".join([f'label="{text}"', *_change_attributes(word, style)])
        yield f"    legend_{_word(word)} [{attributes}]"
    if any(edge.cascades for edge in graph.edges):
        yield f'    legend_cascade [label="thick: {CASCADES}", shape=plaintext, style=""]'
    yield "  }"


def _dot(*lines: str) -> str:
    """A quoted text of one or several lines, with backslashes and entities escaped."""
    plain = (harmless(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(plain) + '"'
