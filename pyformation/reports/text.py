"""A diff as lines of text for a terminal, in the manner of ``terraform plan``.

A line is a list of pieces, each with a style; `text` joins them, `show` prints them with colors where
standard output is a terminal.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from typing import TextIO

from ..changes.records import Finding
from .data import PropertyReport, Report, Subject, changed, reports
from .harmless import harmless
from .order import Listed, Order
from .reasons import Reasons
from .terminal import broken, cells, plain, print_lines, wrap
from .values import values
from .wording import (
    INNER_LINES,
    LINKS,
    LONGEST,
    REFRESHED,
    SETTLE,
    Phrase,
    Style,
    all_totals,
    compared,
    effect,
    finding_words,
    label,
    mode,
    modes,
    outcome,
    place,
    refreshed_words,
    under_resource,
)

NARROWEST = 40
# Even with `--verbose`, a chain of 2,000 resources is not repeated for each of them.
_MOST_LINKS = 20


def text(subject: Subject, *, width: int = 80, verbose: bool = False, quiet: bool = False) -> str:
    """The report without colors, in lines of at most `width` characters.

    `quiet` leaves the totals, the errors and one line for each resource; `verbose` shortens nothing and
    lists the resources that only a change set would list.
    """
    return plain(layout(subject, width=width, verbose=verbose, quiet=quiet))


def show(subject: Subject, *, verbose: bool = False, quiet: bool = False, file: TextIO | None = None) -> None:
    """Print the report: in colors and as wide as the terminal, where there is one.

    ``NO_COLOR`` and ``TERM=dumb`` switch the colors off.
    """
    out = sys.stdout if file is None else file
    width = shutil.get_terminal_size((80, 24)).columns if out.isatty() else 80
    print_lines(layout(subject, width=width, verbose=verbose, quiet=quiet), out)


def layout(subject: Subject, *, width: int = 80, verbose: bool = False, quiet: bool = False) -> list[Phrase]:
    """The lines of the report, each as its pieces."""
    page = _Page(max(width, NARROWEST), verbose, quiet)
    found = reports(subject)
    common = modes(found.values())
    if None not in found:
        page.total_of_all(found)
        page.compared(found)
        if common is not None:
            page.mode(common)
        page.blank()
    for path, one in found.items():
        if path is not None:
            if not changed(one) and not one.findings and not one.partial and not verbose:
                continue  # Unchanged templates are in the total only.
            page.add([("title", harmless(path))])
        page.total(one)
        if path is None:
            page.compared(found)
        if path is None or common is None:
            page.mode(mode(one))
        page.blank()
        page.report(one)
        page.blank()
    while page.lines and not page.lines[-1]:
        page.lines.pop()
    return page.lines


class _Page:
    """The lines of a report, written from top to bottom."""

    def __init__(self, width: int, verbose: bool, quiet: bool) -> None:
        self.width = width
        self.verbose = verbose
        self.quiet = quiet
        self.lines: list[Phrase] = []

    def add(self, phrase: Phrase, indent: int = 0, hanging: int | None = None) -> None:
        self.lines += wrap(phrase, self.width, indent, indent + 4 if hanging is None else hanging)

    def blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append([])

    def report(self, report: Report) -> None:
        for reason in report.partial:
            self.add([("maybe", "partial: "), ("", harmless(reason))])
        if report.partial:
            self.add([("maybe", "The list below may be incomplete.")])
            self.blank()
        order = Order(
            report, links=_MOST_LINKS if self.verbose else LINKS, longest=None if self.verbose else LONGEST
        )
        calm = [found for found in order.elsewhere if found.severity == "info"]
        self.findings([found for found in order.elsewhere if found.severity != "info"])
        for listed in order.resources:
            self.resource(listed)
        for inside, outputs, reasons in order.outputs:
            self.add([("change", "  ~ "), ("name", harmless(f"{inside}Outputs"))], 0, 8)
            if not self.quiet:
                self.properties(outputs, reasons)
            self.blank()
        if order.refreshed and not self.quiet:
            self.add([("title", REFRESHED)])
            for value in order.refreshed:
                self.add([("maybe", "  ^ "), *refreshed_words(value)], 0, 8)
            self.add([("dim", SETTLE)], 2)
            self.blank()
        self.blank()
        self.findings(calm)
        if self.verbose:
            self.left_out(order)
        elif not self.quiet:
            count = len(order.aws_only)
            if count:
                which = "1 resource that does" if count == 1 else f"{count:,} resources that do"
                self.add([("dim", f"A change set would also list {which} not change.")])
            count = len(order.suppressed)
            if count:
                self.add([("dim", f"{count:,} finding{' is' if count == 1 else 's are'} suppressed.")])
            self.blank()

    def findings(self, listed: list[Finding]) -> None:
        for found in listed:
            if not self.quiet or found.severity == "error":
                self.finding(found, 0)
        self.blank()

    def left_out(self, order: Order) -> None:
        """The resources that only a change set would list, and the suppressed findings."""
        for one in order.aws_only:
            head: Phrase = [("dim", "  . "), ("name", harmless(one.logical_id)), ("", "  ")]
            reason = f"  in a change set only: {harmless(one.reason)}"
            self.add([*head, ("type", harmless(one.type)), ("dim", reason)], 0, 8)
        for hidden in order.suppressed:
            reason = f"  suppressed: {harmless(hidden.reason)}"
            self.add([("dim", "  . "), *finding_words(hidden.finding), ("dim", reason)], 0, 8)
        self.blank()

    def resource(self, listed: Listed) -> None:
        change = listed.change
        found = effect(change)
        where = place(change.origin)
        self.add(
            [
                (found.style, f"{found.symbol:>3} "),
                ("name", harmless(listed.name)),
                ("", "  "),
                ("type", harmless(change.type)),
                ("", "  "),
                *outcome(change),
                *([("", "  "), *where] if where else []),
            ],
            0,
            8,
        )
        for finding in listed.findings:
            if not self.quiet or finding.severity == "error":
                self.finding(finding if self.quiet else under_resource(finding), 6)
        if self.quiet:
            return
        self.properties(change.changes, listed.reasons)
        self.blank()

    def finding(self, found: Finding, indent: int) -> None:
        self.add([("", "! "), *finding_words(found)], indent, indent + 2)

    def properties(self, changes: Iterable[PropertyReport], reasons: Reasons) -> None:
        for change in changes:
            self.property(change, reasons)

    def property(self, change: PropertyReport, reasons: Reasons) -> None:
        symbol, style = _SYMBOLS[change.change_type]
        told, inner = values(change, None if self.verbose else LONGEST, None if self.verbose else INNER_LINES)
        head: Phrase = [(style, f"{symbol} "), ("name", label(change.path))]
        if told:
            head += [("", ": "), *told]
        note = reasons.note(change)
        if note:
            note = [("dim", "# "), *note]
            whole = [*head, ("", "  "), *note]
            if 6 + sum(cells(piece) for _, piece in whole) <= self.width:
                head, note = whole, []
        self.add(head, 6, 10)
        if note:
            self.add(note, 10, 12)
        for sign, line in inner:
            self.inner(sign, line)
        for depth, words in reasons.chains(change):
            indent = 10 + 2 * min(depth, 8)
            self.add([("dim", "<- "), *words], indent, indent + 3)

    def inner(self, sign: str, line: str) -> None:
        styles: dict[str, Style] = {"+": "good", "-": "bad"}
        style = styles.get(sign, "dim")
        for number, part in enumerate(broken(line, self.width - 12) or [""]):
            self.lines.append([("", " " * 10), (style, f"{sign if number == 0 else ' '} {part}")])

    def total(self, report: Report) -> None:
        phrase: Phrase = [("title", "Total"), ("", ": "), *all_totals([report])]
        if report.partial:
            phrase.append(("maybe", "; partial"))
        self.add(phrase, 0, 2)

    def compared(self, found: dict[str | None, Report]) -> None:
        words = compared(found)
        if words:
            self.add([(style or "dim", piece) for style, piece in words], 0, 2)

    def mode(self, mode: str) -> None:
        self.add([("dim", f"Parameter mode: {mode}")], 0, 2)

    def total_of_all(self, found: dict[str | None, Report]) -> None:
        count = len(found)
        those = sum(changed(one) for one in found.values())
        head = f" of {count:,} template{'' if count == 1 else 's'}, {those:,} changed: "
        phrase: Phrase = [("title", "Total"), ("", head), *all_totals(found.values())]
        partial = sum(bool(one.partial) for one in found.values())
        if partial:
            phrase.append(("maybe", f"; {partial:,} partial"))
        self.add(phrase, 0, 2)


_SYMBOLS: dict[str, tuple[str, Style]] = {
    "Add": ("+", "good"),
    "Remove": ("-", "bad"),
    "Modify": ("~", "change"),
}
