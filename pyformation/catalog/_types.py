"""The type of a property, read from its short text (`docs/catalog.md` has the grammar)."""

from __future__ import annotations

SCALARS = ("string", "integer", "number", "boolean")


class Type:
    """What a value may be.

    `kind` is one of ``scalar``, ``json``, ``any``, ``definition``, ``list``, ``map``, ``union``.
    `name` is the scalar's or the property type's name, `item` the type of a list's items or of a
    map's values, `options` the alternatives of a union; `text` is the short text itself.
    """

    __slots__ = ("item", "kind", "name", "options", "text")

    text: str
    kind: str
    name: str | None
    item: Type | None
    options: tuple[Type, ...]

    def __init__(self, text: str) -> None:
        self.text = text
        self.name = None
        self.item = None
        self.options = ()
        members = alternatives(text)
        first = text[:1]
        if len(members) > 1:
            self.kind = "union"
            self.options = tuple(parse_type(m) for m in members)
        elif first == "[":
            self.kind = "list"
            self.item = parse_type(text[1:-1])
        elif first == "{":
            self.kind = "map"
            self.item = parse_type(text[1:-1])
        elif text in SCALARS:
            self.kind = "scalar"
            self.name = text
        elif text in ("json", "any"):
            self.kind = text
        else:
            self.kind = "definition"
            self.name = text

    def definitions(self) -> tuple[str, ...]:
        """The names of the property types that it mentions, in order."""
        if self.kind == "definition":
            return (self.text,)
        inner = self.options if self.item is None else (self.item,)
        return tuple(name for each in inner for name in each.definitions())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Type({self.text!r})"

    def __str__(self) -> str:
        return self.text


_parsed: dict[str, Type] = {}


def parse_type(text: str) -> Type:
    """The type that a short text stands for; the same object for the same text."""
    found = _parsed.get(text)
    if found is None:
        found = _parsed[text] = Type(text)
    return found


def alternatives(text: str) -> list[str]:
    """The members of a union's text; the text itself where it is no union."""
    if "|" not in text:
        return [text]
    found: list[str] = []
    depth = start = 0
    for index, c in enumerate(text):
        if c in "[{":
            depth += 1
        elif c in "]}":
            depth -= 1
        elif c == "|" and not depth:
            found.append(text[start:index])
            start = index + 1
    found.append(text[start:])
    return found
