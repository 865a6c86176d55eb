"""Python projects and layers: which folder is their code, the lock file of uv that counts for a project, and the
projects that are part of the same workspace."""

from __future__ import annotations

import os
import tomllib
from typing import Any

from ..errors import SourceError
from ..files import regular
from ..plain import list_or_empty, mapping_or_empty

# The folders of a layer that a runtime looks into: a layer that has one is laid out already.
LAYER_FOLDERS = ("bin", "dotnetcore", "extensions", "java", "lib", "nodejs", "python", "ruby")


# The lock file of a large workspace has some megabytes.
_LARGEST = 16_000_000


def read_toml(path: str, largest: int = _LARGEST) -> dict[str, Any]:
    """A TOML file; empty where there is none. Raises `SourceError` for one that cannot be read."""
    try:
        with open(path, "rb", opener=regular) as file:
            text = file.read(largest + 1)
        if len(text) > largest:
            raise SourceError(f"{path!r} has more than {largest:,} bytes")
        return tomllib.loads(text.decode())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise SourceError(f"cannot read {path!r}: {error.strerror or error}") from None
    except RecursionError:
        raise SourceError(f"{path!r} is nested too deeply") from None
    except ValueError as error:  # Also of a number with thousands of digits.
        raise SourceError(f"{path} is not TOML: {error}") from None


def code_folder(folder: str) -> str:
    """The folder with the code that is packaged: ``src`` of a project that has one, otherwise the folder itself."""
    inner = os.path.join(folder, "src")
    is_project = "project" in read_toml(os.path.join(folder, "pyproject.toml"))
    return inner if is_project and os.path.isdir(inner) else folder


def lock_of(folder: str, root: str | None = None) -> str | None:
    """The lock file of the project in a folder: beside it, or at the root of its workspace.

    `root` is the folder above which none is looked for, by default that of the repository.
    """
    if not os.path.isfile(os.path.join(folder, "pyproject.toml")):
        return None
    while True:
        lock = os.path.join(folder, "uv.lock")
        if os.path.isfile(lock):
            return lock
        above = os.path.dirname(folder)
        if above == folder or folder == root or os.path.exists(os.path.join(folder, ".git")):
            return None
        folder = above


def local_projects(lock: str) -> list[str]:
    """The folders of projects that a lock file builds and installs from, beside packages of a registry."""
    base = os.path.dirname(lock)
    found: list[str] = []
    for package in list_or_empty(read_toml(lock).get("package")):
        source = mapping_or_empty(mapping_or_empty(package).get("source"))
        for kind in ("editable", "directory"):
            if isinstance(source.get(kind), str):
                found.append(os.path.normpath(os.path.join(base, source[kind])))
    return found
