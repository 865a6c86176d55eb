"""Archives that are the same on every machine, and the key that names one by its content.

The key is a hash of what an archive holds (path, mode, content) and not of its bytes, which depend on the version
of zlib. Names are sorted, times fixed, modes one of two.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

import attrs

from ..files import Written
from ..sources.entries import Entry, mode, read

# The oldest time that a ZIP archive can hold: files keep none of their own.
_TIME = (1980, 1, 1, 0, 0, 0)
# Half the time of the default level 6, for 4 % more bytes.
_LEVEL = 4
_UNIX = 3
# What a thread compresses at once: enough that handing it over takes no time.
_BATCH = 1_000_000
_BATCHES = 8
# What the numbers of a plain ZIP archive can count; larger ones are left to zipfile.
_MOST_FILES = 0xFFFF
_MOST_BYTES = 0x7FFF_FFFF
# What is compressed already costs time to compress again, and gets no smaller.
_COMPRESSED = tuple(
    ".br .bz2 .gif .gz .jar .jpeg .jpg .mp3 .mp4 .pdf .png .webp .whl .woff2 .xz .zip .zst".split()
)


def write_archive(entries: Sequence[Entry], path: str) -> None:
    """Write a ZIP archive, completely or not at all."""
    with Written(path) as out:
        if len(entries) < _MOST_FILES and sum(entry.size for entry in entries) < _MOST_BYTES:
            _write_in_threads(entries, out)
        else:
            _write_large(entries, out)


def _about(entry: Entry) -> zipfile.ZipInfo:
    about = zipfile.ZipInfo(entry.path, _TIME)
    about.create_system = _UNIX
    about.external_attr = mode(entry) << 16
    about.compress_type = _method(entry)
    return about


def _method(entry: Entry) -> int:
    return zipfile.ZIP_STORED if entry.path.endswith(_COMPRESSED) else zipfile.ZIP_DEFLATED


def _write_large(entries: Sequence[Entry], out: BinaryIO) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        for entry in entries:
            archive.writestr(_about(entry), read(entry), compresslevel=_LEVEL)


def _write_in_threads(entries: Sequence[Entry], out: BinaryIO) -> None:
    """The bytes that `_write_large` writes, compressed by several threads: zlib waits for no other thread.

    https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
    """
    directory: list[bytes] = []
    offset = 0
    for member in _members(entries):
        name = member.path.encode()
        common = struct.pack(
            "<4H3L2H",
            *(0 if name.isascii() else 0x800, member.method, 0, 0x21),
            *member.numbers,
            len(name),
            0,
        )
        out.write(b"PK\3\4\x14\0" + common + name)
        out.write(member.data)
        place = struct.pack("<3H2L", 0, 0, 0, member.mode << 16, offset)
        directory.append(b"PK\1\2\x14" + bytes([_UNIX]) + b"\x14\0" + common + place + name)
        offset += 30 + len(name) + len(member.data)
    whole = b"".join(directory)
    out.write(whole)
    out.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(entries), len(entries), len(whole), offset, 0))


@attrs.frozen
class _Member:
    """An entry as an archive has it; `numbers` are its checksum and its sizes, compressed and not."""

    path: str
    mode: int
    method: int
    numbers: tuple[int, int, int]
    data: bytes


def _members(entries: Sequence[Entry]) -> Iterator[_Member]:
    waiting: deque[Future[list[_Member]]] = deque()
    with ThreadPoolExecutor(min(_BATCHES, os.cpu_count() or 1)) as pool:
        for batch in _batches(entries):
            waiting.append(pool.submit(_compressed, batch))
            if len(waiting) > _BATCHES:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += entry.size
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _compressed(batch: list[Entry]) -> list[_Member]:
    found: list[_Member] = []
    for entry in batch:
        data = content = read(entry)
        method = _method(entry)
        if method == zipfile.ZIP_DEFLATED:
            packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
            data = packer.compress(content) + packer.flush()
        numbers = zlib.crc32(content), len(data), len(content)
        found.append(_Member(entry.path, mode(entry), method, numbers, data))
    return found


def unzipped_size(path: str) -> int:
    """The size of what a ZIP archive holds."""
    with zipfile.ZipFile(path) as archive:
        return sum(item.file_size for item in archive.infolist())
