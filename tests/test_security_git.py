"""Hostile repositories: reading a revision starts no program, writes nothing elsewhere, and mixes up no names.

docs/security.md lists the settings of git that name a program; each that can be tried here is a row of `PROGRAMS`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, in_time

from pyformation import SourceError, sources
from pyformation.prediction import diff, diff_directories
from pyformation.sources import revisions

TOPIC = '{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "%s"}}}}'
STACK = "from pyformation import Stack\nfrom pyformation.aws import sns\n\n\nclass S(Stack):\n    topic = sns.Topic()\n"
ENVIRONMENT = {
    **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.com",
    "GIT_COMMITTER_NAME": "Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.com",
}


def git(folder: Path, *arguments: str, given: bytes = b"", check: bool = True) -> str:
    result = subprocess.run(
        ["git", *arguments], cwd=folder, input=given, capture_output=True, check=check, env=ENVIRONMENT
    )
    return os.fsdecode(result.stdout.strip())


def repository(folder: Path, files: dict[str, str | bytes]) -> Path:
    """A repository with one commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    if files:
        commit(folder, files)
    return folder


def commit(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    git(folder, "add", "--all", ".")
    git(folder, "commit", "--quiet", "-m", "change")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    yield
    for known in (revisions._root, revisions._revision):
        known.cache_clear()


# ---------------------------------------------------------------------------------------------
# Settings that name a program

# A setting, and the command of git that shows that it is run. None: it needs a terminal, a newer git or a program of
# its own, so only the former half of the test can be tried.
PROGRAMS: list[tuple[str, list[str] | None]] = [
    ("core.fsmonitor", ["status"]),
    ("core.pager", None),
    ("pager.cat-file", None),
    ("pager.rev-parse", None),
    ("core.editor", ["commit", "--allow-empty"]),
    ("sequence.editor", None),
    ("core.sshCommand", ["fetch", "ssh://nowhere.invalid/x"]),
    ("core.gitProxy", ["fetch", "git://nowhere.invalid/x"]),
    ("core.askPass", None),
    ("core.alternateRefsCommand", None),
    ("credential.helper", ["credential", "fill"]),
    ("gpg.program", ["commit", "--allow-empty", "-S", "-m", "x"]),
    ("gpg.ssh.program", None),
    ("gpg.ssh.defaultKeyCommand", None),
    ("diff.external", ["diff", "HEAD~1"]),
    ("diff.evil.command", ["diff", "--ext-diff", "HEAD~3", "--", "other.json"]),
    ("diff.evil.textconv", ["log", "-p", "--", "other.json"]),
    ("interactive.diffFilter", None),
    ("merge.evil.driver", None),
    ("mergetool.evil.cmd", None),
    ("difftool.evil.cmd", None),
    ("filter.evil.smudge", ["checkout-index", "--all", "--force"]),
    ("filter.evil.clean", ["add", "--renormalize", "t.json"]),
    ("filter.evil.process", ["checkout-index", "--all", "--force"]),
    ("tar.evil.command", ["archive", "--format=evil", "HEAD"]),
    ("trailer.evil.command", ["interpret-trailers", "--trailer", "evil=x"]),
    ("trailer.evil.cmd", ["interpret-trailers", "--trailer", "evil=x"]),
    ("alias.ls-tree", None),
    ("alias.cat-file", None),
    ("alias.evil", ["evil"]),
    ("remote.origin.uploadpack", ["fetch", "origin"]),
    ("remote.origin.receivepack", ["push", "origin", "HEAD:x"]),
    ("remote.origin.vcs", None),
    ("uploadpack.packObjectsHook", None),
    ("submodule.sub.update", ["submodule", "update", "--init"]),
    ("browser.evil.cmd", None),
    ("man.evil.cmd", None),
    ("guitool.evil.cmd", None),
    ("sendemail.tocmd", None),
    ("imap.tunnel", None),
    ("hook.evil.command", None),
    ("includeIf.gitdir:**.path", ["checkout-index", "--all", "--force"]),
]
HOOKS = ["post-index-change", "post-checkout", "pre-auto-gc", "reference-transaction", "fsmonitor-watchman"]


def traps(folder: Path, ran: Path, rows: list[str]) -> None:
    """Let settings and hooks of a repository leave a file each where they are run."""
    ran.mkdir()
    for key in rows:
        value = str(program(ran, key))
        value = f"!{value}" if key.startswith(("alias.", "submodule.", "credential.")) else value
        value = "included" if key.startswith("includeIf.") else value
        git(folder, "config", key, value)
    for key, value in (("commit.gpgSign", "false"), ("gc.auto", "1"), ("maintenance.auto", "true")):
        git(folder, "config", key, value)
    for hook in HOOKS:
        path = folder / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        program(ran, hook).rename(path)
    included = folder / ".git" / "included"
    included.write_text(f'[filter "included"]\n\tsmudge = "{program(ran, "includeIf.gitdir:**.path")}"\n')


def program(ran: Path, name: str) -> Path:
    """A program that leaves a file with its name."""
    path = ran.parent / f"{ran.name}-{name.replace('*', 'x').replace(':', '-')}"
    path.write_text(f"#!/bin/sh\ntouch '{ran}/{name}'\n")
    path.chmod(0o755)
    return path


def two_commits(folder: Path) -> Path:
    made = repository(folder, {"t.json": TOPIC % "one", "other.json": TOPIC % "one", "stack.py": STACK})
    commit(made, {"t.json": TOPIC % "two", "other.json": TOPIC % "two"})
    commit(
        made,
        {".gitattributes": "t.json filter=evil\nother.json diff=evil merge=evil\nstack.py filter=included\n"},
    )
    return made


def looks(folder: Path) -> None:
    """Everything that reads a revision."""
    (found,) = sources.load(f"git:HEAD:{folder}/t.json")
    assert found.data["Resources"]["T"]["Properties"] == {"DisplayName": "two"}
    assert sorted(sources.load_folder(f"git:HEAD:{folder}", modules=False)) == ["other.json", "t.json"]
    diff(sources.at_head(f"{folder}/t.json"), f"{folder}/t.json")
    diff_directories(f"git:HEAD~1:{folder}", str(folder), modules=False)
    (module,) = sources.load(f"git:HEAD:{folder}/stack.py")
    assert list(module.data["Resources"]) == ["Topic"]
    with pytest.raises(SourceError, match="revision 'mian' does not exist; did you mean 'main'"):
        sources.load(f"git:mian:{folder}/t.json")


def test_no_setting_and_no_hook_of_a_repository_is_run(tmp_path: Path) -> None:
    folder = two_commits(tmp_path / "repository")
    ran = tmp_path / "ran"
    traps(folder, ran, [key for key, _ in PROGRAMS])
    looks(folder)
    assert os.listdir(ran) == []


def test_no_setting_of_a_submodule_is_run(tmp_path: Path) -> None:
    inner = two_commits(tmp_path / "inner")
    outer = repository(tmp_path / "outer", {"stack.py": STACK})
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    commit(outer, {})
    ran = tmp_path / "ran"
    settings = outer / ".git" / "modules" / "sub"
    for key in (key for key, _ in PROGRAMS if not key.startswith("includeIf.")):
        git(settings, "--git-dir=.", "config", key, str(program(ran, key)))
    ran.mkdir()
    (module,) = sources.load(f"git:HEAD:{outer}/stack.py")
    assert module.data
    assert sorted(sources.load_folder(f"git:HEAD:{outer}", modules=False)) == ["sub/other.json", "sub/t.json"]
    assert os.listdir(ran) == []


def test_the_page_on_security_lists_them() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    for key, _ in PROGRAMS:
        first, *rest = key.split(".", 1)
        _, dot, last = rest[0].rpartition(".") if first != "includeIf" else ("x", ".", "path")
        general = f"{first}.<name>{dot}{last}" if dot else f"{first}.<name>"
        assert f"`{key}`" in page or f"`{general}`" in page, key


@pytest.mark.slow
def test_git_itself_runs_them(tmp_path: Path) -> None:
    """The traps are set: without this, the test above could not fail."""
    folder = two_commits(tmp_path / "repository")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{git(folder, 'rev-parse', 'HEAD')},sub")
    commit_of_sub = git(folder, "rev-parse", "HEAD")
    (folder / ".gitmodules").write_text(f'[submodule "sub"]\n\tpath = sub\n\turl = {folder}\n')
    git(folder, "add", ".gitmodules")
    git(folder, "commit", "--quiet", "-m", f"submodule at {commit_of_sub}")
    git(folder, "remote", "add", "origin", str(folder))
    quiet: list[str] = []
    for number, (key, command) in enumerate(PROGRAMS):
        if command is None:
            continue
        copy = tmp_path / f"copy{number}"
        subprocess.run(["cp", "-r", folder, copy], check=True)
        ran = tmp_path / f"ran{number}"
        traps(copy, ran, [key])
        if key == "submodule.sub.update":
            git(copy, "-c", "protocol.file.allow=always", "submodule", "update", "--init", check=False)
        request = b"protocol=https\nhost=nowhere.invalid\n\n" if "credential" in command else b""
        git(copy, "-c", "protocol.file.allow=always", *command, given=request, check=False)
        if key not in os.listdir(ran):
            quiet.append(key)
    assert quiet == [], quiet


# ---------------------------------------------------------------------------------------------
# Objects that are missing, and repositories among the files of another one


def partial_clone(folder: Path, ran: Path) -> None:
    """Let a repository claim that an object that it lacks can be had from a remote, which is a program."""
    for key, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", f"ext::touch {ran}"),
        ("protocol.ext.allow", "always"),
        ("protocol.allow", "always"),
    ):
        git(folder, "config", key, value)
    missing = git(folder, "rev-parse", "HEAD:t.json")
    (folder / ".git" / "objects" / missing[:2] / missing[2:]).unlink()


def test_a_missing_object_is_not_fetched(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repository", {"t.json": TOPIC % "one", "stack.py": STACK})
    ran = tmp_path / "ran"
    partial_clone(folder, ran)
    for source in (f"git:HEAD:{folder}/t.json", f"git:HEAD:{folder}/stack.py"):
        with pytest.raises(
            SourceError, match=r"the partial clone .* lacks the object .*, and nothing is fetched for you"
        ):
            sources.load(source)
    with pytest.raises(SourceError, match="lacks the object"):
        sources.load_folder(f"git:HEAD:{folder}", modules=False)
    assert not ran.exists()
    git(folder, "cat-file", "-p", "HEAD:t.json", check=False)
    assert ran.exists()  # git runs it.


def test_a_damaged_object_is_an_error(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repository", {"t.json": TOPIC % "one"})
    broken = git(folder, "rev-parse", "HEAD:t.json")
    path = folder / ".git" / "objects" / broken[:2] / broken[2:]
    path.chmod(0o644)
    path.write_bytes(b"x" * 100)
    with pytest.raises(SourceError, match="git cannot read the object"):
        sources.load(f"git:HEAD:{folder}/t.json")


@pytest.mark.parametrize("kind", ["bare", "with a working tree"])
def test_a_repository_among_the_files_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Its settings came with the files."""
    inner = repository(tmp_path / "inner", {"t.json": TOPIC % "one"})
    ran = tmp_path / "ran"
    partial_clone(inner, ran)
    files: dict[str, str | bytes] = {"sub/t.json": TOPIC % "one"}
    for path in (inner / ".git").rglob("*"):
        if path.is_file() and "hooks" not in path.parts:
            files[f"sub/{path.relative_to(inner / '.git')}"] = path.read_bytes()
    files["sub/refs/keep"] = ""
    outer = repository(tmp_path / "outer", files)
    git(outer / "sub", "--git-dir=.", "config", "core.bare", "true" if kind == "bare" else "false")
    if kind != "bare":
        git(outer / "sub", "--git-dir=.", "config", "core.worktree", ".")
    monkeypatch.chdir(outer)
    for source in ("sub/t.json", "sub"):
        with pytest.raises(SourceError, match="git refuses: cannot use bare repository"):
            sources.load(sources.at_head(source))
    (found,) = sources.load("git:HEAD:sub/t.json")  # The outer repository, which the current folder is in.
    assert found.data["Resources"]
    assert not ran.exists()


def test_a_repository_that_surroundings_name_is_not_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook of another repository sets these."""
    folder = repository(tmp_path / "repository", {"a/t.json": TOPIC % "one"})
    other = repository(tmp_path / "other", {"a/t.json": TOPIC % "other"})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    monkeypatch.chdir(folder / "a")
    (found,) = sources.load("git:HEAD:t.json")
    assert found.data["Resources"]["T"]["Properties"] == {"DisplayName": "one"}


PIPES = [
    "HEAD", "config", "config.worktree", "packed-refs", "commondir", "refs/heads/main", "refs/heads/other", "shallow",
    "objects/info/alternates", "info/attributes", "info/grafts", "objects/pack/pack-x.idx",
]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("kind", ["a pipe", "a link to a device", "in a submodule"])
def test_git_is_not_asked_where_it_would_wait(tmp_path: Path, kind: str) -> None:
    folder = repository(tmp_path / "repository", {"t.json": TOPIC % "one", ".gitattributes": "* filter=x\n"})
    settings = folder / ".git"
    if kind == "in a submodule":
        outer = repository(tmp_path / "outer", {"stack.py": STACK})
        git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(folder), "sub")
        commit(outer, {})
        folder, settings = outer, outer / ".git" / "modules" / "sub"
    for name in PIPES:
        place, kept = settings / name, tmp_path / "kept"
        place.parent.mkdir(exist_ok=True)
        if place.exists():
            place.rename(kept)
        if kind == "a link to a device":
            place.symlink_to("/dev/zero")
        else:
            os.mkfifo(place)
        for known in (revisions._root, revisions._revision):
            known.cache_clear()
        with (
            in_time(5),
            pytest.raises(SourceError, match=f"git cannot be asked: .*{name}' is a pipe or a de"),
        ):
            sources.load_folder(f"git:HEAD:{folder}", modules=False)
        place.unlink()
        if kept.exists():
            kept.rename(place)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("setting", ["include.path", "core.attributesFile", "an object"])
def test_git_has_a_limit_of_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    folder = repository(tmp_path / "repository", {"t.json": TOPIC % "one", ".gitattributes": "* filter=x\n"})
    pipe = tmp_path / "pipe"
    if setting == "an object":
        blob = git(folder, "rev-parse", "HEAD:t.json")
        pipe = folder / ".git" / "objects" / blob[:2] / blob[2:]
        pipe.unlink()
    else:
        git(folder, "config", setting, str(pipe))
    os.mkfifo(pipe)
    monkeypatch.setattr("pyformation.sources.git.SECONDS", 0.3)
    with in_time(), pytest.raises(SourceError, match="git gave no answer"):
        sources.load(f"git:HEAD:{folder}/t.json")


def test_a_file_that_is_large_when_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository(tmp_path / "repository", {"t.json": TOPIC % "one", "stack.py": STACK})
    with open(folder / "a.yaml", "wb") as file:
        file.truncate(70_000_000)
    for number in range(3):
        (folder / f"b{number}.yaml").write_bytes(b" " * 9_000_000)
    commit(folder, {})
    found = sources.load_folder(f"git:HEAD:{folder}", modules=False)
    assert sorted(found) == ["a.yaml", "t.json"]
    assert (
        found["a.yaml"].partial[0].endswith("has more than 64,000,000 bytes, so it was not read to its end")
    )
    with pytest.raises(SourceError, match="has more than 8,000,000 bytes"):
        sources.load(f"git:HEAD:{folder}/a.yaml")
    monkeypatch.setattr("pyformation.sources.checkout._MOST_BYTES", 90_000_000)
    with pytest.raises(SourceError, match="are too large to be written elsewhere"):
        sources.load(f"git:HEAD:{folder}/stack.py")


# ---------------------------------------------------------------------------------------------
# Names

# A line of git's answers, or what ends one.
ODD = [
    "a\nb",
    "a\n",
    "\ta",
    'a"b',
    "a\\b",
    "a b ",
    "-a",
    ":a",
    "a:b",
    "*",
    "[a]",
    "\r",
    "caf\u00e9",
    "e\u0301",
    "\udcff\udcfe",
]


def test_names_hold_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, str | bytes] = {}
    for number, name in enumerate(ODD):
        files[f"{name}/t.json"] = TOPIC % f"in {number}"
        files[f"{name}.json"] = TOPIC % f"at {number}"
    folder = repository(tmp_path / "repository\n", {**files, "stack.py": STACK})
    monkeypatch.chdir(folder)
    found = sources.load_folder("git:HEAD:.", modules=False)
    assert {path: one.data["Resources"]["T"]["Properties"]["DisplayName"] for path, one in found.items()} == {
        path: text.split('DisplayName": "')[1].split('"')[0]
        for path, text in files.items()
        if isinstance(text, str)
    }
    for number, name in enumerate(ODD):
        assert list(sources.load_folder(f"git:HEAD:./{name}", modules=False)) == ["t.json"]
        if ":" not in name:
            (one,) = sources.load(f"git:HEAD:./{name}/t.json")
            assert one.data["Resources"]["T"]["Properties"]["DisplayName"] == f"in {number}"
    (module,) = sources.load("git:HEAD:stack.py")
    assert list(module.data["Resources"]) == ["Topic"]


def test_a_name_with_a_line_end_does_not_shift_the_answers(tmp_path: Path) -> None:
    """The names of the first folder are a request and an answer of ``git cat-file --batch``."""
    database = '{"Resources": {"Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"DBName": "%s"}}}}'
    odd = "a\nHEAD:z.json\nb"
    folder = repository(tmp_path / "repository", {f"{odd}/t.json": TOPIC % "x", "db.json": database % "one"})
    (folder / "db.json").write_text(database % "two")
    found = diff_directories(f"git:HEAD:{folder}", str(folder), modules=False)
    assert [(change.logical_id, change.replacement) for change in found["db.json"].resources] == [
        ("Db", "True")
    ]
    assert not found[f"{odd}/t.json"].resources


# ---------------------------------------------------------------------------------------------
# Trees


def tree(folder: Path, entries: list[tuple[str, str, bytes]]) -> str:
    """A tree with these entries (mode, object, name), written without git's own checks."""
    content = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(id) for mode, id, name in entries)
    return git(folder, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=content)


def blob(folder: Path, content: str) -> str:
    return git(folder, "hash-object", "-w", "--stdin", given=content.encode())


def revision_of(folder: Path, top: str) -> revisions.Revision:
    return revisions.Revision(str(folder), "it", git(folder, "commit-tree", top, "-m", "x"))


# fmt: off
REFUSED = [
    ".git", ".GIT", ".Git", "git~1", "GIT~1", ".git ", ".git.", ".git . .", ".git::$INDEX_ALLOCATION", ".git:x",
    ".git\\x", ".g\u200cit", "\ufeff.git", ".gi\u202et",
]
# fmt: on


@pytest.mark.parametrize("name", REFUSED)
def test_paths_that_git_refuses_are_not_written(tmp_path: Path, name: str) -> None:
    folder = repository(tmp_path / "repository", {"t.json": "{}"})
    text = blob(folder, "evil")
    inner = tree(folder, [("100644", text, b"config")])
    for top in (
        tree(folder, [("40000", inner, name.encode())]),
        tree(folder, [("100644", text, name.encode())]),
        tree(folder, [("40000", tree(folder, [("120000", text, name.encode())]), b"a")]),
    ):
        with pytest.raises(SourceError, match="a path that git refuses to write"):
            revision_of(folder, top).folder()
    link = tree(folder, [("120000", text, b".gitmodules")])
    with pytest.raises(SourceError, match="a path that git refuses to write"):
        revision_of(folder, link).folder()


@pytest.mark.parametrize("name", ["a/b", "../a", "/a", "", ".", ".."])
def test_a_tree_that_git_does_not_make_is_an_error(tmp_path: Path, name: str) -> None:
    folder = repository(tmp_path / "repository", {"t.json": "{}"})
    for entries in (
        [("100644", blob(folder, "evil"), name.encode())],
        [("120000", blob(folder, "/tmp"), b"a"), ("100644", blob(folder, "evil"), b"a")],
        [("777", blob(folder, "evil"), b"a")],
        [("170000", blob(folder, "evil"), b"a")],
    ):
        revision = revision_of(folder, tree(folder, entries))
        for work in (revision.folder, lambda r=revision: r.below(""), lambda r=revision: r.read(["a"])):
            with pytest.raises(SourceError, match="is malformed"):
                work()


def test_links_are_written_as_links_and_nothing_is_written_through_them(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repository", {"t.json": "{}"})
    outside = tmp_path / "outside"
    outside.mkdir()
    inner = tree(folder, [("100644", blob(folder, "evil"), b"x")])
    top = tree(folder, [("120000", blob(folder, str(outside)), b"a"), ("100755", blob(folder, "run"), b"run"), ("40000", inner, b"sub")])  # fmt: skip
    written = Path(revision_of(folder, top).folder())
    assert os.readlink(written / "a") == str(outside)
    assert os.access(written / "run", os.X_OK)
    assert not os.access(written / "sub" / "x", os.X_OK)
    assert list(outside.iterdir()) == []
    revision = revision_of(folder, top)
    assert revision.read(["a/x", "sub/../../outside/x", "sub/x"]) == {"sub/x": b"evil"}
    assert (revision.kind("a"), revision.kind("a/x"), revision.kind("sub")) == ("file", "file", "folder")


def test_links_inside_a_revision_are_followed(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repository", {"a/b/t.json": TOPIC % "x", "shared/u.json": TOPIC % "y"})
    for name, target in (
        ("a/b/shared", "../../shared"), ("here", "a/./b/../b"), ("loop", "loop"), ("gone", "nowhere"), ("deep", "here/shared/u.json"),
    ):  # fmt: skip
        os.symlink(target, folder / name)
    commit(folder, {})
    revision = revisions.Revision(str(folder), "HEAD", git(folder, "rev-parse", "HEAD"))
    kinds = {
        path: revision.kind(path) for path in ("here", "here/t.json", "deep", "loop", "gone", "gone/x", "x")
    }
    assert kinds == {"here": "folder", "here/t.json": "file", "deep": "file", "loop": "file", "gone": "file", "gone/x": "file", "x": None}  # fmt: skip
    assert set(revision.read(["here/t.json", "here/shared/u.json", "deep", "loop", "gone"])) == {
        "here/t.json",
        "here/shared/u.json",
        "deep",
    }
    assert revision.below("here/shared") == ["here/shared/u.json"]


def test_a_tree_that_contains_another_one_many_times_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "_MOST", 2_000)
    folder = repository(tmp_path / "repository", {"t.json": "{}"})
    top = tree(folder, [("100644", blob(folder, "x"), b"x")])
    for _ in range(10):
        top = tree(folder, [("40000", top, f"d{number}".encode()) for number in range(10)])
    revision = revision_of(folder, top)
    for work in (revision.folder, lambda: revision.below("")):
        with pytest.raises(SourceError, match="has more than 2,000 files"):
            work()
    top = tree(folder, [("100644", blob(folder, "x"), b"x")])
    for _ in range(30):
        top = tree(folder, [("40000", top, b"d" * 200)])
    with pytest.raises(SourceError, match="has a path of more than 4,096 characters"):
        revision_of(folder, top).folder()


# ---------------------------------------------------------------------------------------------
# What git would do to a file on its way to the working tree

FILTERED = {
    "a.json filter=evil": "the filter 'evil'",
    "*.json filter=lfs diff=lfs merge=lfs -text": "the filter 'lfs'",
    "*.json working-tree-encoding=latin1": "its encoding in the working tree",
    "[attr]kept filter=evil\na.json kept": "the filter 'evil'",
    "*.json -filter": None,
    "*.md filter=evil": None,
}


@pytest.mark.parametrize("attributes", FILTERED)
def test_what_a_filter_would_make_of_a_template_is_said(tmp_path: Path, attributes: str) -> None:
    folder = repository(
        tmp_path / "repository", {"sub/a.json": TOPIC % "one", ".gitattributes": "", "stack.py": STACK}
    )
    commit(folder, {".gitattributes": f"{attributes}\n"})
    (folder / "sub" / "a.json").write_text(TOPIC % "two")
    what = FILTERED[attributes]
    expected = (
        () if what is None else (f"git:HEAD:sub/a.json was read as git stores it: {what} was not applied",)
    )
    assert diff(f"git:HEAD:{folder}/sub/a.json", f"{folder}/sub/a.json").partial == expected
    assert (
        diff_directories(f"git:HEAD:{folder}", str(folder), modules=False)["sub/a.json"].partial == expected
    )
    revision = revisions.Revision(str(folder), "HEAD", git(folder, "rev-parse", "HEAD"))
    assert (Path(revision.folder()) / "sub" / "a.json").read_text() == TOPIC % "one"
    assert revision.unfiltered.get("sub/a.json") == what


def test_what_a_filter_would_make_of_code_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    function = '{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "src"}}}}'
    folder = repository(
        tmp_path / "repository",
        {
            "t.json": function,
            "src/a.bin": "pointer",
            "src/b.py": "x",
            "stack.py": STACK,
            ".gitattributes": "",
        },
    )
    commit(folder, {".gitattributes": "*.bin filter=lfs\n"})
    (folder / "src" / "a.bin").write_text("content")
    (change,) = diff(f"git:HEAD:{folder}/t.json", f"{folder}/t.json").resources
    said = "src (may have changed: git would apply the filter 'lfs', and that was not done)"
    assert change.changes[0].after == said
    (folder / "src" / "b.py").write_text("y")
    (change,) = diff(f"git:HEAD:{folder}/t.json", f"{folder}/t.json").resources
    assert change.changes[0].after == "src (code changed: a.bin, b.py)"
    sources.load(f"git:HEAD:{folder}/stack.py")
    note = "note: 1 file is as git stores it: the filters of .gitattributes were not applied\n"
    assert capfd.readouterr().err == note


def test_a_pointer_of_git_lfs_is_no_template_and_no_missing_one(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    folder = repository(tmp_path / "repository", {"a.json": pointer, ".gitattributes": "*.json filter=lfs\n"})
    with pytest.raises(SourceError, match=r"git:HEAD:a\.json is stored in Git LFS"):
        sources.load(f"git:HEAD:{folder}/a.json")
    with pytest.raises(SourceError, match=r"\bneither .* nor .* has a template"):
        diff_directories(str(folder), str(folder))
    sentence = "git:HEAD:a.json is stored in Git LFS, and the revision has only its pointer"
    assert diff_directories(f"git:HEAD:{folder}", str(folder), modules=False)["a.json"].partial == (sentence,)
    (folder / "a.json").write_text(TOPIC % "whole")
    with pytest.raises(SourceError, match=sentence):
        diff_directories(f"git:HEAD:{folder}", str(folder), modules=False)


@pytest.mark.parametrize(
    "settings",
    [
        {"core.autocrlf": "true"},
        *(
            pytest.param(other, marks=pytest.mark.slow)
            for other in ({}, {"core.autocrlf": "input"}, {"core.eol": "crlf"})
        ),
    ],
)
def test_line_ends_are_those_that_git_writes(tmp_path: Path, settings: dict[str, str]) -> None:
    texts = {"plain": b"a\nb\n", "mixed": b"a\r\nb\n", "dos": b"a\r\nb\r\n", "mac": b"a\rb\n", "binary": b"a\0\nb\n", "none": b"ab"}  # fmt: skip
    kinds = [
        "",
        "text",
        "-text",
        "text=auto",
        "eol=crlf",
        "eol=lf",
        "text=auto eol=crlf",
        "crlf=input",
        "-crlf",
    ]
    files: dict[str, str | bytes] = {
        f"{number}/{name}": text for number in range(len(kinds)) for name, text in texts.items()
    }
    lines = "".join(f"{number}/* {kind}\n" for number, kind in enumerate(kinds) if kind)
    folder = repository(tmp_path / "repository", {})
    for name, text in files.items():
        id = git(
            folder,
            "hash-object",
            "-w",
            "--no-filters",
            "--stdin",
            given=text if isinstance(text, bytes) else b"",
        )
        git(folder, "update-index", "--add", "--cacheinfo", f"100644,{id},{name}")
    git(folder, "update-index", "--add", "--cacheinfo", f"100644,{blob(folder, lines)},.gitattributes")
    git(folder, "commit", "--quiet", "-m", "x")
    for key, value in settings.items():
        git(folder, "config", key, value)
    git(folder, "checkout-index", "--all", "--force")
    revision = revisions.Revision(str(folder), "HEAD", git(folder, "rev-parse", "HEAD"))
    written = Path(revision.folder())
    assert {name: (written / name).read_bytes() for name in files} == {
        name: (folder / name).read_bytes() for name in files
    }
