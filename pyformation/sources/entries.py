"""The files of a folder or archive, and the keys that name what is made of them.

A key is a hash of what an archive holds (path, mode, content) and not of its bytes, which depend on the version of
zlib.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from io import BufferedReader, FileIO
from typing import BinaryIO, TypeVar

import attrs

from ..errors import SourceError
from ..files import regular

_T = TypeVar("_T")

_LENGTH = 40  # Of a key, in hexadecimal digits.
_KEY = re.compile(f"[0-9a-f]{{{_LENGTH}}}")
# From here on, a file is not read at once to be hashed.
_LARGE = 8 * 1024 * 1024
# The most that is read to find out what an archive is, or whether two folders are the same: more than Lambda takes.
LARGEST = 1024 * 1024 * 1024
_PIECE = 1024 * 1024


@attrs.frozen
class Entry:
    """A file of a folder, or a symbolic link.

    `path` is relative to the folder, with slashes; `source` is the file on this computer; `target` is where a link
    leads to, relative to its own folder; `data` is the content where it is not that of the file.
    """

    path: str
    source: str
    size: int
    executable: bool = False
    target: str | None = None
    data: bytes | None = None


def read(entry: Entry) -> bytes:
    """The content of a file, or the target of a link."""
    if entry.target is not None:
        return entry.target.encode()
    if entry.data is not None:
        return entry.data
    return _from_file(entry, FileIO.readall)


def _from_file(entry: Entry, take: Callable[[FileIO], _T]) -> _T:
    try:
        # A third of the time of a buffered file, which counts where there are thousands.
        with open(entry.source, "rb", buffering=0, opener=regular) as file:
            return take(file)
    except OSError as error:
        raise SourceError(f"cannot read {entry.source!r}: {error.strerror}") from None


def digest(parts: Iterable[bytes]) -> str:
    """The hash of some parts, where no other parts have the same one."""
    import hashlib

    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()[:_LENGTH]


def digest_of(file: BinaryIO, size: int) -> str:
    """The `digest` of the one part that is the content of a file, which is read in pieces."""
    import hashlib

    found = hashlib.sha256(size.to_bytes(8, "big"))
    while piece := file.read(_PIECE):
        found.update(piece)
    return found.hexdigest()[:_LENGTH]


def key_of(entries: Sequence[Entry]) -> str:
    """The name of the archive with these entries."""
    return _key((entry.path, mode(entry), _hash(entry)) for entry in entries)


def _key(rows: Iterable[tuple[str, int, bytes]]) -> str:
    return digest(
        part for path, kind, content in rows for part in (path.encode(), f"{kind:o}".encode(), content)
    )


def _hash(entry: Entry) -> bytes:
    import hashlib

    if entry.size < _LARGE or entry.target is not None or entry.data is not None:
        return hashlib.sha256(read(entry)).digest()
    return _from_file(entry, lambda file: hashlib.file_digest(file, "sha256").digest())


def same_content(one: Entry, other: Entry, most: int = LARGEST) -> bool | None:
    """Whether two files or links of the same size have the same content; None where that is more than `most` bytes."""
    if one.source == other.source:
        return True
    if one.size > most:
        return True if os.path.samefile(one.source, other.source) else None
    if one.size < _LARGE or one.data is not None or other.data is not None:
        return read(one) == read(other)
    return _from_file(one, lambda first: _from_file(other, lambda second: _same_files(first, second)))


def _same_files(first: FileIO, second: FileIO) -> bool:
    with BufferedReader(first, _PIECE) as one, BufferedReader(second, _PIECE) as other:
        while piece := one.read(_PIECE):
            if piece != other.read(_PIECE):
                return False
        return not other.read(1)


def mode(entry: Entry) -> int:
    """The mode of an entry in an archive: that of a link, a program or a file."""
    if entry.target is not None:
        return 0o120777
    return 0o100755 if entry.executable else 0o100644


def is_archive(path: str) -> bool:
    """Whether a file is a ZIP archive already."""
    import zipfile

    return os.path.isfile(path) and zipfile.is_zipfile(path)


def key_of_archive(path: str) -> str:
    """The name of a ZIP archive that exists: that of its content, however it was made."""
    import hashlib
    import zipfile

    found: list[tuple[str, int, bytes]] = []
    with zipfile.ZipFile(path) as archive:
        for item in archive.infolist():
            if item.is_dir():
                continue
            attributes = item.external_attr >> 16
            with archive.open(item) as file:
                if stat.S_ISLNK(attributes):
                    target = file.read(_PIECE).decode("utf-8", "replace")
                    content, kind = hashlib.sha256(target.encode()), mode(Entry("", path, 0, target=target))
                else:
                    content = hashlib.sha256()
                    while piece := file.read(_PIECE):
                        content.update(piece)
                    kind = mode(Entry("", path, 0, bool(attributes & 0o111)))
            found.append((item.filename, kind, content.digest()))
    return _key(sorted(found, key=lambda row: row[0]))


def _unzipped(path: str) -> int:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return sum(item.file_size for item in archive.infolist())


def is_package(path: str) -> bool:
    """Whether a file is one that we have named by its content."""
    if _KEY.fullmatch(os.path.basename(path).partition(".")[0]) is None:
        return False
    import zipfile

    key = os.path.basename(path)[:_LENGTH]
    try:
        size = os.path.getsize(path)
        if size > LARGEST:
            return False
        with open(path, "rb", opener=regular) as file:
            if digest_of(file, size) == key:
                return True
        return is_archive(path) and _unzipped(path) <= LARGEST and key_of_archive(path) == key
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return False
