"""The packages that Python code needs, installed for the function's own runtime and architecture, as wheels only.

uv installs them, or pip where there is no uv. What installers leave behind differs from one run to the next, so it
is dropped: scripts with the path of an interpreter, notes of who installed what, caches.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

import attrs

from ..errors import MissingExtraError, SourceError
from ..files import read as read_file
from ..files import regular
from ..plain import mapping_or_empty
from ..sources.contents import INSTALL, Contents, contents
from ..sources.entries import Entry, read
from ..sources.projects import local_projects, lock_of, read_toml

# Of dist-info, what says who installed it, from where, and with what cache.
_NOTES = {"INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"}
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
# Up to python3.11 the runtimes are Amazon Linux 2 (glibc 2.26, so wheels of manylinux2014), then Amazon Linux 2023.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_LAST_ON_AL2 = (3, 11)
_GLIBC_AL2, _GLIBC_AL2023 = 17, 34


@attrs.frozen
class Target:
    """What packages are installed for."""

    runtime: str
    architecture: str

    @property
    def python(self) -> str:
        """The version of Python: ``3.13``."""
        return self.runtime.removeprefix("python")

    @property
    def machine(self) -> str:
        """The architecture as wheels name it."""
        return _MACHINES[self.architecture]

    @property
    def glibc(self) -> int:
        """The minor version of the newest glibc that wheels may need."""
        major, minor = (int(part) for part in self.python.split("."))
        return _GLIBC_AL2 if (major, minor) <= _LAST_ON_AL2 else _GLIBC_AL2023

    def __str__(self) -> str:
        return f"{self.runtime} on {self.architecture} (manylinux_2_{self.glibc}_{self.machine})"


def target_of(runtime: str, architecture: str) -> Target:
    """The target of a runtime and an architecture. Raises `SourceError` for those that have no packages."""
    if re.fullmatch(r"python3\.\d+", runtime) is None:
        raise SourceError(f"packages are installed for Python runtimes, and this one is {runtime!r}")
    if architecture not in _MACHINES:
        raise SourceError(f"expected the architecture {' or '.join(_MACHINES)}, found {architecture!r}")
    return Target(runtime, architecture)


@attrs.frozen
class Requirements:
    """What a folder says it needs: a lock file of uv, or a ``requirements.txt``.

    `folder` is that of the code, `base` the one that paths in the requirements are relative to; `inputs` are the
    bytes that decide what is installed.
    """

    folder: str
    base: str
    locked: bool
    inputs: bytes
    files: tuple[str, ...]


def requirements_of(folder: str, root: str | None = None) -> Requirements | None:
    """What the code in a folder needs, or None. Raises `SourceError` for what only another tool can read.

    `root` is the folder above which no lock file counts, by default that of the repository.
    """
    listed = os.path.join(folder, "requirements.txt")
    project = os.path.join(folder, "pyproject.toml")
    lock = lock_of(folder, root)
    if lock is not None:
        inputs = [read_file(lock), read_file(project)]
        for other in local_projects(lock):
            for entry in contents(other, root=root).entries if other != folder else ():
                inputs += [entry.path.encode(), hashlib.sha256(read(entry)).digest()]
        base = os.path.dirname(lock)
        return Requirements(folder, base, True, b"\0".join(inputs), ("pyproject.toml", "uv.lock"))
    if os.path.isfile(listed):
        return Requirements(folder, folder, False, b"".join(_texts(listed, set())), ("requirements.txt",))
    for tool, lock in (("poetry", "poetry.lock"), ("pdm", "pdm.lock")):
        if os.path.exists(os.path.join(folder, lock)):
            raise SourceError(
                f"{folder!r} has a {lock}; write a requirements.txt beside it with '{tool} export', which is packaged"
            )
    if mapping_or_empty(read_toml(project).get("project")).get("dependencies"):
        raise SourceError(
            f"{project!r} declares dependencies and has no lock file; run 'uv lock', or write a requirements.txt"
        )
    return None


def _texts(path: str, seen: set[str]) -> Iterator[bytes]:
    """A file of requirements and those that it includes."""
    if path in seen:
        return
    seen.add(path)
    text = read_file(path)
    yield text
    for found in re.finditer(
        rb"^[ \t]*(?:-r|--requirement|-c|--constraint)[ =][ \t]*(\S+)", text, re.MULTILINE
    ):
        yield from _texts(os.path.join(os.path.dirname(path), os.fsdecode(found[1])), seen)


# --find-links names a place of packages, as an index does, and not what is installed.
_OPTION = re.compile(r"(?:-[rce]|--(?:requirement|constraint|editable))[ =]*(\S+)")
_NAMED = re.compile(r"[A-Za-z0-9._-]+(?:\[[^\]]*\])?\s*@\s*")
_FILES = (".whl", ".zip", ".tar.gz")


def local_paths(folder: str, root: str | None = None) -> Iterator[str]:
    """The files and folders of this computer that the requirements of a folder name, each before it is read."""
    lock = lock_of(folder, root)
    if lock is not None:
        yield from local_projects(lock)
        return
    waiting = [os.path.join(folder, "requirements.txt")]
    seen: set[str] = set()
    while waiting:
        listed = waiting.pop()
        if listed in seen or not os.path.isfile(listed):
            continue
        seen.add(listed)
        for line in read_file(listed).decode(errors="surrogateescape").splitlines():
            path = _path_in(line.strip())
            if path is not None:
                path = os.path.normpath(os.path.join(os.path.dirname(listed), path))
                yield path
                if line.lstrip().startswith(("-r", "-c", "--requirement", "--constraint")):
                    waiting.append(path)


def _path_in(line: str) -> str | None:
    """The path in a line of requirements, if it names one and not a package of a registry or an address."""
    option = _OPTION.match(line)
    if option is None and line[:1] == "-":
        return None
    text = option[1] if option else _NAMED.sub("", line, count=1).partition(";")[0].partition(" ")[0]
    address = re.search(r"file:(?://(?:localhost)?)?(?=/|\.)", text)
    if address is not None:
        text = unquote(text[address.end() :])
    elif "://" in text:
        return None
    elif option is None and not (text[:1] in (".", "/", "~") or "/" in text or text.lower().endswith(_FILES)):
        return None
    # What a variable stands for, or whose home it is, may be anywhere.
    return os.sep if text[:1] == "~" or "$" in text else re.split(r"[#\[]", text)[0]


# ---------------------------------------------------------------------------------------------
# Installing


def install(requirements: Requirements, target: Target | str, folder: str) -> None:
    """Install packages into a folder, for a target or for a Python of this computer.

    Raises `SourceError` for one without a fitting wheel, by its name.
    """
    python = target if isinstance(target, str) else sys.executable
    uv = find_uv()
    local: list[str] = []
    listed = os.path.join(requirements.folder, "requirements.txt")
    options: list[str] = []
    if requirements.locked:
        if uv is None:
            raise MissingExtraError(f"a uv.lock needs uv: {INSTALL}")
        text, local = _exported(uv, requirements)
        listed = f"{folder}.requirements.txt"
        with open(listed, "w", encoding="utf-8") as file:
            file.write(text)
        options = ["--no-deps"]
    if uv is not None:
        command = [
            uv,
            "pip",
            "install",
            "--target",
            folder,
            "--python",
            python,
            "--quiet",
            "--no-progress",
        ]
        if not isinstance(target, str):
            platform = f"{target.machine}-manylinux_2_{target.glibc}"
            command += ["--python-platform", platform, "--python-version", target.python]
    else:
        command = [*_pip(), "--python", python, "install", "--target", folder, "--quiet", "--no-compile"]
        command += ["--no-input", "--disable-pip-version-check"]
        if not isinstance(target, str):
            command += ["--python-version", target.python, "--implementation", "cp"]
            for tag in _tags(target):
                command += ["--platform", tag]
    _run([*command, "--only-binary", ":all:", *options, "--requirement", listed], requirements.base, target)
    for path in local:
        # The user's own projects beside this one are the only ones that are built.
        _run([*command, "--no-deps", "--reinstall", path], requirements.base, target)


def find_uv() -> str | None:
    """The program uv: on PATH, or that of its package."""
    found = shutil.which("uv")
    if found is None:
        try:
            from uv import find_uv_bin
        except ImportError:
            return None
        try:
            found = find_uv_bin()
        except FileNotFoundError:
            return None
    return found


def _pip() -> list[str]:
    import importlib.util

    if importlib.util.find_spec("pip") is None:
        raise MissingExtraError(f"installing packages needs uv or pip: {INSTALL}")
    return [sys.executable, "-m", "pip"]


def _tags(target: Target) -> list[str]:
    """The platforms whose wheels fit, the best first."""
    tags = [f"manylinux_2_{minor}_{target.machine}" for minor in range(target.glibc, 4, -1)]
    older = (
        ["manylinux2014", "manylinux2010", "manylinux1"] if target.machine == "x86_64" else ["manylinux2014"]
    )
    return [*tags, *(f"{name}_{target.machine}" for name in older), f"linux_{target.machine}"]


def _exported(uv: str, requirements: Requirements) -> tuple[str, list[str]]:
    """The packages of a lock file with their hashes, and the paths of projects in the same workspace."""
    command = [uv, "export", "--frozen", "--no-dev", "--no-emit-project", "--no-editable", "--quiet"]
    result = subprocess.run(
        command, cwd=requirements.folder, capture_output=True, text=True, check=False, env=_environment()
    )
    if result.returncode:
        raise SourceError(f"uv cannot read the lock file of {requirements.folder!r}: {_last(result.stderr)}")
    lines: list[str] = []
    local: list[str] = []
    for line in result.stdout.splitlines():
        path = re.match(r"(?:-e )?(?:file://)?(\.{0,2}/\S*)", line)
        (lines if path is None else local).append(line if path is None else path[1])
    return "\n".join(lines) + "\n", local


def _environment() -> dict[str, str]:
    # An active environment of the user's is not the one of the function.
    kept = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}


_WITHOUT_WHEEL = (
    r"Because (?:only )?([A-Za-z0-9._-]+)[=<>! ][^\n]*? (?:has|have) no (?:usable )?wheels",
    r"([A-Za-z0-9._-]+)[=<>!~ ]\S* (?:has|have) no (?:usable )?wheels",
    r"Building source distributions for `?([A-Za-z0-9._-]+)`? is disabled",
    r"(?:distribution|wheel) for `?([A-Za-z0-9._-]+)[=`@ ].*(?:isn't|is not|no binary)",
    r"Distribution `([A-Za-z0-9._-]+)[= @].*(?:can't be installed|is not compatible|marked as `--no-build`)",
    r"Because ([A-Za-z0-9._-]+) was not found in",
    r"No matching distribution found for ([A-Za-z0-9._-]+)",
)


def _run(command: list[str], folder: str, target: Target | str) -> None:
    try:
        result = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, env=_environment()
        )
    except OSError as error:
        raise SourceError(f"cannot run {command[0]!r}: {error.strerror}") from None
    if result.returncode == 0:
        return
    said = re.sub(r"\s*\n\s*[│├╰─▶×]*\s*", " ", result.stderr)
    for pattern in _WITHOUT_WHEEL:
        found = re.search(pattern, said)
        if found is not None:
            raise SourceError(
                f"{found[1]!r} has no wheel for {target}: pin a version that has one, build a wheel and name its "
                "folder with --find-links in requirements.txt, or choose another runtime or architecture"
            )
    raise SourceError(
        f"{os.path.basename(command[0])} cannot install the packages of {folder!r}: {_last(said)}"
    )


def _last(said: str) -> str:
    lines = [line.strip(" ×│├╰─▶") for line in said.strip().splitlines()]
    return (lines[-1] if lines else "no reason given").removeprefix("error: ").removeprefix("ERROR: ")


# ---------------------------------------------------------------------------------------------
# Normalizing


def normalized(folder: str, without: Sequence[str] = (), in_memory: int = 0) -> Contents:
    """The installed files that are the same whoever installed them; `without` are packages that are left out.

    Up to `in_memory` bytes together are read now, so that nobody needs the folder any more.
    """
    names = {name.lower().replace("-", "_") for name in without}
    found = [entry for entry in _installed(folder, "") if not _is_noise(entry)]
    if sum(entry.size for entry in found) <= in_memory:
        found = [attrs.evolve(entry, data=read(entry)) for entry in found]
    if names:
        dropped = {path for entry in found if _package_of(entry.path) in names for path in _recorded(entry)}
        found = [entry for entry in found if entry.path not in dropped]
    kept = {entry.path: entry for entry in found}
    found = [_with_record(entry, kept) if _is_record(entry.path) else entry for entry in found]
    return Contents(tuple(sorted(found, key=lambda entry: entry.path)))


def _installed(folder: str, below: str) -> Iterator[Entry]:
    with os.scandir(folder) as each:
        for entry in each:
            path = below + entry.name
            if not entry.is_dir():
                about = entry.stat()
                yield Entry(path, entry.path, about.st_size, bool(about.st_mode & 0o111))
            elif entry.name != "__pycache__":
                yield from _installed(entry.path, f"{path}/")


def _is_noise(entry: Entry) -> bool:
    parts = entry.path.split("/")
    if parts[0].endswith(".dist-info"):
        return parts[-1] in _NOTES and len(parts) == 2
    if entry.path == ".lock" or parts[-1].endswith((".pyc", ".pyo")):
        return True
    if parts[0] == "bin":
        with open(entry.source, "rb", opener=regular) as file:
            return file.read(2) == b"#!"
    return False


def _is_record(path: str) -> bool:
    return re.fullmatch(r"[^/]+\.dist-info/RECORD", path) is not None


def _package_of(path: str) -> str:
    """The package whose record a file is, or nothing."""
    return path.split("-")[0].lower().replace("-", "_") if _is_record(path) else ""


def _recorded(entry: Entry) -> set[str]:
    rows = csv.reader(io.StringIO(read(entry).decode("utf-8", "surrogateescape")))
    # pip writes the path of a script as one that leaves the folder.
    return {posixpath.normpath(row[0]).removeprefix("../../") for row in rows if row}


def _with_record(entry: Entry, kept: dict[str, Entry]) -> Entry:
    """A RECORD that lists what is there, in order, with its hashes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for path in sorted(_recorded(entry)):
        if path == entry.path:
            writer.writerow([path, "", ""])
        elif path in kept:
            content = read(kept[path])
            hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            writer.writerow([path, f"sha256={hashed}", len(content)])
    data = out.getvalue().encode("utf-8", "surrogateescape")
    return attrs.evolve(entry, data=data, size=len(data), executable=False)
