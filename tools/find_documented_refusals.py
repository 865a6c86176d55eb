"""Find what AWS's documentation says about updates that are refused, and hold it against a reviewed table.

    python tools/find_documented_refusals.py             print the sentences without a verdict, with their places
    python tools/find_documented_refusals.py --check     fail if there are any, or a verdict about nothing

The sentences come from the pages that the catalog's labels are read from, and from the descriptions in the registry
schemas. `documented_updates.json` beside this file has a verdict on each, by a hash: AWS's text is not kept here.

Verdicts, the first four of which are about updates that do not do what was asked for:

- ``refused``: the update fails; ``refused_if``: it fails under a condition; ``may_fail``: it is not certain to fail.
  `row` is the property of the row in `pyformation/catalog/reviewed/refused_updates.json`, `label` the property that
  the catalog knows as not supported, `fact` what is not a row, in our words, and why.
- ``ignored``: the update succeeds and changes nothing.
- ``replaced``: the resource is replaced, as the schema or a row of `updates.json` says.
- ``no_refusal``: about something else, or about an update that works.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import catalog_sources  # noqa: E402

from pyformation import catalog  # noqa: E402
from pyformation.plain import is_mapping, mapping_or_empty  # noqa: E402

TABLE = HERE / "documented_updates.json"
REFUSED = HERE.parent / "pyformation" / "catalog" / "reviewed" / "refused_updates.json"
VERDICTS = ("refused", "refused_if", "may_fail", "ignored", "replaced", "no_refusal")

_NOT = (
    r"(?:can ?not|can't|could not|couldn't|may not|must not|don't|do not|does not|doesn't|isn't|is not|are not|"
    r"aren't|unable to|not possible|impossible|no longer|never|won't|not)"
)
_CHANGE = (
    r"(?:updat\w*|chang\w*|modif\w*|edit(?:ed|ing|s)?\b|alter(?:ed)?\b|remov\w*|delet\w*|disabl\w*|turn(?:ed)? off|"
    r"switch\w*|convert\w*|decreas\w*|reduc\w*|shrink\w*|lower\w*|downgrad\w*|upgrad\w*|renam\w*|revers\w*|"
    r"revert\w*|undo|undone|unset|detach\w*|migrat\w*|replac\w*|increas\w*|add(?:ed|ing)?\b|enabl\w*|"
    r"turn(?:ed)? on|mutable|re-?enabl\w*)"
)
_DONE = r"(?:creat\w+|launch\w*|set|enabl\w+|specified|activat\w+|associat\w+|publish\w+|activ\w+)"
_PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_NOT}\b[^.;]{{0,60}}?\b{_CHANGE}",
        r"\bimmutable|unmodifiable|non-?updat|irreversib|permanent(?:ly)?\b",
        rf"\b(?:after|once)\b[^.;]{{0,60}}\b{_DONE}\b",
        r"\bonly\b[^.;]{0,50}\b(?:creat\w+|launch)\b|\b(?:creat\w+|launch)\b[^.;]{0,30}\bonly\b",
        r"\bduring creation\b|\bat creation\b|\bcreation time\b|\bat the time of creation|initial creation",
        r"\bcan only (?:be )?(?:\w+ )?(?:chang|modif|updat|edit|add|remov|set|increas|decreas|used? to)",
        r"\bno support\b|\bcan only support\b|\battempt to (?:modify|change|update)|"
        r"\b(?:delete|remove) the (?:existing|current)\b",
        r"\b(?:must|need to|have to) (?:first )?(?:create|delete|recreate|re-create|replace|remove|stop)\b",
        r"\b(?:updat|chang|modif)\w*\b[^.;]{0,80}\b(?:fail|ignored|not support|error|reject|no effect|unsupported|"
        r"not allowed|requires? a)|\b(?:fail|ignored|error|no effect|reject)\w*\b[^.;]{0,60}\bupdat",
        r"\b(?:during|on|for|in|with) (?:an? |the )?(?:stack )?updates?\b|\bwhen updating\b|\bfirst update\b",
        r"\bonly (?:one|a single|1)\b[^.]{0,80}\b(?:per update|update|operation)\b|\b(?:single|same|two separate) "
        r"(?:update|operation)s?\b",
        r"\bto (?:change|modify|update)\b[^.]{0,80}\b(?:must|need to|have to|only)\b",
        r"\bif you (?:change|modify|update|remove|decrease|reduce|disable|rename)\b",
        r"\b(?:greater|larger|higher|more|less|lower|smaller|fewer) than (?:or equal to )?(?:the |its |their )?"
        r"(?:current|existing|previous|original)\b|\bdowngrad",
    )
]


def candidates() -> dict[str, tuple[str, list[str]]]:
    """Each sentence that may be about an update that is refused, by its hash, with the places that have it."""
    found: dict[str, tuple[str, list[str]]] = {}
    may_be: dict[str, bool] = {}  # Half of the sentences are those of other places.
    for place, text in (*_pages(), *_descriptions()):
        for sentence in _sentences(text):
            if sentence not in may_be:
                may_be[sentence] = any(pattern.search(sentence) for pattern in _PATTERNS)
            if may_be[sentence]:
                places = found.setdefault(_hash(sentence), (sentence, []))[1]
                if place not in places:
                    places.append(place)
    return dict(sorted(found.items(), key=lambda item: (item[1][1][0], item[0])))


def _pages() -> Iterator[tuple[str, str]]:
    """The documentation of every type, property type and property: ``AWS::S3::Bucket.Rule Status`` and its text."""
    labels = catalog_sources.documentation_labels()
    for pages in (labels["ResourceTypes"], labels["PropertyTypes"]):
        for name, page in pages.items():
            yield name, page.get("MarkdownDocumentation") or ""
            for prop, described in page.get("Properties", {}).items():
                yield f"{name} {prop}", described.get("MarkdownDocumentation") or ""


def _descriptions() -> Iterator[tuple[str, str]]:
    """The descriptions in every registry schema."""

    def visit(node: Any, place: str) -> Iterator[tuple[str, str]]:
        if not is_mapping(node):
            return
        if isinstance(node.get("description"), str):
            yield place, node["description"]
        for key in ("definitions", "properties", "patternProperties"):
            for name, child in mapping_or_empty(node.get(key)).items():
                yield from visit(child, f"{place}{'.' if key == 'definitions' else ' '}{name}")
        yield from visit(node.get("items"), place)
        for key in ("oneOf", "anyOf", "allOf"):
            for branch in node.get(key) or ():
                yield from visit(branch, place)

    for name, schema in catalog_sources.schemas().items():
        yield from visit(schema, name)


def _sentences(text: str) -> Iterator[str]:
    """The sentences of Markdown, without marks, links and the table of facts at its end."""
    text = re.sub(
        r"\*(?:Update requires|Required|Type|Allowed values|Pattern|Minimum|Maximum)\*:?.*", "", text
    )
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = text.replace("**", "").replace("`", "").replace("\u2019", "'").replace("\u201c", '"')
    text = re.sub(r"^#+ *\w+\s*$", "\n", text, flags=re.MULTILINE)
    text = re.sub(r"\n\s*[*+-]\s+", "\n\n", text)
    text = re.sub(r"(?<!\n)\n(?!\n)\s*", " ", text)
    for paragraph in text.split("\n\n"):
        line = re.sub(r"\s+", " ", paragraph).strip()
        for sentence in re.split(r"(?<=[.!?])[\"')]*\s+(?=[A-Z\"(])", line):
            if sentence.strip():
                yield sentence.strip()


def _hash(sentence: str) -> str:
    """What stands for a sentence: what is only written in another way is the same."""
    return hashlib.sha256(re.sub(r"\W", "", sentence).lower().encode()).hexdigest()[:10]


def problems(found: dict[str, tuple[str, list[str]]], rows: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong with the table of verdicts, apart from sentences that it does not have."""
    refused = {
        (row["type"], row["property"]) for row in json.loads(REFUSED.read_text(encoding="utf-8"))["rows"]
    }
    for row in rows:
        where, verdict = f"{row['at']} {row['sentence']}", row["verdict"]
        if row["sentence"] not in found:
            yield f"{where}: the documentation no longer has that sentence"
        elif row["at"] != found[row["sentence"]][1][0]:
            yield f"{where}: the sentence stands at {found[row['sentence']][1][0]}"
        if verdict not in VERDICTS:
            yield f"{where}: there is no verdict {verdict!r}"
        because = [key for key in ("row", "label", "fact") if key in row]
        if verdict in ("refused", "refused_if", "may_fail", "ignored") and len(because) != 1:
            yield f"{where}: {verdict} needs a row, a label or a fact"
        type_name, _, path = row.get("row", row.get("label", "")).partition(" ")
        if "row" in row and (type_name, path) not in refused:
            yield f"{where}: {REFUSED.name} has no row {row['row']!r}"
        if "label" in row and not catalog.lookup(type_name, f"/Properties/{path}").update_not_supported:
            yield f"{where}: {row['label']!r} has no such label"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="fail if the table of verdicts is not complete")
    options = parser.parse_args(arguments)
    try:
        found = candidates()
    except catalog_sources.MissingSource as error:
        print(f"find_documented_refusals: {error}", file=sys.stderr)
        return 1
    rows: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))["rows"]
    wrong = list(problems(found, rows))
    for problem in wrong:
        print(problem, file=sys.stderr)
    judged = {row["sentence"] for row in rows}
    open_ones = {key: value for key, value in found.items() if key not in judged}
    for key, (sentence, places) in open_ones.items():
        print(f"{key} {', '.join(places[:3])}: {sentence}")
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS}
    print(f"{len(found)} sentences, {len(open_ones)} without a verdict; {counts}", file=sys.stderr)
    return 1 if options.check and (wrong or open_ones) else 0


if __name__ == "__main__":
    sys.exit(main())
