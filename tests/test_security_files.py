"""Hostile files and folders: nothing is left out without a word, read from elsewhere, or written elsewhere."""

from __future__ import annotations

import json
import os
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import in_time
from conftest import run_command as run
from test_security_git import commit, git, repository

import pyformation
from pyformation import PyformationError, SourceError, sources
from pyformation.assets.dependencies import local_paths, requirements_of
from pyformation.prediction import diff_directories
from pyformation.reports import formats
from pyformation.sources import contents, folders, revisions

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


# Texts of many megabytes are made when they are needed.
def templates() -> dict[str, str | bytes]:
    return {
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


def left_out() -> dict[str, str | bytes]:
    return {
        "package.json": '{"name": "x", "scripts": {"Resource": "y"}}',
        "values.yaml": "resources:\n  {{ toYaml .Values.resources }}\n",
        "data.json": "[" + 4_500_000 * "0," + "0]",
        "escapes.json": r'{"text": "\u0041 \" \\u0052 \x"}',
        "node_modules/m/t.json": TOPIC % "x",
        ".hidden/t.json": TOPIC % "x",
        "t.txt": TOPIC % "x",
    }


def test_every_template_of_a_folder_is_read_however_it_is_written(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repository", {**templates(), **left_out()})
    for source in (str(folder), f"git:HEAD:{folder}"):
        assert sorted(sources.load_folder(source)) == sorted(templates())


ERRORS: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "large.json": (
        lambda: TOPIC % (8_000_000 * "x"),
        "looks like a template and has more than 8,000,000 bytes",
    ),
    "large-escaped.json": (
        lambda: '{"x": "' + 8_000_000 * "x" + '", "\\u0052esources": {}}',
        "looks like a template and has more than 8,000,000 bytes",
    ),
    "large.yaml": (
        lambda: 8_000_000 * "#" + "\nResources: {}\n",
        "looks like a template and has more than 8,000,000",
    ),
    "no-mark.json": (lambda: (TOPIC % "x").encode("utf-16-le"), "no-mark.json"),
    "latin-1.yaml": (lambda: "# é\nResources: {}\n".encode("latin-1"), "the text is not UTF-8"),
    "broken.json": (lambda: '{"\\u0052esources": {', "broken.json"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_template_of_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, name: str) -> None:
    text, sentence = ERRORS[name]
    folder = repository(tmp_path / "repository", {"a/" + name: text(), "t.json": TOPIC % "x"})
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
    with pytest.raises(SourceError, match=r"gone.json is a link that is broken"):
        sources.load_folder(f"git:HEAD:{folder}")


def test_links_in_a_circle_and_deep_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (tmp_path / "t.json").write_text((CODE % '"code"').replace("nodejs20.x", "python3.13"))
    os.symlink("circle", tmp_path / "circle")
    assert list(sources.load_folder(str(tmp_path))) == ["t.json"]
    os.symlink("circle", code / "circle")
    result = run("package", "t.json", "--dry-run", cwd=tmp_path)
    assert "'code/circle' leads to 'circle', which does not exist" in result.stderr.replace(
        f"{tmp_path}/", ""
    )
    (code / "circle").unlink()
    monkeypatch.chdir(code)
    for _ in range(400):
        os.mkdir("d")
        os.chdir("d")
    monkeypatch.chdir(tmp_path)
    assert "has folders in each other" in run("package", "t.json", "--dry-run", cwd=tmp_path).stderr
    os.symlink("circle.yaml", tmp_path / "circle.yaml")
    with pytest.raises(SourceError, match=r"cannot read .*circle.yaml"):
        sources.load_folder(str(tmp_path))


def test_a_template_of_a_folder_that_is_a_link_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text(TOPIC % "secret")
    sides = [tmp_path / "old", tmp_path / "new"]
    for number, side in enumerate(sides):
        (side / "app").mkdir(parents=True)
        (side / "shared.json").write_text(TOPIC % number)
        (side / "app" / "t.json").write_text(NESTED % '"../shared.json"')
        os.symlink(tmp_path / "secret.json", side / "link.json")
        os.symlink("shared.json", side / "inside.json")
    found = diff_directories(*map(str, sides))
    assert sorted(found) == ["app/t.json", "inside.json", "link.json", "shared.json"]
    assert not found["app/t.json"].partial  # The root is the folder that was named.
    assert found["app/t.json"].resources
    assert [
        sentence.partition(" is a link that leads out of ")[0] for sentence in found["link.json"].partial
    ] == [str(side / "link.json") for side in sides]
    result = run("convert", "old", "-o", "made", cwd=tmp_path)
    assert "note: old/link.json is a link that leads out of" in result.stderr
    assert not (tmp_path / "made" / "link.py").exists()


MANY = 40_000
WITHOUT_END: dict[str, str] = {
    "anchors": "&{" * MANY,
    "anchors of names": "&Resources" * MANY,
    "anchors with spaces": "& Resources " * MANY,
    "a long token": "a" * MANY + " Resources" * MANY,
    "comments without end": "Resources #" * MANY,
    "comments": "Resources\n" + "#Resources\n" * MANY,
    "comments of many": "Resources #\n" * MANY,
    "spaces": "Resources" + " " * MANY + "Resources ",
    "lines": "\nResources" * MANY + "\n" * MANY,
    "quotes": "Resources'" * MANY,
}


@pytest.mark.parametrize("name", WITHOUT_END)
def test_what_is_no_template_is_known_in_time(name: str) -> None:
    with in_time():
        assert not folders.looks_like_template([WITHOUT_END[name].encode()])
        assert folders.looks_like_template([f"{WITHOUT_END[name]}\n&a Resources".encode()])


def test_a_file_without_end_is_not_searched_to_it(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(TOPIC % "x")
    with open(tmp_path / "large.yaml", "wb") as file:
        file.truncate(70_000_000)
    (sentence,) = sources.load_folder(str(tmp_path))["large.yaml"].partial
    assert sentence.endswith("has more than 64,000,000 bytes, so it was not read to its end")


LARGE = {
    "event.json": ["invoke", "function.json:F", "--event", "event.json"],
    "plan.json": ["deploy", "--plan", "plan.json"],
    "code/.gitignore": ["package", "function.json", "--dry-run"],
    "code/requirements.txt": ["package", "function.json", "--dry-run"],
    "values.json": ["diff", "fine.json", "fine.json", "--parameters", "values.json"],
    "t.json": ["validate", "t.json"],
    "pyproject.toml": ["validate", "fine.json"],
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_file_is_not_read_to_its_end(tmp_path: Path, name: str) -> None:
    (tmp_path / "fine.json").write_text(TOPIC % "x")
    (tmp_path / "function.json").write_text((CODE % '"code"').replace("nodejs20.x", "python3.13"))
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text("def handler(event, context): ...\n")
    with open(tmp_path / name, "wb") as file:
        file.truncate(10_000_000_000)
    with in_time():
        result = run(*LARGE[name], cwd=tmp_path)
    assert result.returncode == 1
    assert "large" in result.stderr or "more than" in result.stderr or "limit" in result.stderr


def code_of_two(tmp_path: Path, code: str = "code/") -> tuple[Path, Path, Callable[[], object]]:
    """Two folders of code, and what a diff says of the code."""
    for side in ("old", "new"):
        (tmp_path / side / "code").mkdir(parents=True)
        (tmp_path / side / "code" / "index.py").write_text("def handler(event, context): ...\n")
        (tmp_path / side / "t.json").write_text(CODE % json.dumps(code))

    def said() -> object:
        with in_time():
            found = pyformation.diff(str(tmp_path / "old" / "t.json"), str(tmp_path / "new" / "t.json"))
        return [change.after for resource in found.resources for change in resource.changes]

    return tmp_path / "old" / "code", tmp_path / "new" / "code", said


def test_large_code_is_compared_in_pieces_or_may_have_changed(tmp_path: Path) -> None:
    old, new, said = code_of_two(tmp_path)
    for folder in (old, new):
        with open(folder / "data.bin", "wb") as file:
            file.truncate(100_000_000)
    tracemalloc.start()
    assert said() == []
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()
    with open(new / "data.bin", "r+b") as file:
        file.seek(99_999_999)
        file.write(b"x")
    assert said() == ["code/ (code changed: data.bin)"]
    os.truncate(old / "data.bin", 10_000_000_000)
    os.truncate(new / "data.bin", 10_000_000_000)
    more = "is not compared, as there are more than 1,073,741,824 bytes"
    assert said() == [f"code/ (may have changed: 'data.bin' {more})"]
    os.remove(new / "data.bin")
    os.link(old / "data.bin", new / "data.bin")
    assert said() == []  # It is one file.


def test_many_large_files_of_code_are_not_compared_for_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyformation.sources.contents.LARGEST", 15_000_000)
    old, new, said = code_of_two(tmp_path)
    for folder in (old, new):
        for number in range(100):
            with open(folder / f"{number:03}.bin", "wb") as file:
                file.truncate(10_000_000)
    assert "may have changed: '001.bin' is not compared" in str(said())


def test_code_that_cannot_be_packaged_may_have_changed(tmp_path: Path) -> None:
    _old, new, said = code_of_two(tmp_path)
    os.mkfifo(new / "pipe")
    assert said() == ["code/ (may have changed: 'pipe' cannot be packaged)"]
    (new / "index.py").write_text("")
    assert said() == ["code/ (code changed: index.py, pipe)"]


def test_code_that_is_a_pipe_is_an_error(tmp_path: Path) -> None:
    old, new, said = code_of_two(tmp_path, "code/pipe")
    os.mkfifo(old / "pipe")
    os.mkfifo(new / "pipe")
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        said()


def test_an_archive_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    """Its name says that it is a package that was made here."""
    _old, new, said = code_of_two(tmp_path)
    with zipfile.ZipFile(new / f"{'a' * 40}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(100_000_000))
    tracemalloc.start()
    assert said() == [f"code/ (code changed: {'a' * 40}.zip)"]
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


def test_requirements_of_many_empty_lines(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("\n" * 1_000_000)
    with in_time():
        assert requirements_of(str(tmp_path)) is not None


def test_pieces_of_a_text_are_read_together() -> None:
    text = ('{"x": "' + "é" * 100 + '", "\\u0052esources" : {}}').encode()
    assert all(
        folders.looks_like_template(text[start : start + size] for start in range(0, len(text), size))
        for size in (1, 2, 3, 7, 50)
    )


# ---------------------------------------------------------------------------------------------
# What is no file

PIPES: dict[str, list[str]] = {
    "t.json": ["validate", "t.json"],
    "diffed.json": ["diff", "fine.json", "diffed.json"],
    "folder/t.yaml": ["diff", "folder", "folder"],
    "folder/u.template": ["validate", "folder"],
    "folder/stack.py": ["validate", "folder", "--modules"],
    "converted.yaml": ["convert", "converted.yaml"],
    "drawn.yaml": ["graph", "drawn.yaml"],
    "rendered.yaml": ["render", "rendered.yaml"],
    "values.json": ["diff", "fine.json", "fine.json", "--parameters", "values.json"],
    "resolved.json": ["diff", "fine.json", "fine.json", "--resolved", "resolved.json"],
    "case.json": ["validate", "fine.json", "--case", "prod=case.json"],
    "policy.py": ["validate", "fine.json", "--policy", "policy.py"],
    "stack.py": ["render", "stack.py"],
    "event.json": ["invoke", "function.json:F", "--event", "event.json"],
    "code/pipe": ["package", "function.json", "--dry-run"],
    "code/.gitignore": ["package", "function.json", "--dry-run"],
    "code/requirements.txt": ["package", "function.json", "--dry-run"],
    "child.json": ["package", "nesting.json", "--output-dir", "made"],
    "plan.json": ["deploy", "--plan", "plan.json"],
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", PIPES)
def test_a_pipe_is_no_file(tmp_path: Path, name: str) -> None:
    """Whoever opens it waits without end."""
    (tmp_path / "fine.json").write_text(TOPIC % "x")
    (tmp_path / "function.json").write_text((CODE % '"code"').replace("nodejs20.x", "python3.13"))
    (tmp_path / "nesting.json").write_text(NESTED % '"child.json"')
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.json").write_text(TOPIC % "x")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text("def handler(event, context): ...\n")
    os.mkfifo(tmp_path / name)
    with in_time():
        result = run(*PIPES[name], cwd=tmp_path)
    assert result.returncode == 1, result.stdout
    assert name.rpartition("/")[2] in result.stderr or name == "code/requirements.txt"
    assert len(result.stderr.splitlines()) == 1


def test_what_a_shell_hands_over_is_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, (TOPIC % "x").encode())
    os.close(writing)
    (found,) = sources.load(f"/dev/fd/{reading}")
    os.close(reading)
    assert found.data["Resources"]


# ---------------------------------------------------------------------------------------------
# Patterns of files, which come with a repository

STARS: dict[str, list[tuple[str, bool]]] = {
    "*a" * 20 + "*b": [("a" * 250, False), ("a" * 20 + "b", True), ("x/" + "a" * 30 + "xb/y", True)],
    "**/a/" * 10 + "b": [("a/" * 2_000 + "c", False), ("a/" * 12 + "b", True), ("x/" + "a/y/" * 10 + "b", False), ("x/" + "a/y/" * 10 + "a/b", True)],
    "x/**/a*a*b/**/c*c*d": [("x/" + "a" * 250 + "/c", False), ("x/y/aab/z/ccd", True), ("x/aab/ccd", True)],
    "*.py[co]": [("a.b.pyc", True), ("d/a.pyd", False)],
    "a*b*/**": [("axbx/c", True), ("axbx", False)],
    "[!x]*y*z": [("ayz", True), ("xyz", False)],
}  # fmt: skip


@pytest.mark.parametrize("pattern", STARS)
def test_patterns_of_files_are_answered_in_time(pattern: str) -> None:
    """Also where google-re2 is not installed."""
    pathspec = pytest.importorskip("pathspec")
    (made,) = pathspec.GitIgnoreSpec.from_lines([pattern]).patterns
    expression = contents._in_one_way(made.regex)
    with in_time():
        assert [(path, expression.search(path) is not None) for path, _ in STARS[pattern]] == STARS[pattern]


# ---------------------------------------------------------------------------------------------
# Files that a template names

NESTED = '{"Resources": {"N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": %s}}}}'
CODE = '{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "nodejs20.x", "Code": %s}}}}'
SECRET = "hunter2-hunter2"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside that of the template, which has a link to it."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "t.json").write_text(TOPIC % SECRET)
    (folder / ".env").write_text(f"PASSWORD={SECRET}\nx: [\n")
    (folder / "index.js").write_text(f"// {SECRET}\n")
    inside = tmp_path / "inside" / "sub"
    inside.mkdir(parents=True)
    os.symlink(folder, inside / "linked")
    os.symlink(folder / "t.json", inside / "link.json")
    for place in (inside, inside.parent):
        (place / "before.json").write_text(NESTED % '"old.json"')
        (place / "old.json").write_text(TOPIC % "old")
    return folder


def said(found: pyformation.Diff) -> str:
    return " ".join(
        formats.DIFF[name].write(found, formats.View(True, False, True))
        for name in ("text", "html", "json", "markdown", "changeset", "sarif")
    )


@pytest.mark.parametrize(
    "path",
    [
        "../../outside/t.json",
        "{outside}/t.json",
        "linked/t.json",
        "link.json",
        "./x/../linked/../linked/t.json",
    ],
)
@pytest.mark.parametrize("repository", [False, True])
def test_a_nested_template_outside_of_the_root_is_not_read(
    outside: Path, path: str, repository: bool
) -> None:
    folder = outside.parent / "inside" / "sub"
    if repository:
        (folder.parent / ".git").mkdir()
        (folder.parent / "t.json").write_text(TOPIC % "in the repository")
    path = path.format(outside=outside)
    (folder / "a.json").write_text(NESTED % json.dumps(path))
    found = pyformation.diff(folder / "before.json", folder / "a.json")
    root = folder.parent if repository else folder
    why = f"{path!r} is outside of {str(root)!r}, which --allow-outside DIR allows"
    assert found.partial == (f"the template of N was not read, so the changes inside are not known: {why}",)
    assert SECRET not in said(found)
    allowed = pyformation.diff(folder / "before.json", folder / "a.json", allow_outside=[str(outside)])
    assert SECRET in said(allowed)
    assert not allowed.partial
    (folder / "b.json").write_text(NESTED % '"../t.json"')
    assert bool(pyformation.diff(folder / "before.json", folder / "b.json").partial) is not repository


def test_the_root_is_that_of_the_named_file_for_all_that_it_nests(outside: Path) -> None:
    folder = outside.parent / "inside"
    (folder / "top.json").write_text(NESTED % '"sub/a.json"')
    (folder / "sub" / "a.json").write_text(NESTED % '"../other.json"')
    (folder / "other.json").write_text(TOPIC % "other")
    found = pyformation.diff(folder / "before.json", folder / "top.json")
    assert not found.partial
    (folder / "other.json").write_text(NESTED % '"../outside/t.json"')
    found = pyformation.diff(folder / "before.json", folder / "top.json")
    (sentence,) = found.partial
    assert "'../outside/t.json' is outside of" in sentence
    assert SECRET not in said(found)
    link = folder / "link.json"
    os.symlink(folder / "top.json", link)  # The user names it, wherever it leads.
    assert pyformation.diff({}, link).resources


@pytest.mark.parametrize("source", ["a.json", "git:HEAD:a.json"])
@pytest.mark.parametrize(
    "path",
    ["../outside/t.json", "{outside}/t.json", "sub/linked/t.json", "sub/link.json", "/t.json", "/a.json"],
)
def test_a_nested_template_of_a_revision(
    outside: Path, source: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = outside.parent / "inside"
    monkeypatch.chdir(folder)
    git(folder, "init", "--quiet")
    commit(folder, {"a.json": NESTED % json.dumps(path.format(outside=outside))})
    found = pyformation.diff("before.json", source)
    assert found.partial
    assert SECRET not in said(found)


@pytest.mark.parametrize("name", [".env", "data.json", "broken.json"])
def test_what_is_no_template_is_not_quoted(tmp_path: Path, name: str) -> None:
    text = {
        ".env": f"{SECRET}: [\n",
        "data.json": json.dumps({"password": SECRET, "Outputs": {"O": {"Value": SECRET}}}),
        "broken.json": f'{{"Resources": {{"{SECRET}": "{SECRET}" "{SECRET}"',
    }[name]
    (tmp_path / name).write_text(text)
    (tmp_path / "a.json").write_text(NESTED % json.dumps(name))
    try:
        told = said(pyformation.diff({}, tmp_path / "a.json"))
        assert f"{name!r} is not a template" in pyformation.diff({}, tmp_path / "a.json").partial[0]
    except pyformation.DocumentError as error:
        told = str(error)
        assert "the template of a nested stack, cannot be read" in told
    assert SECRET not in told


@pytest.mark.parametrize("path", ["../../outside", "{outside}/index.js", "linked", "linked/index.js"])
def test_code_outside_of_the_root_is_neither_read_nor_packaged(
    outside: Path, path: str, tmp_path: Path
) -> None:
    folder = outside.parent / "inside" / "sub"
    path = path.format(outside=outside)
    for name in ("a", "b"):
        (folder / f"{name}.json").write_text(CODE % json.dumps(path if name == "b" else "other"))
    (folder / "other").mkdir()
    (folder / "other" / "index.js").write_text("")
    found = pyformation.diff(folder / "a.json", folder / "b.json")
    (sentence,) = found.partial
    assert sentence == (
        f"Code of F, {path!r}, is outside of {str(folder)!r}, which --allow-outside DIR allows, so whether its content "
        "changes is not known"
    )
    made = tmp_path / "made"
    package = ["package", str(folder / "b.json"), "--output-dir", str(made)]
    refused = run(*package)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert (
        f"Code, {path!r}, is outside of {str(folder)!r}, which --allow-outside DIR allows" in refused.stderr
    )
    assert not any(made.glob("*.zip"))
    allowed = run(*package, "--allow-outside", outside)
    assert allowed.returncode == 0, allowed.stderr
    assert any(made.glob("*.zip"))


def test_a_nested_template_outside_of_the_root_is_not_packaged(outside: Path, tmp_path: Path) -> None:
    folder = outside.parent / "inside" / "sub"
    (folder / "a.json").write_text(NESTED % '"linked/t.json"')
    refused = run("package", folder / "a.json", "--output-dir", tmp_path / "made")
    assert refused.returncode == 1
    assert "TemplateURL, 'linked/t.json', is outside of" in refused.stderr
    assert SECRET not in "".join(path.read_text() for path in (tmp_path / "made").iterdir())


def test_a_program_may_name_any_file(outside: Path) -> None:
    folder = outside.parent / "inside" / "sub"
    (folder / "stack.py").write_text(
        "from pyformation import Asset, Stack\nfrom pyformation.aws import lambda_, iam\n\n\nclass S(Stack):\n"
        "    f = lambda_.Function(runtime='nodejs20.x', handler='index.h', role='arn:aws:iam::123456789012:role/r', "
        "code=Asset('../../outside'))\n"
    )
    (folder / "a.json").write_text(CODE % '"other"')
    assert not pyformation.diff(folder / "a.json", folder / "stack.py").partial


NEEDED = {
    "-r ../../outside/requirements.txt": True, "-c../../outside/c.txt": True, "-e {outside}": True, "../../outside": True, "./linked": True,
    "--requirement=/etc/passwd": True, "package @ file://{outside}/x.whl": True, "file:{outside}": True, "~/package": True,
    "${{HOME}}/package": True, "--find-links ~/wheels": False, "-f {outside}": False, "sub/../../../outside/x.zip ; python_version > '3'": True,
    "requests==2.32.0": False, "requests @ https://example.com/a/b.whl": False, "--index-url https://${{TOKEN}}@example.com/": False,
    "./mine": False, "-r other.txt": False, "# ../../outside": False, "git+https://example.com/a/b.git@v1": False, "--only-binary :all:": False,
}  # fmt: skip


@pytest.mark.parametrize("line", NEEDED)
def test_packages_of_a_template_are_not_outside_of_the_root(outside: Path, line: str) -> None:
    folder = outside.parent / "inside" / "sub"
    (folder / "src" / "mine").mkdir(parents=True)
    os.symlink(outside, folder / "src" / "linked")
    (folder / "src" / "requirements.txt").write_text(f"six\n-r more.txt\n{line.format(outside=outside)}\n")
    (folder / "src" / "more.txt").write_text("-r requirements.txt\n")
    (folder / "src" / "other.txt").write_text("")
    (template,) = sources.load(str(write_code(folder)))
    found = [path for path in local_paths(str(folder / "src")) if not template.may_read(path)]
    assert bool(found) is NEEDED[line]
    if found:
        result = run("package", "code.json", cwd=folder)
        assert "which the packages of 'src' need, is outside of" in result.stderr
        assert result.returncode == 1


def write_code(folder: Path) -> Path:
    path = folder / "code.json"
    path.write_text((CODE % '"src"').replace("nodejs20.x", "python3.13"))
    return path


def test_projects_of_a_lock_file_are_not_outside_of_the_root(outside: Path) -> None:
    folder = outside.parent / "inside" / "sub"
    (folder / "src").mkdir()
    (folder / "src" / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\n")
    (folder / "src" / "uv.lock").write_text(
        "version = 1\n[[package]]\nname = 'evil'\nversion = '1'\nsource = { editable = '../../../outside' }\n"
    )
    write_code(folder)
    result = run("package", "code.json", cwd=folder)
    assert "which the packages of 'src' need, is outside of" in result.stderr
