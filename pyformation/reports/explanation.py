"""An explanation as lines of text, laid out for a width.

A line is a list of pieces, each with a style, which a terminal shows and plain text ignores. Only links and
unbreakable parts of an example are wider than the given width.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal

from ..catalog import _sentences
from ..explanation.records import (
    AttributeExplanation,
    Behavior,
    BlockExplanation,
    BlockPropertyExplanation,
    Explanation,
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
# More values than these, or nested properties that replace, are only counted.
_MOST_VALUES = 60
_MOST_BELOW = 12
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
            _property_type(page, explanation)
        case AttributeExplanation():
            page.field("Python", explanation.python, "code")
            page.field("Kind", f"{explanation.value}; {explanation.text}")
            page.link(explanation.documentation)
        case OptionExplanation():
            page.field("Python", explanation.python, "code")
            page.field("Effect", explanation.text)
            page.link(explanation.documentation)
        case ServiceExplanation():
            _service(page, explanation)
        case _:
            raise TypeError(f"no layout for {type(explanation).__name__}")
    return page.lines


def layout_code(code: Code, width: int = 80) -> list[Line]:
    """The meaning of a finding's code, as lines of at most `width` characters."""
    page = _Page(max(width, 40))
    page.title(f"{code.code}: {code.title}")
    page.field("Kind", code.kind)
    page.field("Severity", code.severity, _SEVERITIES[code.severity])
    page.field("Meaning", code.text)
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
        beside = note and len(text) + len(note) + 2 <= self.width
        line: Line = [("heading", text)]
        self.lines += [[], line]
        if beside:
            line.append(("dim", f"  {note}"))
        else:
            self.words(note, "dim")

    def field(self, label: str, text: str | None, style: Style = "") -> None:
        """A label, and beside it a text that is wrapped; nothing where there is no text."""
        for number, part in enumerate(_wrap(text or "", self.width - _LABEL)):
            self.lines.append([("label", f"{label if number == 0 else '':<{_LABEL}}"), (style, part)])

    def link(self, address: str) -> None:
        if address:
            beside = _LABEL + len(address) <= self.width
            self.lines.append(
                [("label", f"{'Documentation':<{_LABEL}}"), ("link", address if beside else "")]
            )
            if not beside:
                self.lines.append([("link", address)])

    def words(self, text: str, style: Style = "", indent: int = 2) -> None:
        self.add((" " * indent + part for part in _wrap(text, self.width - indent)), style)

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

    def example(self, snippet: Snippet | None) -> None:
        if snippet is not None:
            for heading, text in (("Python", snippet.python), ("YAML", snippet.yaml)):
                self.heading(heading)
                self.add((f"  {line}" for line in text.splitlines()), "code")


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
    for fact in found.facts:
        page.field(fact.heading, fact.text)
    page.link(found.documentation)
    if found.also:
        short = found.name.split("::")[-1]
        page.field("Also", f"{short} may mean {_sentences.join_words(found.also, 'or')}, too")
    page.field("Required", ", ".join(found.required))
    _members(page, found.properties)
    if found.attributes or found.any_attribute is not None:
        page.heading("Attributes", "for Fn::GetAtt")
        rows: list[Line] = []
        for each in found.attributes:
            kind = f"is {_sentences.dotted(each.mirrors)}" if each.mirrors else each.kind
            rows.append([("", each.name), ("dim", each.python_name), ("dim", kind)])
        page.table(rows)
        if found.any_attribute is not None:
            page.words(f"any other name{f' after {found.any_attribute}' if found.any_attribute else ''}")
    if found.property_types:
        page.heading("Property types", "classes on the resource")
        page.words(", ".join(found.property_types))
    page.example(found.example)


def _members(page: _Page, lines: Sequence[PropertyLine]) -> None:
    """The table of properties."""
    if not lines:
        return
    rows: list[Line] = []
    for line in lines:
        word = "by AWS" if line.read_only else _sentences.update_word(line.update, line.below)
        # The name of a property type adds nothing where it is the property's own.
        kind = "nested properties" if line.kind == line.name else line.kind
        rows.append(
            [
                (_STYLES[word], word),
                ("", ("*" if line.required else " ") + line.name),
                ("dim", line.python_name),
                ("dim", kind + ("; deprecated" if line.deprecated else "")),
            ]
        )
    words = {row[0][1] for row in rows}
    notes = ["* required"] if any(line.required for line in lines) else []
    notes += ["maybe: replaced under a condition"] if "maybe" in words else []
    notes += ["partly: some nested properties replace the resource"] if "partly" in words else []
    page.heading("Properties", "; ".join(notes))
    page.table(rows)


def _update(page: _Page, update: Update) -> None:
    # In place, but: some nested properties replace the resource, or the type has no update handler.
    doubted = update.behavior == "Never" and ", but " in update.summary
    style: Style = "maybe" if doubted else _STYLES[_sentences.update_word(update.behavior)]
    page.field("Update", update.summary, style)
    page.field("Because", update.because.rstrip("."))
    page.field("Source", update.source + (f" (rule {update.rule})" if update.rule else ""))
    below = [f"{_sentences.dotted(p)} {_sentences.update_word(b)}" for p, b in update.below.items()]
    page.field("Nested", _shortened(below, _MOST_BELOW))


def _shortened(words: list[str], most: int, where: str = "") -> str:
    more = [f"and {len(words) - most} more{where}"] if len(words) > most else []
    return ", ".join([*words[:most], *more])


def _property(page: _Page, found: PropertyExplanation) -> None:
    page.field("Python", found.python, "code")
    notes = [
        word for word, holds in (("required", found.required), ("deprecated", found.deprecated)) if holds
    ]
    page.field("Kind", ", ".join([found.value, *notes]))
    if isinstance(found, BlockPropertyExplanation):
        count = len(found.places)
        places = "one place" if count == 1 else f"{count} places"
        page.field("Of", f"a property type of {found.type}, used in {places}")
    _update(page, found.update)
    if found.values:
        page.field(
            "Values", _shortened(list(map(str, found.values)), _MOST_VALUES, " (--format json has all)")
        )
        page.field("", "AWS adds values: another one is a warning, not an error", "dim")
    page.field("Limits", ", ".join(found.limits))
    page.field("Pattern", found.pattern)
    page.field("Keys", found.key_pattern)
    if found.default is not None:
        default = found.default
        page.field("Default", str(default).lower() if isinstance(default, bool) else str(default) or '""')
    page.field("Takes", _sentences.join_words(found.takes, "or"))
    for fact in found.facts:
        page.field(fact.heading, fact.text)
    if found.attribute is not None:
        page.field("Attribute", f"{found.attribute}, for Fn::GetAtt, has the same name: get_att")
    page.link(found.documentation)
    if isinstance(found, BlockPropertyExplanation):
        _places(page, found.places, found.more_places)
    _members(page, found.properties)
    page.example(found.example)


def _places(page: _Page, places: Sequence[Place], more: bool) -> None:
    page.heading("Places", "and the update behavior in each" if places else "no property uses it")
    groups: dict[tuple[str, str], list[Place]] = {}
    for place in places:
        update = place.update
        below: Behavior = "Always" if update.below else "Never"
        reason = f"{update.because.rstrip('.')} ({update.source})"
        groups.setdefault((_sentences.update_word(update.behavior, below), reason), []).append(place)
    for (word, reason), found in groups.items():
        page.table([((_STYLES[word], f"{word:<8}"), ("", _sentences.dotted(place.path))) for place in found])
        page.words(reason, "dim", 12)
    if more:
        page.words("and more places, in itself and deeper")


def _property_type(page: _Page, found: BlockExplanation) -> None:
    page.field("Python", found.python, "code")
    page.field("Kind", f"a property type of {found.type}")
    page.field("Required", ", ".join(found.required))
    page.link(found.documentation)
    _places(page, found.places, found.more_places)
    _members(page, found.properties)
    page.example(found.example)


def _service(page: _Page, found: ServiceExplanation) -> None:
    page.field("Python", found.import_line, "code")
    page.field("Types", str(len(found.types)))
    page.heading("Types", "properties; what is lost with them")
    rows: list[Line] = []
    for line in found.types:
        style: Style = "bad" if line.stateful == "data" else "maybe"
        rows.append([("", line.python), ("dim", f"{line.properties:>3}"), (style, line.stateful or "")])
    page.table(rows, widest=60)
