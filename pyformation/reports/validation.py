"""A validation as lines of text and as JSON.

The text lists each element with its findings, one a line, as a compiler does; nothing is shortened, so that tools
can read it. `validation.schema.json` describes the JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ..errors import Origin
from ..finding import Finding
from ..plain import mapping_or_empty
from ..sections import ELEMENTS
from ..validation import Summary, Validation
from .harmless import harmless

VERSION = 1

# A line as pieces, each with a style: error, warning, info, name, type, place, title, dim or none.
Line = list[tuple[str, str]]
Subject = Mapping[str | None, Validation]


def total(found: Subject) -> Summary:
    """The sum over several templates."""
    counts = [attrs.astuple(one.summary) for one in found.values()]
    return Summary(*(sum(column) for column in zip(*counts, strict=True))) if counts else Summary()


# ---------------------------------------------------------------------------------------------
# Text


def text(found: Subject, *, verbose: bool = False) -> str:
    """The report without colors; `verbose` adds notes and suppressed findings."""
    return "".join("".join(piece for _, piece in line) + "\n" for line in layout(found, verbose=verbose))


def layout(found: Subject, *, verbose: bool = False) -> Iterator[Line]:
    """The lines of the report, each as its pieces."""
    yield _total(found, verbose)
    for path, one in found.items():
        shown = [(finding, "") for finding in one.findings if verbose or finding.severity != "info"]
        if verbose:
            shown += [(hidden.finding, hidden.reason) for hidden in one.suppressed]
        if path is not None and shown:
            yield from ([], [("title", harmless(path))])
        yield from _template(one, shown)


def _template(one: Validation, shown: list[tuple[Finding, str]]) -> Iterator[Line]:
    # Suppressed findings come last, but belong to their element.
    groups: dict[tuple[str, str] | None, list[tuple[Finding, str]]] = {}
    for finding, reason in shown:
        groups.setdefault(finding.element, []).append((finding, reason))
    for element, members in groups.items():
        yield from ([], _head(one, element))
        for finding, reason in members:
            used = (
                ""
                if finding.origin is None or finding.origin.caller is None
                else f", used at {finding.origin.caller}"
            )
            where: Line = [("", " ("), ("place", harmless(f"{finding.origin}{used}")), ("", ")")]
            yield [
                ("", "  "),
                (finding.severity, finding.severity),
                ("", " "),
                ("name", harmless(finding.code)),
                ("", ": "),
                ("", harmless(finding.message)),
                *(where if finding.origin is not None else []),
                *([("dim", f"  suppressed: {harmless(reason)}")] if reason else []),
            ]


def _head(one: Validation, element: tuple[str, str] | None) -> Line:
    if element is None:
        return [("name", "The template")]
    part, name = element
    what = ELEMENTS.get(part, part)
    if part == "Resources":
        what = str(mapping_or_empty(mapping_or_empty(one.template.data.get(part)).get(name)).get("Type", ""))
    return [("name", harmless(name)), ("", "  "), ("type", harmless(what))]


def _total(found: Subject, verbose: bool) -> Line:
    counts = total(found)
    several = "" if None in found else f" of {len(found):,} template{'' if len(found) == 1 else 's'}"
    parts: Line = [("title", f"Total{several}"), ("", ": ")]
    said = [
        (style, f"{number:,} {name}{'' if number == 1 else 's'}")
        for style, number, name in (
            ("error", counts.errors, "error"),
            ("warning", counts.warnings, "warning"),
            ("", counts.infos, "note"),
        )
        if number
    ]
    for index, piece in enumerate(said or [("good", "no findings")]):
        parts += [("", ", ")] if index else []
        parts.append(piece)
    if counts.infos and not verbose:
        parts.append(("dim", " (-v lists the notes)"))
    if counts.suppressed:
        parts.append(("dim", f"; {counts.suppressed:,} suppressed"))
    return parts


# ---------------------------------------------------------------------------------------------
# JSON


def to_json(found: Subject) -> dict[str, Any]:
    """Validations as plain data for `json.dumps`, as `validation.schema.json` describes it.

    Several are in ``"templates"``, by the path of their template, with the ``"summary"`` of all.
    """
    if list(found) == [None]:
        return {"version": VERSION, **_one(found[None])}
    return {
        "version": VERSION,
        "summary": attrs.asdict(total(found)),
        "templates": {str(path): {"version": VERSION, **_one(one)} for path, one in found.items()},
    }


def _one(found: Validation) -> dict[str, Any]:
    return {
        "template": found.template.name if found.template.document is None else found.template.document.name,
        "summary": attrs.asdict(found.summary),
        "findings": [finding_to_json(finding) for finding in found.findings],
        "suppressed": [
            {"finding": finding_to_json(one.finding), "reason": one.reason} for one in found.suppressed
        ],
    }


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """A finding as plain data, as a diff's JSON has it."""
    return {
        "code": finding.code,
        "kind": finding.kind,
        "severity": finding.severity,
        "resource": finding.resource,
        "message": finding.message,
        "path": finding.path,
        "origin": None if finding.origin is None else _origin(finding.origin),
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {"file": str(origin).rpartition(":")[0], "line": origin.line}


def schema() -> dict[str, Any]:
    """The JSON Schema of what `to_json` gives."""
    from importlib.resources import files

    found: dict[str, Any] = json.loads(
        (files("pyformation.reports") / "validation.schema.json").read_text(encoding="utf-8")
    )
    return found
