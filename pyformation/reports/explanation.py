"""An explanation as lines of text, laid out for a width.

Only links and unbreakable parts of an example are wider than the given width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from ..catalog._sentences import update_word
from ..catalog._words import dotted
from ..errors import join_words
from ..explanation import records
from ..explanation.snippets import Snippet
from ..findings.codes import Code
from .terminal import Line, wrap

_LABEL = 16
# More values than these, or nested properties that replace, are only counted.
_MOST_VALUES = 60
_MOST_BELOW = 12
_WIDEST = 26
_STYLES = {
    "in place": "good",
    "partly": "maybe",
    "maybe": "maybe",
    "replaces": "bad",
    "by AWS": "dim",
}


def layout(found: records.Explanation, width: int = 80) -> list[Line]:
    """An explanation as lines of at most `width` characters."""
    page = _Page(found.name, width)
    page.field("Python", found.python, "code")
    match found:
        case records.TypeExplanation():
            page.field("Import", found.import_line, "code")
            page.facts(found.facts)
            page.field("Required", ", ".join(found.required))
            if found.also:
                page.field(
                    "Also", f"{found.name.split('::')[-1]} may mean {join_words(found.also, 'or')}, too"
                )
        case records.PropertyExplanation():
            _property(page, found)
        case records.PropertyTypeExplanation():
            page.field("Kind", f"a property type of {found.type}")
            page.field("Required", ", ".join(found.required))
        case records.AttributeExplanation():
            page.field("Kind", f"{found.value}; {found.text}")
        case records.OptionExplanation():
            page.field("Effect", found.text)
        case records.ServiceExplanation():
            page.field("Import", found.import_line, "code")
            page.field("Types", str(len(found.types)))
        case _:
            raise TypeError(f"no layout for {type(found).__name__}")
    page.link(found.documentation)
    if isinstance(found, records.PropertyTypeExplanation | records.PropertyTypeMemberExplanation):
        _places(page, found.places, found.more_places)
    if isinstance(
        found, records.TypeExplanation | records.PropertyTypeExplanation | records.PropertyExplanation
    ):
        _members(page, found.properties)
        if isinstance(found, records.TypeExplanation):
            _attributes(page, found)
        page.example(found.example)
    if isinstance(found, records.ServiceExplanation):
        page.heading("Types", "properties; what is lost with them")
        page.table(
            [
                ("", line.python),
                ("dim", f"{line.properties:>3}"),
                ("bad" if line.stateful == "data" else "maybe", line.stateful or ""),
            ]
            for line in found.types
        )
    return page.lines


def layout_code(code: Code, width: int = 80) -> list[Line]:
    """The meaning of a finding's code, as lines of at most `width` characters."""
    page = _Page(f"{code.code}: {code.title}", width)
    page.field("Kind", code.kind)
    page.field("Severity", code.severity, code.severity)
    page.field("Meaning", code.text)
    page.link(code.page)
    return page.lines


class _Page:
    """Lines that grow from top to bottom."""

    def __init__(self, title: str, width: int) -> None:
        self.width = max(width, 40)
        self.lines: list[Line] = [*wrap([("title", title)], self.width, 0, 0), []]

    def heading(self, text: str, note: str = "") -> None:
        self.lines += [[], *wrap([("heading", text), ("dim", f"  {note}")], self.width, 0, 2)]

    def field(self, label: str, text: str | None, style: str = "") -> None:
        """A label, and beside it a text that is wrapped; nothing where there is no text."""
        if text:
            self.lines += wrap([("label", f"{label:<{_LABEL}}"), (style, text)], self.width, 0, _LABEL)

    def facts(self, facts: Iterable[records.Fact]) -> None:
        for fact in facts:
            self.field(fact.heading, fact.text)

    def link(self, address: str) -> None:
        """A link is never broken: where it is too long for the line of its label, it has its own."""
        if address:
            line: Line = [("label", f"{'Documentation':<{_LABEL}}"), ("link", address)]
            self.lines += [line] if _LABEL + len(address) <= self.width else [line[:1], line[1:]]

    def words(self, text: str, style: str = "", indent: int = 2) -> None:
        self.lines += wrap([(style, text)], self.width, indent, indent)

    def table(self, rows: Iterable[Line], notes: Sequence[str | None] = ()) -> None:
        """Rows of cells, each at its column; one that does not fit on the line begins the next. A note stands below
        its row."""
        listed = list(rows)
        if not listed:
            return
        stops = [2]
        for column in zip(*listed, strict=True):
            stops.append(stops[-1] + 2 + min(max(len(text) for _, text in column), _WIDEST))
        hanging = min(stops[1] + 2, self.width // 3)
        for row, note in zip_longest(listed, notes):
            lines: list[Line] = [[]]
            at = 0
            for (style, text), stop in zip(row, stops, strict=False):
                start = max(stop, at + 2) if at else stop
                if at and start + len(text) > self.width:
                    lines.append([])
                    at = 0
                    start = stop if stop + len(text) <= self.width else hanging
                lines[-1] += [("", " " * (start - at)), (style, text)]
                at = start + len(text)
            for line in lines:
                self.lines += wrap(line, self.width, 0, hanging)
            if note:
                self.words(note, "dim", hanging)

    def example(self, snippet: Snippet | None) -> None:
        if snippet is not None:
            for heading, text in (("Python", snippet.python), ("YAML", snippet.yaml)):
                self.heading(heading)
                self.lines += [[("code", f"  {line}")] for line in text.splitlines()]


# ---------------------------------------------------------------------------------------------


def _attributes(page: _Page, found: records.TypeExplanation) -> None:
    if found.attributes or found.any_attribute is not None:
        page.heading("Attributes", "for Fn::GetAtt")
    page.table(
        [("", a.name), ("dim", a.python_name), ("dim", f"is {dotted(a.mirrors)}" if a.mirrors else a.kind)]
        for a in found.attributes
    )
    if found.any_attribute is not None:
        page.words(f"any other name{f' after {found.any_attribute}' if found.any_attribute else ''}")
    if found.property_types:
        page.heading("Property types", "classes on the resource")
        page.words(", ".join(found.property_types))


def _members(page: _Page, lines: Sequence[records.PropertyLine]) -> None:
    """The table of properties."""
    if not lines:
        return
    words = ["by AWS" if line.read_only else update_word(line.update, line.below) for line in lines]
    notes = ["* required"] if any(line.required for line in lines) else []
    notes += ["maybe: replaced under a condition"] if "maybe" in words else []
    notes += ["partly: some nested properties replace the resource"] if "partly" in words else []
    page.heading("Properties", "; ".join(notes))
    rows: list[Line] = []
    for word, line in zip(words, lines, strict=True):
        kind = line.kind + ("; deprecated" if line.deprecated else "")
        name = ("*" if line.required else " ") + line.name
        rows.append([(_STYLES[word], word), ("", name), ("dim", line.python_name), ("dim", kind)])
    page.table(rows, [line.meaning for line in lines])


def _property(page: _Page, found: records.PropertyExplanation) -> None:
    notes = (", required" if found.required else "") + (", deprecated" if found.deprecated else "")
    page.field("Meaning", found.meaning)
    page.field("Kind", found.value + notes)
    if isinstance(found, records.PropertyTypeMemberExplanation):
        count = len(found.places)
        places = "one place" if count == 1 else f"{count} places"
        page.field("Of", f"a property type of {found.type}, used in {places}")
    update = found.update
    doubted = update.behavior == "Never" and (update.below or update.no_update)
    page.field("Update", update.summary, "maybe" if doubted else _STYLES[update_word(update.behavior)])
    page.field("Because", update.because.rstrip("."))
    page.field("Source", update.source + (f" (rule {update.rule})" if update.rule else ""))
    below = [f"{dotted(path)} {update_word(behavior)}" for path, behavior in update.below.items()]
    page.field("Nested", _shortened(below, _MOST_BELOW))
    if found.values:
        values = list(map(str, found.values))
        page.field("Values", _shortened(values, _MOST_VALUES, " (--format json has all)"))
        page.field("", "AWS adds values: another one is a warning, not an error", "dim")
    page.field("Limits", ", ".join(found.limits))
    page.field("Pattern", found.pattern)
    page.field("Keys", found.key_pattern)
    if found.default is not None:
        default = found.default
        page.field("Default", str(default).lower() if isinstance(default, bool) else str(default) or '""')
    page.field("Takes", join_words(found.takes, "or"))
    page.facts(found.facts)
    if found.attribute is not None:
        page.field("Attribute", f"{found.attribute}, for Fn::GetAtt, has the same name: get_att")


def _shortened(words: list[str], most: int, where: str = "") -> str:
    more = [f"and {len(words) - most} more{where}"] if len(words) > most else []
    return ", ".join([*words[:most], *more])


def _places(page: _Page, places: Sequence[records.Place], more: bool) -> None:
    page.heading("Places", "and the update behavior in each" if places else "no property uses it")
    groups: dict[tuple[str, str], list[str]] = {}
    for place in places:
        update = place.update
        word = update_word(update.behavior, "Always" if update.below else "Never")
        reason = f"{update.because.rstrip('.')} ({update.source})"
        groups.setdefault((word, reason), []).append(dotted(place.path))
    for (word, reason), paths in groups.items():
        page.table([(_STYLES[word], f"{word:<8}"), ("", path)] for path in paths)
        page.words(reason, "dim", 12)
    if more:
        page.words("and more places, in itself and deeper")
