"""The words of messages, reports and docs: standard English, in the terms of CloudFormation and Terraform.

Each row is a phrase that was written once and must not come back, and what to write instead. The phrases are whole,
so that no innocent text is hit.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyformation.plain import is_list, is_mapping

ROOT = Path(__file__).resolve().parent.parent

INSTEAD = {
    r"perhaps (?:be )?(?:replaced|removed|deleted|updated)": "may be replaced",
    r"depends? on what is not known": "the value is not known offline",
    r"only if it changes": "if the value changes",
    r"(?:be|is|are) had again": "cannot be restored",
    r"what others know it by": "its ARN, endpoint or DNS name changes, and references outside this stack break",
    r"anew": "recreated; re-read on every update",
    r"exists? no more": "may no longer exist",
    r"AWS declares no update of": "AWS declares no update handler for this type",
    r"how (?:AWS|CloudFormation|Python|one|it) calls": "what AWS calls it",
    r"(?:of )?one's own": "user-defined",
    r"(?:is|are) called so": "elements with that name",
    r"way of (?:each|an|the) edges?": "the route of each edge",
    r"even who": "even with `--verbose`",
    r"whoever counts": "however counted",
    r"(?:is|are) not there yet": "does not exist yet",
    r"ha(?:s|ve) to be there": "must exist before",
    r"and there is no such": "does not exist in this template",
    r"is no template": "not a template: `Resources` is missing",
    r"(?:is|expected|gets|takes) a block|\Aa block(?=\Z|;)": "the class name, or nested properties",
    r"\{known after apply\}": "(known after apply)",
    r"severer": "worst",
    r"nobody (?:knows|can know|may see)": "is not known; is secret",
    r"leads? nowhere": "does not exist in this template",
    r"(?:comes or goes|come or go)": "is added or removed",
    r"(?:findings?|refusals?|alarms?) invented|invented (?:findings?|refusals?|alarms?)": "false positive",
}

# American spelling, as AWS and Python have it.
BRITISH = {
    r"\w*behaviour\w*": "behavior",
    r"\w*colour\w*": "color",
    r"\w*neighbour\w*": "neighbor",
    r"\w*favour\w*": "favor",
    r"\w*(?:recogn|organ|normal|serial|initial|optim|summar|categor|author|minim|maxim|special)is(?:e[ds]?|ing|ation)": "-ize",
    r"(?:un)?labell(?:ed|ing)": "labeled",
    r"cancelled": "canceled",
    r"mis-?spelt|spelt": "spelled",
    r"catalogue[ds]?": "catalog",
    r"licence": "license",
}

# Names of functions and variables that say too little, and those that replace them.
NAMES = {
    "lives": "exists",
    "asking": "with_resources",
    "told_of": "prefixed",
    "given_or": "value_or",
    "severer": "worst",
    "stronger": "strongest",
    "perhaps_replaced": "may_be_replaced",
}

# Files that are being mended; this list only shrinks.
PENDING: frozenset[str] = frozenset()


def _pattern(phrases: dict[str, str]) -> re.Pattern[str]:
    one = "|".join(phrase.replace(" ", r"\s+") for phrase in phrases)
    return re.compile(rf"(?<![\w-])(?:{one})(?![\w-])", re.IGNORECASE)


PHRASES, SPELLINGS = _pattern(INSTEAD), _pattern(BRITISH)


def _sources() -> Iterator[Path]:
    for path in sorted((ROOT / "pyformation").rglob("*.py")):
        if "aws" not in path.relative_to(ROOT / "pyformation").parts[:1]:
            yield path


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    """The string literals of a module, docstrings and the fixed parts of f-strings included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        head, sign, comment = line.partition("# ")
        if sign and not head.strip().count('"') % 2:
            yield number, comment


def _json_texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif is_mapping(data):
        for item in data.values():
            yield from _json_texts(item)
    elif is_list(data):
        for item in data:
            yield from _json_texts(item)


def texts() -> dict[str, list[tuple[int, str]]]:
    """Every text that a user or a developer reads, by file, with its line (0 where there is none)."""
    found: dict[str, list[tuple[int, str]]] = {}
    for path in _sources():
        found[path.relative_to(ROOT).as_posix()] = [*_strings(path), *_comments(path)]
    for path in sorted((ROOT / "pyformation" / "catalog" / "reviewed").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        found[path.relative_to(ROOT).as_posix()] = [(0, text) for text in _json_texts(data)]
    pages = [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / f"{n}.md" for n in ("README", "CHANGELOG", "CONTRIBUTING")),
    ]
    for path in sorted(pages):
        found[path.relative_to(ROOT).as_posix()] = [(1, path.read_text(encoding="utf-8"))]
    return found


TEXTS = texts()


def hits(pattern: re.Pattern[str]) -> dict[str, list[str]]:
    """The hits by file, each with its line."""
    found: dict[str, list[str]] = {}
    for file, listed in TEXTS.items():
        for line, text in listed:
            for hit in pattern.finditer(text):
                number = line + text[: hit.start()].count("\n") if line else 0
                found.setdefault(file, []).append(f"{file}:{number}: {' '.join(hit[0].split())}")
    return found


@pytest.mark.parametrize("pattern", [PHRASES, SPELLINGS], ids=["phrases", "spelling"])
def test_words_that_are_not_used(pattern: re.Pattern[str]) -> None:
    found = [line for file, lines in hits(pattern).items() if file not in PENDING for line in lines]
    assert not found, "\n" + "\n".join(found)


def names() -> dict[str, list[str]]:
    """The functions, classes and fields with names that are not used, by file."""
    found: dict[str, list[str]] = {}
    for path in _sources():
        file = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "name", None)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                name = node.target.id
            if isinstance(name, str) and (plain := name.lstrip("_")) in NAMES:
                line = getattr(node, "lineno", 0)
                found.setdefault(file, []).append(f"{file}:{line}: {name}, not {NAMES[plain]}")
    return found


def test_names_that_are_not_used() -> None:
    found = [line for file, lines in names().items() if file not in PENDING for line in lines]
    assert not found, "\n" + "\n".join(found)


def test_only_files_with_such_words_are_pending() -> None:
    mended = PENDING - {*hits(PHRASES), *hits(SPELLINGS), *names()}
    assert not mended, f"take out of PENDING: {sorted(mended)}"


@pytest.mark.parametrize(
    "text",
    [
        "it is perhaps replaced",
        "read  anew",
        "Orders is no\ntemplate",
        "x {known after apply} y",
        "a block; deprecated",
    ],
)
def test_phrases_are_found_over_line_ends(text: str) -> None:
    assert PHRASES.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "perhaps",
        "a block device",
        "no template",
        "(known after apply)",
        "the color",
        "a blocked port",
        "strong",
    ],
)
def test_innocent_text_is_not_hit(text: str) -> None:
    assert not PHRASES.search(text) and not SPELLINGS.search(text)
