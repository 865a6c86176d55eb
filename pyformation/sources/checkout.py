"""The files of a commit written to a folder, as git would write them, but without the programs that it would run.

Line ends are converted as settings and ``.gitattributes`` ask. What a filter would make of a file (Git LFS is one) is
not known; such files are written as git stores them.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ..errors import SourceError
from . import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .git import Entry, Objects

# A file of a megabyte may be gigabytes when it is unpacked, and have many names.
_MOST_BYTES = 2_000_000_000
_ATTRIBUTES = ("filter", "working-tree-encoding", "ident", "text", "crlf", "eol")
# Characters that a Mac leaves out of names; ``.g\u200cit`` is ``.git`` there.
_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
# Other names of .git on Windows: its short name, and what stands behind it there. Git refuses these everywhere.
_GIT = re.compile(r"(?:\.git|git~1)[ .]*(?:[:\\].*)?", re.IGNORECASE | re.DOTALL)
_MODULES = re.compile(r"\.gitmodules[ .]*(?::.*)?", re.IGNORECASE | re.DOTALL)


def refuses(name: str, kind: str) -> bool:
    """Whether git refuses to write an entry with that name, as ``verify_path`` does."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        return True
    if os.name == "nt" and ("\\" in name or ":" in name):
        return True
    plain = _IGNORED.sub("", name)
    return bool(_GIT.fullmatch(plain)) or (kind == "link" and bool(_MODULES.fullmatch(plain)))


def write(objects: Objects, entries: Iterable[tuple[str, Entry]], target: str, what: str) -> list[str]:
    """Write entries, folders before what is in them, to a new folder; the paths of the files.

    Nothing is written through a link or over another file, as everything is new and links come last.
    `what` names the commit in errors.
    """
    os.mkdir(target)
    files: list[tuple[str, Entry]] = []
    links: list[tuple[str, Entry]] = []
    for path, entry in entries:
        if refuses(path.rpartition("/")[2], entry.kind):
            raise SourceError(f"{what} has {path!r}, a path that git refuses to write")
        if entry.kind in ("file", "link"):
            (files if entry.kind == "file" else links).append((path, entry))
            continue
        try:
            os.mkdir(os.path.join(target, path))
        except (OSError, ValueError) as error:
            raise _not_written(what, path, error) from None
    contents = objects.files((entry.id for _, entry in files), _MOST_BYTES)
    for (path, entry), pieces in zip(files, contents, strict=True):
        try:
            with open(
                os.open(os.path.join(target, path), _NEW, 0o777 if entry.executable else 0o666), "wb"
            ) as file:
                file.writelines(pieces)
        except (OSError, ValueError) as error:
            raise _not_written(what, path, error) from None
    for path, entry in links:
        try:
            os.symlink(objects.read(entry.id, "blob"), os.fsencode(os.path.join(target, path)))
        except (OSError, ValueError) as error:
            raise _not_written(what, path, error) from None
    return [path for path, _ in files]


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _not_written(what: str, path: str, error: Exception) -> SourceError:
    return SourceError(f"cannot write {path!r} of {what}: {getattr(error, 'strerror', None) or error}")


# ---------------------------------------------------------------------------------------------
# Attributes


def attributes(root: str, folder: str, paths: Iterable[str]) -> dict[str, dict[str, str]]:
    """What the ``.gitattributes`` in a folder, and those of the repository at `root`, say of paths in the folder."""
    wanted = list(paths)
    around = {
        "GIT_DIR": git.line(root, "rev-parse", "--absolute-git-dir"),
        "GIT_WORK_TREE": folder,
        "GIT_INDEX_FILE": os.path.join(os.path.dirname(folder), "no index"),
    }
    request = b"".join(os.fsencode(path) + b"\0" for path in wanted)
    answer = git.output(folder, "check-attr", "-z", "--stdin", *_ATTRIBUTES, given=request, around=around)
    words = [os.fsdecode(word) for word in answer.split(b"\0")[:-1]]
    expected = [(path, name) for path in wanted for name in _ATTRIBUTES]
    if [*zip(words[::3], words[1::3], strict=False)] != expected or len(words) != 3 * len(expected):
        raise SourceError(f"git answered other things than it was asked in {root!r}")
    found: dict[str, dict[str, str]] = {path: {} for path in wanted}
    for path, name, value in zip(words[::3], words[1::3], words[2::3], strict=True):
        if value != "unspecified":
            found[path][name] = value
    return found


def unfiltered(said: Mapping[str, str]) -> str | None:
    """What git would do to a file with these attributes, and is not done here; None where that is nothing."""
    if (name := said.get("filter", "unset")) not in ("unset", "set"):
        return f"the filter {name!r}"
    if said.get("working-tree-encoding", "unset") not in ("unset", "set"):
        return "its encoding in the working tree"
    return "its keyword $Id$" if said.get("ident") == "set" else None


def convert_line_ends(root: str, folder: str, said: Mapping[str, Mapping[str, str]]) -> None:
    """Write CRLF to the files in a folder that have it in the working tree.

    https://git-scm.com/docs/gitattributes#_eol
    """
    answer = git.run(root, "config", "-z", "--get-regexp", r"^core\.(autocrlf|eol)$").stdout.decode(
        errors="replace"
    )
    given: dict[str, str] = {}
    for pair in answer.split("\0")[:-1]:
        key, equals, value = pair.partition("\n")
        given[key] = value.lower() if equals else "true"
    automatic = given.get("core.autocrlf", "false")
    end = given.get("core.eol", "native").replace("native", "crlf" if os.name == "nt" else "lf")
    if automatic in ("true", "yes", "on", "1"):
        end = "crlf"
    elif automatic == "input":
        end = "lf"
    for path, about in said.items():
        text = about.get("text", about.get("crlf"))
        unsaid = text is None and "eol" not in about
        if text in ("unset", "input") or (unsaid and automatic in ("false", "no", "off", "0")):
            continue
        if about.get("eol", end) == "crlf":
            _write_crlf(os.path.join(folder, path), careful=unsaid or text == "auto")


def _write_crlf(path: str, careful: bool) -> None:
    """Convert a file; if `careful`, only one that is text, and that has no other line ends already."""
    with open(path, "rb") as file:
        content = file.read()
    plain = content.replace(b"\r\n", b"")
    if b"\n" not in plain or (careful and (b"\r\n" in content or b"\r" in plain or _is_binary(plain))):
        return
    with open(path, "wb") as file:
        file.write(re.sub(rb"(?<!\r)\n", b"\r\n", content))


# The same judgment as git's: a NUL, or more than one in 128 that is not printable.
_UNPRINTABLE = bytes([*{*range(32)} - {*b"\b\t\n\r\x1b\f"}, 127])


def _is_binary(content: bytes) -> bool:
    strange = len(content) - len(content.translate(None, _UNPRINTABLE))
    return b"\0" in content or (len(content) - strange) >> 7 < strange
