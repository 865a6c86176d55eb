"""A diff as Markdown that fits a comment on a pull request.

GitHub takes 65,536 characters: what does not fit is left out, the least dangerous first, and a note says
what. Names and values are code spans; the sentences of findings are escaped, so that nothing in them is a
link, a mention, a table or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

import attrs

from ..changes.records import Finding
from .data import PropertyReport, Report, ResourceReport, Subject, changed, counted, reports
from .harmless import harmless, without_commands
from .order import Listed, Order, is_noise, warned
from .reasons import Reasons
from .values import Lines, values
from .wording import (
    EFFECTS,
    REFRESHED,
    SETTLE,
    Phrase,
    all_totals,
    compared,
    effect,
    finding_counts,
    finding_words,
    label,
    mode,
    modes,
    outcome,
    place,
    refreshed_words,
    totals,
    under_resource,
)

# In bytes of UTF-8: at least as many as characters, however counted.
LIMIT = 65_000

_CHAINS = 6
_PROPERTIES = 30
_LONGEST_SENTENCE = 600
_ICONS = {"-/+": "🔁", "-": "🗑️", "-?+": "❓", "?": "❓", "~": "✏️", "=": "✏️", "<": "📥", "+": "➕"}
_SEVERITY_ICONS = {"error": "❌", "warning": "⚠️", "info": "ℹ️"}
_CLOSING = "\n</details>\n\n"
# Effects up to this danger are not folded: a reviewer must see them.
_OPEN = 4


def markdown(subject: Subject, *, title: str = "CloudFormation changes", limit: int = LIMIT) -> str:
    """The report as Markdown of at most `limit` bytes."""
    found = reports(subject)
    blocks: list[_Block] = []
    head: list[str] = [f"### {escaped(title)}", ""]
    if None in found:
        one = found[None]
        head += [f"{_joined(all_totals([one]))} · parameter mode: {mode(one)}", "", *_compared(found)]
        blocks += _report(one)
    else:
        those = sum(changed(one) for one in found.values())
        count = f"{len(found):,} template{'' if len(found) == 1 else 's'}, {those:,} changed"
        common = modes(found.values())
        told = "" if common is None else f" · parameter mode: {common}"
        head += [f"{_joined(all_totals(found.values()))} in {count}{told}", "", *_compared(found)]
        for path, one in sorted(found.items(), key=lambda item: _worst(item[1])):
            if changed(one) or one.findings or one.partial:
                blocks.append(
                    _Block(f"#### {code(str(path))}: {_joined(all_totals([one]))}\n\n", heading=True)
                )
                if common is None:
                    blocks.append(_Block(f"Parameter mode: {mode(one)}\n\n"))
                blocks += _report(one)
    return without_commands(_fitted("\n".join(head) + "\n", blocks, limit))


def _compared(found: dict[str | None, Report]) -> list[str]:
    words = compared(found)
    return [_joined(words), ""] if words else []


@attrs.frozen
class _Block:
    """A part that is kept whole, in its short form, or not at all.

    `opens` and `closes` delimit a folded section; `listed` is counted where the block is left out.
    """

    text: str
    short: str | None = None
    listed: Listed | None = None
    opens: bool = False
    closes: bool = False
    heading: bool = False


def _worst(report: Report) -> tuple[bool, int]:
    everything = [report, *report.nested()]
    errors = any(found.severity == "error" for one in everything for found in one.findings)
    dangers = (effect(change).danger for one in everything for change in one.resources)
    return not errors, min(dangers, default=99)


def _report(report: Report) -> Iterable[_Block]:
    if report.partial:
        lines = ["> [!WARNING]", "> **This diff is partial and may miss changes:**", ">"]
        lines += [f"> - {escaped(_cut(reason))}" for reason in report.partial[:10]]
        if len(report.partial) > 10:
            lines.append(f"> - {len(report.partial) - 10:,} more reasons")
        yield _Block("\n".join(lines) + "\n\n")
    order = Order(report)
    for finding in order.elsewhere:
        yield _Block(f"- {_finding(finding)}\n")
    if order.elsewhere:
        yield _Block("\n")
    noise = [listed for listed in order.resources if is_noise(listed)]
    serious = [listed for listed in order.resources if not is_noise(listed)]
    errors = [listed for listed in serious if any(f.severity == "error" for f in listed.findings)]
    if errors:
        yield from _section("❌ With errors", errors, True)
    for kind in EFFECTS:
        found = [one for one in serious if effect(one.change) == kind and one not in errors]
        if found:
            title = f"{_ICONS[kind.symbol]} {kind.word.capitalize()}"
            yield from _section(title, found, kind.danger <= _OPEN or any(map(warned, found)))
    if order.outputs:
        lines = [
            line
            for inside, outputs, reasons in order.outputs
            for line in (f"- **{code(f'{inside}Outputs')}**", *_properties(outputs, reasons))
        ]
        yield _Block("\n".join(lines) + "\n\n")
    if order.refreshed:
        lines = [
            f"**{REFRESHED}**",
            "",
            *(f"- {_joined(refreshed_words(value))}" for value in order.refreshed),
        ]
        lines += ["", SETTLE]
        yield _Block("\n".join(lines) + "\n\n")
    if noise:
        yield _Block(f"Only asset hashes change: {_names([one.name for one in noise])}\n\n")
    if order.aws_only:
        names = _names([one.logical_id for one in order.aws_only])
        yield _Block(f"A change set would also list these, which do not change: {names}\n\n")
    if order.suppressed:
        codes = _names([one.finding.code for one in order.suppressed])
        yield _Block(f"Suppressed findings: {codes}\n\n")


def _names(names: list[str]) -> str:
    more = f" and {len(names) - 20:,} more" if len(names) > 20 else ""
    return ", ".join(code(name) for name in names[:20]) + more


def _section(title: str, found: list[Listed], is_open: bool) -> Iterable[_Block]:
    # A line of HTML, without any text from outside.
    yield _Block(
        f"<details{' open' if is_open else ''}><summary><b>{title} ({len(found):,})</b></summary>\n\n",
        opens=True,
    )
    for listed in found:
        change = listed.change
        first = _headline(listed)
        lines = [first, *(f"  - {_finding(under_resource(finding))}" for finding in listed.findings)]
        lines += _properties(change.changes, listed.reasons)
        errors = [f"  - {_finding(finding)}" for finding in listed.findings if finding.severity == "error"]
        yield _Block("\n".join(lines) + "\n", "\n".join([first, *errors]) + "\n", listed)
    yield _Block(_CLOSING, closes=True)


def _headline(listed: Listed) -> str:
    change = listed.change
    where = place(change.origin)
    tail = f" · {_joined(where)}" if where else ""
    return f"- **{code(listed.name)}** {code(change.type)} {_joined(outcome(change))}{tail}"


def _finding(found: Finding) -> str:
    icon = _SEVERITY_ICONS.get(found.severity, "")
    words = finding_words(attrs.evolve(found, message=_cut(found.message)))
    return f"{icon} {_joined(words)}"


def _properties(changes: tuple[PropertyReport, ...], reasons: Reasons) -> list[str]:
    lines = [line for one in changes[:_PROPERTIES] for line in _property(one, reasons)]
    rest = len(changes) - _PROPERTIES
    return [*lines, f"  - and {rest:,} more"] if rest > 0 else lines


def _property(change: PropertyReport, reasons: Reasons) -> list[str]:
    sign = {"Add": " added", "Remove": " removed"}.get(change.change_type, "")
    told, inner = values(change)
    line = f"  - {code(label(change.path))}{sign}"
    if told:
        line += f": {_joined(told)}"
    note = reasons.note(change)
    if note:
        line += f" — {_joined(note)}"
    lines = [line]
    for depth, words in islice(reasons.chains(change), _CHAINS):
        lines.append(f"{' ' * (4 + 2 * depth)}- ← {_joined(words)}")
    if inner:
        lines += _fence(inner, "    ")
    return lines


def _fence(lines: Lines, indent: str) -> list[str]:
    texts = [
        ("  " if sign == "..." else f"{sign} ") + (f"... {line}" if sign == "..." else _cut(line, 200))
        for sign, line in lines
    ]
    longest = max((len(run) for text in texts for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{indent}{fence}diff", *(f"{indent}{text.rstrip()}" for text in texts), f"{indent}{fence}"]


# ---------------------------------------------------------------------------------------------
# What fits


def _fitted(head: str, blocks: list[_Block], limit: int) -> str:
    """The head and as many blocks as fit, and a note about the rest."""
    if _size(head) + sum(_size(block.text) for block in blocks) <= limit:
        return head + "".join(block.text for block in blocks)
    # Leave room for the note. All blocks in short come before any in full: brief is better than missing.
    room = limit - _size(head) - 700
    kept: list[str | None] = []
    skipping = False
    for block in blocks:
        brief = block.text if block.short is None else block.short
        cost = _size(brief) + (_size(_CLOSING) if block.opens else 0)
        if block.closes:
            kept.append(None if skipping else brief)
            skipping = False
        elif skipping or cost > room:
            skipping = skipping or block.opens
            kept.append(None)
        else:
            room -= cost
            kept.append(brief)
    shortened: list[ResourceReport] = []
    left_out: list[Listed] = []
    others = 0
    for number, (block, text) in enumerate(zip(blocks, kept, strict=True)):
        if text is not None and block.short is not None and block.listed is not None:
            more = _size(block.text) - _size(text)
            if more <= room:
                room -= more
                kept[number] = block.text
            else:
                shortened.append(block.listed.change)
        elif text is None and block.listed is not None:
            left_out.append(block.listed)
        elif text is None:
            others += not (block.heading or block.opens or block.closes)
    told: list[str] = []
    if left_out:
        counts = totals(counted(listed.change for listed in left_out))
        findings = finding_counts(finding for listed in left_out for finding in listed.findings)
        phrase = [*counts, ("", "; "), *findings] if findings else counts
        told.append(f"{_resources(len(left_out))} ({_joined(phrase)})")
    if shortened:
        told.append(f"the details of {_resources(len(shortened))}")
    if others:
        told.append(f"{others:,} other part{'' if others == 1 else 's'}")
    sentence = (
        f"> [!NOTE]\n> Too long for a comment. Left out: {'; '.join(told)}. "
        "Run `pyformation diff` on the command line to see everything.\n\n"
    )
    return head + sentence + "".join(_without_empty(blocks, kept))


def _without_empty(blocks: list[_Block], kept: list[str | None]) -> list[str]:
    """The texts without empty sections."""
    found: list[str] = []
    begun: int | None = None
    for block, text in zip(blocks, kept, strict=True):
        if text is None:
            continue
        if block.closes and begun == len(found) - 1:
            found.pop()
        else:
            found.append(text)
        begun = len(found) - 1 if block.opens else begun
    return found


def _resources(count: int) -> str:
    return f"{count:,} resource{'' if count == 1 else 's'}"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


# ---------------------------------------------------------------------------------------------
# Harmless Markdown


_CODE = frozenset(["name", "type", "value", "place"])
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+\-.!|~:$^=>]")


def _joined(phrase: Phrase) -> str:
    """A phrase, with text from outside in code spans."""
    made: list[str] = []
    for style, text in phrase:
        if style in _CODE:
            made.append(code(text))
        elif style == "said":
            made.append(escaped(text))
        elif style == "bad" and text.strip():
            made.append(f"**{text}**")
        else:
            made.append(text.replace("->", "→"))
    return "".join(made)


def code(text: str) -> str:
    """A code span, in which nothing is Markdown."""
    text = harmless(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padded = f" {text} " if not text or text[0] in "` " or text[-1] in "` " else text
    return f"{fence}{padded}{fence}"


def escaped(text: str) -> str:
    """A text in which nothing is a link, a mention, an issue, a table, emphasis or HTML."""
    text = harmless(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Our own ampersands stay; special characters of Markdown get a backslash.
    text = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
    # A zero-width space keeps names and numbers from becoming mentions and issues.
    text = text.replace("@", "@\u200b").replace("\\#", "\\#\u200b")
    return re.sub(r"\b(www|GH)(?=\\[.\-])", "\\1\u200b", text, flags=re.IGNORECASE)


def _cut(text: str, longest: int = _LONGEST_SENTENCE) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
