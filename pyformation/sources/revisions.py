"""Files at a revision of a git repository; the working tree is never touched.

A file is read from git's object store. A program also needs its siblings, so for it the whole revision is
written to a temporary folder with a separate index: neither the user's index nor the list of worktrees
changes, and no hook runs. A submodule that is checked out has its content at the revision; any other is an
empty folder.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
from functools import cache, cached_property

from ..errors import SourceError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Revision:
    """A commit of the repository at `root`; `name` is what the user calls it."""

    def __init__(self, root: str, name: str, commit: str) -> None:
        self.root = root
        self.name = name
        self.commit = commit
        self._folder: str | None = None

    @cached_property
    def _listed(self) -> tuple[dict[str, None], dict[str, Revision]]:
        """The files and the checked-out submodules, by path."""
        listed = os.fsdecode(_git(self.root, "ls-tree", "-r", "-z", "--full-tree", self.commit))
        paths: dict[str, None] = {}
        submodules: dict[str, Revision] = {}
        for line in listed.split("\0")[:-1]:
            about, _, path = line.partition("\t")
            _, kind, commit = about.split(" ")
            root = os.path.join(self.root, path)
            if kind != "commit":
                paths[path] = None
            elif os.path.exists(os.path.join(root, ".git")):
                if _run(root, "cat-file", "-e", f"{commit}^{{commit}}").returncode:
                    raise SourceError(
                        f"the submodule {path!r} does not have the commit that {self.name!r} refers to; fetch it there"
                    )
                inner = submodules[path] = Revision(root, self.name, commit)
                paths.update((f"{path}/{below}", None) for below in inner.paths)
        return paths, submodules

    @property
    def paths(self) -> dict[str, None]:
        """Every file of the revision, relative to the root."""
        return self._listed[0]

    def _submodule(self, path: str) -> tuple[str, Revision] | None:
        """The path of the submodule that contains a path, and the submodule."""
        return next(
            ((own, found) for own, found in self._listed[1].items() if f"{path}/".startswith(f"{own}/")), None
        )

    def kind(self, path: str) -> str | None:
        """``file`` or ``folder``, or None if the path does not exist at the revision."""
        if path in ("", "."):
            return "folder"
        found = _run(self.root, "cat-file", "-t", f"{self.commit}:{path}")
        if found.returncode:
            inside = self._submodule(path)
            return None if inside is None else inside[1].kind(path[len(inside[0]) + 1 :])
        return {"blob": "file", "tree": "folder"}.get(found.stdout.decode().strip())

    def below(self, folder: str) -> list[str]:
        """The files in a folder, relative to the root."""
        prefix = "" if folder in ("", ".") else f"{folder}/"
        return [path for path in self.paths if path.startswith(prefix)]

    def read(self, paths: Sequence[str]) -> dict[str, bytes]:
        """The content of files; links are followed inside the revision, and broken ones are left out."""
        request = b"".join(os.fsencode(f"{self.commit}:{path}\n") for path in paths)
        answer = _git(self.root, "cat-file", "--batch", "--follow-symlinks", given=request)
        found: dict[str, bytes] = {}
        elsewhere: dict[str, list[str]] = {}
        start = 0
        for path in paths:
            end = answer.index(b"\n", start)
            words = answer[start:end].split()
            start = end + 1
            if len(words) == 3 and words[1] == b"blob":
                found[path] = answer[start : start + int(words[2])]
                start += int(words[2]) + 1
            elif words[:1] in ([b"symlink"], [b"dangling"], [b"loop"], [b"notdir"]) or len(words) == 3:
                start += int(words[-1]) + 1  # The name of the target, or a tree, follows.
            elif (inside := self._submodule(path)) is not None:
                elsewhere.setdefault(inside[0], []).append(path[len(inside[0]) + 1 :])
        for own, below in elsewhere.items():
            inner = self._listed[1][own].read(below)
            found.update((f"{own}/{path}", content) for path, content in inner.items())
        return found

    def folder(self) -> str:
        """A temporary folder with all files of the revision, which is deleted when the process ends."""
        if self._folder is None:
            import tempfile

            base = os.path.realpath(tempfile.mkdtemp(prefix="pyformation-"))
            atexit.register(shutil.rmtree, base, ignore_errors=True)
            self._folder = os.path.join(base, "tree")
            self._write(self._folder, os.path.join(base, "index"))
        return self._folder

    def _write(self, target: str, index: str) -> None:
        os.makedirs(target, exist_ok=True)
        git_folder = os.fsdecode(_git(self.root, "rev-parse", "--absolute-git-dir")).rstrip("\n")
        around = {"GIT_INDEX_FILE": index, "GIT_WORK_TREE": target, "GIT_DIR": git_folder}
        _git(target, "read-tree", self.commit, around=around)
        _git(target, "checkout-index", "--all", "--force", around=around)
        for number, (own, submodule) in enumerate(self._listed[1].items()):
            submodule._write(os.path.join(target, own), f"{index}-{number}")


def locate(revision: str, path: str, *, near: str | None = None) -> tuple[Revision, str]:
    """A revision, and a path relative to the root of its repository.

    The given path is relative to the root of the repository or to the current folder; ``./`` means the current
    folder. `near` is a folder of the repository to use instead of the current one.
    """
    here = os.path.realpath(near or os.getcwd())
    if os.path.isabs(path):
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        here = os.path.realpath(folder)
    found = _revision(_root(here), revision)
    if os.path.isabs(path):
        # A link to a file is looked up as a link, a link to a folder as its target.
        whole = os.path.isdir(path)
        inside = os.path.realpath(path if whole else os.path.dirname(path))
        inside = inside if whole else os.path.join(inside, os.path.basename(path))
        choices = [_inside(found, inside, path)]
    else:
        from_here = os.path.normpath(os.path.join(here, path))
        if path.split("/")[0] in (".", "..") or path == "":
            choices = [_inside(found, from_here, path)]
        else:
            choices = [os.path.normpath(path), _inside(found, from_here, path)]
    choices = [choice.replace(os.sep, "/").rstrip("/") for choice in dict.fromkeys(choices)]
    there = [choice for choice in dict.fromkeys(choices) if found.kind(choice) is not None]
    if len(there) > 1:
        raise SourceError(
            f"{path!r} at {revision!r} is ambiguous: {there[0]!r} relative to the repository or {there[1]!r} "
            f"relative to the current folder; write ./{path} for the latter, or a relative path to the former"
        )
    if not there:
        raise SourceError(f"{path!r} does not exist at revision {revision!r}{_hint(found, choices)}")
    return found, there[0]


def _hint(revision: Revision, choices: list[str]) -> str:
    if any(os.path.exists(os.path.join(revision.root, choice)) for choice in choices):
        return "; it exists in the working tree, so it was added later or is not committed"
    return next((hint for choice in choices if (hint := did_you_mean(choice, revision.paths))), "")


def _inside(revision: Revision, path: str, given: str) -> str:
    below = os.path.relpath(path, revision.root)
    if below.split(os.sep)[0] == "..":
        raise SourceError(f"{given!r} is outside the repository {revision.root}")
    return below


@cache
def _root(folder: str) -> str:
    found = _run(folder, "rev-parse", "--show-toplevel")
    if found.returncode:
        reason = found.stderr.decode(errors="replace").strip().splitlines()
        if "not a git repository" in str(reason):
            raise SourceError(f"not in a git repository: {folder}")
        raise SourceError(f"git refuses: {reason[0].removeprefix('fatal: ') if reason else folder}")
    return os.path.realpath(os.fsdecode(found.stdout).rstrip("\n"))


@cache
def _revision(root: str, name: str) -> Revision:
    found = _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if name and not found.returncode:
        return Revision(root, name, found.stdout.decode().strip())
    known = _git(root, "for-each-ref", "--format=%(refname:short)").decode(errors="replace").split()
    if not known and name == "HEAD":
        raise SourceError("the repository has no commit yet")
    hint = did_you_mean(name, [*known, "HEAD"])
    # A name may be misspelled; a relative revision or a hash may not have been fetched.
    way = re.search(r"[~^@]|^[0-9a-f]{4,40}$", name) is not None
    if (way or not hint) and _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        hint = "; the clone is shallow, so it may have to be fetched"
    raise SourceError(f"revision {name!r} does not exist{hint}")


def _git(
    folder: str, *arguments: str, given: bytes | None = None, around: dict[str, str] | None = None
) -> bytes:
    result = _run(folder, *arguments, given=given, around=around)
    if result.returncode:
        lines = result.stderr.decode(errors="replace").strip().splitlines()
        raise SourceError(f"git {arguments[0]} failed: {lines[-1] if lines else result.returncode}")
    return result.stdout


def _run(
    folder: str, *arguments: str, given: bytes | None = None, around: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    # Run neither the user's hooks nor helpers, do not wait for locks, and get messages in English.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", **(around or {})}
    quiet = ["-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false"]
    try:
        return subprocess.run(
            ["git", *quiet, *arguments],
            cwd=folder,
            env=environment,
            input=given if given is not None else b"",
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise SourceError("git is not installed, or not on the path") from None
