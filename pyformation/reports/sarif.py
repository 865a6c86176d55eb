"""Findings as SARIF 2.1.0, which code-scanning services read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; how GitHub reads it:
https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import attrs

from .. import __version__
from ..finding import Finding
from ..findings.codes import CODES
from ..pointers import place_of
from ..sources import LoadedTemplate
from ..validator import HOME
from .harmless import harmless

if TYPE_CHECKING:
    from ..changes import Diff
    from ..validation import Validation

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
# Paths are relative to the directory in which the command ran, usually the root of a checkout.
_ROOT = "%SRCROOT%"


@attrs.frozen
class Result:
    """A finding in a template; `reason` says why it is suppressed, `declared` whether the template says so."""

    finding: Finding
    template: LoadedTemplate
    reason: str | None = None
    declared: bool = False


def of_diff(diff: Diff) -> Iterator[Result]:
    """The findings of an update, with those of nested stacks."""
    for _, inner in diff.stacks():
        for found in inner.findings:
            yield Result(found, inner.after)
        for hidden in inner.suppressed:
            element = hidden.finding.element
            key = "" if element is None else ".".join(element)
            declared = inner.after.suppressions.get(key) or inner.before.suppressions.get(key) or {}
            is_declared = declared.get(hidden.finding.code) == hidden.reason
            yield Result(hidden.finding, inner.after, hidden.reason, is_declared)


def of_validation(validation: Validation) -> Iterator[Result]:
    """The findings of a template."""
    for found in validation.findings:
        yield Result(found, validation.template)
    for hidden in validation.suppressed:
        declared = validation.is_declared(hidden)
        yield Result(hidden.finding, validation.template, hidden.reason, declared)


def sarif(
    results: Iterable[Result], rules: Mapping[str, str] | None = None, notes: Iterable[str] = ()
) -> dict[str, Any]:
    """A SARIF log of findings, as plain data for `json.dumps`.

    `rules` describes codes that are not ours; `notes` say what the analysis could not cover. Suppressed findings
    are included with their reasons.
    """
    results = list(results)
    codes = list(dict.fromkeys(result.finding.code for result in results))
    places = {code: index for index, code in enumerate(codes)}
    levels = {result.finding.code: _LEVELS[result.finding.severity] for result in reversed(results)}
    seen: dict[str, int] = {}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "pyformation",
                        "semanticVersion": __version__,
                        "rules": [_rule(code, levels[code], rules or {}) for code in codes],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {"level": "warning", "message": {"text": _plain(note)}} for note in notes
                        ],
                    }
                ],
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    _ROOT: {"description": {"text": "The directory in which the command ran."}}
                },
                "results": [_result(result, places, seen) for result in results],
            }
        ],
    }


def _rule(code: str, level: str, rules: Mapping[str, str]) -> dict[str, Any]:
    row = CODES.get(code)
    words = f"{row.title}." if row is not None else _plain(rules.get(code, f"A finding of a policy: {code}."))
    text = words if row is None else row.text
    rule: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": words},
        "fullDescription": {"text": text},
        "help": {"text": text, "markdown": f"**{words}** {text}" if row is not None else text},
        "defaultConfiguration": {"level": level},
    }
    if row is not None:
        rule["name"] = "".join(word.capitalize() for word in re.findall(r"\w+", row.title))
        rule["help"]["text"] += f" See {row.page}, or run: pyformation explain {code}"
        rule["properties"] = {"tags": [row.kind]}
    elif code in rules:
        rule["helpUri"] = HOME
    return rule


def _plain(text: str) -> str:
    """A text in which readers of SARIF see neither a link, ``[text](address)``, nor a placeholder, ``{0}``.

    https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html#_Toc34317424 (placeholders, embedded links)
    """
    text = harmless(text)
    if "](" in text:
        text = re.sub(r"([\\\[\]])", r"\\\1", text)
    if re.search(r"\{\d+\}", text):
        text = text.replace("{", "{{").replace("}", "}}")
    return text


def _result(result: Result, places: Mapping[str, int], seen: dict[str, int]) -> dict[str, Any]:
    found = result.finding
    file, line = _place(result)
    region: dict[str, Any] = {"startLine": line}
    column = _column(result)
    if column is not None:
        region["startColumn"] = column
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(file), "region": region}}
    if found.element is not None:
        part, name = found.element
        kind = {"Resources": "resource", "Parameters": "parameter"}.get(part, "element")
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": f"{part}.{name}", "kind": kind}]
    described: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": places[found.code],
        "level": _LEVELS[found.severity],
        "message": {"text": _plain(found.message)},
        "locations": [location],
        "partialFingerprints": {"pyformation/v1": _fingerprint(found, file, seen)},
    }
    if result.reason is not None:
        where = "inSource" if result.declared else "external"
        described["suppressions"] = [{"kind": where, "status": "accepted", "justification": result.reason}]
    return described


def _place(result: Result) -> tuple[str, int]:
    """The file and the line; a finding without a line is at the top of its template."""
    origin = result.finding.origin
    if origin is not None:
        return origin.file, max(origin.line, 1)
    return result.template.file, 1


def _column(result: Result) -> int | None:
    document, origin, path = result.template.document, result.finding.origin, result.finding.path
    if document is None or origin is None or path is None or origin.file != document.name:
        return None
    steps = list(place_of(path))
    while steps:
        place = document.position(steps)
        if place is not None:
            return place[1] if place[0] == origin.line else None
        steps = steps[:-1]
    return None


def _artifact(file: str) -> dict[str, Any]:
    """A file below the current directory by its relative path, another one by its absolute path."""
    if file.startswith(("<", "git:")):
        return {"uri": quote(file)}
    here = os.getcwd()
    path = os.path.relpath(file, here)
    if path == os.pardir or path.startswith(os.pardir + os.sep):
        return {"uri": "file://" + quote(os.path.abspath(file).replace(os.sep, "/"))}
    return {"uri": quote(os.fsencode(path.replace(os.sep, "/"))), "uriBaseId": _ROOT}


def _fingerprint(found: Finding, file: str, seen: dict[str, int]) -> str:
    """A fingerprint that stays the same when lines move: of the code, the file and the place in the template."""
    key = "\0".join([found.code, os.path.relpath(file), found.path or "", found.resource or ""])
    number = seen[key] = seen.get(key, 0) + 1
    return hashlib.sha256(f"{key}\0{number}".encode(errors="backslashreplace")).hexdigest()[:32]
