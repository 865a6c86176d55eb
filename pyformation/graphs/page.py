"""A graph as one interactive HTML file: pan, zoom, search, and details of the selected node.

The file is self-contained: no font, no link to anything outside, and only its own script, which a content security
policy allows by its hash. Without JavaScript the picture is still shown. Text from outside enters the page
escaped, or as data that the script inserts as text.
"""

from __future__ import annotations

import json
from typing import Any

from ..document import to_yaml
from ..reports.harmless import harmless, html_text, in_json, without_commands
from ..reports.page import page
from . import Graph, Node
from .picture import COLORS, DARK, inner_svg
from .text import CASCADES

_KINDS = {
    "resource": "Resource",
    "parameter": "Parameter",
    "condition": "Condition",
    "output": "Output",
    "missing": "Not in this template",
}


def html(graph: Graph) -> str:
    """The graph as a whole HTML document."""
    data = json.dumps(_data(graph), ensure_ascii=True, separators=(",", ":"))
    for character in "<>&":
        data = data.replace(character, f"\\u{ord(character):04x}")
    data = without_commands(data, in_json)
    notes = "".join(f"<li>{html_text(note)}</li>" for note in graph.notes)
    counts = f"{len(graph.nodes):,} nodes, {len(graph.edges):,} edges"
    body = _BODY.format(
        title=html_text(graph.name),
        counts=counts,
        notes=f'<ul class="notes">{notes}</ul>' if notes else "",
        picture=inner_svg(graph),
        data=data,
    )
    return page(graph.name, _STYLE, body, _SCRIPT)


def _data(graph: Graph) -> dict[str, Any]:
    """The contents of the side panel, by the ID of the node."""
    nodes = {node.id: _node(node) for node in graph.nodes}
    names = {node.id: harmless(node.name) for node in graph.nodes}
    for edge in graph.edges:
        said = ", ".join(map(str, edge.links)) if edge.links else "DependsOn"
        said = harmless(said) + (f": {CASCADES}" if edge.cascades else "")
        nodes[edge.source]["out"].append([edge.target, names[edge.target], said])
        nodes[edge.target]["in"].append([edge.source, names[edge.source], said])
    return nodes


def _node(node: Node) -> dict[str, Any]:
    change = node.change
    return {
        "name": harmless(node.name),
        "kind": _KINDS[node.kind],
        "type": harmless(node.type or ""),
        "condition": harmless(node.condition or ""),
        "line": "" if node.origin is None else harmless(str(node.origin)),
        "change": "" if change is None else harmless(f"{change.symbol} {change.sentence}"),
        "style": "" if change is None else change.style,
        "changes": [] if change is None else [harmless(text) for text in change.properties],
        "body": "\n".join(map(harmless, to_yaml({node.name: dict(node.body)}).splitlines()))
        if node.body
        else "",
        "out": [],
        "in": [],
    }


_BODY = """<header>
<h1>{title}</h1> <span class="counts">{counts}</span>
<div class="controls">
<input type="search" id="search" placeholder="Search ( / )" aria-label="Search names and types" autocomplete="off" spellcheck="false">
<output id="hits" for="search" aria-live="polite"></output>
<button type="button" id="out" aria-label="Zoom out">−</button>
<button type="button" id="in" aria-label="Zoom in">+</button>
<button type="button" id="fit">Fit</button>
</div>
{notes}
</header>
<main>
<div id="view" tabindex="0" aria-label="The graph: arrows move it, + and - zoom, 0 shows all of it">
{picture}</div>
<aside id="panel" aria-live="polite" hidden>
<button type="button" id="close" aria-label="Close">×</button>
<h2 id="name"></h2>
<p id="about"></p>
<p id="change"></p>
<ul id="changes"></ul>
<h3>Refers to</h3>
<ul id="to" class="links"></ul>
<h3>Referred to by</h3>
<ul id="from" class="links"></ul>
<h3>Declaration</h3>
<pre id="body" tabindex="0"></pre>
</aside>
</main>
<script type="application/json" id="data">{data}</script>"""

_STYLE = (
    f":root {{ color-scheme: light dark; {COLORS} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {DARK} }} }}"
    """
* { box-sizing: border-box; }
html, body { margin: 0; height: 100%; }
body { display: flex; flex-direction: column; background: var(--back); color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .3rem .8rem; padding: .6rem 1rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; } .counts, #hits { color: var(--soft); }
.controls { display: none; gap: .4rem; margin-left: auto; align-items: center; } .js .controls { display: flex; }
.notes { flex-basis: 100%; margin: 0; padding-left: 1.2rem; color: var(--maybe); overflow-wrap: anywhere; }
input, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .2rem .6rem; }
button { cursor: pointer; } :focus-visible { outline: 2px solid var(--chosen); outline-offset: 1px; }
main { flex: 1; min-height: 0; display: flex; }
#view { flex: 1; min-width: 0; overflow: auto; }
.js #view { overflow: hidden; touch-action: none; cursor: grab; } .js #view.moving { cursor: grabbing; }
#view svg { display: block; } .js #view svg { width: 100%; height: 100%; }
.js .graph .title { display: none; }
.js .node { cursor: pointer; } .node:focus { outline: none; } .node:focus-visible rect { stroke: var(--chosen); stroke-width: 3; }
.graph.choosing .node, .graph.choosing .edge, .graph.searching .node, .graph.searching .edge { opacity: .22; }
.graph.dense.choosing .edge:not(.near), .graph.dense.searching .edge { opacity: .06; }
.graph.choosing .near, .graph.choosing .chosen, .graph.searching .found, .graph.choosing .legend *, .graph.searching .legend * { opacity: 1; }
.graph .node.chosen rect { stroke: var(--chosen); stroke-width: 3.5; } .graph .node.found rect { stroke: var(--chosen); stroke-width: 2.5; }
.graph.choosing .edge.near path:not(.hit) { stroke: var(--chosen); stroke-width: 2.2; }
#panel { width: min(26rem, 45vw); overflow: auto; padding: .8rem 1rem; border-left: 1px solid var(--line); background: var(--card); position: relative; }
#panel[hidden] { display: none; }
#close { position: absolute; right: .7rem; top: .7rem; }
h2 { font-size: 1.05rem; margin: 0 2.5rem 0 0; overflow-wrap: anywhere; }
h3 { font-size: .8rem; text-transform: uppercase; letter-spacing: .04em; color: var(--soft); margin: 1rem 0 .2rem; }
#panel p { margin: .1rem 0; color: var(--soft); overflow-wrap: anywhere; } #panel ul { margin: 0; padding: 0; list-style: none; }
#change { font-weight: 700; } #change.bad { color: var(--bad); } #change.maybe { color: var(--maybe); }
#change.good { color: var(--good); } #change.change { color: var(--change); }
#changes li { margin: .2rem 0; overflow-wrap: anywhere; font: 12px/1.45 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.links li { margin: .25rem 0; } .links span { color: var(--soft); font-size: .9em; overflow-wrap: anywhere; }
.links button { padding: 0 .45rem; margin-right: .4rem; background: var(--back); overflow-wrap: anywhere; text-align: left; }
.links li.none { color: var(--soft); }
pre { margin: 0; padding: .6rem; overflow: auto; background: var(--back); border: 1px solid var(--line); border-radius: 6px;
  font: 12px/1.45 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media (max-width: 45rem) { main { flex-direction: column; } #panel { width: auto; max-height: 45%; border-left: 0; border-top: 1px solid var(--line); } }
@media print { .controls, #panel { display: none !important; } .js #view { overflow: visible; } }
"""
)

_SCRIPT = """
"use strict";
(() => {
  const $ = id => document.getElementById(id);
  const nodes = new Map(Object.entries(JSON.parse($("data").textContent)));
  const view = $("view"), svg = view.querySelector("svg");
  const drawn = new Map([...svg.querySelectorAll(".node[data-id]")].map(g => [g.dataset.id, g]));
  const edges = [...svg.querySelectorAll(".edge[data-from]")];
  document.documentElement.classList.add("js");

  // The visible part of the picture: x, y, width and height, in its own units.
  const all = svg.viewBox.baseVal, whole = [all.x, all.y, all.width, all.height];
  let box = whole.slice();
  const show = () => svg.setAttribute("viewBox", box.join(" "));
  const scale = () => Math.max(box[2] / view.clientWidth, box[3] / view.clientHeight);
  const fit = () => {
    box = whole.slice();
    // A small graph is not enlarged.
    const width = view.clientWidth / 1.25, height = view.clientHeight / 1.25;
    if (box[2] < width && box[3] < height) box = [box[0] - (width - box[2]) / 2, box[1] - (height - box[3]) / 2, width, height];
    show();
  };
  const zoom = (factor, x, y) => {
    const width = box[2] * factor;
    if (width < 80 || width > whole[2] * 6 + 4000) return;
    box = [x - (x - box[0]) * factor, y - (y - box[1]) * factor, width, box[3] * factor];
    show();
  };
  const middle = () => [box[0] + box[2] / 2, box[1] + box[3] / 2];
  const at = event => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  };
  const place = id => {
    const own = drawn.get(id).transform.baseVal[0].matrix, size = drawn.get(id).querySelector("rect");
    return [own.e + size.width.baseVal.value / 2, own.f + size.height.baseVal.value / 2];
  };
  const center = id => {
    const [x, y] = place(id);
    if (scale() > 1.3) { box[2] = view.clientWidth * 1.1; box[3] = view.clientHeight * 1.1; }
    box[0] = x - box[2] / 2; box[1] = y - box[3] / 2;
    show();
  };

  let chosen = null;
  const list = (target, items) => {
    $(target).replaceChildren(...(items.length ? items : [null]).map(item => {
      const line = document.createElement("li");
      if (item === null) { line.textContent = "nothing"; line.className = "none"; return line; }
      const button = document.createElement("button"), said = document.createElement("span");
      button.type = "button"; button.textContent = item[1]; said.textContent = item[2];
      button.addEventListener("click", () => { choose(item[0]); center(item[0]); });
      line.append(button, said);
      return line;
    }));
  };
  const choose = id => {
    chosen = nodes.has(id) ? id : null;
    const near = new Set();
    svg.classList.toggle("choosing", chosen !== null);
    for (const edge of edges) {
      const is = chosen !== null && (edge.dataset.from === chosen || edge.dataset.to === chosen);
      edge.classList.toggle("near", is);
      const path = edge.querySelector("path:not(.hit)");
      path.setAttribute("marker-end", is ? "url(#arrow-chosen)" : edge.classList.contains("cascades") ? "url(#arrow-cascades)" : "url(#arrow)");
      if (is) { near.add(edge.dataset.from); near.add(edge.dataset.to); }
    }
    for (const [name, group] of drawn) {
      group.classList.toggle("chosen", name === chosen);
      group.classList.toggle("near", near.has(name));
    }
    $("panel").hidden = chosen === null;
    if (chosen === null) return;
    const node = nodes.get(chosen);
    $("name").textContent = node.name;
    $("about").textContent = [node.kind, node.type, node.condition && "if " + node.condition, node.line].filter(Boolean).join(" · ");
    $("change").textContent = node.change;
    $("change").className = node.style;
    $("changes").replaceChildren(...node.changes.map(text => Object.assign(document.createElement("li"), { textContent: text })));
    list("to", node.out);
    list("from", node.in);
    $("body").textContent = node.body;
    $("body").hidden = $("body").previousElementSibling.hidden = !node.body;
    $("panel").scrollTop = 0;
  };

  let hits = [], hit = -1;
  const search = () => {
    const words = $("search").value.toLowerCase().split(/\\s+/).filter(Boolean);
    hits = words.length ? [...nodes.keys()].filter(id => {
      const node = nodes.get(id), text = (node.name + " " + node.type + " " + node.kind + " " + node.change).toLowerCase();
      return words.every(word => text.includes(word));
    }) : [];
    hit = -1;
    svg.classList.toggle("searching", words.length > 0);
    const found = new Set(hits);
    for (const [name, group] of drawn) group.classList.toggle("found", found.has(name));
    $("hits").textContent = words.length ? hits.length + " found" : "";
  };
  $("search").addEventListener("input", search);
  $("search").addEventListener("keydown", event => {
    if (event.key === "Enter" && hits.length) {
      hit = (hit + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
      choose(hits[hit]); center(hits[hit]);
      $("hits").textContent = (hit + 1) + " of " + hits.length;
    } else if (event.key === "Escape") { $("search").value = ""; search(); view.focus(); event.stopPropagation(); }
  });

  $("in").addEventListener("click", () => zoom(1 / 1.4, ...middle()));
  $("out").addEventListener("click", () => zoom(1.4, ...middle()));
  $("fit").addEventListener("click", fit);
  $("close").addEventListener("click", () => { const last = drawn.get(chosen); choose(null); if (last) last.focus(); });
  view.addEventListener("wheel", event => { event.preventDefault(); zoom(Math.exp(event.deltaY * 0.0015), ...at(event)); }, { passive: false });
  let from = null, moved = false;
  view.addEventListener("pointerdown", event => { if (event.button === 0) { from = [event.clientX, event.clientY]; moved = false; } });
  window.addEventListener("pointermove", event => {
    if (from === null) return;
    const x = event.clientX - from[0], y = event.clientY - from[1];
    if (!moved && Math.abs(x) + Math.abs(y) < 4) return;
    moved = true; view.classList.add("moving");
    const unit = scale();
    box[0] -= x * unit; box[1] -= y * unit;
    from = [event.clientX, event.clientY];
    show();
  });
  for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, () => { from = null; view.classList.remove("moving"); });
  svg.addEventListener("click", event => {
    if (moved) return;
    const group = event.target.closest(".node[data-id]");
    choose(group === null ? null : group.dataset.id);
  });
  for (const [id, group] of drawn) {
    group.addEventListener("keydown", event => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(id); }
    });
    group.addEventListener("focus", () => {
      if (!group.matches(":focus-visible")) return;
      const [x, y] = place(id);
      if (x < box[0] || y < box[1] || x > box[0] + box[2] || y > box[1] + box[3]) center(id);
    });
  }
  document.addEventListener("keydown", event => {
    if (event.target.tagName === "INPUT" || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step && view.contains(document.activeElement)) { box[0] += step[0] * box[2] * 0.1; box[1] += step[1] * box[3] * 0.1; show(); event.preventDefault(); }
    else if (event.key === "+" || event.key === "=") zoom(1 / 1.4, ...middle());
    else if (event.key === "-") zoom(1.4, ...middle());
    else if (event.key === "0") fit();
    else if (event.key === "/") { event.preventDefault(); $("search").focus(); }
    else if (event.key === "Escape") choose(null);
  });
  // graph.html#Resources.Queue opens with that node.
  const start = () => {
    let id = "";
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    if (nodes.has(id)) { choose(id); center(id); }
  };
  window.addEventListener("hashchange", start);
  fit();
  start();
})();
"""
