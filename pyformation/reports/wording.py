"""The words that every report for people uses: what happens to a resource, totals, findings, places.

A phrase is a list of pieces, each with a style: our own words, a sentence that may name anything (said),
a name, a value, a place, a danger. Text from outside is made harmless before it enters a phrase. Each report
decides what a style looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import attrs

from ..changes.diff import Summary
from ..changes.records import Finding
from ..errors import Origin
from ..pointers import steps_of
from .data import ComparedTemplate, RefreshedReport, Report, ResourceReport, total
from .harmless import harmless

# "" our own words; said, name, type, value, place; good, change, maybe, bad, dim; title.
Style = str
Phrase = list[tuple[Style, str]]

# How many steps of a chain are shown, lines of an inner diff, characters of a value.
LINKS = 4
INNER_LINES = 20
LONGEST = 72


@attrs.frozen
class Effect:
    """What an action means: its symbol, its word, its style, and how dangerous it is (0 is worst)."""

    symbol: str
    word: str
    style: Style
    danger: int

    @property
    def predicate(self) -> str:
        """What is said of a resource: ``must be replaced``, ``is updated``."""
        return _PREDICATES.get(self.word, f"is {self.word}")


_EFFECTS: dict[tuple[str, str | None], Effect] = {
    ("Modify", "True"): Effect("-/+", "replaced", "bad", 1),
    ("Remove", None): Effect("-", "removed", "bad", 2),
    ("Modify", "Conditional"): Effect("-?+", "may be replaced", "maybe", 3),
    ("Dynamic", None): Effect("?", "uncertain", "maybe", 4),
    ("Modify", "False"): Effect("~", "updated", "change", 5),
    ("SyncWithActual", None): Effect("=", "synced with its actual state", "change", 6),
    ("Import", None): Effect("<", "imported", "good", 7),
    ("Add", None): Effect("+", "added", "good", 8),
}
_PREDICATES = {"replaced": "must be replaced", "may be replaced": "may be replaced"}
# The most dangerous first.
EFFECTS = tuple(_EFFECTS.values())

_POLICY_WORDS = {
    "Delete": "the resource is deleted",
    "Retain": "the resource is retained",
    "RetainExceptOnCreate": "the resource is retained",
    "Snapshot": "the resource is deleted after a snapshot",
    "Unknown": "whether the resource is deleted is not known",
    "ReplaceAndDelete": "the old resource is deleted",
    "ReplaceAndRetain": "the old resource is retained",
    "ReplaceAndRetainExceptOnCreate": "the old resource is retained",
    "ReplaceAndSnapshot": "the old resource is deleted after a snapshot",
    "ReplaceAndUnknown": "whether the old resource is deleted is not known",
}


def effect(change: ResourceReport) -> Effect:
    """What happens to a resource; an action that is not in the table is uncertain."""
    replacement = (change.replacement or "Conditional") if change.action == "Modify" else None
    return _EFFECTS.get((change.action, replacement), _EFFECTS["Dynamic", None])


def outcome(change: ResourceReport) -> Phrase:
    """``must be replaced; the old resource is deleted``."""
    found = effect(change)
    phrase: Phrase = [(found.style, found.predicate.removeprefix("is "))]
    if change.action == "Dynamic":
        phrase.append(("", ": whether it exists depends on an unknown value"))
    if change.policy_action is not None:
        words = _POLICY_WORDS.get(change.policy_action, _POLICY_WORDS["Unknown"])
        if change.action == "Dynamic":
            words = f"if it is removed, {words}"
        elif found.word == "may be replaced":
            words = f"if so, {words}"
        phrase.append(("", f"; {words}"))
    return phrase


def totals(summary: Summary) -> Phrase:
    """``2 replaced, 1 removed, 1 added``, the worst first, without zeros."""
    counts = (
        ("replaced", summary.replaced),
        ("removed", summary.removed),
        ("may be replaced", summary.may_be_replaced),
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
    """The totals of reports, with the number of changed outputs, without nested stacks."""
    listed = list(reports)
    phrase = totals(total(dict(enumerate(listed))))
    count = sum(len({found.path.split("/")[2] for found in one.outputs}) for one in listed)
    if not count:
        return phrase
    outputs: Phrase = [("change", f"{count:,} output{'' if count == 1 else 's'} changed")]
    return [*phrase, ("", ", "), *outputs] if any(one.resources for one in listed) else outputs


def all_totals(reports: Iterable[Report]) -> Phrase:
    """The totals of reports, those of their nested stacks, and the number of findings."""
    listed = list(reports)
    nested = [inner for one in listed for inner in one.nested()]
    phrase = totals_of(listed)
    if nested:
        phrase = [*phrase, ("", "; in nested stacks: "), *totals_of(nested)]
    if reads := refreshed_values([*listed, *nested]):
        phrase = [*phrase, ("", "; "), *reads]
    findings = finding_counts(found for one in [*listed, *nested] for found in one.findings)
    return [*phrase, ("", "; "), *findings] if findings else phrase


def refreshed_values(reports: Iterable[Report]) -> Phrase:
    """How many values are re-read; empty where none is."""
    count = sum(one.summary.refreshed for one in reports)
    return [("maybe", f"{count:,} value{'' if count == 1 else 's'} re-read")] if count else []


REFRESHED = "Values that AWS re-reads: if one has moved, these resources change, too"
SETTLE = "Give the values before and after (--before-resolved, --resolved), or say --assume-unchanged."
_MOST_NAMES = 10


def refreshed_words(value: RefreshedReport) -> Phrase:
    """``parameter Ami (/ami): replaced Instance, Address``."""
    phrase: Phrase = [("", f"{value.kind} "), ("name", harmless(value.name))]
    if value.kind == "parameter":
        phrase += [("", " ("), ("value", harmless(value.source)), ("", ")")]
    if not value.certain:
        phrase.append(("", " (may be re-read)"))
    groups: dict[Effect, list[str]] = {}
    for one in value.resources:
        found = effect(ResourceReport(one.logical_id, one.type, one.action, one.replacement))
        groups.setdefault(found, []).append(one.logical_id)
    for number, found in enumerate(sorted(groups, key=lambda found: found.danger)):
        names = groups[found]
        phrase += [("", "; " if number else ": "), (found.style, found.word), ("", " ")]
        for place_in_list, name in enumerate(names[:_MOST_NAMES]):
            phrase += [("", ", " if place_in_list else ""), ("name", harmless(name))]
        if len(names) > _MOST_NAMES:
            phrase.append(("", f" and {len(names) - _MOST_NAMES:,} more"))
    return phrase


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
    """Where the values of parameters come from that were not given."""
    return {
        "defaults": "defaults (parameters not given have the template's default)",
        "previous": "previous (parameters not given keep their value)",
        None: "as in the change set",
    }[report.parameter_mode]


def compared(reports: Mapping[str | None, Report]) -> Phrase:
    """``Compared: before.yaml -> after.yaml; region eu-west-1``.

    Of several templates, the folders or stack modules that contain them. Empty if there is nothing to name.
    """
    found = {_compared(path, one): None for path, one in reports.items()}
    # A template that is new or removed does not show where the others are.
    named = [each for each in found if None not in each[:2]] or list(found)
    if len(named) != 1:
        return []
    before, after, given = named[0]
    if {before, after} <= {None, _IN_MEMORY}:
        return [(style, text.capitalize()) for style, text in _given_words(given)[:1]] + _given_words(given)[
            1:
        ]
    phrase: Phrase = [("", "Compared: "), ("place", before or _NONE), ("", " -> "), ("place", after or _NONE)]
    return [*phrase, ("", "; "), *_given_words(given)] if any(given) else phrase


_NONE = "no template"
_IN_MEMORY = "template in memory"


def _given_words(given: tuple[str | None, ...]) -> Phrase:
    """``region eu-west-1, stack name shop``."""
    phrase: Phrase = []
    for word, value in zip(("region", "account", "stack name"), given, strict=True):
        if value is not None:
            phrase += [("", f"{', ' if phrase else ''}{word} "), ("value", harmless(value))]
    return phrase


def _compared(path: str | None, report: Report) -> tuple[str | None, str | None, tuple[str | None, ...]]:
    found = report.compared
    sides = [_template_words(path, side) for side in (found.before, found.after)]
    return sides[0], sides[1], (found.region, found.account, found.stack_name)


def _template_words(path: str | None, side: ComparedTemplate | None) -> str | None:
    """``stack.py (stack Shop) at main``; None for a template that does not exist."""
    if side is None or not (side.exists or side.file):
        return None
    if side.file is None:
        return _IN_MEMORY
    file = side.file
    if path is not None and file.endswith(path):
        file = file.removesuffix(path).rstrip("/") or "."
    words = "standard input" if file == "<stdin>" else harmless(file)
    if side.stack is not None and path is None:
        words += f" (stack {harmless(side.stack)})"
    if side.revision is not None:
        words += f" at {harmless(side.revision)}"
    return f"{words} (deployed template)" if side.deployed else words


def place(origin: Origin | None) -> Phrase:
    """``stack.yaml:12``, or ``api.py:12, used at stack.py:40`` inside a component."""
    if origin is None:
        return []
    text = f"{origin.file}:{origin.line}"
    if origin.caller is not None:
        text += f", used at {origin.caller.file}:{origin.caller.line}"
    return [("place", harmless(text))]


_STEP = re.compile(r"[A-Za-z0-9_:@/\-]+")


def label(path: str) -> str:
    """``Tags[0].Value`` of ``/Properties/Tags/0/Value``, ``Url.Value`` of ``/Outputs/Url/Value``."""
    steps = steps_of(path)
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


def quoted(text: str) -> str:
    """A text in JSON's quotes, with invisible characters spelled out."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{harmless(plain)}"'


def under_resource(found: Finding) -> Finding:
    """A finding as it reads under the line of its resource, which has the name, the type and the outcome already."""
    return (
        attrs.evolve(found, message=found.message.removeprefix(f"{found.subject}: "))
        if found.subject
        else found
    )


def finding_words(found: Finding) -> Phrase:
    """``error PF101: sentence (stack.yaml:3)``."""
    style = SEVERITIES.get(found.severity, SEVERITIES["error"])[0]
    where = place(found.origin)
    severity = found.severity if found.severity in SEVERITIES else "error"
    phrase: Phrase = [(style, severity), ("", " "), ("name", harmless(found.code)), ("", ": ")]
    phrase.append(("said", harmless(found.message)))
    return [*phrase, ("", " ("), *where, ("", ")")] if where else phrase
