"""What the reports for people have in common: the words for changes, values and causes, and what comes first.

A phrase is a list of pieces, each with a style that says what it is: our own words, a sentence that may
name anything (said), a name, a value, a place, a danger. What comes from outside is made harmless here: no control character, no terminal escape
and nothing that turns the direction of text gets further. Each report decides what a style looks like.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from .. import catalog
from ..changes.records import AwsOnly, Cause, Finding, Summary, Suppressed, pointer
from ..errors import CatalogError, Origin
from .data import CausingEntity, PropertyReport, Report, ResourceReport, list_of, mapping_of, total
from .harmless import harmless as harmless

# "" our own words; said, name, type, value, place; good, change, maybe, bad, dim; title.
Style = str
Phrase = list[tuple[Style, str]]

# How many steps of a chain are shown, lines of an inner diff, characters of a value.
LINKS = 4
INNER_LINES = 20
LONGEST = 72


# ---------------------------------------------------------------------------------------------
# What happens to a resource


@attrs.frozen
class Effect:
    """What an action means: its symbol, its words, how it looks, and how dangerous it is (0 is worst)."""

    symbol: str
    word: str
    style: Style
    danger: int


_EFFECTS: dict[tuple[str, str | None], Effect] = {
    ("Modify", "True"): Effect("-/+", "replaced", "bad", 1),
    ("Remove", None): Effect("-", "removed", "bad", 2),
    ("Modify", "Conditional"): Effect("-?+", "perhaps replaced", "maybe", 3),
    ("Dynamic", None): Effect("?", "uncertain", "maybe", 4),
    ("Modify", "False"): Effect("~", "updated", "change", 5),
    ("SyncWithActual", None): Effect("=", "taken as it is", "change", 6),
    ("Import", None): Effect("<", "imported", "good", 7),
    ("Add", None): Effect("+", "added", "good", 8),
}
# In the order of danger.
EFFECTS = tuple(_EFFECTS.values())

_POLICY_WORDS = {
    "Delete": "and deleted",
    "Retain": "kept outside the stack",
    "RetainExceptOnCreate": "kept outside the stack",
    "Snapshot": "deleted after a snapshot",
    "Unknown": "kept or deleted: that is not known",
    "ReplaceAndDelete": "the old one is deleted",
    "ReplaceAndRetain": "the old one is kept outside the stack",
    "ReplaceAndRetainExceptOnCreate": "the old one is kept outside the stack",
    "ReplaceAndSnapshot": "the old one is deleted after a snapshot",
    "ReplaceAndUnknown": "whether the old one is deleted is not known",
}


def effect(change: ResourceReport) -> Effect:
    """What happens to a resource; what nobody has a word for is uncertain."""
    replacement = (change.replacement or "Conditional") if change.action == "Modify" else None
    return _EFFECTS.get((change.action, replacement), _EFFECTS["Dynamic", None])


def outcome(change: ResourceReport) -> Phrase:
    """``replaced, the old one is deleted``."""
    found = effect(change)
    phrase: Phrase = [(found.style, found.word)]
    if change.action == "Dynamic":
        phrase.append(("", ": whether it exists depends on what is not known"))
    if change.policy_action is not None:
        words = _POLICY_WORDS.get(change.policy_action, _POLICY_WORDS["Unknown"])
        if change.action == "Dynamic":
            words = f"if it goes, {words.removeprefix('and ')}"
        elif found.word == "perhaps replaced":
            words = f"then {words}"
        phrase.append(("", f" {words}" if words.startswith("and ") else f", {words}"))
    return phrase


def totals(summary: Summary) -> Phrase:
    """``2 replaced, 1 removed, 1 added``, the worst first; what there is none of is not named."""
    counts = (
        ("replaced", summary.replaced),
        ("removed", summary.removed),
        ("perhaps replaced", summary.perhaps_replaced),
        ("uncertain", summary.uncertain),
        ("updated", summary.updated),
        ("imported", summary.imported),
        ("added", summary.added),
    )
    styles = {found.word: found.style for found in EFFECTS}
    phrase: Phrase = []
    for word, count in counts:
        if count:
            phrase += [("", ", " if phrase else ""), (styles[word], f"{count:,} {word}")]
    return phrase or [("", "no changes")]


def totals_of(reports: Iterable[Report]) -> Phrase:
    """The totals of reports and how many of their outputs change; without their nested stacks."""
    listed = list(reports)
    phrase = totals(total(dict(enumerate(listed))))
    count = sum(len({found.path.split("/")[2] for found in one.outputs}) for one in listed)
    if not count:
        return phrase
    outputs: Phrase = [("change", f"{count:,} output{'' if count == 1 else 's'} changed")]
    return [*phrase, ("", ", "), *outputs] if any(one.resources for one in listed) else outputs


def all_totals(reports: Iterable[Report]) -> Phrase:
    """The totals of reports, those of their nested stacks apart, then the findings of all."""
    listed = list(reports)
    nested = [inner for one in listed for inner in one.nested()]
    phrase = totals_of(listed)
    if nested:
        phrase = [*phrase, ("", "; in nested stacks: "), *totals_of(nested)]
    findings = finding_counts(found for one in [*listed, *nested] for found in one.findings)
    return [*phrase, ("", "; "), *findings] if findings else phrase


SEVERITIES: dict[str, tuple[Style, int]] = {"error": ("bad", 0), "warning": ("maybe", 1), "info": ("dim", 2)}


def finding_counts(findings: Iterable[Finding]) -> Phrase:
    """``2 errors, 1 warning``; empty where there is no finding."""
    counts: dict[str, int] = {}
    for found in findings:
        counts[found.severity] = counts.get(found.severity, 0) + 1
    phrase: Phrase = []
    for severity, (style, _) in SEVERITIES.items():
        count = counts.get(severity, 0)
        if count:
            plural = "" if count == 1 or severity == "info" else "s"
            phrase += [("", ", " if phrase else ""), (style, f"{count:,} {severity}{plural}")]
    return phrase


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first."""
    return sorted(findings, key=lambda found: SEVERITIES.get(found.severity, ("", 0))[1])


def modes(reports: Iterable[Report]) -> str | None:
    """The parameter mode of several reports, None where they differ or there are none."""
    found = {mode(one) for one in reports}
    return found.pop() if len(found) == 1 else None


def mode(report: Report) -> str:
    """What became of the parameters that nobody gave."""
    return {
        "defaults": "defaults (not given: the template's default)",
        "previous": "previous (not given: the value stays)",
        None: "as in the change set",
    }[report.parameter_mode]


def place(origin: Origin | None) -> Phrase:
    """``stack.yaml:12``."""
    return [] if origin is None else [("place", harmless(f"{origin.file}:{origin.line}"))]


_STEP = re.compile(r"[A-Za-z0-9_:@/\-]+")


def label(path: str) -> str:
    """``Tags[0].Value`` of ``/Properties/Tags/0/Value``, ``Url.Value`` of ``/Outputs/Url/Value``."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    if len(steps) > 1 and steps[0] in ("Properties", "Outputs"):
        del steps[0]
    text = ""
    for step in steps:
        if step.isdecimal() and text:
            text += f"[{step}]"
        elif _STEP.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{quoted(step)}]"
    return text


# ---------------------------------------------------------------------------------------------
# Values


def quoted(text: str) -> str:
    """A text as JSON would quote it, with what is invisible spelt out."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{harmless(plain)}"'


_STATES = {"new": "known after apply", "may": "may change", "parameter": "no value given"}


def unknown(value: Any) -> tuple[str, str] | None:
    """The text and the kind of a value that is not known."""
    found = mapping_of(value)
    if found is not None and "unknown" in found:
        return str(found["unknown"]), str(found.get("kind", ""))
    return None


def literal(value: Any) -> Any:
    """A mapping without the mark that keeps it apart from unknown values."""
    found = mapping_of(value)
    return found["literal"] if found is not None and list(found) == ["literal"] else value


def compact(value: Any) -> str:
    """A value in one line: JSON, with unknown values as ``{Queue.Arn}``."""
    if isinstance(value, str):
        return value if value == "****" else quoted(value)
    is_unknown = unknown(value)
    if is_unknown is not None:
        text, kind = is_unknown
        if not text:
            return _STATES.get(kind, "unknown")
        return (
            f'"{harmless(text)}"'
            if "{" in text and kind != "function" and "(" not in text
            else f"{{{harmless(text)}}}"
        )
    value = literal(value)
    mapping, items = mapping_of(value), list_of(value)
    if mapping is not None:
        return "{" + ", ".join(f"{quoted(key)}: {compact(item)}" for key, item in mapping.items()) + "}"
    if items is not None:
        return "[" + ", ".join(compact(item) for item in items) + "]"
    return json.dumps(value)


def _pretty(value: Any, indent: str = "") -> Iterator[str]:
    """A value over several lines, as `json.dumps` with an indent would write it, but for the commas: an item
    that is added at the end is one line that differs, not two."""
    value = literal(value) if unknown(value) is None else value
    more = indent + "  "
    mapping, items = mapping_of(value), list_of(value)
    if mapping and unknown(value) is None:
        rows = [(f"{quoted(key)}: ", item) for key, item in mapping.items()]
        brackets = "{}"
    elif items:
        rows = [("", item) for item in items]
        brackets = "[]"
    else:
        yield f"{indent}{compact(value)}"
        return
    yield f"{indent}{brackets[0]}"
    for key, item in rows:
        lines = _pretty(item, more)
        yield f"{more}{key}{next(lines)[len(more) :]}"
        yield from lines
    yield f"{indent}{brackets[1]}"


_HASH = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32,128}(?![0-9A-Za-z])")


def _without_hashes(text: str) -> str:
    return _HASH.sub("#", text)


def only_hashes(change: PropertyReport) -> bool:
    """Whether a value is the same but for the hash of an asset."""
    before, after = compact(change.before), compact(change.after)
    return (
        change.change_type == "Modify"
        and "#" in (made := _without_hashes(after))
        and _without_hashes(before) == made
    )


def shortened(before: str, after: str, longest: int) -> tuple[str, str]:
    """Two texts of at most about `longest` characters each, in which their first difference is seen."""
    short = [_HASH.sub(lambda found: f"{found[0][:8]}...", text) for text in (before, after)]
    if short[0] != short[1] or before == after:
        before, after = short
    if len(before) <= longest and len(after) <= longest:
        return before, after
    same = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    start = max(0, same - longest // 3)
    if start < 12:
        start = 0

    def window(text: str) -> str:
        head = "..." if start else ""
        rest = text[start:]
        room = longest - len(head)
        return head + (rest if len(rest) <= room else f"{rest[: room - 3]}...")

    return window(before), window(after)


def _only(text: str, longest: int) -> str:
    return shortened(text, text, longest)[0]


# What stands before a line of an inner diff (" ", "-", "+", or "..." for what is left out), and the line.
Lines = list[tuple[str, str]]


def _inner_diff(before: list[str], after: list[str], most: int | None) -> Lines:
    """The lines that differ, with one around them."""
    head = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    one, other = before[head : len(before) - tail], after[head : len(after) - tail]
    found: Lines = []
    if head:
        found += [("...", "")] * (head > 1) + [(" ", before[head - 1])]
    if len(one) + len(other) <= 800:
        matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
        for group in matcher.get_grouped_opcodes(1):
            if group[0][1] > 0 and found and found[-1][0] != "...":
                found.append(("...", ""))
            for tag, i1, i2, j1, j2 in group:
                if tag == "equal":
                    found += [(" ", line) for line in one[i1:i2]]
                else:
                    found += [("-", line) for line in one[i1:i2]] + [("+", line) for line in other[j1:j2]]
    else:  # Looking for pairs in so much text would take long.
        found += [("-", line) for line in one] + [("+", line) for line in other]
    if tail:
        found += [(" ", before[-tail])] + [("...", "")] * (tail > 1)
    indent = min(
        (len(line) - len(line.lstrip(" ")) for sign, line in found if sign != "..." and line), default=0
    )
    return _cut([(sign, line[indent:]) for sign, line in found], most)


def _cut(lines: Lines, most: int | None) -> Lines:
    if most is None or len(lines) <= most:
        return lines
    return [*lines[:most], ("...", f"{len(lines) - most:,} more lines")]


def _as_lines(value: Any) -> list[str] | None:
    """A text of several lines, or a structure, as lines; None for what is one line."""
    if isinstance(value, str):
        if value.lstrip()[:1] in ("{", "[") and not value.startswith("{{"):
            try:
                found: Any = json.loads(value)
            except (ValueError, RecursionError):
                found = None
            if isinstance(found, (dict, list)):
                return list(_pretty(_escaped(found)))
        if "\n" in value.rstrip("\n"):
            return [harmless(line) for line in value.split("\n")]
        return None
    is_unknown = unknown(value)
    if is_unknown is not None:
        text = is_unknown[0]
        return [harmless(line) for line in text.split("\n")] if "\n" in text.rstrip("\n") else None
    if isinstance(literal(value), (dict, list)):
        return list(_pretty(value))
    return None


def _escaped(value: Any) -> Any:
    """Data of a text in which a mapping with a key `unknown` means just that."""
    mapping, items = mapping_of(value), list_of(value)
    if mapping is not None:
        found = {key: _escaped(item) for key, item in mapping.items()}
        return {"literal": found} if "unknown" in found or "literal" in found else found
    return value if items is None else [_escaped(item) for item in items]


def values(
    change: PropertyReport, longest: int | None = LONGEST, most: int | None = INNER_LINES
) -> tuple[Phrase, Lines]:
    """A change of a value: ``"a" -> "b"`` in one line, or the lines that differ."""
    limit = 10**9 if longest is None else longest
    before, after = change.before, change.after
    if change.change_type == "Modify":
        old, new = unknown(before), unknown(after)
        if old is not None and old[1] == "unsaid" and new is not None and new[1] == "unsaid":
            return [], []
        one, other = _as_lines(before), _as_lines(after)
        text, new_text = compact(before), compact(after)
        if (one is not None and other is not None) and max(len(text), len(new_text)) > min(
            limit, LONGEST
        ) // 2:
            return [("", "changed inside")], _inner_diff(one, other, most)
        if longest is not None:
            text, new_text = shortened(text, new_text, limit)
        state = _state(new)
        if old is not None and new is not None and not old[0] and not new[0] and text == new_text:
            return [("maybe", text)], []
        if old is not None and new is not None and old[0] == new[0] and state:
            return [("value", text), ("", " -> "), ("maybe", state)], []
        phrase: Phrase = [("value", text), ("", " -> "), ("value", new_text)]
        if text == new_text == "****":
            phrase.append(("dim", " (secret)"))
        if state and new is not None and new[0]:
            phrase.append(("dim", f" ({state})"))
        return phrase, []
    value = after if change.change_type == "Add" else before
    sign = "+" if change.change_type == "Add" else "-"
    is_unknown = unknown(value)
    if is_unknown is not None and is_unknown[1] == "unsaid":
        return [], []
    text = compact(value)
    lines = _as_lines(value)
    if lines is not None and len(text) > min(limit, LONGEST):
        return [], _cut([(sign, line) for line in lines], most)
    phrase = [("value", _only(text, limit) if longest is not None else text)]
    state = _state(is_unknown)
    if state and change.change_type == "Add" and is_unknown is not None and is_unknown[0]:
        phrase.append(("dim", f" ({state})"))
    return phrase, []


def _state(found: tuple[str, str] | None) -> str:
    return "" if found is None else _STATES.get(found[1], "")


# ---------------------------------------------------------------------------------------------
# Why


# Behind these there is nothing more to tell.
_LAST = ("edit", "tags")


class Reasons:
    """The causes of a report's changes, followed to the line that somebody edited."""

    def __init__(
        self,
        report: Report,
        *,
        links: int | None = LINKS,
        longest: int | None = LONGEST,
        outer: tuple[Reasons, ResourceReport] | None = None,
    ) -> None:
        self.report = report
        # Who knows the causes of what a nested stack is given, and that stack's own resource.
        self.outer = outer
        self.links = links
        self.longest = longest
        self._resources = {change.logical_id: change for change in report.resources}
        self._entities: dict[tuple[str, str], list[CausingEntity]] = {}
        for found in report.causing_entities:
            self._entities.setdefault((found.kind, found.name), []).append(found)
        self._roots: dict[str, tuple[int, str]] = {}

    def note(self, change: PropertyReport) -> Phrase:
        """``forces replacement, by parameter Name``: what a change means, and where it comes from."""
        phrase: Phrase = []
        if change.replacement == "True":
            phrase.append(("bad", "forces replacement"))
        elif change.replacement == "Conditional":
            phrase.append(("maybe", "may force replacement"))
        if change.condition and phrase:
            short = change.condition.partition("; in place if")[0]
            when = change.condition if self.longest is None else short
            phrase += [("", " ("), ("said", harmless(when)), ("", ")")]
        if not change.certain and "if it changes" not in (change.condition or ""):
            phrase.append(("maybe", f"{', ' if phrase else ''}only if it changes"))
        told = [self._short(cause, change.origin) for cause in change.causes[:3]]
        if len(change.causes) > 3:
            told.append([("", f"{len(change.causes) - 3:,} more")])
        for number, words in enumerate(told):
            phrase.append(("", " and " if number else ", " if phrase else ""))
            phrase += words
        return [piece for piece in phrase if piece[1]]

    def _short(self, cause: Cause, origin: Origin | None) -> Phrase:
        if cause.kind == "edit":
            where = place(origin)
            return [("", "edited at "), *where] if where else [("", "edited")]
        if cause.kind == "tags":
            return [("", "by the tags of the stack")]
        if cause.kind == "resource":
            return [("", "by "), ("name", harmless(cause.name))]
        return [("", f"by {cause.kind} "), ("name", harmless(cause.name))]

    def chains(self, change: PropertyReport) -> Iterator[tuple[int, Phrase]]:
        """The steps from each cause to where it begins, each with its depth."""
        for cause in change.causes[:3]:
            if cause.kind not in _LAST:
                yield from self._chain(cause, change)

    def _chain(self, first: Cause, change: PropertyReport | None) -> Iterator[tuple[int, Phrase]]:
        here: Reasons = self
        cause: Cause | None = first
        seen: set[tuple[int, Cause]] = set()
        depth = 0
        while cause is not None and cause.kind not in _LAST and (id(here), cause) not in seen:
            seen.add((id(here), cause))
            if cause.kind == "resource":
                name = cause.name.partition(".")[0]
                steps, root = here._root(name)
                if self.links is not None and depth + 1 >= self.links and steps > 1:
                    yield depth, [("dim", f"... {steps:,} more, from")]
                    name = root
                    depth += 1
                words, cause = here._resource(name)
                change = here._key(name)
            else:
                words, own = here._entity(cause, change)
                if cause.kind == "parameter" and here.outer is not None:
                    outer, stack = here.outer
                    path = pointer(("Properties", "Parameters", cause.name))
                    given = next((found for found in stack.changes if found.path == path), None)
                    if given is not None:
                        here, own, change = outer, self._main(given), given
                        if own is not None and own.kind == "edit":
                            words = [*words, ("", ", "), *self._short(own, given.origin)]
                cause = own
            yield depth, words
            depth += 1

    def _entity(self, cause: Cause, change: PropertyReport | None) -> tuple[Phrase, Cause | None]:
        """A parameter, mapping or condition, and its own cause; of a mapping the values that a change shows, or
        else the first of all that differ."""
        phrase: Phrase = [("", f"{cause.kind} ")]
        listed = self._entities.get((cause.kind, cause.name), ())
        mine = [] if change is None else [found for found in listed if _moves(found) == _moves(change)]
        mine = mine or list(listed)
        shown = mine[: self.links]
        for number, found in enumerate(shown):
            name = label((found.path or "").removeprefix("/Mappings")) or harmless(found.name)
            phrase += [("", ", " if number else ""), ("name", name), *self._moved(found)]
        if not shown:
            phrase.append(("name", harmless(cause.name)))
        elif len(mine) > len(shown):
            phrase.append(("dim", f" and {len(mine) - len(shown):,} more"))
        own = next((c for found in shown for c in found.causes if c.kind != "edit"), None)
        return phrase, own

    def _moved(self, found: CausingEntity) -> Phrase:
        limit = self.longest or 10**9
        if found.before is None and found.after is not None:
            phrase: Phrase = [("", ": new, "), ("value", _only(compact(found.after), limit))]
        elif found.after is None and found.before is not None:
            phrase = [("", ": "), ("value", _only(compact(found.before), limit)), ("", " removed")]
        else:
            before, after = shortened(compact(found.before), compact(found.after), limit)
            phrase = [("", ": "), ("value", before), ("", " -> "), ("value", after)]
        where = place(found.origin)
        return [*phrase, ("", " ("), *where, ("", ")")] if where else phrase

    def _resource(self, name: str) -> tuple[Phrase, Cause | None]:
        change = self._resources.get(name)
        if change is None:
            return [("name", harmless(name)), ("", " changes")], None
        found = effect(change)
        phrase: Phrase = [("name", harmless(name)), ("", " is "), (found.style, found.word)]
        key = self._key(name)
        if key is None:
            if change.nested is not None:
                phrase.append(("", " inside"))
            where = place(change.origin)
            return ([*phrase, ("", " ("), *where, ("", ")")] if where else phrase), None
        phrase += [("", ": "), ("name", label(key.path))]
        told, lines = values(key, self.longest)
        if told and not lines:
            phrase += [("", " "), *told]
        cause = self._main(key)
        if cause is not None and cause.kind == "edit":
            where = place(key.origin)
            phrase += [("", ", edited at "), *where] if where else [("", ", edited")]
        elif cause is not None and cause.kind == "tags":
            phrase += [("", ", "), *self._short(cause, None)]
        return phrase, cause

    def _key(self, name: str) -> PropertyReport | None:
        """The change of a resource that the rest follows from: the first of the worst."""
        severity = {"True": 0, "Conditional": 1, "False": 2}
        changes = self._resources[name].changes if name in self._resources else ()
        return min(changes, key=lambda change: severity[change.replacement], default=None)

    @staticmethod
    def _main(change: PropertyReport) -> Cause | None:
        """The cause to follow: one that is no other resource where there is one."""
        near = [cause for cause in change.causes if cause.kind != "resource"]
        return next(iter(near or change.causes), None)

    def _root(self, name: str) -> tuple[int, str]:
        """How many resources stand between a resource and where its change begins, and which that is."""
        path: list[str] = []
        here, base, root = name, 0, name
        while True:
            if here in self._roots:
                base, root = self._roots[here]
                break
            key = self._key(here)
            cause = None if key is None else self._main(key)
            path.append(here)
            after = "" if cause is None else cause.name.partition(".")[0]
            if (
                cause is None
                or cause.kind != "resource"
                or after in path[-1:]
                or len(path) > len(self._resources)
            ):
                base, root = -1, here
                break
            here = after
        for number, step in enumerate(reversed(path), 1):
            self._roots.setdefault(step, (base + number, root))
        return self._roots[name]


def _moves(found: CausingEntity | PropertyReport) -> tuple[str, str]:
    return compact(found.before), compact(found.after)


# ---------------------------------------------------------------------------------------------
# What comes first


@attrs.frozen
class Listed:
    """A resource as it is listed: under its name, ``Network/Bucket`` in a nested stack, with its findings."""

    name: str
    change: ResourceReport
    findings: tuple[Finding, ...]
    reasons: Reasons


class Order:
    """What a report lists, nested stacks included, the most dangerous first."""

    def __init__(self, report: Report, *, links: int | None = LINKS, longest: int | None = LONGEST) -> None:
        self.elsewhere: list[Finding] = []
        self.aws_only: list[AwsOnly] = []
        self.suppressed: list[Suppressed] = []
        # Of each stack with such: the way to it, its outputs that change by themselves, and why they do.
        self.outputs: list[tuple[str, tuple[PropertyReport, ...], Reasons]] = []
        found: list[Listed] = []
        todo: list[tuple[str, Report, Reasons]] = [
            ("", report, Reasons(report, links=links, longest=longest))
        ]
        while todo:
            inside, one, reasons = todo.pop(0)
            findings = _of_resources(one)
            self.elsewhere += [_told_of(inside, finding) for finding in findings.get(None, ())]
            self.aws_only += [attrs.evolve(a, logical_id=inside + a.logical_id) for a in one.aws_only]
            self.suppressed += [attrs.evolve(s, finding=_told_of(inside, s.finding)) for s in one.suppressed]
            if one.outputs:
                self.outputs.append((inside, one.outputs, reasons))
            for change in one.resources:
                own = tuple(findings.get(change.logical_id, ()))
                found.append(Listed(inside + change.logical_id, change, own, reasons))
                if change.nested is not None:
                    deeper = Reasons(change.nested, links=links, longest=longest, outer=(reasons, change))
                    todo.append((f"{inside}{change.logical_id}/", change.nested, deeper))
        # Errors, then what holds data and goes, then by effect, warnings first; else as in the template.
        self.resources = sorted(found, key=_danger)
        self.elsewhere = by_severity(self.elsewhere)


def _of_resources(report: Report) -> dict[str | None, list[Finding]]:
    """Findings by resource, errors first; under None those of no resource that is listed."""
    listed = {change.logical_id for change in report.resources}
    found: dict[str | None, list[Finding]] = {}
    for one in by_severity(report.findings):
        found.setdefault(one.resource if one.resource in listed else None, []).append(one)
    return found


def _told_of(inside: str, finding: Finding) -> Finding:
    return attrs.evolve(finding, message=f"in {inside[:-1]}: {finding.message}") if inside else finding


def warned(listed: Listed) -> bool:
    """Whether a reviewer must see a resource, whatever happens to it."""
    return any(found.severity != "info" for found in listed.findings)


def _danger(listed: Listed) -> tuple[int, int, bool]:
    danger = effect(listed.change).danger
    calm = not warned(listed)
    if any(found.severity == "error" for found in listed.findings):
        return 0, danger, calm
    return _holds(listed.change.type) if danger <= 2 else 3, danger, calm


def _holds(type_name: str) -> int:
    """What is lost with a resource of a type: data (1), an identity (2), or neither (3)."""
    try:
        stateful = catalog.resource_type(type_name).stateful
    except CatalogError:
        stateful = None
    return {"data": 1, "identity": 2}.get(stateful or "", 3)


def finding_words(found: Finding) -> Phrase:
    """``error PF101: sentence (stack.yaml:3)``."""
    style = SEVERITIES.get(found.severity, SEVERITIES["error"])[0]
    where = place(found.origin)
    severity = found.severity if found.severity in SEVERITIES else "error"
    phrase: Phrase = [(style, severity), ("", " "), ("name", harmless(found.code)), ("", ": ")]
    phrase.append(("said", harmless(found.message)))
    return [*phrase, ("", " ("), *where, ("", ")")] if where else phrase


def is_noise(listed: Listed) -> bool:
    """Whether nothing happens to a resource but that hashes of assets change, in place."""
    change = listed.change
    return (
        change.action == "Modify"
        and change.replacement == "False"
        and bool(change.changes)
        and not listed.findings
        and all(only_hashes(found) for found in change.changes)
    )
