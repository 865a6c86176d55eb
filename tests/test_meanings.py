"""What a property means, in a few words of our own: for help(), editors and `explain`."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyformation import catalog, document
from pyformation.errors import DocumentError

ROOT = Path(__file__).parent.parent
TABLE = json.loads((ROOT / "pyformation/catalog/reviewed/meanings.json").read_text(encoding="utf-8"))
TEMPLATES = ROOT.parent / "shared" / "data" / "templates"


def texts() -> Iterator[tuple[str, str, str]]:
    for row in TABLE["rows"]:
        yield "AWS::SNS::Topic" if row["type"] == "*" else row["type"], row["property"], row["meaning"]


def test_a_meaning_is_a_few_words() -> None:
    for name, one, text in texts():
        assert 1 <= len(text.split()) <= 12, (name, one, text)
        assert text == text.strip(" .") and "\n" not in text, (name, one, text)
        # In help() the next fact stands after a semicolon, and most meanings have one idea.
        assert text.count(";") <= 1, (name, one, text)


def test_the_catalog_has_what_the_table_says() -> None:
    for name, one, text in texts():
        assert catalog.lookup(name, f"/Properties/{one}").facts["meaning"] == text
    assert "meaning" in catalog.lookup("AWS::Athena::WorkGroup", "/Properties/Tags").facts


def test_no_meaning_is_a_sentence_of_aws() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        sources: Any = importlib.import_module("catalog_sources")
    finally:
        sys.path.remove(str(ROOT / "tools"))
    try:
        pages = sources.documentation_labels()["ResourceTypes"]
    except sources.MissingSource as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))

    def words(text: str) -> str:
        return " ".join(re.findall(r"[a-z0-9]+", text.lower()))

    for name, one, text in texts():
        page = pages.get(name, {}).get("Properties", {}).get(one, "")
        theirs = page if isinstance(page, str) else json.dumps(page).replace("\\n", "\n")
        sentences = {words(each) for each in re.split(r"[.;:]\s|\n\n|\"", theirs)}
        mine = words(text)
        assert mine not in sentences, (name, one, text)
        assert len(mine.split()) < 6 or f" {mine} " not in f" {words(theirs)} ", (name, one, text)


def test_all_properties_of_much_used_types_have_a_meaning() -> None:
    if not TEMPLATES.is_dir():
        pytest.skip("needs the collection of templates beside the project")
    used: set[str] = set()
    for file in sorted(TEMPLATES.rglob("*.*")):
        if file.suffix in {".json", ".yaml", ".yml", ".template"}:
            with contextlib.suppress(DocumentError):  # Some have tags of another tool.
                for resource in document.read(str(file)).data.get("Resources", {}).values():
                    used.add(str(resource.get("Type")) if isinstance(resource, dict) else "")
    types = [name for name in sorted(used) if name.startswith("AWS::") and catalog.find(name) is not None]
    assert len(types) > 100
    missing = [
        f"{name}.{one}"
        for name in types
        for one, found in catalog.resource_type(name).properties.items()
        if "meaning" not in found.facts and name != "AWS::CloudFormation::CustomResource"
    ]
    assert missing == []
