"""A diff as one self-contained HTML file: no script, no font, no link to anything outside.

It reads well in dark mode, on a phone and on paper. Text from outside is made harmless and escaped, and a
content security policy forbids the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..changes.records import Finding
from .data import PropertyReport, Report, Subject, changed, reports
from .harmless import html_text, in_html, without_commands
from .order import Listed, Order, is_noise
from .page import page
from .reasons import Reasons
from .values import Lines, values
from .wording import (
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
    totals_of,
    under_resource,
)

# Effects up to this danger are not folded, unless there are too many.
_OPEN = 4
_MOST_OPEN = 40


def html(subject: Subject, *, title: str = "CloudFormation changes") -> str:
    """The report as a whole HTML document."""
    found = reports(subject)
    body: list[str] = [f"<h1>{html_text(title)}</h1>"]
    if None in found:
        one = found[None]
        body.append(_summary([one], f"Parameter mode: {mode(one)}"))
        body += _compared(found)
        body += _report(one)
    else:
        seen = {path: one for path, one in found.items() if changed(one) or one.findings or one.partial}
        count = (
            f"{len(found):,} template{'' if len(found) == 1 else 's'}, {len(seen):,} with changes or findings"
        )
        common = modes(found.values())
        body.append(
            _summary(found.values(), count if common is None else f"{count}; parameter mode: {common}")
        )
        body += _compared(found)
        if len(seen) > 1:
            body.append("<nav><ul>")
            for number, (path, one) in enumerate(seen.items()):
                link = f'<a href="#t{number}"><code>{html_text(str(path))}</code></a>'
                body.append(f"<li>{link} {_phrase(all_totals([one]))}</li>")
            body.append("</ul></nav>")
        for number, (path, one) in enumerate(seen.items()):
            body.append(f'<section id="t{number}"><h2><code>{html_text(str(path))}</code></h2>')
            body.append(_summary([one], f"Parameter mode: {mode(one)}" if common is None else ""))
            body += _report(one)
            body.append("</section>")
    made = without_commands("\n".join(["<main>", *body, "</main>"]), in_html)
    return page(title, _STYLE, made)


def _summary(found: Iterable[Report], note: str) -> str:
    listed = list(found)
    nested = [inner for one in listed for inner in one.nested()]
    findings = [finding for one in [*listed, *nested] for finding in one.findings]
    made = _chips([*totals_of(listed), *finding_counts(findings)])
    if nested:
        made += f'<p class="mode">In nested stacks:</p>{_chips(totals_of(nested))}'
    return f'{made}\n<p class="mode">{html_text(note)}</p>' if note else made


def _compared(found: dict[str | None, Report]) -> list[str]:
    words = compared(found)
    return [f'<p class="mode">{_phrase(words)}</p>'] if words else []


def _chips(phrase: Phrase) -> str:
    chips = "".join(
        f'<li class="{style or "none"}">{html_text(text)}</li>' for style, text in phrase if text.strip(", ")
    )
    return f'<ul class="chips">{chips}</ul>'


def _report(report: Report) -> Iterator[str]:
    if report.partial:
        reasons = "".join(f"<li>{html_text(reason)}</li>" for reason in report.partial)
        yield f'<div class="banner" role="note"><b>This diff is partial and may miss changes.</b><ul>{reasons}</ul></div>'
    order = Order(report)
    if order.elsewhere:
        yield _findings(order.elsewhere)
    shown = 0
    for listed in order.resources:
        if is_noise(listed):
            continue
        is_open = bool(listed.findings) or effect(listed.change).danger <= _OPEN
        shown += is_open
        yield _resource(listed, is_open and shown <= _MOST_OPEN)
    for inside, outputs, why in order.outputs:
        head = f'<span class="symbol">~</span> <span class="id">{html_text(f"{inside}Outputs")}</span>'
        rows = _properties(outputs, why)
        yield f'<details class="resource change" open><summary>{head}</summary>{rows}</details>'
    if order.refreshed:
        items = "".join(f"<li>{_phrase(refreshed_words(value))}</li>" for value in order.refreshed)
        yield f'<div class="banner" role="note"><b>{html_text(REFRESHED)}</b><ul>{items}</ul>{html_text(SETTLE)}</div>'
    noise = [listed for listed in order.resources if is_noise(listed)]
    yield from _folded(
        f"Only asset hashes change: {len(noise):,}",
        [f"{_code(one.name)} {_kind(one.change.type)}" for one in noise],
    )
    count = len(order.aws_only)
    yield from _folded(
        f"A change set would also list {count:,} that {'does' if count == 1 else 'do'} not change",
        [f"{_code(one.logical_id)} {_kind(one.type)}: {html_text(one.reason)}" for one in order.aws_only],
    )
    yield from _folded(
        f"Suppressed findings: {len(order.suppressed):,}",
        [f"{_phrase(finding_words(one.finding))} ({html_text(one.reason)})" for one in order.suppressed],
    )


def _folded(summary: str, items: list[str]) -> Iterator[str]:
    if items:
        rows = "".join(f"<li>{item}</li>" for item in items)
        yield f"<details><summary>{html_text(summary)}</summary><ul>{rows}</ul></details>"


def _kind(type_name: str) -> str:
    return f'<span class="type">{html_text(type_name)}</span>'


def _resource(listed: Listed, is_open: bool) -> str:
    change = listed.change
    kind = effect(change)
    line = (
        f'<span class="symbol">{html_text(kind.symbol)}</span> '
        f'<span class="id">{html_text(listed.name)}</span> {_kind(change.type)} '
        f"<span>{_phrase(outcome(change))}</span> {_phrase(place(change.origin))}"
    )
    if not listed.findings and not change.changes:
        return f'<div class="resource bare {kind.style}">{line}</div>'
    made = [f'<details class="resource {kind.style}"{" open" if is_open else ""}><summary>{line}</summary>']
    if listed.findings:
        made.append(_findings(map(under_resource, listed.findings)))
    if change.changes:
        made.append(_properties(change.changes, listed.reasons))
    made.append("</details>")
    return "".join(made)


def _properties(changes: tuple[PropertyReport, ...], reasons: Reasons) -> str:
    return f'<ul class="properties">{"".join(_property(one, reasons) for one in changes)}</ul>'


def _property(change: PropertyReport, reasons: Reasons) -> str:
    told, inner = values(change, 160, 60)
    sign, style = {"Add": ("+", "good"), "Remove": ("-", "bad")}.get(change.change_type, ("~", "change"))
    made = [
        f'<li><div class="row"><span class="symbol {style}">{sign}</span> '
        f'<span class="path">{html_text(label(change.path))}</span> {_phrase(told)}</div>'
    ]
    if inner:
        made.append(_diff(inner))
    note = reasons.note(change)
    if note:
        made.append(f'<div class="note">{_phrase(note)}</div>')
    chain = list(reasons.chains(change))
    if chain:
        made.append('<ul class="chain">')
        made += [
            f'<li style="margin-left:{min(depth, 8) * 1.2:.1f}em">{_phrase(words)}</li>'
            for depth, words in chain
        ]
        made.append("</ul>")
    return "".join([*made, "</li>"])


def _diff(lines: Lines) -> str:
    tags = {"+": "ins", "-": "del", " ": "span", "...": "i"}
    rows = "".join(
        f"<{tags[sign]}>{'' if sign == '...' else sign + ' '}{html_text('... ' + line if sign == '...' else line)}</{tags[sign]}>"
        for sign, line in lines
    )
    return f"<pre>{rows}</pre>"


def _findings(findings: Iterable[Finding]) -> str:
    items = "".join(
        f'<li class="{html_text(found.severity)}">{_phrase(finding_words(found))}</li>' for found in findings
    )
    return f'<ul class="findings">{items}</ul>'


# ---------------------------------------------------------------------------------------------
# Harmless HTML


def _code(text: str) -> str:
    return f"<code>{html_text(text)}</code>"


def _phrase(phrase: Phrase) -> str:
    made: list[str] = []
    for style, text in phrase:
        if style in ("name", "value", "type"):
            made.append(_code(text))
        elif style in ("", "said"):
            made.append(html_text(text).replace("-&gt;", "→") if not style else html_text(text))
        else:
            made.append(f'<span class="{style}">{html_text(text)}</span>')
    return "".join(made)


_STYLE = """
:root { color-scheme: light dark; --back: #fff; --card: #f6f8fa; --text: #1f2328; --soft: #59636e;
  --line: #d1d9e0; --code: #818b981f; --bad: #b3151f; --maybe: #8a5a00; --good: #116329; --change: #0a58b8;
  --bad-back: #ffebe9; --maybe-back: #fff4d1; --good-back: #dafbe1; --change-back: #ddf0ff; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --card: #151b23; --text: #f0f6fc; --soft: #9aa5b1;
  --line: #3d444d; --code: #656c7644; --bad: #ff8a82; --maybe: #e3b341; --good: #56d364; --change: #79c0ff;
  --bad-back: #4a1517; --maybe-back: #3b2a00; --good-back: #0f3a1c; --change-back: #0c2d57; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0 0 .75rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
code, pre, .path, .id, .type, .place, .symbol { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas,
  "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
code { font-size: .87em; background: var(--code); border-radius: 4px; padding: .1em .3em; white-space: pre-wrap; }
h2 code { font-size: 1em; }
ul { margin: 0; padding: 0; list-style: none; }
nav ul { margin: 1rem 0; } nav li { margin: .35rem 0; } a { color: var(--change); }
.chips { display: flex; flex-wrap: wrap; gap: .5rem; }
.chips li { border: 1px solid var(--line); border-radius: 2em; padding: .15em .8em; font-weight: 600; }
.mode { color: var(--soft); margin: .5rem 0 1.25rem; font-size: .9em; }
.banner { border: 1px solid var(--maybe); background: var(--maybe-back); border-radius: 6px; padding: .75rem 1rem;
  margin: 1rem 0; } .banner ul { list-style: disc; padding-left: 1.25rem; }
.bad { color: var(--bad); font-weight: 600; } .maybe { color: var(--maybe); font-weight: 600; }
.good { color: var(--good); } .change { color: var(--change); } .dim, .place { color: var(--soft); }
.place { font-size: .85em; }
.chips .bad { background: var(--bad-back); border-color: var(--bad); }
.chips .maybe { background: var(--maybe-back); border-color: var(--maybe); }
.chips .good { background: var(--good-back); border-color: var(--good); }
.chips .change { background: var(--change-back); border-color: var(--change); }
details, .bare { border: 1px solid var(--line); border-radius: 6px; margin: .6rem 0; background: var(--back); }
details > :not(summary) { margin-left: 1rem; margin-right: 1rem; }
details > ul { padding-bottom: .6rem; }
summary { cursor: pointer; padding: .55rem .9rem; background: var(--card); border-radius: 6px; }
details[open] > summary { border-bottom: 1px solid var(--line); border-radius: 6px 6px 0 0; margin-bottom: .5rem; }
summary:focus-visible { outline: 2px solid var(--change); }
.bare { padding: .55rem .9rem .55rem 2rem; background: var(--card); }
.resource { border-left-width: 5px; color: inherit; font-weight: inherit; }
.resource.bad { border-left-color: var(--bad); } .resource.maybe { border-left-color: var(--maybe); }
.resource.good { border-left-color: var(--good); } .resource.change { border-left-color: var(--change); }
.resource, .resource.bad, .resource.maybe { color: var(--text); font-weight: 400; }
.symbol { display: inline-block; min-width: 1.4em; font-weight: 700; }
.row > .symbol { float: left; min-width: 1.9rem; }
.resource > summary .symbol, .bare .symbol { min-width: 2.2em; }
.resource.bad > .symbol, .resource.bad > summary .symbol { color: var(--bad); } .resource.maybe > .symbol, .resource.maybe > summary .symbol { color: var(--maybe); }
.resource.good > .symbol, .resource.good > summary .symbol { color: var(--good); } .resource.change > .symbol, .resource.change > summary .symbol { color: var(--change); }
.id { font-weight: 700; } .type { color: var(--soft); font-size: .87em; } .path { font-weight: 600; }
.properties > li { padding: .45rem 0; border-top: 1px solid var(--line); }
.properties > li:first-child { border-top: 0; }
.note, .chain { margin-left: 1.9rem; font-size: .93em; color: var(--soft); }
.chain li::before { content: "\\2190\\a0"; }
.findings li { border-radius: 6px; padding: .4rem .7rem; margin: .4rem 0; border-left: 4px solid var(--line);
  background: var(--card); overflow-wrap: anywhere; }
.findings .error { border-left-color: var(--bad); background: var(--bad-back); }
.findings .warning { border-left-color: var(--maybe); background: var(--maybe-back); }
pre { margin: .4rem 0 .4rem 1.9rem; padding: .5rem .7rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; font-size: .85em; line-height: 1.45; white-space: pre-wrap; }
pre > * { display: block; } ins, del { text-decoration: none; } ins { background: var(--good-back); color: var(--good); }
del { background: var(--bad-back); color: var(--bad); } pre i { color: var(--soft); }
@media (max-width: 40rem) { main { padding: 1rem .6rem 2rem; } .note, .chain, pre { margin-left: .6rem; }
  details > :not(summary) { margin-left: .6rem; margin-right: .6rem; } }
@media print { details { break-inside: avoid; } }
"""
