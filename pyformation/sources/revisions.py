"""Files at a revision of a git repository; the working tree is never touched, and nothing of the repository runs.

A file is read from git's object store. A program also needs its siblings, so for it the whole revision is
written to a temporary folder. A submodule that is checked out has its content at the revision; any other is an
empty folder.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
from functools import cache, cached_property
from itertools import islice
from typing import NamedTuple

from ..errors import SourceError, did_you_mean
from ..files import regular, repository_of
from . import git
from .git import PIECE, Entry, Objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# A tree can contain another one many times, so that a few objects make billions of paths.
_MOST = 1_000_000
_LONGEST = 4_096
_LINKS = 40
_ATTRIBUTES = 1_000_000


class _Found(NamedTuple):
    """What a path leads to: an entry at a place of a revision; a link if that is broken."""

    revision: Revision
    place: str
    entry: Entry


class Revision:
    """A commit of the repository at `root`; `name` is what the user calls it."""

    def __init__(self, root: str, name: str, commit: str) -> None:
        self.root = root
        self.name = name
        self.commit = commit
        self.unfiltered: dict[str, str] = {}
        """What git would do to files of `folder`, and was not done, by their path in it."""
        self._folder: str | None = None
        self._tree_id: str | None = None
        self._trees: dict[str, dict[str, Entry]] = {}
        self._inner: dict[str, Revision | None] = {}
        self._found: dict[str, _Found | None] = {}

    @cached_property
    def paths(self) -> dict[str, None]:
        """Every file of the revision, relative to the root."""
        return dict.fromkeys(self.below(""))

    def kind(self, path: str) -> str | None:
        """``file`` or ``folder``, or None if the path does not exist at the revision."""
        (found,) = self._look_up([path])
        if found is None:
            return None
        return "folder" if found.entry.kind in ("folder", "submodule") else "file"

    def below(self, folder: str) -> list[str]:
        """The files in a folder, relative to the root."""
        (found,) = self._look_up([folder])
        if found is None or found.entry.kind != "folder":
            return []
        prefix = "" if folder in ("", ".") else f"{folder}/"
        return [prefix + path for path in found.revision._files(found.place, found.entry.id)]

    def read(self, paths: Sequence[str], largest: int | None = None) -> dict[str, bytes | None]:
        """The content of files, None for one that is larger than `largest`.

        Links are followed inside the revision, and broken ones are left out.
        """
        files: dict[Revision, dict[str, str]] = {}
        for path, found in zip(paths, self._look_up(paths), strict=True):
            if found is not None and found.entry.kind == "file":
                files.setdefault(found.revision, {})[path] = found.entry.id
        contents: dict[str, bytes | None] = {}
        for revision, ids in files.items():
            with Objects(revision.root) as objects:
                contents.update(zip(ids, objects.read_all(ids.values(), "blob", largest), strict=True))
        return {path: contents[path] for path in paths if path in contents}

    def search(self, path: str, look: Callable[[Iterable[bytes]], bool], most: int) -> bool | None:
        """Whether `look`, which is given the content of a file in pieces, finds something in it; None where it finds
        nothing in the first bytes and there are more than `most`."""
        (found,) = self._look_up([path])
        if found is None or found.entry.kind != "file":
            return False
        with Objects(found.revision.root) as objects:
            size, pieces = objects.pieces(found.entry.id)
            there = look(islice(pieces, most // PIECE))
            objects.abandon()
            return there or (None if size > most else False)

    def links(self, folder: str) -> dict[str, str | None]:
        """The links to folders in a folder, and where each leads in the revision; None for one that leads out of it."""
        (top,) = self._look_up([folder])
        if top is None or top.entry.kind != "folder" or top.revision is not self:
            return {}
        prefix = "" if folder in ("", ".") else f"{folder}/"
        with Objects(self.root) as objects:
            links = [path for path, e in self._entries(objects, top.entry.id) if e.kind == "link"]
        places: dict[str, str | None] = {}
        for path, found in zip(links, self._look_up([prefix + path for path in links]), strict=True):
            if found is not None and found.entry.kind == "folder":
                places[prefix + path] = found.place
            elif os.path.isdir(os.path.join(self.root, prefix + path)):
                places[prefix + path] = None
        return places

    def filtered(self, paths: Sequence[str]) -> dict[str, str]:
        """What git would do to files on their way to the working tree, and is not done to what is read, by path."""
        if not paths:
            return {}
        folders = {path[:end] for path in paths for end, letter in enumerate(path) if letter == "/"}
        names = [".gitattributes", *(f"{folder}/.gitattributes" for folder in folders)]
        texts = {name: text or b"" for name, text in self.read(names, _ATTRIBUTES).items()}
        own = os.path.join(self.root, git.line(self.root, "rev-parse", "--git-path", "info/attributes"))
        if os.path.isfile(own):
            with open(own, "rb", opener=regular) as file:
                texts[""] = file.read(_ATTRIBUTES)
        if not any(word in text for text in texts.values() for word in (b"filter", b"encoding", b"ident")):
            return {}
        from .checkout import attributes, unfiltered

        tree = os.path.join(_temporary(), "tree")
        os.mkdir(tree)
        for name, text in texts.items():
            if name:
                place = os.path.join(tree, name)
                os.makedirs(os.path.dirname(place), exist_ok=True)
                with open(place, "xb") as file:
                    file.write(text)
        said = attributes(self.root, tree, paths)
        return {path: what for path, about in said.items() if (what := unfiltered(about)) is not None}

    def folder(self) -> str:
        """A temporary folder with all files of the revision, which is deleted when the process ends."""
        if self._folder is None:
            folder = os.path.join(_temporary(), "tree")
            self._write(folder)
            self._folder = folder
        return self._folder

    def _write(self, target: str) -> None:
        from .checkout import attributes, convert_line_ends, unfiltered, write

        with Objects(self.root) as objects:
            top = self._top(objects)
            files = write(objects, self._entries(objects, top), target, f"git:{self.name}")
        said = attributes(self.root, target, files)
        convert_line_ends(self.root, target, said)
        for path, about in said.items():
            if (what := unfiltered(about)) is not None:
                self.unfiltered[path] = what
        for path, inner in self._submodules("", top):
            place = os.path.join(target, path)
            os.rmdir(place)
            inner._write(place)
            self.unfiltered.update((f"{path}/{below}", what) for below, what in inner.unfiltered.items())

    # -- trees

    def _look_up(self, paths: Iterable[str]) -> list[_Found | None]:
        with Objects(self.root) as objects:
            for path in paths:
                if path not in self._found:
                    self._found[path] = self._find(objects, path)
        return [self._found[path] for path in paths]

    def _find(self, objects: Objects, path: str) -> _Found | None:
        """What a path leads to through links and submodules; the link where one of them is broken."""
        rest = path.split("/")[::-1]
        above: list[tuple[str, Entry]] = [("", Entry("folder", self._top(objects)))]
        broken: _Found | None = None
        links = 0
        while rest:
            part = rest.pop()
            place, here = above[-1]
            if part in ("", "."):
                continue
            if here.kind == "submodule":
                rest.append(part)
                break
            if part == "..":
                above.pop()
                if not above:
                    return broken
                continue
            entry = self._tree(objects, here.id).get(part) if here.kind == "folder" else None
            if entry is None:
                return broken
            if entry.kind == "link":
                broken = broken or _Found(self, f"{place}{part}", entry)
                links += 1
                (target,) = objects.read_all([entry.id], "blob", _LONGEST)
                if target is None or links > _LINKS or target.startswith(b"/"):
                    return broken
                rest += os.fsdecode(target).split("/")[::-1]
            else:
                above.append((f"{place}{part}/", entry))
        place, here = above[-1]
        if here.kind == "submodule" and (inner := self._submodule(place.rstrip("/"), here.id)) is not None:
            (found,) = inner._look_up(["/".join(rest[::-1])])
            return found or broken
        return broken if rest else _Found(self, place.rstrip("/"), here)

    def _top(self, objects: Objects) -> str:
        if self._tree_id is None:
            self._tree_id = objects.tree_of(self.commit)
        return self._tree_id

    def _tree(self, objects: Objects, id: str) -> dict[str, Entry]:
        if id not in self._trees:
            self._trees[id] = objects.tree(id, objects.read(id, "tree"))
        return self._trees[id]

    def _entries(self, objects: Objects, top: str) -> Iterator[tuple[str, Entry]]:
        """All entries below a tree, each folder before what is in it."""
        level = [("", top)]
        count = 0
        while level:
            new = dict.fromkeys(id for _, id in level if id not in self._trees)
            for id, content in zip(new, objects.read_all(new, "tree"), strict=True):
                self._trees[id] = objects.tree(id, content or b"")
            deeper: list[tuple[str, str]] = []
            for prefix, id in level:
                for name, entry in self._trees[id].items():
                    path = prefix + name
                    count += 1
                    if count > _MOST:
                        raise SourceError(f"git:{self.name} has more than {_MOST:,} files")
                    if len(path) > _LONGEST:
                        raise SourceError(f"git:{self.name} has a path of more than {_LONGEST:,} characters")
                    yield path, entry
                    if entry.kind == "folder":
                        deeper.append((f"{path}/", entry.id))
            level = deeper

    def _files(self, place: str, top: str) -> list[str]:
        """The paths of files and links below a tree, and those in its submodules."""
        with Objects(self.root) as objects:
            found = [path for path, entry in self._entries(objects, top) if entry.kind in ("file", "link")]
        for path, inner in self._submodules(place, top):
            found += [f"{path}/{below}" for below in inner.paths]
        return found

    def _submodules(self, place: str, top: str) -> list[tuple[str, Revision]]:
        """The checked-out submodules below the tree at a place, by their path below it."""
        with Objects(self.root) as objects:
            listed = [(path, e.id) for path, e in self._entries(objects, top) if e.kind == "submodule"]
        found = ((path, self._submodule(f"{place}/{path}".lstrip("/"), commit)) for path, commit in listed)
        return [(path, inner) for path, inner in found if inner is not None]

    def _submodule(self, path: str, commit: str) -> Revision | None:
        """The revision of the submodule at a path, None where it is not checked out."""
        if path not in self._inner:
            root = os.path.join(self.root, path)
            self._inner[path] = None
            if os.path.realpath(root) == root and os.path.exists(os.path.join(root, ".git")):
                git.refuse_pipes(root)
                if git.run(root, "cat-file", "-e", f"{commit}^{{commit}}").returncode:
                    raise SourceError(
                        f"the submodule {path!r} does not have the commit that {self.name!r} refers to; fetch it there"
                    )
                self._inner[path] = Revision(root, self.name, commit)
        return self._inner[path]


def _temporary() -> str:
    """A new folder that is deleted when the process ends."""
    import tempfile

    try:
        base = os.path.realpath(tempfile.mkdtemp(prefix="pyformation-"))
    except OSError as error:
        raise SourceError(f"cannot make a temporary folder: {error.strerror}") from None
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return base


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
    repository = repository_of(folder)
    if repository is not None:
        git.refuse_pipes(repository)
    found = git.run(folder, "rev-parse", "--show-toplevel")
    if found.returncode:
        reason = found.stderr.decode(errors="replace").strip().splitlines()
        if "not a git repository" in str(reason):
            raise SourceError(f"not in a git repository: {folder}")
        raise SourceError(f"git refuses: {reason[0].removeprefix('fatal: ') if reason else folder}")
    return os.path.realpath(os.fsdecode(found.stdout.removesuffix(b"\n")))


@cache
def _revision(root: str, name: str) -> Revision:
    found = git.run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if name and not found.returncode:
        return Revision(root, name, found.stdout.decode().strip())
    known = git.output(root, "for-each-ref", "--format=%(refname:short)").decode(errors="replace").split()
    if not known and name == "HEAD":
        raise SourceError("the repository has no commit yet")
    hint = did_you_mean(name, [*known, "HEAD"])
    # A name may be misspelled; a relative revision or a hash may not have been fetched.
    way = re.search(r"[~^@]|^[0-9a-f]{4,40}$", name) is not None
    if (way or not hint) and git.output(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        hint = "; the clone is shallow, so it may have to be fetched"
    raise SourceError(f"revision {name!r} does not exist{hint}")
