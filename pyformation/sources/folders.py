"""The template files in a folder, of the working tree or of a revision: none is left out without a word.

A file counts if its text has a key that only templates have, however that is written; what counts and cannot be read
is an error.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

import attrs

from ..errors import SourceError
from ..files import regular, repository_of

if TYPE_CHECKING:
    from typing import BinaryIO

    from .revisions import Revision

LARGEST = 8_000_000
# So much of a larger file is searched.
_SEARCHED = 64_000_000
_PIECE = 1 << 20
_OVERLAP = 1 << 10
_ENDS = (".yaml", ".yml", ".json", ".template")
_SKIPPED = "node_modules"
# What the CDK writes beside templates.
_OF_CDK = re.compile(
    r"(?:.*/)?(?:manifest\.json|tree\.json|[^/]*\.assets\.json|asset\.[^/]*)(?:/.*)?", re.DOTALL
)
# TemplateBody is the key of an answer of GetTemplate.
_NAME = re.compile("Resources|AWSTemplateFormatVersion|TemplateBody")
_SPACES = re.compile(r"\s*")
_ESCAPE = re.compile(r"\\(?:u00|U000000|x)([0-9a-fA-F]{2})|\\\r?\n[ \t]*")
POINTER = "{} is stored in Git LFS, and the revision has only its pointer"
_NOT_SEARCHED = f"{{}} has more than {_SEARCHED:,} bytes, so it was not read to its end"
UNFILTERED = "{} was read as git stores it: {} was not applied"


@attrs.frozen
class Files:
    """The files that look like templates, by their path in the folder, and why others were not read."""

    texts: dict[str, bytes] = attrs.field(factory=dict[str, bytes])
    unread: dict[str, str] = attrs.field(factory=dict[str, str])
    # What git would do to a file of a revision, and was not done.
    unfiltered: dict[str, str] = attrs.field(factory=dict[str, str])
    # The Python files, which are looked at only on request.
    programs: dict[str, bytes] = attrs.field(factory=dict[str, bytes])


def looks_like_template(pieces: Iterable[bytes]) -> bool:
    """Whether a text, given in pieces, has a key that only templates have."""
    decode: codecs.IncrementalDecoder | None = None
    before = ""
    found = False
    for piece in pieces:
        if found:
            continue  # All pieces are to be read.
        if decode is None:
            encoding = "utf-16" if piece[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
            decode = codecs.getincrementaldecoder(encoding)("replace")
        text = before + decode.decode(piece)
        before = text[-_OVERLAP:]
        if "\0" in text:
            text = text.replace("\0", "")
        found = _has_key(text)
        if not found and "\\" in text:
            found = _has_key(_ESCAPE.sub(lambda each: chr(int(each[1] or "0", 16)) if each[1] else "", text))
    return found


def _has_key(text: str) -> bool:
    """Whether a name of templates is the key of a mapping in JSON or YAML, or has an anchor and may be a key elsewhere.

    Each character is looked at a few times, whatever the text is.
    """
    behind: dict[
        int, int
    ] = {}  # Where comments that begin at the start of a line end, with those that follow.
    end_of_line = -1
    for found in _NAME.finditer(text):
        start, place = found.span()
        place += text[place : place + 1] in ("'", '"')
        lines: list[int] = []
        while True:
            place = _SPACES.match(text, place).end()  # type: ignore[union-attr]
            if text[place : place + 1] != "#":
                break
            if place in behind:
                place = behind[place]
                break
            lines.append(place)
            if end_of_line < place:
                end_of_line = text.find("\n", place)
                end_of_line = len(text) if end_of_line < 0 else end_of_line
            place = end_of_line + 1
        behind.update(dict.fromkeys(lines, place))
        if text[place : place + 1] == ":" or (found[0] != "TemplateBody" and _is_anchored(text, start)):
            return True
    return False


def _is_anchored(text: str, start: int) -> bool:
    """Whether ``&name`` stands before a text, which may be in quotes."""
    end = start - (text[start - 1 : start] in ("'", '"'))
    place = end
    while place > 0 and text[place - 1].isspace():
        place -= 1
    if place == end:
        return False
    start = end = place
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    return text.find("&", start, end - 1) >= 0


def is_pointer(text: bytes) -> bool:
    """Whether a file is the pointer that Git LFS keeps in its place."""
    return text.startswith(b"version https://git-lfs.github.com/spec/")


def in_folder(folder: str, *, programs: bool = False) -> Files:
    """The templates in a folder and its subfolders, and the Python files with `programs`. Raises `SourceError` for
    what cannot be read."""
    found = Files()
    paths: list[str] = []
    links: dict[str, str | None] = {}
    for path, is_folder_link in _walk(folder):
        if is_folder_link:
            links[path] = os.path.realpath(os.path.join(folder, path))
        else:
            paths.append(path)
    root = repository_of(folder) or os.path.realpath(folder)
    for path in _chosen(paths):
        place = os.path.join(folder, path)
        if os.path.islink(place) and not f"{os.path.realpath(place)}{os.sep}".startswith(
            os.path.join(root, "")
        ):
            found.unread[path] = f"{place} is a link that leads out of {root!r}, so it was not read"
            continue
        with _opened(place) as file:
            size = os.fstat(file.fileno()).st_size
            _add(found, path, place, size, iter(lambda: file.read(_PIECE), b""))
    for path in _programs(paths) if programs else ():
        with _opened(os.path.join(folder, path)) as file:
            found.programs[path] = file.read(LARGEST)
    found.unread.update(_not_followed(links, os.path.join(os.path.realpath(folder), ""), folder))
    return found


def in_revision(revision: Revision, place: str, name: str, *, programs: bool = False) -> Files:
    """What `in_folder` gives, in a folder of a revision; `name` is what the user calls that."""
    found = Files()
    prefix = "" if place in ("", ".") else f"{place}/"
    listed = revision.below(place)
    chosen = [prefix + path for path in _chosen([path[len(prefix) :] for path in listed])]
    found.unfiltered.update((path[len(prefix) :], what) for path, what in revision.filtered(chosen).items())
    if programs:
        own = [prefix + path for path in _programs([path[len(prefix) :] for path in listed])]
        found.programs.update(
            (path[len(prefix) :], text)
            for path, text in revision.read(own, LARGEST).items()
            if text is not None
        )
    texts = revision.read(chosen, LARGEST)
    for path in chosen:
        below = path[len(prefix) :]
        if path not in texts:
            if _is_lock(below):
                continue
            raise SourceError(f"{name}{below} is a link that is broken or leads out of the repository")
        text = texts[path]
        if text is None:
            there = revision.search(path, looks_like_template, _SEARCHED)
            if there:
                raise _too_large(name + below)
            if there is None:
                found.unread[below] = _NOT_SEARCHED.format(name + below)
        elif looks_like_template([text]):
            found.texts[below] = text
        elif is_pointer(text):
            found.unread[below] = POINTER.format(name + below)
        elif below in found.unfiltered:
            found.unread[below] = UNFILTERED.format(name + below, found.unfiltered[below])
    links = {path[len(prefix) :]: where for path, where in revision.links(place).items()}
    found.unread.update(_not_followed(links, prefix, name))
    return found


def _add(found: Files, path: str, name: str, size: int, pieces: Iterator[bytes]) -> None:
    if size > LARGEST:
        if looks_like_template(islice(pieces, _SEARCHED // _PIECE)):
            raise _too_large(name)
        if size > _SEARCHED:
            found.unread[path] = _NOT_SEARCHED.format(name)
        return
    text = b"".join(pieces)
    if looks_like_template([text]):
        found.texts[path] = text


def _too_large(name: str) -> SourceError:
    return SourceError(f"{name!r} looks like a template and has more than {LARGEST:,} bytes")


def _not_followed(links: Mapping[str, str | None], top: str, name: str) -> Iterator[tuple[str, str]]:
    """The links to folders that are not below `top`, or are left out there, and a sentence on each."""
    for path, where in links.items():
        if (
            where is None
            or not f"{where}/".startswith(top)
            or any(_is_left_out(part) for part in where[len(top) :].split("/"))
        ):
            yield path, f"{os.path.join(name, path)} is a link to a folder, which is not followed"


def _chosen(paths: list[str]) -> list[str]:
    """The files that may be templates, sorted."""
    of_cdk = {path.rpartition("/")[0] for path in paths if path.rpartition("/")[2] == "cdk.out"}
    if "manifest.json" in paths:
        of_cdk.add("")
    found: list[str] = []
    for path in paths:
        *folders, name = path.split("/")
        if name.lower().endswith(_ENDS) and not any(map(_is_left_out, folders)):
            above = ("/".join(folders[:end]) for end in range(len(folders) + 1))
            if not any(each in of_cdk and _OF_CDK.fullmatch(path, len(each) + bool(each)) for each in above):
                found.append(path)
    return sorted(found)


def _programs(paths: list[str]) -> list[str]:
    """The Python files, without those of virtual environments."""
    environments = tuple(path.removesuffix("pyvenv.cfg") for path in paths if path.endswith("/pyvenv.cfg"))
    return sorted(
        path
        for path in paths
        if path.endswith(".py")
        and not path.startswith(environments)
        and not any(map(_is_left_out, path.split("/")[:-1]))
    )


def _is_left_out(folder: str) -> bool:
    return folder == _SKIPPED or folder.startswith(".")


def _is_lock(path: str) -> bool:
    """Whether a broken link is one with which an editor locks a file."""
    return os.path.basename(path).startswith(".#")


def _walk(folder: str) -> Iterator[tuple[str, bool]]:
    """The files below a folder, and the links to folders, which are not followed."""
    waiting = [""]
    while waiting:
        above = waiting.pop()
        try:
            with os.scandir(os.path.join(folder, above)) as entries:
                listed = list(entries)
        except OSError as error:
            raise SourceError(f"cannot read {os.path.join(folder, above)!r}: {error.strerror}") from None
        for entry in listed:
            path = f"{above}{entry.name}"
            if not (entry.is_dir() if not entry.is_symlink() else os.path.isdir(entry.path)):
                # What is no file either is an error where it is opened.
                if not (entry.is_symlink() and not os.path.isfile(entry.path) and _is_lock(path)):
                    yield path, False
            elif not _is_left_out(entry.name):
                if entry.is_symlink():
                    yield path, True
                else:
                    waiting.append(f"{path}/")


def _opened(path: str) -> BinaryIO:
    try:
        return open(path, "rb", opener=regular)
    except OSError as error:
        raise SourceError(f"cannot read {path!r}: {error.strerror}") from None
