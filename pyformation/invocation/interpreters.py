"""The Python that a function runs in: the one of its runtime if it is installed, otherwise this one."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterator

import attrs

from ..errors import SourceError

# The oldest Python that awslambdaric supports.
_OLDEST = (3, 10)
_OURS = (sys.version_info[0], sys.version_info[1])


@attrs.frozen
class Interpreter:
    """A Python: its executable and version, and whether it is the one that this program runs in."""

    path: str
    version: tuple[int, int]
    ours: bool

    @property
    def name(self) -> str:
        """The version as people write it: ``3.13``."""
        return f"{self.version[0]}.{self.version[1]}"


def version_of(runtime: str) -> tuple[int, int] | None:
    """The version of a runtime such as ``python3.13``; None for another language."""
    found = re.fullmatch(r"python(\d+)\.(\d+)", runtime)
    return None if found is None else (int(found[1]), int(found[2]))


def find(runtime: str) -> tuple[Interpreter, str | None]:
    """The Python for a runtime, and a sentence if it has another version."""
    version = version_of(runtime)
    if version is None:
        raise SourceError(f"expected a Python runtime, found {runtime!r}")
    if version >= _OLDEST:
        for path in _candidates(version):
            if os.access(path, os.X_OK) and not os.path.isdir(path):
                return Interpreter(path, version, _folder(path) == _folder(sys.executable)), None
        missing = f"{runtime} was not found on PATH, in pyenv or in uv"
    else:
        missing = f"awslambdaric no longer supports {runtime}"
    ours = Interpreter(sys.executable, _OURS, True)
    return ours, f"{missing}; the function runs in Python {ours.name} ({sys.executable})"


def _folder(path: str) -> str:
    """Where an interpreter is: those of several environments may be links to the same file."""
    return os.path.realpath(os.path.dirname(path))


def _candidates(version: tuple[int, int]) -> Iterator[str]:
    name = f"python{version[0]}.{version[1]}"
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        path = os.path.join(active, "bin", name)
        # Of the names that an environment has for its Python, the one that this program was started by.
        yield sys.executable if version == _OURS and _folder(path) == _folder(sys.executable) else path
    if version == _OURS:
        yield sys.executable
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        # What is in the folder of shims may refuse to start.
        if folder and os.path.normpath(folder) != os.path.join(os.path.normpath(pyenv), "shims"):
            yield os.path.join(folder, name)
    yield from _newest(os.path.join(pyenv, "versions", f"{version[0]}.{version[1]}[.-]*", "bin", name))
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    managed = os.environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(data, "uv", "python")
    yield from _newest(os.path.join(managed, f"cpython-{version[0]}.{version[1]}[.-]*", "bin", name))


def _newest(pattern: str) -> list[str]:
    def numbers(path: str) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", path)]

    return sorted(glob.glob(pattern), key=numbers, reverse=True)
