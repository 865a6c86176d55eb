"""A graph as SVG, laid out by `layout`: one self-contained picture, for light and dark pages."""

from __future__ import annotations

import html as _html
from collections.abc import Iterator, Sequence

from ..reports.harmless import harmless, html_text, in_html, without_commands
from . import Edge, Graph, Node
from .layout import Layout, Line, Point, lay_out
from .text import CASCADES, changes_in, label_of, lines_of

_MARGIN = 16.0
_HEAD = 34.0
_HEIGHT = 48.0
_NARROWEST, _WIDEST = 110.0, 230.0
_NAME, _SMALL, _LABEL = 13.0, 11.0, 10.5
# With more edges than this, labels take too much room; tooltips have the whole text.
_MOST_LABELS = 30
_DENSE = 150
# The longest label of an edge, in characters.
_LONGEST = 24

# Narrow and broad characters of a sans-serif font; the widths below are estimates on the safe side.
_NARROW = frozenset("iljtfrI.,:;|!'()[] ")
_BROAD = frozenset("mwMW@%—")


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The estimated width of a text."""
    units = 0.0
    for character in text:
        if character in _NARROW:
            units += 0.38
        elif character in _BROAD:
            units += 0.98
        elif character.isupper() or ord(character) > 0x2E80:
            units += 0.75 if ord(character) < 0x2E80 else 1.05
        else:
            units += 0.63
    return units * size * (1.12 if bold else 1.0)


def shortened(text: str, size: float, width: float, bold: bool = False) -> str:
    """A text that fits, with an ellipsis in the middle, because names differ at both ends."""
    if text_width(text, size, bold) <= width:
        return text
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(_cut(text, middle), size, bold) <= width:
            low = middle
        else:
            high = middle - 1
    return _cut(text, low)


def _cut(text: str, keep: int) -> str:
    return f"{text[: (keep + 1) // 2]}…{text[len(text) - keep // 2 :]}"


def svg(graph: Graph) -> str:
    """The graph as a whole SVG document."""
    return without_commands("".join(_document(graph, interactive=False)), in_html)


def inner_svg(graph: Graph) -> str:
    """The same for an interactive page: nodes can be reached with the keyboard."""
    return without_commands("".join(_document(graph, interactive=True)), in_html)


def _document(graph: Graph, interactive: bool) -> Iterator[str]:
    labeled = len(graph.edges) <= _MOST_LABELS
    texts = {node.id: _texts(node) for node in graph.nodes}
    width = _NARROWEST
    for node in graph.nodes:
        name, small = texts[node.id]
        symbol = 0.0 if node.change is None else 30.0
        width = max(width, text_width(name, _NAME, True) + 24 + symbol, text_width(small, _SMALL) + 24)
    width = min(width, _WIDEST)
    groups = list(graph.groups().items())
    found = lay_out(
        [(name is not None, [node.id for node in nodes]) for name, nodes in groups],
        [Line(edge.source, edge.target, _style(edge), _label_width(edge, labeled)) for edge in graph.edges],
        width=width,
        height=_HEIGHT,
    )
    legend = list(_legend(graph))
    right = max(found.width, sum(wide for wide, _ in legend), text_width(graph.name, 16, True))
    bottom = found.height + _HEAD + (30.0 if legend else 0.0)
    title = html_text(f"{graph.name}: {len(graph.nodes)} nodes, {len(graph.edges)} edges")
    box = f"{_n(-_MARGIN)} {_n(-_HEAD - _MARGIN)} {_n(right + 2 * _MARGIN)} {_n(bottom + 2 * _MARGIN)}"
    size = f'width="{_n(right + 2 * _MARGIN)}" height="{_n(bottom + 2 * _MARGIN)}"'
    # Many edges are drawn thin, so that each can still be followed.
    style = "graph dense" if len(graph.edges) > _DENSE else "graph"
    role = "group" if interactive else "img"  # The keyboard cannot reach anything inside an image.
    yield f'<svg xmlns="http://www.w3.org/2000/svg" class="{style}" viewBox="{box}" {size} role="{role}" aria-label="{title}">\n'
    yield f"<style>{STYLE}</style>\n<defs>{_markers()}</defs>\n"
    yield (
        f'<rect class="back" x="{_n(-_MARGIN)}" y="{_n(-_HEAD - _MARGIN)}" '
        f'width="{_n(right + 2 * _MARGIN)}" height="{_n(bottom + 2 * _MARGIN)}"/>\n'
    )
    yield f'<text class="title" x="0" y="-18">{html_text(shortened(graph.name, 16, right, True))}</text>\n'
    for number, (group, _) in enumerate(groups):
        if group is not None:
            yield _group(group, found, number)
    yield from _edges(graph.edges, found.routes, labeled, interactive)
    for node in graph.nodes:
        yield _node(node, found, texts[node.id], width, interactive)
    x, y = 0.0, found.height + 30.0
    for wide, item in legend:
        yield f'<g class="legend" transform="translate({_n(x)} {_n(y)})">{item}</g>\n'
        x += wide
    yield "</svg>\n"


def _texts(node: Node) -> tuple[str, str]:
    lines = [harmless(line) for line in lines_of(node)]
    if node.change is not None:
        lines.pop()  # The symbol and the color show it.
    return lines[0], lines[1] if len(lines) > 1 else ""


def _label_width(edge: Edge, labeled: bool) -> float:
    return text_width(_label(edge), _LABEL) if labeled else 0.0


def _label(edge: Edge) -> str:
    text = harmless(label_of(edge))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _style(edge: Edge) -> str:
    return f"{edge.kind}{' cascades' if edge.cascades else ''}"


def _markers() -> str:
    return "".join(
        f'<marker id="{name}" class="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 .8 8 4 0 7.2z"/></marker>'
        for name in ("arrow", "arrow-cascades", "arrow-chosen")
    )


def _group(name: str, found: Layout, number: int) -> str:
    box = found.groups[number]
    text = harmless(name)
    title = shortened(text, 12, box.width - 20, True)
    more = "" if title == text else f"<title>{html_text(text)}</title>"
    return (
        f'<g class="group">{more}<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}" rx="8"/>'
        f'<text x="{_n(box.x + 10)}" y="{_n(box.y + 17)}">{html_text(title)}</text></g>\n'
    )


def _edges(
    edges: Sequence[Edge], routes: Sequence[Sequence[Point]], labeled: bool, interactive: bool
) -> Iterator[str]:
    # Edges that carry a change are drawn last, above the others.
    for edge, points in sorted(zip(edges, routes, strict=True), key=lambda pair: pair[0].cascades):
        marker = "arrow-cascades" if edge.cascades else "arrow"
        names = [one.split(".", 1)[1] for one in (edge.source, edge.target)]
        said = "; ".join(map(str, edge.links)) or "DependsOn"
        end = f"\n{CASCADES}" if edge.cascades else ""
        title = f"{harmless(names[0])} → {harmless(names[1])}\n{harmless(said)}{end}"
        route = _path(points)
        # A wider invisible line is easier to point at.
        hit = f'<path class="hit" d="{route}"/>' if interactive else ""
        yield (
            f'<g class="edge {_style(edge)}" data-from="{html_text(edge.source)}" data-to="{html_text(edge.target)}">'
            f'<title>{_escaped(title)}</title>{hit}<path d="{route}" marker-end="url(#{marker})"/>'
        )
        if labeled:
            text = _label(edge)
            x, y = points[0]
            left = len(points) > 1 and points[1][0] < x
            anchor = ' text-anchor="end"' if left else ""
            if text:
                yield f'<text x="{_n(x + (-6 if left else 6))}" y="{_n(y - 3)}"{anchor}>{html_text(text)}</text>'
        yield "</g>\n"


def _path(points: Sequence[Point]) -> str:
    """A route with round corners."""
    x, y = points[0]
    made = [f"M{_n(x)} {_n(y)}"]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        sizes = [max(abs(point[0] - end[0]), abs(point[1] - end[1])) for end in (before, after)]
        radius = min(6.0, *(size / 2 for size in sizes))
        one, other = (_toward(point, end, radius) for end in (before, after))
        made.append(f"L{_n(one[0])} {_n(one[1])}Q{_n(point[0])} {_n(point[1])} {_n(other[0])} {_n(other[1])}")
    if len(points) > 1:
        made.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return "".join(made)


def _toward(point: Point, end: Point, distance: float) -> Point:
    length = max(abs(point[0] - end[0]), abs(point[1] - end[1])) or 1.0
    part = distance / length
    return point[0] + (end[0] - point[0]) * part, point[1] + (end[1] - point[1]) * part


def _node(node: Node, found: Layout, texts: tuple[str, str], width: float, interactive: bool) -> str:
    box = found.nodes[node.id]
    name, small = texts
    room = width - 20
    change = node.change
    classes = ["node", node.kind]
    tip = [harmless(node.name), harmless(node.type or "")]
    if node.condition is not None:
        classes.append("conditional")
        tip.append(f"if {harmless(node.condition)}")
    symbol = ""
    if change is not None:
        classes += [change.style, change.word.replace(" ", "-")]
        tip.append(harmless(change.sentence))
        room -= 30
        symbol = f'<text class="symbol" x="{_n(width - 10)}" y="21" text-anchor="end">{html_text(change.symbol)}</text>'
    if node.kind == "missing":
        tip.append("not in this template")
    radius = {"resource": 6, "missing": 6, "output": 2}.get(node.kind, 22)
    more = (
        f' tabindex="0" role="button" aria-label="{html_text(", ".join(filter(None, tip)))}"'
        if interactive
        else ""
    )
    title = "\n".join(filter(None, tip))
    y = 21 if small else 29
    left, anchor = ("10", "")
    if radius == 22:
        left, anchor = _n(width / 2), ' text-anchor="middle"'
    return (
        f'<g class="{" ".join(classes)}" data-id="{html_text(node.id)}" transform="translate({_n(box.x)} {_n(box.y)})"{more}>'
        f'<title>{_escaped(title)}</title><rect width="{_n(box.width)}" height="{_n(box.height)}" rx="{radius}"/>'
        f'<text class="name" x="{left}" y="{y}"{anchor}>{html_text(shortened(name, _NAME, room, True))}</text>'
        + (
            f'<text class="type" x="{left}" y="38"{anchor}>{html_text(shortened(small, _SMALL, width - 20))}</text>'
            if small
            else ""
        )
        + f"{symbol}</g>\n"
    )


def _legend(graph: Graph) -> Iterator[tuple[float, str]]:
    """The items of the legend with their widths, only for what is drawn."""
    for word, symbol, style, counted in changes_in(graph):
        text = f"{symbol} {counted}"
        yield (
            text_width(text, 12) + 44,
            (
                f'<g class="node {style} {word.replace(" ", "-")}"><rect y="-11" width="18" height="13" rx="3"/></g>'
                f'<text x="24">{html_text(text)}</text>'
            ),
        )
    kinds = {
        "reference": "refers to",
        "depends_on": "DependsOn",
        "condition": "condition",
    }
    there = dict.fromkeys(edge.kind for edge in graph.edges)
    for kind, text in kinds.items():
        if kind in there and (len(there) > 1 or kind != "reference"):
            yield text_width(text, 12) + 62, _sample(kind, text, "arrow")
    if any(edge.cascades for edge in graph.edges):
        yield text_width(CASCADES, 12) + 62, _sample("reference cascades", CASCADES, "arrow-cascades")


def _sample(style: str, text: str, marker: str) -> str:
    return (
        f'<g class="edge {style}"><path d="M0 -4L34 -4" marker-end="url(#{marker})"/></g>'
        f'<text x="40">{html_text(text)}</text>'
    )


def _n(number: float) -> str:
    """A number with one decimal, so that the same picture is the same text."""
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _escaped(text: str) -> str:
    return _html.escape(text, quote=True)


COLORS = """--back: #fff; --card: #f6f8fa; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --edge: #8c959f;
  --bad: #cf222e; --maybe: #9a6700; --good: #1a7f37; --change: #0969da; --chosen: #8250df;
  --bad-back: #ffebe9; --maybe-back: #fff4d1; --good-back: #dafbe1; --change-back: #ddf0ff;"""
DARK = """--back: #0d1117; --card: #151b23; --text: #f0f6fc; --soft: #9aa5b1; --line: #3d444d; --edge: #6e7681;
  --bad: #ff7b72; --maybe: #e3b341; --good: #56d364; --change: #79c0ff; --chosen: #d2a8ff;
  --bad-back: #4a1517; --maybe-back: #3b2a00; --good-back: #0f3a1c; --change-back: #0c2d57;"""

STYLE = (
    f".graph {{ {COLORS} }}\n@media (prefers-color-scheme: dark) {{ .graph {{ {DARK} }} }}"
    """
.graph { background: var(--back); }
.graph text { font: 11px system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: var(--text); }
.graph .back { fill: var(--back); } .graph .title { font-size: 16px; font-weight: 700; }
.group rect { fill: var(--card); stroke: var(--line); } .graph .group text { font-size: 12px; font-weight: 600; fill: var(--soft); }
.node rect { fill: var(--back); stroke: var(--edge); } .graph .node .name { font-size: 13px; font-weight: 600; }
.graph .node .type { fill: var(--soft); } .graph .node .symbol { font: 700 13px ui-monospace, Menlo, Consolas, monospace; }
.node.parameter rect, .node.condition rect, .node.output rect { stroke: var(--soft); }
.node.conditional rect { stroke-dasharray: 6 3; }
.node.missing rect { stroke: var(--bad); stroke-dasharray: 2 3; } .graph .node.missing .name { fill: var(--bad); }
.node.good rect { fill: var(--good-back); stroke: var(--good); } .graph .node.good .symbol { fill: var(--good); }
.node.change rect { fill: var(--change-back); stroke: var(--change); } .graph .node.change .symbol { fill: var(--change); }
.node.maybe rect { fill: var(--maybe-back); stroke: var(--maybe); } .graph .node.maybe .symbol { fill: var(--maybe); }
.node.bad rect { fill: var(--bad-back); stroke: var(--bad); } .graph .node.bad .symbol { fill: var(--bad); }
.node.good rect, .node.change rect, .node.maybe rect, .node.bad rect { stroke-width: 2; }
.node.removed rect { stroke-dasharray: 5 3; } .graph .node.removed .name { text-decoration: line-through; }
.edge path { fill: none; stroke: var(--edge); stroke-width: 1.3; } .edge .hit { stroke: transparent; stroke-width: 9; }
.edge.depends_on path { stroke-dasharray: 6 4; } .edge.condition path { stroke-dasharray: 1.5 3.5; }
.edge .hit { stroke-dasharray: none !important; }
.edge.cascades path:not(.hit) { stroke: var(--bad); stroke-width: 2.4; }
.graph .edge text { font-size: 10.5px; fill: var(--soft); paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
.graph.dense .edge path:not(.hit) { stroke-width: .8; } .graph.dense .edge.cascades path:not(.hit) { stroke-width: 2; }
marker path { fill: var(--edge); } marker.arrow-cascades path { fill: var(--bad); } marker.arrow-chosen path { fill: var(--chosen); }
.graph .legend text { font-size: 12px; }
"""
)
