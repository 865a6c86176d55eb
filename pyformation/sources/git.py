"""git, called so that it starts no other program and connects to nothing, whatever a repository's settings say.

Only commands that read the object store are used; none of them needs a working tree, an index or a remote.
docs/security.md lists the settings that name a program, and why none of them counts.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import subprocess
import sys
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ..errors import SourceError, shown
from ..files import regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import IO

# They win over the settings of the repository.
_SETTINGS = (
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    # A repository that lies among the files of another one is not asked, as its settings come with the files.
    "safe.bareRepository=explicit",
    "protocol.allow=never",
)
_ENVIRONMENT = {
    # In a partial clone, git would fetch missing objects from a remote, with whatever program that names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",  # git before 2.45 does not know the former.
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# Set where pyformation runs in a hook; a folder decides which repository is meant.
_OF_ANOTHER_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


# Git waits without end where a file of a repository is a pipe. For each of our questions this is long.
SECONDS = 8.0
_MEMORY = 2_000_000_000


def _started(arguments: Sequence[str]) -> list[str]:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    return ["git", "--no-pager", *settings, *arguments]


def _environment(around: Mapping[str, str] | None) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in _OF_ANOTHER_REPOSITORY}
    return {**kept, **_ENVIRONMENT, **(around or {})}


def run(
    folder: str, *arguments: str, given: bytes = b"", around: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The result of a git command in a folder, whatever its status."""
    try:
        with _limited(
            subprocess.Popen(
                _started(arguments),
                cwd=folder,
                env=_environment(around),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        ) as process:
            try:
                out, err = process.communicate(given, SECONDS + len(given) / 1_000_000)
            except BaseException as error:
                process.kill()
                if isinstance(error, subprocess.TimeoutExpired):
                    raise _no_answer(folder) from None
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)
    except OSError as error:
        raise _not_started(folder, error) from None
    except ValueError:
        raise SourceError("the name of a revision cannot have the character NUL") from None


def output(
    folder: str, *arguments: str, given: bytes = b"", around: Mapping[str, str] | None = None
) -> bytes:
    """What a git command prints. Raises `SourceError` if it fails."""
    result = run(folder, *arguments, given=given, around=around)
    if result.returncode:
        lines = result.stderr.decode(errors="replace").strip().splitlines()
        raise SourceError(f"git {arguments[0]} failed: {lines[-1] if lines else result.returncode}")
    return result.stdout


def line(folder: str, *arguments: str) -> str:
    """The one line that a git command prints, which may be a path with line ends."""
    return os.fsdecode(output(folder, *arguments).removesuffix(b"\n"))


def _no_answer(folder: str) -> SourceError:
    return SourceError(
        f"git gave no answer in {folder!r} within {SECONDS:g} seconds; is something that it reads a pipe, and no file?"
    )


def _limited(process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """A process that gets so much memory, beside what it maps; it reads a device to the end, which has none."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):  # It has ended, or its limit is lower.
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    return process


def refuse_pipes(root: str) -> None:
    """Raise `SourceError` where git would read something of a repository that is no file."""
    for folder in _folders_of_git(root):
        names = [os.path.join(folder, name) for name in _READ]
        for below in ("refs", os.path.join("objects", "pack")):
            for above, _, files in os.walk(os.path.join(folder, below)):
                names += [os.path.join(above, name) for name in files]
                if len(names) > _MOST_NAMES:
                    break
        for name in names:
            try:
                mode = os.stat(name).st_mode
            except (OSError, ValueError):
                continue
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise SourceError(f"git cannot be asked: {name!r} is a pipe or a device, not a file")


# What each question reads, in the folder of the repository and in that of a working tree.
_READ = (
    "HEAD", "config", "config.worktree", "commondir", "gitdir", "packed-refs", "shallow", "info/attributes", "info/grafts",
    "objects/info/alternates", "objects/info/commit-graph",
)  # fmt: skip
_MOST_NAMES = 10_000


def _folders_of_git(root: str) -> Iterator[str]:
    """The folder of a repository, which a working tree or a submodule has elsewhere, and the one that it shares."""
    folder = os.path.join(root, ".git")
    if os.path.isfile(folder):
        folder = os.path.join(root, _first_line(folder).removeprefix("gitdir: "))
    yield folder
    shared = os.path.join(folder, "commondir")
    if os.path.isfile(shared):
        yield os.path.join(folder, _first_line(shared))


def _first_line(path: str) -> str:
    try:
        with open(path, "rb", opener=regular) as file:
            return os.fsdecode(file.readline(4_096).rstrip(b"\r\n"))
    except OSError:
        return ""


def _not_started(folder: str, error: OSError) -> SourceError:
    if isinstance(error, FileNotFoundError) and os.path.isdir(folder):
        return SourceError("git is not installed, or not on the path")
    return SourceError(f"git cannot run in {folder!r}: {error.strerror}")


# ---------------------------------------------------------------------------------------------
# Objects


class Entry(NamedTuple):
    """An entry of a tree: a ``file``, ``link``, ``folder`` or ``submodule``, and its object."""

    kind: str
    id: str
    executable: bool = False


_KINDS = {0o100000: "file", 0o120000: "link", 0o040000: "folder", 0o160000: "submodule"}
_MODE = re.compile(b"[0-7]{5,6}")
# Requests of so many objects fit into a pipe, so that git never waits for us while we wait for it.
_AT_ONCE = 500
PIECE = 1 << 20


class Objects:
    """The objects of a repository, asked for by ID: no name is part of a request or an answer. A context manager."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._process: subprocess.Popen[bytes] | None = None
        # Since when an answer is waited for.
        self._since: float | None = None
        self._late = False
        self._done = threading.Event()

    def __enter__(self) -> Objects:
        return self

    def __exit__(self, kind: object, *_error: object) -> None:
        self._done.set()
        process = self._process
        if process is None:
            return
        if kind is not None:
            process.kill()
        rest, _ = process.communicate()
        if rest and kind is None:
            raise SourceError(f"git answered more than it was asked in {self.root!r}")

    @cached_property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """Where requests go to, and answers come from; git is started when it is first asked."""
        try:
            self._process = process = _limited(
                subprocess.Popen(
                    _started(["cat-file", "--batch"]),
                    cwd=self.root,
                    env=_environment(None),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            )
        except OSError as error:
            raise _not_started(self.root, error) from None
        assert process.stdin is not None
        assert process.stdout is not None
        threading.Thread(target=self._watch, args=(process, self._done), daemon=True).start()
        return process.stdin, process.stdout

    def _watch(self, process: subprocess.Popen[bytes], done: threading.Event) -> None:
        """End git where it gives no answer."""
        while not done.wait(SECONDS / 20):
            since = self._since
            if since is not None and time.monotonic() - since > SECONDS:
                self._late = True
                process.kill()
                return

    def read_all(self, ids: Iterable[str], kind: str, largest: int | None = None) -> Iterator[bytes | None]:
        """The content of objects in their order; None for one that is larger than `largest`."""
        wanted = list(ids)
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            self._request(part)
            for number, one in enumerate(part, 1):
                size = self._size(one, kind)
                if largest is not None and size > largest:
                    self.abandon()
                    self._request(part[number:])
                    yield None
                else:
                    yield b"".join(self._pieces(one, size))

    def read(self, id: str, kind: str) -> bytes:
        """The content of an object."""
        (found,) = self.read_all([id], kind)
        assert found is not None
        return found

    def pieces(self, id: str) -> tuple[int, Iterator[bytes]]:
        """The size of a file and its content, to be read to the end before anything else or abandoned."""
        self._request([id])
        size = self._size(id, "blob")
        return size, self._pieces(id, size)

    def abandon(self) -> None:
        """End git with what it still has to say: a file of a megabyte may be gigabytes when it is unpacked."""
        process, self._process = self._process, None
        self._done.set()
        self._done = threading.Event()
        self.__dict__.pop("_pipes", None)
        if process is not None:
            process.kill()
            process.communicate()

    def files(self, ids: Iterable[str], most: int) -> Iterator[Iterator[bytes]]:
        """The contents of files in their order, each in pieces that are to be read to the end before the next. Raises
        `SourceError` where they have more bytes than `most`."""
        wanted = list(ids)
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            self._request(part)
            for one in part:
                size = self._size(one, "blob")
                most -= size
                if most < 0:
                    raise SourceError(
                        f"the files of a revision in {self.root!r} are too large to be written elsewhere; "
                        "'git worktree add' makes a folder of them"
                    )
                yield self._pieces(one, size)

    def tree(self, id: str, content: bytes) -> dict[str, Entry]:
        """The entries of a tree by name. Raises `SourceError` for one that git would not have made."""
        width = len(id) // 2
        found: dict[str, Entry] = {}
        start = 0
        while start < len(content):
            space = content.find(b" ", start)
            end = content.find(b"\0", space)
            mode, name = content[start:space], content[space + 1 : end]
            start = end + 1 + width
            if space < 0 or end < 0 or start > len(content) or not _MODE.fullmatch(mode):
                raise self._malformed(id)
            kind, key = _KINDS.get(int(mode, 8) & 0o170000), os.fsdecode(name)
            if kind is None or key in found or name in (b"", b".", b"..") or b"/" in name:
                raise self._malformed(id)
            found[key] = Entry(kind, content[end + 1 : start].hex(), bool(int(mode, 8) & 0o100))
        return found

    def tree_of(self, commit: str) -> str:
        """The tree of a commit."""
        first = self.read(commit, "commit").partition(b"\n")[0].decode("ascii", "replace")
        word, _, found = first.partition(" ")
        if word != "tree" or len(found) != len(commit):
            raise self._malformed(commit)
        return found

    def _request(self, ids: Iterable[str]) -> None:
        try:
            self._pipes[0].write("".join(f"{one}\n" for one in ids).encode("ascii"))
            self._pipes[0].flush()
        except OSError:
            pass  # git has ended, so there will be no answer.

    def _size(self, id: str, kind: str) -> int:
        answers = self._pipes[1]
        self._since = time.monotonic()
        head = answers.readline(200)
        self._since = None
        if self._late:
            raise _no_answer(self.root)
        words = head.decode("ascii", "replace").split()
        if words == [id, "missing"] or not head:
            raise self._missing(id)
        if words[:2] != [id, kind] or len(words) != 3 or not words[2].isdigit():
            raise SourceError(f"expected the {kind} {id} from git, found {shown(' '.join(words))}")
        return int(words[2])

    def _pieces(self, id: str, size: int) -> Iterator[bytes]:
        while size:
            piece = self._pipes[1].read(min(size, PIECE))
            if not piece:
                raise self._missing(id)
            size -= len(piece)
            yield piece
        if self._pipes[1].read(1) != b"\n":
            raise SourceError(f"git's answer for {id} has another length than it says")

    def _missing(self, id: str) -> SourceError:
        partial = run(
            self.root, "config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$"
        )
        if partial.returncode == 0:
            return SourceError(
                f"the partial clone {self.root!r} lacks the object {id}, and nothing is fetched for you; if you trust "
                f"the repository, run 'git cat-file -p {id}' in it"
            )
        return SourceError(f"git cannot read the object {id} in {self.root!r}; 'git fsck' says more")

    def _malformed(self, id: str) -> SourceError:
        return SourceError(f"the object {id} in {self.root!r} is malformed; 'git fsck' says more")
