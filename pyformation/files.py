"""Files written as a whole or not at all, under a name that nobody can foresee until they are complete; and read only
where they are files.
"""

from __future__ import annotations

import errno
import os
import stat

from .errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)

# What the user's own shell hands over, as for ``<(command)``.
_STREAMS = ("/dev/fd/", "/dev/stdin", "/dev/null", "/proc/self/fd/")


def regular(path: str, flags: int) -> int:
    """The ``opener`` of every file that others may have written.

    A pipe may never begin, and a device never end, so both are an `OSError` at once.
    """
    if path.startswith(_STREAMS):
        return os.open(path, flags)
    found = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(found).st_mode
    if stat.S_ISREG(mode):
        return found
    os.close(found)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    kind = "a pipe" if stat.S_ISFIFO(mode) else "a device"
    raise OSError(errno.EINVAL, f"it is {kind}, not a file", path)


def read(path: str, what: str = "", largest: int = 16_000_000) -> bytes:
    """The content of a file that others may have written. Raises `SourceError`; `what` says which file it is."""
    try:
        with open(path, "rb", opener=regular) as file:
            found = file.read(largest + 1)
    except OSError as error:
        raise SourceError(f"cannot read {what}{path!r}: {error.strerror or error}") from None
    if len(found) > largest:
        raise SourceError(f"cannot read {what}{path!r}: it has more than {largest:,} bytes")
    return found


def write(path: str, data: bytes, *, new: bool = False) -> None:
    """Write a file; if `new`, only where there is none yet. Raises `SourceError`."""
    with Written(path, new=new) as file:
        file.write(data)


class Written:
    """A file that is written, as a context manager: it has its name when all went well, and otherwise never existed.

    A link stays a link. One that is broken, belongs to another user or leads out of its repository is not
    followed, as it came with the files around it. If `new`, there must be neither a file nor a link.
    """

    _file: BinaryIO
    _target: str

    def __init__(self, path: str, *, new: bool = False) -> None:
        self.path = path
        self.new = new
        self._temporary: str | None = None

    def __enter__(self) -> BinaryIO:
        try:
            self._target = self.path if self.new else _target(self.path)
            if self.new and os.path.lexists(self.path):
                raise self._exists()
            self._is_device = (
                not self.new and os.path.exists(self._target) and not os.path.isfile(self._target)
            )
            if self._is_device:  # Or a pipe or folder: it cannot be replaced.
                self._file = open(self._target, "wb")
            else:
                self._file = self._open()
        except (OSError, ValueError) as error:
            raise self._failed(error) from None
        return self._file

    def _open(self) -> BinaryIO:
        folder = os.path.dirname(self._target)
        temporary = os.path.join(folder, f".pyformation-{os.urandom(12).hex()}.tmp")
        file = os.fdopen(os.open(temporary, _NEW, 0o666), "wb")
        self._temporary = temporary
        return file

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        try:
            self._file.close()
            if kind is None and self._temporary is not None:
                self._name(self._temporary)
        except OSError as failure:
            raise self._failed(failure) from None
        finally:
            if self._temporary is not None:
                try:
                    os.unlink(self._temporary)
                except OSError:
                    pass  # It has its name.
        if isinstance(error, OSError):
            raise self._failed(error) from None

    def _name(self, temporary: str) -> None:
        if not self.new:
            if os.path.exists(self._target):
                os.chmod(temporary, os.stat(self._target).st_mode & 0o7777)
            os.replace(temporary, self._target)
            return
        try:
            os.link(temporary, self._target)
        except FileExistsError:
            raise self._exists() from None
        except OSError:  # A file system without hard links.
            try:
                made = os.open(self._target, _NEW, 0o666)
            except FileExistsError:
                raise self._exists() from None
            os.close(made)
            os.replace(temporary, self._target)

    def _exists(self) -> SourceError:
        return SourceError(f"{self.path!r} already exists; use --force to overwrite it")

    def _failed(self, error: OSError | ValueError) -> SourceError:
        return SourceError(f"cannot write {self.path!r}: {getattr(error, 'strerror', None) or error}")


def _target(path: str) -> str:
    """The file that a path means. Raises `SourceError` for a link that is not followed."""
    if os.path.exists(path) and not os.path.isfile(path):
        return path  # A pipe behind /dev/stdout has no path of its own.
    target = os.path.realpath(path)
    if not os.path.islink(path):
        return target
    why = None
    owner = os.lstat(path).st_uid
    if not os.path.exists(target):
        why = "is broken"
    elif hasattr(os, "geteuid") and owner not in (0, os.geteuid()):
        why = "belongs to another user"
    elif os.path.isfile(target) and (root := repository_of(os.path.dirname(path))) is not None:
        if not f"{target}{os.sep}".startswith(os.path.join(root, "")):
            why = f"leads out of the repository {root!r}"
    if why is not None:
        raise SourceError(f"cannot write {path!r}: it is a link that {why}")
    return target


def repository_of(folder: str) -> str | None:
    """The repository that a folder is in, with links resolved, or None."""
    above = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(above, ".git")):
        above, below = os.path.dirname(above), above
        if above == below:
            return None
    return above


def same(one: str, other: str) -> bool:
    """Whether two paths mean one file, which need not exist: by another spelling, a link or a hard link."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        return os.path.samefile(one, other)
    except OSError:
        pass
    try:  # Of two names that differ in case, a file system may make one.
        folders = [os.path.dirname(path) or "." for path in (one, other)]
        names = [os.path.basename(path).casefold() for path in (one, other)]
        return names[0] == names[1] and os.path.samefile(*folders) and _ignores_case(folders[0])
    except OSError:
        return False


def _ignores_case(folder: str) -> bool:
    there = os.path.join(os.path.realpath(folder), "")
    return os.path.exists(there.swapcase()) and os.path.samefile(there, there.swapcase())
