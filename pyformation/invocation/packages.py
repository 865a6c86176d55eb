"""The packages that the code of a function needs, installed for the Python that runs it, on this computer.

They are those that `pyformation package` puts beside the code. An installation is kept in the user's cache until what
the code needs changes.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile

from ..assets.dependencies import Requirements, Target, install, requirements_of, target_of
from ..assets.packaging import cache_folder
from ..errors import PyformationError
from ..sources.entries import digest
from .interpreters import Interpreter

# Projects beside this one in a lock file: they change, and the lock file does not.
_LOCAL_PROJECT = re.compile(rb'source = \{ (?:directory|editable|virtual) = "(?!\.")')


def packages_of(folder: str, interpreter: Interpreter, temporary: str, notes: list[str]) -> list[str]:
    """The folders of the packages that the code in a folder needs.

    Where they cannot be installed, a note says why; the function may still find them in its Python.
    """
    if folder.startswith(os.path.join(temporary, "")):
        return []  # An archive, or inline code, has all that it gets.
    try:
        needed = requirements_of(folder)
        return [] if needed is None else [_installed(needed, interpreter, temporary)]
    except PyformationError as error:
        notes.append(f"{error.message.rstrip('.')}; packages come from {interpreter.path}")
        return []


def runtime_client(interpreter: Interpreter) -> str:
    """A folder with awslambdaric and what it needs, where its package cannot be installed: its wheels are for Linux
    only, but their Python files run everywhere."""
    with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        with open(os.path.join(folder, "requirements.txt"), "w", encoding="utf-8") as file:
            file.write("awslambdaric>=3.0\n")
        needed = Requirements(folder, folder, False, b"awslambdaric", ("requirements.txt",))
        return _kept(needed, interpreter, target_of(f"python{interpreter.name}", "x86_64"))


def _installed(needed: Requirements, interpreter: Interpreter, temporary: str) -> str:
    if needed.locked and _LOCAL_PROJECT.search(needed.inputs):
        made = tempfile.mkdtemp(dir=temporary)
        install(needed, interpreter.path, made)
        return made
    return _kept(needed, interpreter, interpreter.path)


def _kept(needed: Requirements, interpreter: Interpreter, target: Target | str) -> str:
    """The packages in the cache, installed the first time."""
    parts = (needed.inputs, os.path.realpath(interpreter.path).encode(), interpreter.name.encode())
    kept = os.path.join(cache_folder(), "local", digest(parts))
    if not os.path.isdir(kept):
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        made = tempfile.mkdtemp(dir=os.path.dirname(kept))
        try:
            install(needed, target, made)
            os.replace(made, kept)
        except OSError:
            if not os.path.isdir(kept):  # Another run was faster.
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return kept
