"""Resources that differ in one value, as one statement in a loop.

The statements are compared as they are written, so that whatever makes two of them equal counts. A first writing
finds the groups; in the second one, the members of a group are items of a list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from ..names import snake_case
from .layout import Atom, Block, Group, Item, Loop, Node, Statement, call, literal
from .naming import free_name

# A constant, or text with references: what a loop can have in its rows. A name could be that of a resource.
_CONSTANT = re.compile(r"""f?["']|-?\d|True$|False$""")


@attrs.frozen
class Repeated:
    """Statements that become a loop: the first one, how many, the name of their list and of the value."""

    first: int
    count: int
    name: str
    value: str | None

    @property
    def variables(self) -> list[str]:
        """What the members of the group are called."""
        return [f"{self.name}[{number}]" for number in range(self.count)]

    def variable(self, index: int) -> str | None:
        """What a member of the group is called; None for other statements."""
        number = index - self.first
        return self.variables[number] if 0 <= number < self.count else None


def repeated(
    statements: Sequence[tuple[str, Statement]], referred: Sequence[set[str]], taken: set[str]
) -> list[Repeated]:
    """The groups of neighboring resources that differ in one value only; `referred` are the names in each."""
    found: list[Repeated] = []
    at = 0
    while at < len(statements):
        count = 1
        while at + count < len(statements) and _is_similar(statements, referred, at, count + 1):
            count += 1
        if count > 1:
            members = [statement for _, statement in statements[at : at + count]]
            places = _places(members)
            name = _list_name(members[0])
            found.append(Repeated(at, count, free_name(name, taken), _value_name(members[0], places, taken)))
            taken.add(found[-1].name)
        at += count
    return found


def looped(
    statements: list[tuple[str, Statement]], groups: list[Repeated], keeps: set[str]
) -> list[tuple[str, Statement]]:
    """The statements with a loop in the place of each group; `keeps` are the lists that something refers to."""
    result = list(statements)
    for group in reversed(groups):
        members = [statement for _, statement in statements[group.first : group.first + group.count]]
        section = statements[group.first][0]
        result[group.first : group.first + group.count] = [
            (section, _loop(members, group, group.name in keeps))
        ]
    return result


def _loop(members: list[Statement], group: Repeated, keep: bool) -> Loop:
    places = _places(members)
    rows = [Item("", _row(member, places)) for member in members]
    first = members[0]
    value = _without_id(first.value)
    for place in places:
        value = _replaced(value, place, Atom(group.value or "logical_id"))
    names = ["logical_id"] if group.value is None else ["logical_id", group.value]
    return Loop(
        group.name if keep else "", value, first.path, first.above, names=names, rows=Group("", "[]", rows)
    )


def _row(member: Statement, places: list[tuple[int, ...]]) -> Node:
    logical_id = Atom(literal(str(member.path[1])))
    if not places:
        return logical_id
    return Group("", "()", [Item("", logical_id), Item("", _at(_without_id(member.value), places[0]))])


def _is_similar(
    statements: Sequence[tuple[str, Statement]], referred: Sequence[set[str]], first: int, count: int
) -> bool:
    """Whether the last of some statements is like those before it, and refers to none of them."""
    part = statements[first : first + count]
    members = [statement for _, statement in part]
    if any(section != "Resources" or statement.path[0] != "Resources" for section, statement in part):
        return False
    if any(_has_comments(member.value) or member.below for member in members):
        return False
    if any(member.above for member in members[1:]):
        return False
    names = {member.target for member in members}
    if any(names & each for each in referred[first : first + count]):
        return False
    places = _differing([_without_id(member.value) for member in members])
    if places is None:
        return False
    # One value, which may stand in several places.
    rows = [[_at(_without_id(member.value), place) for place in places] for member in members]
    return all(len({node.text for node in row if isinstance(node, Atom)}) == 1 for row in rows if row)


def _places(members: list[Statement]) -> list[tuple[int, ...]]:
    return _differing([_without_id(member.value) for member in members]) or []


def _differing(nodes: list[Node]) -> list[tuple[int, ...]] | None:
    """Where trees of the same shape have different constants; None if they differ otherwise."""
    first = nodes[0]
    if any(type(node) is not type(first) for node in nodes):
        return None
    if isinstance(first, Group):
        groups = [node for node in nodes if isinstance(node, Group)]
        shapes = {(node.head, node.brackets, tuple(item.prefix for item in node.items)) for node in groups}
        if len(shapes) != 1:
            return None
        found: list[tuple[int, ...]] = []
        for index in range(len(first.items)):
            inside = _differing([node.items[index].value for node in groups])
            if inside is None:
                return None
            found += [(index, *place) for place in inside]
        return found
    if isinstance(first, Block):
        return [] if all(node == first for node in nodes) else None
    texts = [node.text for node in nodes if isinstance(node, Atom)]
    if all(text == texts[0] for text in texts):
        return []
    return [()] if all(_CONSTANT.match(text) for text in texts) else None


def _without_id(node: Node) -> Node:
    if not isinstance(node, Group):
        return node
    return Group(node.head, node.brackets, [item for item in node.items if item.prefix != "logical_id="])


def _at(node: Node, place: tuple[int, ...]) -> Node:
    for index in place:
        assert isinstance(node, Group)
        node = node.items[index].value
    return node


def _replaced(node: Node, place: tuple[int, ...], by: Node) -> Node:
    if not place:
        return by
    assert isinstance(node, Group)
    items = list(node.items)
    items[place[0]] = attrs.evolve(items[place[0]], value=_replaced(items[place[0]].value, place[1:], by))
    return Group(node.head, node.brackets, items)


def _has_comments(node: Node) -> bool:
    return isinstance(node, Group) and any(
        item.above or item.below or item.beside or _has_comments(item.value) for item in node.items
    )


def _list_name(statement: Statement) -> str:
    """``subnets`` for ``ec2.Subnet(...)``."""
    assert isinstance(statement.value, Group)
    name = snake_case(statement.value.head.rpartition(".")[2])
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"


def _value_name(statement: Statement, places: list[tuple[int, ...]], taken: set[str]) -> str | None:
    """The name of the value: that of its keyword, if it is the value of one."""
    if not places:
        return None
    node = _without_id(statement.value)
    *way, last = places[0]
    for index in way:
        assert isinstance(node, Group)
        node = node.items[index].value
    assert isinstance(node, Group)
    prefix = node.items[last].prefix
    return free_name(prefix[:-1] if prefix.endswith("=") else "value", taken | {"logical_id"})


def with_additions(loop: Loop, *, in_class: bool) -> Loop:
    """A loop whose body makes elements of a class, or adds them to a template."""
    if in_class:
        assert isinstance(loop.value, Group)
        item = Item("logical_id=", Atom("logical_id"))
        value: Node = Group(loop.value.head, loop.value.brackets, [*loop.value.items, item])
    else:
        value = call("template.add", Item("", Atom("logical_id")), Item("", loop.value))
    if loop.target:
        value = call(f"{loop.target}.append", Item("", value))
    return attrs.evolve(loop, value=value)
