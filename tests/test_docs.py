"""The site: it builds without a warning, every page can be reached, and the reference has every public name."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from conftest import ROOT

import pyformation

DOCS = ROOT / "docs"
# The modules whose `__all__` is a promise.
MODULES = [
    "pyformation",
    "pyformation.catalog",
    "pyformation.document",
    "pyformation.graphs",
    "pyformation.testing",
]
NOT_DOCUMENTED = {"pyformation.__version__"}


def public_names() -> list[str]:
    return [
        f"{module}.{name}"
        for module in MODULES
        for name in importlib.import_module(module).__all__
        if f"{module}.{name}" not in {*MODULES, *NOT_DOCUMENTED}
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The built site, and how building went."""
    missing = [name for name in ("sphinx", "myst_parser", "furo") if importlib.util.find_spec(name) is None]
    if missing:
        if os.environ.get("CI"):
            pytest.fail(f"{', '.join(missing)} must be installed in CI (the extra docs)")
        pytest.skip(f"{', '.join(missing)} not installed (the extra docs)")
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", str(target / "doctrees")]
    result = subprocess.run(
        [*command, str(DOCS), str(target / "html")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return target / "html", result


@pytest.mark.slow
def test_the_site_builds_without_warnings(site: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    pages, result = site
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    for source in DOCS.rglob("*.md"):
        assert (pages / source.relative_to(DOCS).with_suffix(".html")).exists(), source


@pytest.mark.slow
def test_the_site_has_every_public_name(site: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    inventory = (site[0] / "objects.inv").read_bytes()
    # Four lines of heading, then compressed lines that begin with a name.
    text = zlib.decompress(inventory.split(b"\n", 4)[4]).decode()
    documented = {line.partition(" ")[0] for line in text.splitlines()}
    assert set(public_names()) - documented == set()


def test_the_reference_names_every_public_name() -> None:
    # The same without Sphinx, from the sources.
    text = "".join(path.read_text(encoding="utf-8") for path in (DOCS / "reference").glob("*.md"))
    documented = set(re.findall(r"^\.\. (?:auto\w+|py:data):: ([\w.]+)", text, re.MULTILINE))
    assert set(public_names()) - documented == set()
    stale = {name for name in documented if not hasattr(*_home(name))}
    assert stale == set()


def _home(name: str) -> tuple[object, str]:
    """The module that a documented name says it is in, and its own name there."""
    module, _, own = name.rpartition(".")
    return (importlib.import_module(module) if module else pyformation), own


def test_every_page_is_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        links = re.findall(r"\]\(([^)#:]+\.md)", page.read_text(encoding="utf-8"))
        waiting += [(page.parent / link).resolve() for link in links]
    assert set(DOCS.rglob("*.md")) - reached == set()


def test_the_front_page_lists_every_page() -> None:
    # Its lists are the site's table of contents.
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[[^]]*\]\(([^)#:]+\.md)\)", text, re.MULTILINE)
    assert sorted(listed) == sorted(
        [*(path.name for path in DOCS.glob("*.md") if path.name != "index.md"), "reference/index.md"]
    )


def test_every_promise_about_security_names_a_test_that_exists() -> None:
    page = (DOCS / "security.md").read_text(encoding="utf-8")
    files = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py")}
    tables = re.findall(r"\| promise \| test \|\n\|---\|---\|\n((?:\|.*\n)+)", page)
    assert len(tables) == page.count("| promise |") >= 4
    rows = [row for table in tables for row in table.splitlines()]
    for row in rows:
        tests = row.rpartition(" | ")[2]
        named = re.findall(r"`(test_\w+)`", tests)
        within = re.findall(r"`(test_\w+\.py)`", tests)
        assert named
        assert within
        for name in named:
            assert any(f"def {name}(" in files[file] for file in within), name


def test_the_page_on_the_catalog_lists_every_reviewed_table() -> None:
    page = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")
    tables = {path.stem for path in (ROOT / "pyformation" / "catalog" / "reviewed").glob("*.json")}
    listed = re.findall(
        r"^\| `(\w+)` \|", page.partition("## Adding a reviewed row")[2].partition("\n## ")[0], re.M
    )
    assert len(listed) == len(set(listed)) and set(listed) == tables
