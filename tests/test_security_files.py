"""Hostile files and folders: nothing is left out without a word, read from elsewhere, or written elsewhere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_security_git import commit, repository

from pyformation import PyformationError, SourceError, sources
from pyformation.prediction import diff_directories
from pyformation.sources import folders, revisions

TOPIC = '{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "%s"}}}}'


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    yield
    for known in (revisions._root, revisions._revision):
        known.cache_clear()


# ---------------------------------------------------------------------------------------------
# Folders

BODY = json.dumps(TOPIC % "x")
READ: dict[str, str | bytes] = {
    "escaped.json": TOPIC.replace("Resources", r"\u0052esources") % "x",
    "escaped-format.json": r'{"AWSTemplateFormatVersi\u006Fn": "2010-09-09", "Resources": {}}',
    "escaped.yaml": '"Res\\x6furces": {}\n',
    "long-escape.yaml": '"\\U00000052esources": {}\n',
    "folded.yaml": '? "Resou\\\n  rces"\n: {}\n',
    "question.yaml": "? Resources\n# why\n: {}\n",
    "anchor.yaml": "Metadata: &name Resources\n*name : {}\n",
    "tag.yaml": "!!str Resources : {}\n",
    "utf-16.json": (TOPIC % "x").encode("utf-16"),
    "utf-16-be.yaml": b"\xfe\xff" + "Resources: {}\n".encode("utf-16-be"),
    "utf-8-mark.yaml": b"\xef\xbb\xbfResources: {}\n",
    "answer.json": f'{{"TemplateBody": {BODY}}}',
    "UPPER.YAML": "Resources: {}\n",
    "late.json": '{"Metadata": {"x": "' + 3_000_000 * "x" + '"}, "Resources": {}}',
    "name with spaces/x.template": "Resources: {}\n",
    "manifest.json/a.json": TOPIC % "x",
}
LEFT_OUT: dict[str, str | bytes] = {
    "package.json": '{"name": "x", "scripts": {"Resource": "y"}}',
    "values.yaml": "resources:\n  {{ toYaml .Values.resources }}\n",
    "data.json": "[" + 4_500_000 * "0," + "0]",
    "escapes.json": r'{"text": "\u0041 \" \\u0052 \x"}',
    "node_modules/m/t.json": TOPIC % "x",
    ".hidden/t.json": TOPIC % "x",
    "t.txt": TOPIC % "x",
}


def test_every_template_of_a_folder_is_read_however_it_is_written(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repository", {**READ, **LEFT_OUT})
    for source in (str(folder), f"git:HEAD:{folder}"):
        assert sorted(sources.load_folder(source)) == sorted(READ)


ERRORS: dict[str, tuple[str | bytes, str]] = {
    "large.json": (TOPIC % (8_000_000 * "x"), "looks like a template and has more than 8,000,000 bytes"),
    "large-escaped.json": (
        '{"x": "' + 8_000_000 * "x" + '", "\\u0052esources": {}}',
        "looks like a template and has more than 8,000,000 bytes",
    ),
    "large.yaml": (
        8_000_000 * "#" + "\nResources: {}\n",
        "looks like a template and has more than 8,000,000",
    ),
    "no-mark.json": ((TOPIC % "x").encode("utf-16-le"), "no-mark.json"),
    "latin-1.yaml": ("# é\nResources: {}\n".encode("latin-1"), "the text is not UTF-8"),
    "broken.json": ('{"\\u0052esources": {', "broken.json"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_template_of_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, name: str) -> None:
    text, sentence = ERRORS[name]
    folder = repository(tmp_path / "repository", {"a/" + name: text, "t.json": TOPIC % "x"})
    for source in (str(folder), f"git:HEAD:{folder}"):
        with pytest.raises(PyformationError) as caught:
            sources.load_folder(source)
        assert sentence in str(caught.value)
        assert len(str(caught.value)) < 400


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that is too long cannot be read by anybody; permissions do not stop root."""
    (tmp_path / "t.json").write_text(TOPIC % "x")
    monkeypatch.chdir(tmp_path)
    for _ in range(22):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=r"cannot read .*: File name too long"):
        sources.load_folder(str(tmp_path))
    if os.getuid():
        (tmp_path / "closed").mkdir(mode=0)
        with pytest.raises(SourceError, match=r"cannot read .*: Permission denied"):
            sources.load_folder(str(tmp_path))


def test_links_in_a_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "t.json").write_text(TOPIC % "secret")
    folder = repository(tmp_path / "repository", {"real/t.json": TOPIC % "x", ".hidden/t.json": TOPIC % "y"})
    for name, target in (("there", "real"), ("out", str(outside)), ("hidden", ".hidden"), ("circle", ".")):
        os.symlink(target, folder / name)
    os.symlink("someone@host.1234", folder / ".#t.json")  # The lock of an editor.
    commit(folder, {})
    expected = dict.fromkeys(("out", "hidden"), "is a link to a folder, which is not followed")
    for source in (str(folder), f"git:HEAD:{folder}"):
        found = sources.load_folder(source)
        assert sorted(found) == ["hidden", "out", "real/t.json"]
        assert {name: found[name].partial[0].partition(" ")[2] for name in expected} == expected
    both = diff_directories(f"git:HEAD:{folder}", str(folder))
    assert len(both["out"].partial) == 2
    assert not both["real/t.json"].partial
    os.symlink("nowhere.json", folder / "gone.json")
    commit(folder, {})
    revisions._revision.cache_clear()
    with pytest.raises(SourceError, match=r"cannot read .*gone.json"):
        sources.load_folder(str(folder))
    with pytest.raises(SourceError, match=r"gone.json is a link that leads nowhere"):
        sources.load_folder(f"git:HEAD:{folder}")


def test_pieces_of_a_text_are_read_together() -> None:
    text = ('{"x": "' + "é" * 100 + '", "\\u0052esources" : {}}').encode()
    assert all(
        folders.looks_like_template(text[start : start + size] for start in range(0, len(text), size))
        for size in (1, 2, 3, 7, 50)
    )
