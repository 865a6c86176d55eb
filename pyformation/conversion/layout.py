"""Python source as a tree, and the tree as text, formatted like ruff and black.

What fits on a line stays on one line; otherwise each item has a line and a trailing comma. Multi-line texts stay
multi-line.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata

import attrs

WIDTH = 88


@attrs.define
class Atom:
    """A name, a number or a text, which is never split."""

    text: str


@attrs.define
class Block:
    """A text of several lines between triple quotes, indented with the code that holds it.

    `body` is its source without quotes, and `prefix` is ``f`` or nothing. `head` is the function that removes the
    indentation; without one, the lines start at the margin.
    """

    body: str
    prefix: str
    head: str | None


@attrs.define
class Item:
    """One argument, item or entry: `prefix` is ``name=`` or ``"key": ``. It may carry comments."""

    prefix: str
    value: Node
    path: tuple[object, ...] = ()
    above: list[str] = attrs.field(factory=list[str])
    beside: str | None = None
    below: list[str] = attrs.field(factory=list[str])


@attrs.define
class Group:
    """Items between brackets, behind a `head`: a call, a list, a mapping."""

    head: str
    brackets: str
    items: list[Item]


Node = Atom | Block | Group


@attrs.define
class Statement:
    """A statement of the program's body: ``name = value``, or only a value."""

    target: str
    value: Node
    path: tuple[object, ...] = ()
    above: list[str] = attrs.field(factory=list[str])
    below: list[str] = attrs.field(factory=list[str])


@attrs.define
class Loop(Statement):
    """A statement for each of some `rows`, whose members have `names`; `target` is the list of what it makes."""

    names: list[str] = attrs.field(factory=list[str])
    rows: Group = attrs.field(factory=lambda: Group("", "[]", []))


def call(head: str, *items: Item) -> Group:
    """A call of `head`."""
    return Group(head, "()", list(items))


def literal(text: str, prefix: str = "") -> str:
    """A text as source on one line; with the prefix ``f`` its braces are those of an f-string."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return f"{prefix}{quote}{escaped(text).replace(quote, chr(92) + quote)}{quote}"


_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escaped(text: str) -> str:
    """A text as it is written between quotes, which the caller adds."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return "".join(
        c
        if c.isprintable() and c != "\\"
        else _ESCAPES.get(c) or (f"\\x{ord(c):02x}" if ord(c) < 256 else _unicode(c))
        for c in text
    )


def _unicode(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def block(text: str, prefix: str = "", dedent: str | None = "dedent") -> Block | None:
    """A multi-line text as a block, or None for a text that belongs on one line.

    `dedent` is the function that removes indentation, used if it restores the same text.
    """
    lines = text.split("\n")
    if len(lines) < 2 or (len(lines) == 2 and not lines[1]) or text.endswith('"'):
        return None
    if not all(c.isprintable() or c in "\n\t" for c in text):
        return None
    body = re.sub('"{3,}', lambda quotes: '\\"' * len(quotes[0]), text.replace("\\", "\\\\"))
    # Editors remove trailing white space, unless it is escaped.
    body = re.sub("[ \t]$", lambda space: f"\\x{ord(space[0]):02x}", body, flags=re.MULTILINE)
    if dedent is not None:
        indented = "".join(f"    {line}\n" if line else "\n" for line in lines)[:-1]
        if lines[-1] == "":
            indented += "    "
        if textwrap.dedent(indented) != text:
            dedent = None
    return Block(body, prefix, dedent)


def source(node: Node, indent: int, column: int, tail: int) -> str:
    """A tree as text whose first line starts at `column`, with `tail` characters to follow the last."""
    if isinstance(node, Atom):
        return node.text
    if isinstance(node, Block):
        return _block_source(node, indent)
    flat = _flat(node)
    if flat is not None and (not node.items or column + _width(flat) + tail <= WIDTH):
        return flat
    opening, closing = node.brackets[0], node.brackets[1]
    only = _only_block(node)
    if only is not None:
        return f"{node.head}{opening}{_block_source(only, indent)}{closing}"
    inner = " " * (indent + 4)
    lines = [node.head + opening]
    for item in node.items:
        start = indent + 4 + _width(item.prefix)
        line = f"{inner}{item.prefix}{source(item.value, indent + 4, start, 1)},"
        above = item.above
        if item.beside:
            noted = f"{line}  {item.beside}"
            if isinstance(item.value, Group) and ("\n" in line or _width(noted) > WIDTH):
                # A long comment makes a call take several lines.
                above = [*above, item.beside]
            else:
                line = noted
        lines += [*(inner + comment for comment in above), line, *(inner + comment for comment in item.below)]
    lines.append(" " * indent + closing)
    return "\n".join(lines)


def _noted(item: Item) -> bool:
    """Whether an item carries comments."""
    return bool(item.above or item.beside or item.below)


def _only_block(node: Group) -> Block | None:
    """The only argument of a call, if it is a multi-line text without a call around it."""
    if node.brackets != "()" or len(node.items) != 1:
        return None
    (item,) = node.items
    if not isinstance(item.value, Block) or item.value.head is not None:
        return None
    return None if item.prefix or _noted(item) else item.value


def assignment(target: str, value: Node, indent: int) -> str:
    """``target = value``, or the value alone if there is no target."""
    start = f"{target} = " if target else ""
    text = start + source(value, indent, indent + len(start), 0)
    too_long = indent + len(text.partition("\n")[0]) > WIDTH
    if target and too_long and indent + len(start) < WIDTH:
        # Like ruff, move the whole value to separate lines if it fits there.
        inner, margin = indent + 4, " " * indent
        whole = f"{margin}    {source(value, inner, inner, 0)}"
        if all(_width(line) <= WIDTH for line in whole.split("\n")):
            text = f"{start}(\n{whole}\n{margin})"
    return text


def statement_source(statement: Statement, indent: int) -> str:
    """A statement as text whose first line starts at `indent`."""
    if not isinstance(statement, Loop):
        return assignment(statement.target, statement.value, indent)
    margin = " " * indent
    start = f"for {', '.join(statement.names)} in "
    rows = source(statement.rows, indent, indent + len(start), 1)
    head = f"{statement.target} = []\n{margin}" if statement.target else ""
    body = assignment("", statement.value, indent + 4)
    return f"{head}{start}{rows}:\n{margin}    {body}"


def _block_source(node: Block, indent: int) -> str:
    if node.head is None:
        return f'{node.prefix}"""\\\n{node.body}"""'
    margin = " " * (indent + 4)
    lines = [margin + line if line else "" for line in node.body.split("\n")]
    if not node.body.endswith("\n"):
        return f'{node.head}({node.prefix}"""\\\n' + "\n".join(lines) + '""")'
    return f'{node.head}({node.prefix}"""\\\n' + "\n".join(lines[:-1]) + f'\n{margin}""")'


def _flat(node: Node) -> str | None:
    """A tree on one line, or None if a part of it needs several."""
    if isinstance(node, Atom):
        return node.text
    if isinstance(node, Block):
        return None
    parts: list[str] = []
    for item in node.items:
        inner = _flat(item.value)
        if inner is None or _noted(item):
            return None
        parts.append(item.prefix + inner)
    opening, closing = node.brackets[0], node.brackets[1]
    return f"{node.head}{opening}{', '.join(parts)}{closing}"


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c)
    )


def comment(text: str) -> str:
    """A comment as source, without directives for tools that read comments."""
    text = "".join(c if c.isprintable() or c == "\t" else " " for c in text).strip()
    if not text:
        return "#"
    first = text.lower().lstrip("# ").split(":")[0].split()
    if first and first[0] in _DIRECTIVES:
        text = f"| {text}"
    return f"#{text}" if text[0] == "#" else f"# {text}"


# A comment that starts with one of these is a directive for some tool.
_DIRECTIVES = frozenset(
    "type pyright mypy noqa ruff fmt isort flake8 pylint nosec yapf coding -*- !/usr/bin/env pragma".split()
)
