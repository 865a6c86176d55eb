"""Archives that are the same on every machine, and the key that names one by its content.

The key is a hash of what an archive holds (path, mode, content) and not of its bytes, which depend on the version
of zlib. Names are sorted, times fixed, modes one of two.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from collections.abc import Iterable, Sequence

from ..errors import SourceError
from ..sources.contents import Entry, read

# The oldest time that a ZIP archive can hold: files keep none of their own.
_TIME = (1980, 1, 1, 0, 0, 0)
_LEVEL = 6
_UNIX = 3
# What is compressed already costs time to compress again, and gets no smaller.
_COMPRESSED = tuple(
    ".br .bz2 .gif .gz .jar .jpeg .jpg .mp3 .mp4 .pdf .png .webp .whl .woff2 .xz .zip .zst".split()
)
_LENGTH = 40  # Of a key, in hexadecimal digits.


def digest(parts: Iterable[bytes]) -> str:
    """The hash of some parts, where no other parts have the same one."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()[:_LENGTH]


def key_of(entries: Sequence[Entry]) -> str:
    """The name of the archive with these entries."""
    return digest(
        part
        for entry in entries
        for part in (entry.path.encode(), f"{mode(entry):o}".encode(), hashlib.sha256(read(entry)).digest())
    )


def mode(entry: Entry) -> int:
    """The mode of an entry in an archive: that of a link, a program or a file."""
    if entry.target is not None:
        return 0o120777
    return 0o100755 if entry.executable else 0o100644


def write_archive(entries: Sequence[Entry], path: str) -> None:
    """Write a ZIP archive, completely or not at all."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for entry in entries:
                about = zipfile.ZipInfo(entry.path, _TIME)
                about.create_system = _UNIX
                about.external_attr = mode(entry) << 16
                stored = entry.path.endswith(_COMPRESSED)
                about.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                archive.writestr(about, read(entry), compresslevel=_LEVEL)
        os.replace(temporary, path)
    except OSError as error:
        raise SourceError(f"cannot write {path!r}: {error.strerror}") from None
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def is_archive(path: str) -> bool:
    """Whether a file is a ZIP archive already."""
    return os.path.isfile(path) and zipfile.is_zipfile(path)


def unzipped_size(path: str) -> int:
    """The size of what a ZIP archive holds."""
    with zipfile.ZipFile(path) as archive:
        return sum(item.file_size for item in archive.infolist())


def key_of_archive(path: str) -> str:
    """The name of a ZIP archive that exists: that of its content, however it was made."""
    entries: list[Entry] = []
    with zipfile.ZipFile(path) as archive:
        for item in archive.infolist():
            if not item.is_dir():
                data = archive.read(item)
                found = item.external_attr >> 16
                target = data.decode("utf-8", "replace") if stat.S_ISLNK(found) else None
                entries.append(Entry(item.filename, path, len(data), bool(found & 0o111), target, data))
    return key_of(sorted(entries, key=lambda entry: entry.path))
