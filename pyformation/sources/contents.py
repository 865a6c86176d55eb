"""What belongs to a local folder: its files and links, without caches and what ``.gitignore`` leaves out."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ..errors import MissingExtraError, SourceError, how_to_install
from ..files import read as read_file
from .entries import LARGEST, Entry, is_package, same_content

# Nobody deploys these: caches, version control, what editors and operating systems leave.
_NEVER = """
__pycache__ .git .hg .svn .bzr .gitignore .gitattributes .gitmodules .hgignore .DS_Store Thumbs.db .idea .vscode .venv .tox
.nox .mypy_cache .pytest_cache .ruff_cache .hypothesis .ipynb_checkpoints .coverage .aws-sam
""".split()
_NEVER_ENDS = (".pyc", ".pyo", ".swp", "~")
_NEVER_FOLDERS_ENDS = (".egg-info",)
_TESTS = ("tests/", "test/", "test_*.py", "*_test.py", "conftest.py")
INSTALL = how_to_install("lambda")


@attrs.frozen
class Contents:
    """The entries of a folder, sorted by path; how many files and folders ``.gitignore`` and the patterns left out.

    `refused` says by path why something cannot be packaged, which is an error where contents are strict.
    """

    entries: tuple[Entry, ...]
    ignored: int = 0
    excluded: int = 0
    refused: Mapping[str, str] = attrs.field(factory=dict[str, str])
    unread: bool = False  # There is a .gitignore, and nothing that can read it.


# A file of patterns.
_LARGEST = 1_000_000
_DEEPEST = 200
# What stands for ``*``, ``**/`` and ``/**/`` in the expression of a pattern, and what stands for one character.
_STAR, _BEFORE, _BETWEEN = "[^/]*", "(?:.+/)?", "(?:/.+)?"
_STAR_AND_MORE = re.compile(
    r"\[\^/\]\*((?:\\.|\[\^?\]?(?:\\.|[^\]\\])*\](?![*+])|[^\\\[\](){}.*+?|^$/])+)(?=(?:\\.|[^/])*?\[\^/\]\*)",
    re.DOTALL,
)


def _in_one_way(expression: re.Pattern[str]) -> re.Pattern[str]:
    """The expression of a pattern, without its many ways to match: where a star is not the last one, the first place
    where the rest fits is as good as any other. ``*a*a*a*b`` would take minutes for a long name."""
    text = expression.pattern
    end = text.rfind("(?:(?P<ps_d>/)|$)")
    if text.count(_STAR) + text.count(_BETWEEN) < 2 or end < 0:
        return expression
    first, *others = text[:end].removeprefix("^").split(_BETWEEN)
    parts = [_STAR_AND_MORE.sub(rf"(?>{_STAR}?\1)", part) for part in (first, *others)]
    middle = "".join(f"(?>(?:/.+?)??{part}(?=/))" for part in parts[1:-1])
    if others:
        start = parts[0]
        if start.startswith(_BEFORE):
            start = f"(?>(?:.+?/)??{start.removeprefix(_BEFORE)}(?=/))"
        whole = f"^{start}{middle}{_BETWEEN}{parts[-1]}"
    else:
        whole = f"^{parts[0]}"
    try:
        return re.compile(whole + text[end:], expression.flags)
    except re.error:
        return expression


class _Rules:
    """The patterns that count in a folder, of the last file first."""

    def __init__(self, exclude: Sequence[str], strict: bool) -> None:
        self.strict = strict
        self.unread = False
        self.own = self._compiled(exclude) if exclude else None
        self.files: list[tuple[str, Any]] = []

    def _compiled(self, lines: Sequence[str]) -> Any:
        try:
            import pathspec
        except ImportError:
            if self.strict:
                raise MissingExtraError(f"patterns of files need the package pathspec: {INSTALL}") from None
            self.unread = True
            return None
        found: Any = pathspec.GitIgnoreSpec.from_lines(lines)
        patterns: list[Any] = list(found.patterns)
        for pattern in patterns:
            if pattern.regex is not None:
                pattern.regex = _in_one_way(pattern.regex)
        return found

    def read(self, folder: str) -> int:
        """Add the ``.gitignore`` of a folder; how many there are now."""
        path = os.path.join(folder, ".gitignore")
        if not os.path.isfile(path) and (os.path.isdir(path) or not os.path.lexists(path)):
            return len(self.files)
        try:
            found = self._compiled(read_file(path, largest=_LARGEST).decode(errors="replace").splitlines())
        except SourceError:
            if self.strict:  # What it leaves out may be secret.
                raise
            self.unread = True
            return len(self.files)
        if found is not None:
            self.files.append((os.path.join(folder, ""), found))
        return len(self.files)

    def forget_if_ignored(self, folder: str) -> None:
        """What leaves out the whole folder, as a repository does with one that is built, counts no more: it was named."""
        if self._verdict(folder, is_folder=True):
            self.files.clear()

    def leave_out(self, path: str, below: str, is_folder: bool) -> str | None:
        """What leaves a path out: the word for it, or None."""
        if self.own is not None:
            verdict = self.own.check_file(f"{below}/" if is_folder else below).include
            if verdict is not None:
                return "excluded" if verdict else None
        return "ignored" if self._verdict(path, is_folder) else None

    def _verdict(self, path: str, is_folder: bool) -> bool:
        """Whether the last file that says something of a path leaves it out."""
        end = "/" if is_folder else ""
        for folder, spec in reversed(self.files):
            verdict = spec.check_file(path[len(folder) :].replace(os.sep, "/") + end).include
            if verdict is not None:
                return bool(verdict)
        return False


def contents(
    path: str,
    exclude: Sequence[str] = (),
    *,
    root: str | None = None,
    without_tests: bool = False,
    strict: bool = True,
) -> Contents:
    """The files of a folder, or the one file that `path` is.

    `exclude` are patterns as in a ``.gitignore``, which win over those files; ``!pattern`` takes back what one of
    them leaves out. `root` is the folder above which no ``.gitignore`` counts: that of the repository where it is
    None. `strict` refuses links that lead out of the folder and what is no file, and fails where patterns cannot be read.
    Raises `SourceError` for what cannot be read.
    """
    if os.path.isfile(path):
        return Contents((_file(path, os.path.basename(path)),))
    if not os.path.isdir(path):
        if os.path.exists(path):
            _file(path, path)  # A pipe or a device.
        raise SourceError(f"the folder {path!r} does not exist")
    rules = _Rules([*(_TESTS if without_tests else ()), *exclude], strict)
    folder = os.path.abspath(path)
    for above in _folders_above(folder, root):
        rules.read(above)
    rules.forget_if_ignored(folder)
    counts = {"ignored": 0, "excluded": 0}
    refused: dict[str, str] | None = None if strict else {}
    found = list(_walk(folder, folder, "", rules, counts, refused))
    found.sort(key=lambda entry: entry.path)
    return Contents(tuple(found), counts["ignored"], counts["excluded"], refused or {}, rules.unread)


def _folders_above(folder: str, root: str | None) -> list[str]:
    """The folders of the repository around a folder, the outermost first; none where there is no repository."""
    found: list[str] = []
    if root is not None and os.path.join(folder, "").startswith(os.path.join(root, "")):
        while folder != root:
            folder = os.path.dirname(folder)
            found.append(folder)
        return found[::-1]
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return []
        folder = above
        found.append(folder)
    return found[::-1]


def _walk(
    top: str, folder: str, below: str, rules: _Rules, counts: dict[str, int], refused: dict[str, str] | None
) -> Iterator[Entry]:
    outside = len(rules.files)
    try:
        found = list(os.scandir(folder))
    except OSError as error:
        raise SourceError(f"cannot read {folder!r}: {error.strerror}") from None
    if below.count("/") > _DEEPEST:
        raise SourceError(f"{top!r} has folders in each other, more than {_DEEPEST}")
    written = {entry.path for entry in found if is_package(entry.path)}
    if written and folder != top:
        return  # Packages and their template: another one would hold the last one.
    if any(entry.name == ".gitignore" for entry in found):
        rules.read(folder)
    for entry in found:
        name = entry.name
        path = below + name
        is_link = entry.is_symlink()
        is_folder = not is_link and entry.is_dir()
        if name in _NEVER or (
            name.endswith(_NEVER_FOLDERS_ENDS) or os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))
            if is_folder
            else name.endswith(_NEVER_ENDS) or entry.path in written
        ):
            continue
        why = rules.leave_out(entry.path, path, is_folder)
        if why is not None:
            counts[why] += 1  # Also for a folder: to count the files in it can take longer than all the rest.
        elif is_folder:
            yield from _walk(top, entry.path, f"{path}/", rules, counts, refused)
        elif is_link:
            yield _link(top, entry.path, path, refused is None)
        else:
            try:
                yield _file(entry.path, path)
            except SourceError:
                if refused is None:
                    raise
                refused[path] = f"{path!r} cannot be packaged"
    del rules.files[outside:]


def _file(path: str, below: str) -> Entry:
    try:
        about = os.stat(path)
    except OSError as error:
        raise SourceError(f"cannot read {path!r}: {error.strerror}") from None
    if not stat.S_ISREG(about.st_mode):
        raise SourceError(f"{path!r} is neither a file nor a folder nor a link, so it cannot be packaged")
    if not below.isascii():
        try:
            below.encode()
        except UnicodeEncodeError:
            raise SourceError(f"the name of {path!r} is not UTF-8") from None
    return Entry(below, path, about.st_size, bool(about.st_mode & 0o111))


def _link(top: str, path: str, below: str, strict: bool) -> Entry:
    where = os.path.dirname(path)
    real = os.path.realpath(path)
    inside = os.path.realpath(top)
    if strict and not os.path.exists(path):
        raise SourceError(f"the symbolic link {path!r} leads to {os.readlink(path)!r}, which does not exist")
    if strict and real != inside and not real.startswith(os.path.join(inside, "")):
        raise SourceError(
            f"the symbolic link {path!r} leads out of the folder, to {real!r}; copy the file instead"
        )
    target = os.readlink(path)
    if os.path.isabs(target):
        target = os.path.relpath(real, os.path.realpath(where))
    return Entry(below, path, 0, False, target.replace(os.sep, "/"))


def differing(before: Contents, after: Contents) -> dict[str, str]:
    """The paths that two folders do not have in common, or whose content or mode differs; with the reason where that is
    not known for sure, otherwise with nothing."""
    old, new = ({entry.path: entry for entry in side.entries} for side in (before, after))
    found: dict[str, str] = {}
    left = LARGEST
    for path in sorted(old.keys() | new.keys()):
        one, other = old.get(path), new.get(path)
        if one is None or other is None or _about(one) != _about(other):
            found[path] = ""
            continue
        try:
            same = same_content(one, other, left)
        except (SourceError, OSError):
            found[path] = f"{_name(one)} cannot be read"
            continue
        if same is None:
            found[path] = f"{_name(one)} is not compared, as there are more than {LARGEST:,} bytes"
            continue
        left -= one.size if one.size <= left else 0  # It is one file, which was not read.
        if not same:
            found[path] = ""
    return {**found, **before.refused, **after.refused}


def _about(entry: Entry) -> tuple[int, bool, str | None]:
    return entry.size, entry.executable, entry.target


def _name(entry: Entry) -> str:
    return repr(entry.path or os.path.basename(entry.source))
