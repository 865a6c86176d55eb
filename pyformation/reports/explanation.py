"""An explanation as lines of text, laid out for a width.

A line is a list of pieces, each with a style; what prints them decides what a style looks like, or joins the
texts. Nothing is wider than asked for but links and what cannot be broken in an example.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal

from ..catalog import _sentences
from ..explanation import (
    AttributeExplanation,
    BlockExplanation,
    BlockPropertyExplanation,
    Explanation,
    Fact,
    OptionExplanation,
    Place,
    PropertyExplanation,
    PropertyLine,
    ServiceExplanation,
    TypeExplanation,
    Update,
)
from ..explanation.snippets import Snippet
from ..findings.codes import Code

Style = Literal["", "title", "heading", "label", "link", "good", "maybe", "bad", "code", "dim"]
Line = list[tuple[Style, str]]

_LABEL = 16
# More values than this say nothing in a terminal.
_MOST_VALUES = 60
_SEVERITIES: dict[str, Style] = {"error": "bad", "warning": "maybe", "info": ""}
_STYLES: dict[str, Style] = {
    "in place": "good",
    "partly": "maybe",
    "maybe": "maybe",
    "replaces": "bad",
    "by AWS": "dim",
}


def plain(lines: Iterable[Line]) -> str:
    """The lines as text without styles."""
    return "".join("".join(text for _, text in line).rstrip() + "\n" for line in lines)


def layout(explanation: Explanation, width: int = 80) -> list[Line]:
    """An explanation as lines of at most `width` characters."""
    page = _Page(max(width, 40))
    page.title(explanation.name)
    match explanation:
        case TypeExplanation():
            _type(page, explanation)
        case PropertyExplanation():
            _property(page, explanation)
        case BlockExplanation():
            _block(page, explanation)
        case BlockPropertyExplanation():
            _block_property(page, explanation)
        case AttributeExplanation():
            page.field("Python", explanation.python, "code")
            page.field("Kind", f"{explanation.value}; {explanation.text}")
            page.link(explanation.documentation)
        case OptionExplanation():
            page.field("Python", explanation.python, "code")
            page.field("What it does", explanation.text)
            page.link(explanation.documentation)
        case ServiceExplanation():
            _service(page, explanation)
        case _:
            raise TypeError(f"no layout for {type(explanation).__name__}")
    return page.lines


def layout_code(code: Code, width: int = 80) -> list[Line]:
    """What the code of a finding means, as lines of at most `width` characters."""
    page = _Page(max(width, 40))
    page.title(f"{code.code}: {code.title}")
    page.field("Kind", code.kind)
    page.field("Severity", code.severity, _SEVERITIES[code.severity])
    page.field("What it means", code.text)
    page.link(code.page)
    return page.lines


class _Page:
    """Lines that grow from top to bottom."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[Line] = []

    def add(self, texts: Iterable[str], style: Style) -> None:
        """Lines of one style each."""
        for text in texts:
            self.lines.append([(style, text)])

    def title(self, text: str) -> None:
        self.add(_wrap(text, self.width), "title")
        self.lines.append([])

    def heading(self, text: str, note: str = "") -> None:
        self.lines.append([])
        first: Line = [("heading", text)]
        if note and len(text) + len(note) + 2 <= self.width:
            first.append(("dim", f"  {note}"))
            note = ""
        self.lines.append(first)
        self.add((f"  {part}" for part in _wrap(note, self.width - 2)), "dim")

    def field(self, label: str, text: str, style: Style = "") -> None:
        """A label, and beside it a text that is wrapped."""
        parts = _wrap(text, self.width - _LABEL) or [""]
        for number, part in enumerate(parts):
            self.lines.append([("label", f"{label if number == 0 else '':<{_LABEL}}"), (style, part)])

    def facts(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self.field(fact.heading, fact.text)

    def link(self, address: str) -> None:
        if not address:
            return
        beside = _LABEL + len(address) <= self.width
        self.lines.append([("label", f"{'Documentation':<{_LABEL}}"), ("link", address if beside else "")])
        if not beside:
            self.lines.append([("link", address)])

    def words(self, words: Iterable[str], indent: int = 2) -> None:
        for part in _wrap(", ".join(words), self.width - indent):
            self.lines.append([("", " " * indent + part)])

    def table(self, rows: Sequence[Sequence[tuple[Style, str]]], widest: int = 26) -> None:
        """Rows of cells, each at its column as long as the one before it is not too long."""
        if not rows:
            return
        stops: list[int] = [2]
        for column in range(max(map(len, rows), default=1) - 1):
            longest = max(len(row[column][1]) for row in rows if column < len(row))
            stops.append(stops[-1] + min(longest, widest) + 2)
        for row in rows:
            line: Line = []
            at = 0
            for (style, text), stop in zip(row, stops, strict=False):
                if not text:
                    continue
                start = max(stop, at + 2)
                if start + len(text) > self.width:
                    # On the next line, where its column would begin if that leaves room.
                    if line:
                        self.lines.append(line)
                        line, at = [], 0
                    start = next((n for n in (stop, stops[1] + 2, 6) if n + len(text) <= self.width), 4)
                for number, part in enumerate(_wrap(text, self.width - start)):
                    if number:
                        self.lines.append(line)
                        line, at = [], 0
                    line.append(("", " " * (start - at)))
                    line.append((style, part))
                    at = start + len(part)
            self.lines.append(line)

    def example(self, snippet: Snippet) -> None:
        self.heading("Python")
        self.add((f"  {line}" for line in snippet.python.splitlines()), "code")
        self.heading("YAML")
        self.add((f"  {line}" for line in snippet.yaml.splitlines()), "code")


def _wrap(text: str, width: int) -> list[str]:
    """A text in lines; a word that is too long for one, such as a path, is cut at its dots."""
    width = max(width, 12)
    lines: list[str] = []
    for line in textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False):
        while len(line) > width:
            cut = line.rfind(".", 0, width) + 1 or width
            lines.append(line[:cut])
            line = line[cut:]
        lines.append(line)
    return lines


# ---------------------------------------------------------------------------------------------


def _type(page: _Page, found: TypeExplanation) -> None:
    page.field("Python", f"{found.python}  ({found.import_line})", "code")
    page.facts(found.facts)
    page.link(found.documentation)
    if found.also:
        page.field(
            "Also", f"{found.name.split('::')[-1]} may mean {_sentences.join_words(found.also, 'or')}, too"
        )
    if found.required:
        page.field("Required", ", ".join(found.required))
    _members(page, found.properties)
    if found.attributes or found.any_attribute is not None:
        page.heading("Attributes", "what Fn::GetAtt gives")
        page.table(
            [
                (
                    ("", a.name),
                    ("dim", a.python_name),
                    ("dim", f"is {_shown(a.mirrors)}" if a.mirrors else a.kind),
                )
                for a in found.attributes
            ]
        )
        if found.any_attribute is not None:
            page.words([f"any other name{f' after {found.any_attribute}' if found.any_attribute else ''}"])
    if found.property_types:
        page.heading("Property types", "classes on the resource")
        page.words(found.property_types)
    page.example(found.example)


def _members(page: _Page, lines: Sequence[PropertyLine]) -> None:
    """The table of properties."""
    if not lines:
        return
    words = {_word(line) for line in lines}
    notes = ["* required"] if any(line.required for line in lines) else []
    notes += ["maybe: replaced under a condition"] if "maybe" in words else []
    notes += ["partly: some of what stands below replaces"] if "partly" in words else []
    page.heading("Properties", "; ".join(notes))
    page.table(
        [
            (
                (_STYLES[_word(line)], _word(line)),
                ("", ("*" if line.required else " ") + line.name),
                ("dim", line.python_name),
                ("dim", _kind(line)),
            )
            for line in lines
        ]
    )


def _kind(line: PropertyLine) -> str:
    # The name of a block that is called like its property says nothing more.
    kind = "a block" if line.kind == line.name else line.kind
    return kind + ("; deprecated" if line.deprecated else "")


def _word(line: PropertyLine) -> str:
    return "by AWS" if line.read_only else _sentences.update_word(line.update, line.below)


def _shown(path: str) -> str:
    return path.removeprefix("/Properties/").replace("/", ".")


def _update(page: _Page, update: Update) -> None:
    # In place, but: some of what stands below replaces, or the type has no update handler.
    doubted = update.behaviour == "Never" and ", but " in update.summary
    style: Style = "maybe" if doubted else _STYLES[_sentences.update_word(update.behaviour)]
    page.field("Update", update.summary, style)
    page.field("Because", update.because.rstrip("."))
    page.field("Source", update.source + (f" (rule {update.rule})" if update.rule else ""))
    if update.below:
        parts = [
            f"{_shown(path)} {_sentences.update_word(behaviour)}" for path, behaviour in update.below.items()
        ]
        more = [f"and {len(parts) - 12} more"] if len(parts) > 12 else []
        page.field("Below it", ", ".join([*parts[:12], *more]))


def _property(page: _Page, found: PropertyExplanation) -> None:
    page.field("Python", found.python, "code")
    kind = found.value + (", required" if found.required else "")
    page.field("Kind", kind + (", deprecated" if found.deprecated else ""))
    _update(page, found.update)
    _value_fields(page, found)
    page.facts(found.facts)
    if found.attribute is not None:
        page.field("Attribute", f"{found.attribute}, for Fn::GetAtt, has the same name: get_att")
    page.link(found.documentation)
    _members(page, found.properties)
    if found.example is not None:
        page.example(found.example)


def _value_fields(page: _Page, found: PropertyExplanation | BlockPropertyExplanation) -> None:
    if found.values:
        shown = [str(v) for v in found.values[:_MOST_VALUES]]
        if len(found.values) > _MOST_VALUES:
            shown.append(f"and {len(found.values) - _MOST_VALUES} more (--format json has all)")
        page.field("Values", ", ".join(shown))
        page.field("", "AWS adds values: another one is a warning, not an error", "dim")
    if found.limits:
        page.field("Limits", ", ".join(found.limits))
    if found.pattern is not None:
        page.field("Pattern", found.pattern)
    if isinstance(found, PropertyExplanation) and found.key_pattern is not None:
        page.field("Keys", found.key_pattern)
    if found.default is not None:
        default = found.default
        page.field("Default", str(default).lower() if isinstance(default, bool) else str(default))
    if found.takes:
        page.field("Takes", _sentences.join_words(found.takes, "or"))


def _places(page: _Page, places: Sequence[Place], more: bool) -> None:
    page.heading("Places", "what an update does in each" if places else "it stands in no property")
    groups: dict[tuple[str, str], list[Place]] = {}
    for place in places:
        update = place.update
        word = _sentences.update_word(update.behaviour, "Always" if update.below else "Never")
        groups.setdefault((word, f"{update.because.rstrip('.')} ({update.source})"), []).append(place)
    for (word, why), found in groups.items():
        page.table([((_STYLES[word], f"{word:<8}"), ("", _shown(place.path))) for place in found])
        page.add((f"            {part}" for part in _wrap(why, page.width - 12)), "dim")
    if more:
        page.words(["and more places, in itself and deeper"])


def _block(page: _Page, found: BlockExplanation) -> None:
    page.field("Python", found.python, "code")
    page.field("Kind", f"a property type of {found.type}")
    if found.required:
        page.field("Required", ", ".join(found.required))
    page.link(found.documentation)
    _places(page, found.places, found.more_places)
    _members(page, found.properties)
    if found.example is not None:
        page.example(found.example)


def _block_property(page: _Page, found: BlockPropertyExplanation) -> None:
    page.field("Python", found.python, "code")
    page.field("Kind", found.value + (", required" if found.required else ""))
    page.field(
        "Of",
        f"a property type of {found.type}, which stands in {len(found.places)} places"
        if len(found.places) != 1
        else f"a property type of {found.type}, which stands in one place",
    )
    _update(page, found.update)
    _value_fields(page, found)
    page.link(found.documentation)
    _places(page, found.places, found.more_places)
    _members(page, found.properties)


def _service(page: _Page, found: ServiceExplanation) -> None:
    page.field("Python", found.import_line, "code")
    page.field("Types", str(len(found.types)))
    page.heading("Types", "properties; what is lost with them")
    page.table(
        [
            (
                ("", line.python),
                ("dim", f"{line.properties:>3}"),
                ("bad" if line.stateful == "data" else "maybe", line.stateful or ""),
            )
            for line in found.types
        ],
        widest=60,
    )
