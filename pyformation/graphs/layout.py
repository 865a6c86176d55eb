"""Where nodes and edges of a graph are drawn: a layered layout of groups, with edges routed clear of nodes.

Our own, because no maintained package is a match (2026): grandalf and fast-sugiyama only place nodes, graph-layout
has no groups, orthogonal is AGPL. graphlay has groups and routes, but is a young native extension whose drawing of
120 nodes is six times as large. Graphviz ignores labels and ports with orthogonal edges; ``--format dot`` is for it.

Inside a group, nodes are in columns, each left of what it refers to; nodes without references there fill up a grid.
Groups are in columns in the same way; groups without edges to others are packed below. Edges run only in the free
channels between columns and rows, never behind a node. All edges to one node share a track, so that they read as
one line with branches. Nothing here depends on what the nodes are.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Literal

import attrs

# Pixels: inside a group around its cells, between rows, columns, groups, and between two tracks.
_PAD = 14.0
_TITLE = 26.0
_ROW_GAP = 14.0
_COLUMN_GAP = 34.0
_GROUP_GAP = 26.0
_OUTER_GAP = 56.0
_TRACK = 5.0
_PORT = 13.0
# Wider than high, like a screen.
_ASPECT = 1.6

Side = Literal[-1, 1]
# A free strip: ("V", column), ("H", column, position) between groups; ("v", group, column),
# ("h", group, row) inside of one. Tracks run along it.
Channel = tuple[str, int, int]
Point = tuple[float, float]


@attrs.frozen
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Whether they have a common area."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@attrs.frozen
class Line:
    """An edge to be drawn: lines of the same `kind` to the same target share a track.

    `label` is the width of the text that stands where the line begins; 0 for none.
    """

    source: str
    target: str
    kind: str = ""
    label: float = 0.0


@attrs.frozen
class Layout:
    """The boxes of nodes and of groups (by their number; those without a border have none), and the points of
    each line, from the source to the target."""

    width: float
    height: float
    nodes: dict[str, Box]
    groups: dict[int, Box]
    routes: tuple[tuple[Point, ...], ...]


@attrs.define
class _Block:
    """A group, or a connected part of a group without a border."""

    group: int
    border: bool
    members: list[str]
    # Column and row of each member.
    cells: dict[str, tuple[int, int]] = attrs.field(factory=dict[str, tuple[int, int]])
    columns: int = 0
    rows: int = 0
    # Its column among the groups, and its position there; -1 if it is packed below.
    column: int = -1
    position: int = 0
    # Its place and size, and where its rows and columns begin inside it.
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    xs: list[float] = attrs.field(factory=list[float])
    ys: list[float] = attrs.field(factory=list[float])
    taken: set[tuple[int, int]] = attrs.field(factory=set[tuple[int, int]])


def lay_out(
    groups: Sequence[tuple[bool, Sequence[str]]],
    lines: Sequence[Line],
    *,
    width: float = 190.0,
    height: float = 48.0,
) -> Layout:
    """A layout of nodes of one size. Each group says whether it has a border, and lists its nodes.

    Every node stands in one group, and lines run between nodes. The same input gives the same layout.
    """
    blocks = _blocks(groups, lines)
    of = {name: number for number, block in enumerate(blocks) for name in block.members}
    inside: list[list[tuple[str, str]]] = [[] for _ in blocks]
    outside: dict[tuple[int, int], int] = {}
    for line in lines:
        one, other = of[line.source], of[line.target]
        if one == other:
            inside[one].append((line.source, line.target))
        else:
            outside[one, other] = outside.get((one, other), 0) + 1
    order = _order(blocks, outside)
    best: tuple[float, float, float] | None = None
    for aspect in (0.4, 0.7, 1.1, 1.7, 2.6):
        for block, edges in zip(blocks, inside, strict=True):
            _fill(block, edges, aspect, width, height)
        for most in _heights_to_try(blocks, order, width, height):
            _stack(blocks, order, most, width, height)
            badness = _badness(blocks, width, height)
            if best is None or badness < best[0] - 0.01:
                best = (badness, aspect, most)
    assert best is not None
    for block, edges in zip(blocks, inside, strict=True):
        _fill(block, edges, best[1], width, height)
    _stack(blocks, order, best[2], width, height)
    _order_blocks(blocks, outside, width, height)
    return _Router(blocks, of, lines, width, height).layout()


# ---------------------------------------------------------------------------------------------
# Groups and their columns


def _blocks(groups: Sequence[tuple[bool, Sequence[str]]], lines: Sequence[Line]) -> list[_Block]:
    """One block for a group with a border, one for each connected part of a group without."""
    blocks: list[_Block] = []
    for number, (border, members) in enumerate(groups):
        if border:
            blocks.append(_Block(number, True, list(members)))
            continue
        near: dict[str, list[str]] = {name: [] for name in members}
        lonely = dict.fromkeys(members)
        for line in lines:
            for one, other in ((line.source, line.target), (line.target, line.source)):
                if one in near:
                    lonely.pop(one, None)
                    if other in near:
                        near[one].append(other)
        done: set[str] = set(lonely)
        for name in members:
            if name in done:
                continue
            part, waiting = {name}, [name]
            while waiting:
                for other in near[waiting.pop()]:
                    if other not in part:
                        part.add(other)
                        waiting.append(other)
            done |= part
            blocks.append(_Block(number, False, [member for member in members if member in part]))
        if lonely:
            blocks.append(_Block(number, False, list(lonely)))
    return blocks


def _order(blocks: list[_Block], outside: Mapping[tuple[int, int], int]) -> list[int]:
    """The blocks with edges to others, each before what it refers to where possible."""
    connected = sorted({number for pair in outside for number in pair})
    order = _without_circles(connected, outside)
    place = {number: index for index, number in enumerate(order)}
    after: dict[int, list[int]] = {number: [] for number in connected}
    for one, other in outside:
        if place[one] < place[other]:
            after[one].append(other)
    ranks: dict[int, int] = {}
    for number in reversed(order):
        ranks[number] = 1 + max((ranks[other] for other in after[number]), default=-1)
    return sorted(order, key=lambda number: -ranks[number])


def _heights_to_try(
    blocks: list[_Block], order: Sequence[int], width: float, height: float
) -> Sequence[float]:
    """Heights to try for the columns of blocks."""
    heights = [_rough(blocks[number], width, height)[1] for number in order] or [0.0]
    total, highest = sum(heights), max(heights)
    return sorted({max(highest, total / count) for count in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 12)})


def _stack(blocks: list[_Block], order: Sequence[int], most: float, width: float, height: float) -> None:
    """Put the blocks into columns of at most a height, from left to right."""
    column, y = 0, 0.0
    for number in order:
        high = _rough(blocks[number], width, height)[1]
        if y and y + high > most + 1:
            column, y = column + 1, 0.0
        blocks[number].column = column
        y += high


def _without_circles(nodes: Iterable[int], weights: Mapping[tuple[int, int], int]) -> list[int]:
    """An order with little backward weight (the heuristic of Eades, Lin and Smyth)."""
    left = dict.fromkeys(nodes)
    first: list[int] = []
    last: list[int] = []
    out = dict.fromkeys(left, 0)
    into = dict.fromkeys(left, 0)
    for (one, other), weight in weights.items():
        out[one] += weight
        into[other] += weight
    near: dict[int, list[tuple[int, int, int]]] = {node: [] for node in left}
    for (one, other), weight in weights.items():
        near[one].append((other, 0, weight))
        near[other].append((one, weight, 0))

    def take(node: int) -> None:
        del left[node]
        for other, goes_out, comes_in in near[node]:
            out[other] -= goes_out
            into[other] -= comes_in

    while left:
        sinks = [node for node in left if not out[node]]
        if sinks:
            for node in sinks:
                take(node)
                last.append(node)
            continue
        sources = [node for node in left if not into[node]]
        chosen = sources or [max(left, key=lambda node: (out[node] - into[node], -node))]
        for node in chosen:
            take(node)
            first.append(node)
    return first + last[::-1]


def _badness(blocks: list[_Block], width: float, height: float) -> float:
    """How far the drawing is from the shape of a screen, and how much of it is empty."""
    wide: dict[int, float] = {}
    high: dict[int, float] = {}
    loose = used = 0.0
    for block in blocks:
        w, h = _rough(block, width, height)
        used += len(block.members) * (width + _COLUMN_GAP) * (height + _ROW_GAP)
        if block.column < 0:
            loose += w * h
        else:
            wide[block.column] = max(wide.get(block.column, 0.0), w)
            high[block.column] = high.get(block.column, 0.0) + h
    across = sum(wide.values()) + _OUTER_GAP * len(wide)
    across = max(across, math.sqrt(loose * _ASPECT), 1.0)
    down = max(high.values(), default=0.0) + loose / across + 1.0
    return abs(math.log(across / down / _ASPECT)) + 0.5 * math.log(across * down / max(used, 1.0))


def _rough(block: _Block, width: float, height: float) -> tuple[float, float]:
    w = block.columns * (width + _COLUMN_GAP) + _PAD
    h = block.rows * (height + _ROW_GAP) + _PAD + (_TITLE if block.border else 0.0)
    return w + _GROUP_GAP, h + _GROUP_GAP


def _order_blocks(
    blocks: list[_Block], outside: Mapping[tuple[int, int], int], width: float, height: float
) -> None:
    """Order the blocks of a column to keep edges short: by the weighted mean of their neighbors."""
    columns: dict[int, list[int]] = {}
    for number, block in enumerate(blocks):
        if block.column >= 0:
            columns.setdefault(block.column, []).append(number)
    near: dict[int, list[tuple[int, int]]] = {
        number: [] for members in columns.values() for number in members
    }
    for (one, other), weight in outside.items():
        near[one].append((other, weight))
        near[other].append((one, weight))
    middle: dict[int, float] = {}

    def stack(members: list[int]) -> None:
        heights = [_rough(blocks[number], width, height)[1] for number in members]
        y = -sum(heights) / 2
        for position, (number, high) in enumerate(zip(members, heights, strict=True)):
            middle[number] = y + high / 2
            blocks[number].position = position
            y += high

    for members in columns.values():
        stack(members)
    for sweep in range(8):
        for column in sorted(columns, reverse=bool(sweep % 2)):
            members = columns[column]

            def wanted(number: int) -> float:
                joined = [(other, weight) for other, weight in near[number]]
                total = sum(weight for _, weight in joined)
                return sum(middle[other] * weight for other, weight in joined) / total

            members.sort(key=wanted)
            stack(members)


# ---------------------------------------------------------------------------------------------
# The cells of a group


def _fill(
    block: _Block, edges: Sequence[tuple[str, str]], aspect: float, width: float, height: float
) -> None:
    """Give every member a cell; `aspect` is the wanted ratio of width to height."""
    count = len(block.members)
    across, down = width + _COLUMN_GAP, height + _ROW_GAP
    rows = max(1, round(math.sqrt(count * across / down / aspect)))
    layers = _layers(block.members, edges)
    joined = {name for edge in edges for name in edge}
    lonely = [name for name in block.members if name not in joined]
    columns = [part for layer in layers for part in _parts(layer, rows)]
    wide = max(len(columns), math.ceil(count / rows))
    rows = max([math.ceil(count / wide), *(len(column) for column in columns)])
    cells: dict[str, tuple[int, int]] = {}
    near: dict[str, list[str]] = {}
    for one, other in edges:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    for index in range(len(columns) - 1, -1, -1):
        column = columns[index]
        next_row = 0
        for place, name in enumerate(column):
            beside = [cells[other][1] for other in near[name] if other in cells]
            want = round(sum(beside) / len(beside)) if beside else (rows - len(column)) // 2 + place
            row = max(next_row, min(want, rows - (len(column) - place)))
            cells[name] = (index, row)
            next_row = row + 1
    taken = set(cells.values())
    free = ((x, y) for x in range(wide) for y in range(rows) if (x, y) not in taken)
    cells.update(zip(lonely, free, strict=False))
    block.cells = cells
    block.taken = set(cells.values())
    block.columns = 1 + max((column for column, _ in cells.values()), default=-1)
    block.rows = 1 + max((row for _, row in cells.values()), default=-1)


def _parts(layer: list[str], most: int) -> list[list[str]]:
    """A layer in columns of about the same height."""
    count = math.ceil(len(layer) / most)
    size = math.ceil(len(layer) / max(count, 1))
    return [layer[start : start + size] for start in range(0, len(layer), size or 1)]


def _layers(members: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The members with edges, in layers: each left of what it refers to, except in circles."""
    number = {name: index for index, name in enumerate(members)}
    weights = {(number[one], number[other]): 1 for one, other in edges if one != other}
    joined = sorted({number[name] for edge in edges for name in edge})
    order = _without_circles(joined, weights)
    place = {node: index for index, node in enumerate(order)}
    after: dict[int, list[int]] = {node: [] for node in joined}
    near: dict[int, list[int]] = {node: [] for node in joined}
    for one, other in weights:
        near[one].append(other)
        near[other].append(one)
        if place[one] < place[other]:
            after[one].append(other)
    ranks: dict[int, int] = {}
    for node in reversed(order):
        ranks[node] = 1 + max((ranks[other] for other in after[node]), default=-1)
    count = 1 + max(ranks.values(), default=-1)
    layers: list[list[int]] = [[] for _ in range(count)]
    for node in joined:
        layers[count - 1 - ranks[node]].append(node)
    rows: dict[int, float] = {}
    for layer in layers:
        rows.update({node: index - len(layer) / 2 for index, node in enumerate(layer)})
    for sweep in range(8):
        for layer in layers if sweep % 2 else reversed(layers):
            layer.sort(
                key=lambda node: sum(rows[o] for o in near[node]) / len(near[node]) if near[node] else 0.0
            )
            rows.update({node: index - len(layer) / 2 for index, node in enumerate(layer)})
    return [[members[node] for node in layer] for layer in layers]


# ---------------------------------------------------------------------------------------------
# The routes of the edges


@attrs.define
class _Route:
    """The channels of a line, vertical and horizontal in turn, from the side where it leaves to the side
    where it arrives."""

    line: Line
    out: Side
    into: Side
    channels: list[Channel]

    @property
    def bundle(self) -> Hashable:
        """Lines that share tracks."""
        return self.line.target, self.line.kind


class _Router:
    """Finds the channels of all lines, makes them wide enough, then places everything."""

    def __init__(
        self, blocks: list[_Block], of: Mapping[str, int], lines: Sequence[Line], width: float, height: float
    ) -> None:
        self.blocks = blocks
        self.of = of
        self.size = width, height
        self.stacks: list[list[int]] = []
        for number, block in enumerate(blocks):
            while len(self.stacks) <= block.column:
                self.stacks.append([])
            if block.column >= 0:
                self.stacks[block.column].append(number)
        for stack in self.stacks:
            stack.sort(key=lambda number: blocks[number].position)
        self._rough_ys()
        self.routes = [self._route(line) for line in lines]
        # The track of each bundle in each channel, and the number of tracks.
        self.tracks: dict[Channel, dict[Hashable, int]] = {}
        self.counts: dict[Channel, int] = {}
        self.starts: dict[Channel, float] = {}
        self.widths: dict[Channel, float] = {}
        # The room for labels in a channel, of lines that leave to the right and to the left.
        self.labels: dict[tuple[Channel, Side], float] = {}
        self.ports: dict[tuple[str, Side, Hashable], float] = {}

    # -- which channels

    def _rough_ys(self) -> None:
        """The places of blocks while all channels have their least width."""
        for stack in self.stacks:
            heights = [_rough(self.blocks[number], *self.size)[1] for number in stack]
            y = -sum(heights) / 2
            for number, high in zip(stack, heights, strict=True):
                self.blocks[number].y = y
                self.blocks[number].height = high
                y += high

    def _rough_y(self, name: str) -> float:
        block = self.blocks[self.of[name]]
        return block.y + (block.cells[name][1] + 0.5) * (self.size[1] + _ROW_GAP)

    def _route(self, line: Line) -> _Route:
        one, other = self.of[line.source], self.of[line.target]
        if one == other:
            return self._inside(line, one)
        first, second = self.blocks[one], self.blocks[other]
        start, end = self._rough_y(line.source), self._rough_y(line.target)
        down = end > start
        if first.column == second.column:
            # Around the side that is nearer to both.
            right = [block.columns - 1 - block.cells[name][0] for block, name in self._ends(line)]
            left = [block.cells[name][0] for block, name in self._ends(line)]
            side: Side = 1 if sum(right) <= sum(left) else -1
            column = first.column + (side == 1)
            route: list[Channel] = [("V", column, 0)]
            out, into = side, side
        else:
            side = 1 if first.column < second.column else -1
            out, into = side, -side
            columns = range(first.column + side, second.column, side)
            column = first.column + (side == 1)
            route = [("V", column, 0)]
            for step, passed in enumerate(columns, 1):
                y = start + (end - start) * step / (len(columns) + 1)
                route += [("H", passed, self._corridor(passed, y)), ("V", passed + (side == 1), 0)]
        begin = self._exit(first, line.source, out, down)
        finish = self._exit(second, line.target, into, not down)
        return _Route(line, out, into, [*begin, *route, *finish[::-1]])

    def _ends(self, line: Line) -> list[tuple[_Block, str]]:
        return [(self.blocks[self.of[name]], name) for name in (line.source, line.target)]

    def _corridor(self, column: int, y: float) -> int:
        """The gap between the blocks of a column that is nearest to a height."""
        stack = [self.blocks[number] for number in self.stacks[column]]
        edges = [stack[0].y, *(block.y + block.height for block in stack)]
        return min(range(len(edges)), key=lambda index: (abs(edges[index] - y), index))

    def _exit(self, block: _Block, name: str, side: Side, down: bool) -> list[Channel]:
        """The channels from a node out of its block."""
        column, row = block.cells[name]
        beyond = range(column + 1, block.columns) if side == 1 else range(column)
        if all((other, row) not in block.taken for other in beyond):
            return []
        number = self.of[name]
        return [("v", number, column + (side == 1)), ("h", number, row + down)]

    def _inside(self, line: Line, number: int) -> _Route:
        block = self.blocks[number]
        (column, row), (its_column, its_row) = block.cells[line.source], block.cells[line.target]
        if column == its_column:
            return _Route(line, 1, 1, [("v", number, column + 1)])
        side: Side = 1 if column < its_column else -1
        first: Channel = ("v", number, column + (side == 1))
        last: Channel = ("v", number, its_column + (side == -1))
        between = range(column + side, its_column, side)
        opposite: Side = -1 if side == 1 else 1
        if all((other, row) not in block.taken for other in between):
            return _Route(line, side, opposite, [last])
        if all((other, its_row) not in block.taken for other in between):
            return _Route(line, side, opposite, [first])
        return _Route(line, side, opposite, [first, ("h", number, row + (its_row > row)), last])

    # -- how wide they are

    def layout(self) -> Layout:
        """Place everything."""
        self._horizontal_tracks()
        self._heights()
        self._place_ports()
        self._vertical_tracks()
        self._across()
        return self._placed()

    def _horizontal_tracks(self) -> None:
        spans: dict[Channel, dict[Hashable, tuple[float, float]]] = {}
        for route in self.routes:
            for index, channel in enumerate(route.channels):
                if channel[0] in "Hh":
                    # Inside, from one of the columns of the block to another, or to the end.
                    before, after = route.channels[index - 1], route.channels[index + 1]
                    ends = [self._index(channel, other, route) for other in (before, after)]
                    _widen(spans, channel, route.bundle, min(ends), max(ends))
        self._assign(spans, 0.5)

    def _index(self, channel: Channel, other: Channel, route: _Route) -> float:
        if channel[0] == "H":
            return 0.0
        if other[0] == "v":
            return float(other[2])
        block = self.blocks[channel[1]]
        return -1.0 if other[1] <= block.column else float(block.columns + 1)

    def _assign(
        self, spans: Mapping[Channel, Mapping[Hashable, tuple[float, float]]], between: float
    ) -> None:
        """Tracks for bundles: bundles whose spans do not touch may share one."""
        for channel, bundles in spans.items():
            ends: list[float] = []
            tracks = self.tracks.setdefault(channel, {})
            for bundle, (low, high) in sorted(bundles.items(), key=lambda item: item[1]):
                free = next((track for track, end in enumerate(ends) if end + between < low), None)
                if free is None:
                    free = len(ends)
                    ends.append(high)
                else:
                    ends[free] = high
                tracks[bundle] = free
            self.counts[channel] = len(ends)

    def _room(self, channel: Channel, least: float) -> float:
        count = self.counts.get(channel, 0)
        return max(least, 10.0 + count * _pitch(count)) if count else least

    def _heights(self) -> None:
        """The rows of every block, and the vertical places of blocks in columns."""
        _, height = self.size
        for number, block in enumerate(self.blocks):
            y = (_TITLE if block.border else 0.0) + 2.0
            block.ys = []
            for row in range(block.rows + 1):
                inner = 0 < row < block.rows
                room = self._room(("h", number, row), _ROW_GAP if inner else _PAD - 4 if block.border else 0)
                self.starts["h", number, row], self.widths["h", number, row] = y, room
                y += room
                if row < block.rows:
                    block.ys.append(y)
                    y += height
            block.height = y + 2.0
        totals: list[float] = []
        for column, stack in enumerate(self.stacks):
            y = 0.0
            for position in range(len(stack) + 1):
                inner = 0 < position < len(stack)
                room = self._room(("H", column, position), _GROUP_GAP if inner else 0.0)
                self.starts["H", column, position], self.widths["H", column, position] = y, room
                y += room
                if position < len(stack):
                    self.blocks[stack[position]].y = y
                    y += self.blocks[stack[position]].height
            totals.append(y)
        for column, (stack, total) in enumerate(zip(self.stacks, totals, strict=True)):
            shift = (max(totals) - total) / 2
            for position in range(len(stack) + 1):
                self.starts["H", column, position] += shift
            for number in stack:
                self.blocks[number].y += shift

    def _place_ports(self) -> None:
        """Where on the sides of its nodes each line begins and ends, so that few of them cross."""
        wanted: dict[tuple[str, Side], dict[Hashable, list[float]]] = {}
        for route in self.routes:
            line = route.line
            start, end = self._middle(line.source), self._middle(line.target)
            wanted.setdefault((line.source, route.out), {}).setdefault(("out", route.bundle), []).append(end)
            wanted.setdefault((line.target, route.into), {}).setdefault(("in", route.bundle), []).append(
                start
            )
            if line.label:
                block = self.of[line.source]
                column = self.blocks[block].cells[line.source][0] + (route.out == 1)
                key = (("v", block, column), route.out)
                self.labels[key] = max(self.labels.get(key, 0.0), line.label + 10.0)
        for (name, side), ports in wanted.items():
            pitch = min(_PORT, (self.size[1] - 8.0) / len(ports))
            order = sorted(ports, key=lambda port: sum(ports[port]) / len(ports[port]))
            for index, port in enumerate(order):
                offset = (index - (len(order) - 1) / 2) * pitch
                self.ports[name, side, port] = self._middle(name) + offset

    def _middle(self, name: str) -> float:
        block = self.blocks[self.of[name]]
        return block.y + block.ys[block.cells[name][1]] + self.size[1] / 2

    def _height_of(self, channel: Channel, bundle: Hashable) -> float:
        start = self.starts[channel] + (self.blocks[channel[1]].y if channel[0] == "h" else 0.0)
        return start + self._offset(channel, bundle)

    def _offset(self, channel: Channel, bundle: Hashable) -> float:
        count = self.counts[channel]
        track = self.tracks[channel][bundle]
        before, after = self.labels.get((channel, 1), 0.0), self.labels.get((channel, -1), 0.0)
        middle = (self.widths[channel] + before - after) / 2
        return middle + (track - (count - 1) / 2) * _pitch(count)

    def _levels(self, route: _Route) -> list[float]:
        """The heights of the horizontal parts of a line."""
        line = route.line
        first = self.ports[line.source, route.out, ("out", route.bundle)]
        last = self.ports[line.target, route.into, ("in", route.bundle)]
        between = [self._height_of(channel, route.bundle) for channel in route.channels[1::2]]
        return [first, *between, last]

    def _vertical_tracks(self) -> None:
        spans: dict[Channel, dict[Hashable, tuple[float, float]]] = {}
        for route in self.routes:
            levels = self._levels(route)
            for index, channel in enumerate(route.channels[::2]):
                low, high = sorted(levels[index : index + 2])
                _widen(spans, channel, route.bundle, low, high)
        self._assign(spans, 5.0)

    def _across(self) -> None:
        """The columns of every block, and the horizontal places of columns of blocks."""
        width, _ = self.size
        for number, block in enumerate(self.blocks):
            x = 0.0
            block.xs = []
            for column in range(block.columns + 1):
                channel: Channel = ("v", number, column)
                inner = 0 < column < block.columns
                room = self._room(channel, _COLUMN_GAP if inner else _PAD if block.border else 2.0)
                text = self.labels.get((channel, 1), 0.0) + self.labels.get((channel, -1), 0.0)
                if text:
                    room = max(room, text + self._room(channel, 8.0))
                self.starts[channel], self.widths[channel] = x, room
                x += room
                if column < block.columns:
                    block.xs.append(x)
                    x += width
            block.width = x
        x = 0.0
        for column in range(len(self.stacks) + 1):
            channel = ("V", column, 0)
            inner = 0 < column < len(self.stacks)
            room = self._room(channel, _OUTER_GAP if inner else 0.0)
            self.starts[channel], self.widths[channel] = x, room
            x += room
            if column < len(self.stacks):
                widest = max(self.blocks[number].width for number in self.stacks[column])
                for number in self.stacks[column]:
                    self.blocks[number].x = x + (widest - self.blocks[number].width) / 2
                x += widest
        bottom = max((b.y + b.height for b in self.blocks if b.column >= 0), default=-_GROUP_GAP)
        for column, stack in enumerate(self.stacks):
            channel = ("H", column, len(stack))
            bottom = max(bottom, self.starts[channel] + self.widths[channel])
        self._pack(x, bottom + _GROUP_GAP)

    def _pack(self, wide: float, top: float) -> None:
        """The blocks without an edge to another, below the others, each as high as possible."""
        loose = [block for block in self.blocks if block.column < 0]
        area = sum((block.width + _GROUP_GAP) * (block.height + _GROUP_GAP) for block in loose)
        wide = max([wide, math.sqrt(area * _ASPECT), *(block.width for block in loose)])
        # The outline below the placed blocks: from each x on, the height in use.
        outline: list[Point] = [(0.0, top)]
        for block in sorted(loose, key=lambda block: (-block.height, -block.width)):
            across, down = block.width + _GROUP_GAP, block.height + _GROUP_GAP
            places: list[Point] = []
            for index, (x, _) in enumerate(outline):
                if x + block.width <= wide or not index:
                    below = [y for _, y in _between(outline, x, x + across)]
                    places.append((max(below), x))
            block.y, block.x = min(places)
            outline = _raised(outline, block.x, block.x + across, block.y + down)

    # -- where everything is

    def _placed(self) -> Layout:
        width, height = self.size
        # The ports of packed blocks were placed before their blocks.
        self.ports.clear()
        self._place_ports()
        nodes: dict[str, Box] = {}
        groups: dict[int, Box] = {}
        for block in self.blocks:
            for name in block.members:
                column, row = block.cells[name]
                nodes[name] = Box(block.x + block.xs[column], block.y + block.ys[row], width, height)
            if block.border:
                groups[block.group] = Box(block.x, block.y, block.width, block.height)
        routes = tuple(self._points(route, nodes) for route in self.routes)
        boxes = [*nodes.values(), *groups.values()]
        points = [point for route in routes for point in route]
        right = max([*(box.x + box.width for box in boxes), *(x for x, _ in points), 0.0])
        bottom = max([*(box.y + box.height for box in boxes), *(y for _, y in points), 0.0])
        return Layout(right, bottom, nodes, groups, routes)

    def _points(self, route: _Route, nodes: Mapping[str, Box]) -> tuple[Point, ...]:
        source, target = nodes[route.line.source], nodes[route.line.target]
        levels = self._levels(route)
        x = source.x + (source.width if route.out == 1 else 0.0)
        points: list[Point] = [(x, levels[0])]
        for index, channel in enumerate(route.channels[::2]):
            x = self.starts[channel] + self._offset(channel, route.bundle)
            if channel[0] == "v":
                x += self.blocks[channel[1]].x
            points += [(x, levels[index]), (x, levels[index + 1])]
        points.append((target.x + (target.width if route.into == 1 else 0.0), levels[-1]))
        return tuple(_straight(points))


def _between(outline: Sequence[Point], left: float, right: float) -> list[Point]:
    """The steps of an outline between two places."""
    ends = [*(x for x, _ in outline[1:]), math.inf]
    return [step for step, end in zip(outline, ends, strict=True) if step[0] < right and end > left]


def _raised(outline: Sequence[Point], left: float, right: float, height: float) -> list[Point]:
    """An outline after one more block."""
    before = [step for step in outline if step[0] < left]
    level = _between(outline, left, right)[-1][1]
    after = [step for step in outline if step[0] > right]
    on_edge = [step for step in outline if step[0] == right]
    return [*before, (left, height), *(on_edge or [(right, level)]), *after]


def _pitch(count: int) -> float:
    """The distance between tracks: less where there are many."""
    return _TRACK if count <= 16 else max(2.5, _TRACK * 16 / count)


def _widen(
    spans: dict[Channel, dict[Hashable, tuple[float, float]]],
    channel: Channel,
    bundle: Hashable,
    low: float,
    high: float,
) -> None:
    bundles = spans.setdefault(channel, {})
    known = bundles.get(bundle, (low, high))
    bundles[bundle] = min(low, known[0]), max(high, known[1])


def _straight(points: Sequence[Point]) -> list[Point]:
    """The same route without points on straight lines."""
    found: list[Point] = []
    for point in points:
        if found and abs(found[-1][0] - point[0]) < 0.01 and abs(found[-1][1] - point[1]) < 0.01:
            continue
        if len(found) > 1 and any(
            abs(found[-2][axis] - point[axis]) < 0.01 and abs(found[-1][axis] - point[axis]) < 0.01
            for axis in (0, 1)
        ):
            found.pop()
        found.append(point)
    return found
