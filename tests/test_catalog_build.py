"""The program that builds the catalog: what it would write is what is shipped."""

from __future__ import annotations

import gzip
import importlib
import json
import marshal
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / "tools"
DATA = ROOT / "pyformation" / "catalog" / "data"
REVIEWED = ROOT / "pyformation" / "catalog" / "reviewed"


@pytest.fixture(scope="module")
def tools() -> dict[str, Any]:
    """The builder's modules; without its pinned sources the tests are skipped, except in CI."""
    sys.path.insert(0, str(TOOLS))
    try:
        names = (
            *("build_catalog", "catalog_changes", "catalog_overlays", "catalog_sources"),
            "find_documented_refusals",
        )
        found: dict[str, Any] = {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(TOOLS))
    try:
        found["read"] = {name: getattr(found["catalog_sources"], name)() for name in SOURCES}
    except found["catalog_sources"].MissingSource as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    return found


# What takes a second to read, and is only read by those who build from it.
SOURCES = ("schemas", "service_spec", "documentation_labels")


def read_once(patch: pytest.MonkeyPatch, tools: dict[str, Any]) -> None:
    for name, value in tools["read"].items():
        patch.setattr(tools["catalog_sources"], name, lambda value=value: dict(value))


@pytest.fixture(scope="module")
def entries(tools: dict[str, Any]) -> Any:
    """The entries of all types as they would be written now."""
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch, tools)
        return tools["build_catalog"].build()


@pytest.fixture(scope="module")
def texts(tools: dict[str, Any], entries: Any) -> dict[str, str]:
    """The files as they would be written now."""
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch, tools)
        found: dict[str, str] = tools["build_catalog"].files(entries)
    return found


@pytest.fixture(scope="module")
def convert(tools: dict[str, Any]) -> Callable[[Any], Any]:
    """`convert`, which takes most of a build, does each schema once; equal ones come again with every table."""
    known: dict[bytes, bytes] = {}
    original = tools["catalog_overlays"].convert

    def once(schema: Any) -> Any:
        key = marshal.dumps(schema)
        if key not in known:
            known[key] = marshal.dumps(original(schema))
        return marshal.loads(known[key])

    return once


def test_shipped_files_are_what_would_be_written(tools: dict[str, Any], texts: dict[str, str]) -> None:
    shipped = {path.name: tools["build_catalog"].read(path) for path in DATA.iterdir()}
    assert sorted(shipped) == sorted(texts)
    assert [name for name in texts if texts[name] != shipped[name]] == []


def test_check_finds_every_kind_of_edit(
    tools: dict[str, Any],
    entries: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    read_once(monkeypatch, tools)
    monkeypatch.setattr(tools["build_catalog"], "build", lambda: entries)
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    main = tools["build_catalog"].main
    assert main(["--check", "--data", str(data)]) == 0
    (data / "sqs.json").write_bytes(
        (data / "sqs.json").read_bytes().replace(b'"maximum":900', b'"maximum":901')
    )
    (data / "sns.json").unlink()
    (data / "new.json").write_text("{}")
    assert main(["--check", "--data", str(data)]) == 1
    complaints = capsys.readouterr().err.splitlines()
    assert [Path(c.partition(" is not")[0]).name for c in complaints] == ["new.json", "sns.json", "sqs.json"]

    assert main(["--changes", "--data", str(data)]) == 0
    assert "+ AWS::SNS::Topic" in capsys.readouterr().out.splitlines()
    assert main(["--data", str(data)]) == 0
    assert "3 files changed" in capsys.readouterr().out
    assert {p.name: p.read_bytes() for p in data.iterdir()} == {
        p.name: p.read_bytes() for p in DATA.iterdir()
    }


def test_changes_for_users(tools: dict[str, Any]) -> None:
    before = {
        "A::B::Kept": {
            "properties": {"Same": {}, "Gone": {}, "Stricter": {"update": "Conditionally"}},
            "stateful": "data",
        },
        "A::B::Gone": {"properties": {}},
    }
    after = {
        "A::B::Kept": {
            "properties": {"Same": {}, "New": {}, "Stricter": {"update": "Always"}},
            "definitions": {"Block": {"Size": {}}},
            "attributes": {"Arn": {}},
        },
        "A::B::New": {"properties": {}},
    }
    assert list(tools["catalog_changes"].changes(before, after)) == [
        "- A::B::Gone",
        "~ A::B::Kept: stateful data -> none",
        "- A::B::Kept /Properties/Gone",
        "+ A::B::Kept /Properties/New",
        "~ A::B::Kept /Properties/Stricter: update Conditionally -> Always",
        "+ A::B::Kept Arn (attribute)",
        "+ A::B::Kept Block.Size",
        "+ A::B::New",
    ]


def test_a_missing_source_says_how_to_install_it(
    tools: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = tools["catalog_sources"]
    monkeypatch.setitem(sources.PINNED, "cfn-lint", "0.0.1")
    assert tools["build_catalog"].main(["--check"]) == 1
    assert capsys.readouterr().err == (
        "build_catalog: cfn-lint is 1.58.0, but the catalog is built from 0.0.1; "
        "install it with: python -m pip install cfn-lint==0.0.1\n"
    )
    monkeypatch.setattr(sources, "NPM", ("@aws-cdk/aws-service-spec", "9.9.9"))
    with pytest.raises(
        sources.MissingSource, match=r"built from 9\.9\.9; install it with: npm ci --prefix tools"
    ):
        sources.service_spec()
    monkeypatch.setattr(sources, "NPM", ("@aws-cdk/nothing", "1.0.0"))
    with pytest.raises(sources.MissingSource, match="is not installed; install it with: npm ci"):
        sources.service_spec()


# A table, a broken row, and the complaint.
BAD_ROWS = [
    (
        "updates",
        {"type": "AWS::S3::Nothing", "paths": ["/Properties/X"]},
        "there is no type AWS::S3::Nothing",
    ),
    ("updates", {"type": "AWS::S3::Bucket", "paths": ["/Properties/X"]}, "has nothing at /Properties/X"),
    ("updates", {"type": "AWS::S3::Bucket", "paths": [], "reason": ""}, "a row without reason"),
    (
        "updates",
        {
            "type": "AWS::S3::Bucket",
            "paths": ["/Properties/Tags"],
            "update": "Conditionally",
            "exact": True,
            "replaced_if": "it changes",
        },
        "x is exact and has no decide",
    ),
    (
        "updates",
        {
            "type": "AWS::S3::Bucket",
            "paths": ["/Properties/Tags"],
            "decide": {"in_place": [{"after": "gone"}]},
        },
        "x decides by what nobody reads: .'gone'.",
    ),
    (
        "updates",
        {
            "type": "AWS::S3::Bucket",
            "paths": ["/Properties/Tags"],
            "decide": {"in_place": [{"with": {"/Properties/Tag": "given"}}]},
        },
        "x looks at /Properties/Tag, and there is nothing",
    ),
    (
        "refused_updates",
        {"type": "AWS::S3::Bucket", "property": "Tags", "update": "Never", "certainty": "perhaps"},
        "AWS::S3::Bucket Tags has what nobody reads: .'certainty', 'update'.",
    ),
    (
        "refused_updates",
        {"type": "AWS::EC2::PrefixList", "property": "Entries/0/Port"},
        "AWS::EC2::PrefixList has no property Entries/Port",
    ),
    (
        "item_keys",
        {"type": "AWS::DynamoDB::GlobalTable", "property": "Replicas", "key": "Place"},
        "AWS::DynamoDB::GlobalTable has no property Replicas/Place",
    ),
    ("names", {"type": "AWS::S3::Bucket", "property": "Nome"}, "AWS::S3::Bucket has no property Nome"),
    ("attributes", {"type": "AWS::S3::Bucket", "attribute": "X", "property": "Y"}, "no such attributes"),
    (
        "types",
        {"type": "AWS::S3::Bucket", "pointer": "/properties/X", "node": {}},
        "has nothing at /properties/X",
    ),
    ("sam", {"type": "AWS::Serverless::Api", "property": "X", "update": "Never"}, "no such properties"),
]


@pytest.mark.parametrize(("table", "row", "complaint"), BAD_ROWS, ids=[r[2] for r in BAD_ROWS])
def test_a_bad_row_stops_the_build(
    tools: dict[str, Any],
    convert: Callable[[Any], Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    table: str,
    row: dict[str, object],
    complaint: str,
) -> None:
    overlays = tools["catalog_overlays"]
    reviewed = tmp_path / "reviewed"
    shutil.copytree(REVIEWED, reviewed)
    content = json.loads((reviewed / f"{table}.json").read_text(encoding="utf-8"))
    extra = {} if table == "refused_updates" else {"id": "x", "update": "Always"}
    content["rows"].append({**extra, "reason": "A reason.", "source": "A source", **row})
    (reviewed / f"{table}.json").write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(overlays, "REVIEWED", reviewed)
    monkeypatch.setattr(overlays, "convert", convert)
    read_once(monkeypatch, tools)
    with pytest.raises(overlays.BadRow, match=f"reviewed/{table}.json: .*{complaint}"):
        overlays.entries()


def test_no_row_weakens_a_schema(tools: dict[str, Any]) -> None:
    overlays, strength = tools["catalog_overlays"], {"Never": 0, "Conditionally": 1, "Always": 2}
    schemas = tools["read"]["schemas"]
    for row in overlays.rows("updates"):
        schema = schemas[row["type"]]
        shipped = json.loads(
            (DATA / f"{row['type'].split('::')[1].lower()}.json").read_text(encoding="utf-8")
        )
        for path in row["paths"]:
            name = path.split("/")[2]
            stated = "Always" if f"/properties/{name}" in schema.get("createOnlyProperties", ()) else "Never"
            ours = shipped["types"][row["type"]]["properties"][name].get("update", "Never")
            assert strength[ours] >= strength[stated], (row["id"], path)


def test_files_are_made_to_be_read() -> None:
    size = 0
    for path in DATA.iterdir():
        raw = path.read_bytes()
        size += len(raw)
        raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
        assert raw.startswith(b'{\n"generated": "by tools/build_catalog.py; do not edit'), path
        assert raw.endswith(b"}\n")
        assert b"\r" not in raw
        content = json.loads(raw)
        for entry in content.get("types", {}).values():
            assert list(entry) == sorted(entry)
            for members in (entry["properties"], *entry.get("definitions", {}).values()):
                assert list(members) == sorted(members)
                # What is not written is the default: nothing is false, empty or null.
                for facts in members.values():
                    assert not [
                        k for k, f in facts.items() if k != "default" and (f is False or f in (None, []))
                    ]
    assert size < 6_000_000
    for path in REVIEWED.iterdir():
        text = path.read_text(encoding="utf-8")
        table = json.loads(text)
        # A line for each row and each other key, and those of the brackets.
        assert len(text.splitlines()) == len(table["rows"]) + len(table) + 3, f"{path}: one row a line"


def test_the_lock_file_names_no_host() -> None:
    lock = (TOOLS / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert "http" not in lock
    assert lock.count('"integrity"') == 3


# -- what the documentation says about updates


def test_every_sentence_that_may_be_about_a_refused_update_has_a_verdict(
    tools: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_once(monkeypatch, tools)
    assert tools["find_documented_refusals"].main(["--check"]) == 0, capsys.readouterr().err


VERDICTS = [
    ({"sentence": "gone"}, "the documentation no longer has that sentence"),
    ({"at": "AWS::S3::Bucket"}, "the sentence stands at AWS::KMS::Key KeySpec"),
    ({"verdict": "perhaps"}, "there is no verdict 'perhaps'"),
    ({"row": None}, "refused needs a row, a label or a fact"),
    ({"row": "AWS::KMS::Key Enabled"}, "refused_updates.json has no row 'AWS::KMS::Key Enabled'"),
    ({"row": None, "label": "AWS::KMS::Key KeySpec"}, "'AWS::KMS::Key KeySpec' has no such label"),
]


@pytest.mark.parametrize(("edit", "complaint"), VERDICTS, ids=[complaint for _, complaint in VERDICTS])
def test_a_bad_verdict_is_found(tools: dict[str, Any], edit: dict[str, Any], complaint: str) -> None:
    key = "AWS::KMS::Key KeySpec"
    found = {"a": ("A sentence.", [key])}
    good = {"at": key, "sentence": "a", "verdict": "refused", "row": key}
    problems = tools["find_documented_refusals"].problems
    assert not list(problems(found, [good]))
    bad = {name: value for name, value in {**good, **edit}.items() if value is not None}
    assert complaint in " ".join(problems(found, [bad]))
