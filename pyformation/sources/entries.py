"""The files of a folder or archive, and the keys that name what is made of them.

A key is a hash of what an archive holds (path, mode, content) and not of its bytes, which depend on the version of
zlib.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from io import FileIO

import attrs

from ..errors import SourceError
from ..files import regular

_LENGTH = 40  # Of a key, in hexadecimal digits.
_KEY = re.compile(f"[0-9a-f]{{{_LENGTH}}}")
# From here on, a file is not read at once to be hashed.
_LARGE = 8 * 1024 * 1024
# The most that is read to find out what an archive is.
_LARGEST = 1024 * 1024 * 1024


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


def _from_file(entry: Entry, take: Callable[[FileIO], bytes]) -> bytes:
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


def key_of(entries: Sequence[Entry]) -> str:
    """The name of the archive with these entries."""
    return digest(
        part for entry in entries for part in (entry.path.encode(), f"{mode(entry):o}".encode(), _hash(entry))
    )


def _hash(entry: Entry) -> bytes:
    import hashlib

    if entry.size < _LARGE or entry.target is not None or entry.data is not None:
        return hashlib.sha256(read(entry)).digest()
    return _from_file(entry, lambda file: hashlib.file_digest(file, "sha256").digest())


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
    import zipfile

    entries: list[Entry] = []
    with zipfile.ZipFile(path) as archive:
        for item in archive.infolist():
            if not item.is_dir():
                data = archive.read(item)
                found = item.external_attr >> 16
                target = data.decode("utf-8", "replace") if stat.S_ISLNK(found) else None
                entries.append(Entry(item.filename, path, len(data), bool(found & 0o111), target, data))
    return key_of(sorted(entries, key=lambda entry: entry.path))


def is_package(path: str) -> bool:
    """Whether a file is one that we have named by its content."""
    if _KEY.fullmatch(os.path.basename(path).partition(".")[0]) is None:
        return False
    import zipfile

    key = os.path.basename(path)[:_LENGTH]
    try:
        if os.path.getsize(path) > _LARGEST:
            return False
        with open(path, "rb", opener=regular) as file:
            if digest([file.read()]) == key:
                return True
        return is_archive(path) and key_of_archive(path) == key
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return False
