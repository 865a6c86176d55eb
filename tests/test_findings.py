"""What a reviewer must know of a diff, case by case, and what users may say about it.

The cases are files: before, after, parameters, and every finding that is expected, as ``CODE Resource``. One
that is not listed fails the case, so a case without findings is a test, too. `says` is a part of a message;
`may` lists findings that are not what the case is about. Access has tests of its own.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

from pyformation.changes import Diff, Finding, compare
from pyformation.errors import CatalogError, SourceError
from pyformation.findings import CODES, Settings, Suppression, explain, find, settings_from, with_findings
from pyformation.sources import LoadedTemplate, loaded

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((ROOT / "tests" / "fixtures" / "findings").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
SECTIONS = {"Resources", "Parameters", "Mappings", "Conditions", "Outputs", "Rules", "Description", "Transform"}


def template(side: dict[str, Any]) -> dict[str, Any]:
    return side if SECTIONS & set(side) else {"Resources": side}


def guarded(side: dict[str, Any], guards: dict[str, list[str]]) -> LoadedTemplate:
    return LoadedTemplate("template", template(side), "yaml", guards=guards)


def diff_of(case: dict[str, Any]) -> Diff:
    return compare(
        guarded(case["before"], case.get("before_guards", {})),
        guarded(case["after"], case.get("after_guards", {})),
        before_parameters=case.get("before_parameters"),
        parameters=case.get("parameters"),
    )


def found_in(case: dict[str, Any]) -> list[Finding]:
    importers = {name: loaded(template(side)) for name, side in case.get("importers", {}).items()}
    return [found for found in find(diff_of(case), importers=importers) if not found.code.startswith("PF4")]


def label(finding: Finding) -> str:
    return finding.code if finding.resource is None else f"{finding.code} {finding.resource}"


@pytest.mark.parametrize("case", CASES)
def test_findings(case: dict[str, Any]) -> None:
    found = found_in(case)
    labels = Counter(map(label, found))
    may = set(case.get("may", ()))
    assert {text: count for text, count in labels.items() if text not in may} == Counter(case["expect"])
    for text, part in case.get("says", {}).items():
        messages = [finding.message for finding in found if label(finding) == text]
        assert any(part in message for message in messages), messages
    for finding in found:
        assert finding.kind == CODES[finding.code].kind
        assert finding.severity == CODES[finding.code].severity
