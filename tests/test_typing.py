"""What type checkers say of users' programs, and of everything that we ship for them to read.

`tests/typing/accepted` holds programs that mypy and pyright, both strict, must find nothing in, and that run
without an error or a warning. `tests/typing/rejected` holds programs with a mistake. In those, the end of a
line says what each checker reports there, all of it, and a checker that reports nothing is named as well:

    queue = sqs.Queue(delay_second=5)  # mypy: call-arg; pyright: reportCallIssue
    if queue:  # mypy: nothing; pyright: reportGeneralTypeIssues

Their first line says what happens at run time: ``# at run time: UnknownPropertyError``, or ``passes``.
`tests/typing/unseen` holds the limits: mistakes that no checker sees and that are an error at run time.

Programs are checked as a user's are: in a folder of their own, against the installed package.
"""

from __future__ import annotations

import ast
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, need_checker, run_python

CHECKERS = ("mypy", "pyright")
VERSIONS = ["3.11", pytest.param("3.13", marks=pytest.mark.slow)]
FOLDER = ROOT / "tests" / "typing"
ACCEPTED = sorted((FOLDER / "accepted").glob("*.py"))
REJECTED = sorted((FOLDER / "rejected").glob("*.py"))
UNSEEN = sorted((FOLDER / "unseen").glob("*.py"))
PROGRAMS = [*ACCEPTED, *REJECTED, *UNSEEN]
# What a checker reports: the line and the code.
Findings = set[tuple[int, str]]

_EXPECTATION = re.compile(r"  # mypy: ([a-z, -]+); pyright: ([A-Za-z, ]+)$")
_FATE = re.compile(r"# at run time: (\w+)$")


def name_of(path: Path) -> str:
    """A name of its own for each: programs of both kinds may be called the same."""
    return f"{path.parent.name}_{path.stem}"


def expected(path: Path, checker: str) -> Findings:
    """What the comments of a program announce for one checker."""
    found: Findings = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = _EXPECTATION.search(line)
        assert bool(match) == ("pyright:" in line), f"{path.name}:{number} announces in another form: {line}"
        if match is not None:
            codes = match[1 + CHECKERS.index(checker)]
            found |= {(number, code) for code in codes.split(", ") if code != "nothing"}
    return found


# ---------------------------------------------------------------------------------------------
# The checkers


def run_mypy(folder: Path, version: str) -> list[tuple[str, int, str, str]]:
    """What mypy reports on a folder: file, line, code, message."""
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", version, "--output", "json"]
    # The machine's own configuration is not the user's of whom we speak.
    command += ["--config-file", os.devnull, "--cache-dir", str(folder / ".mypy_cache"), "."]
    done = _run(command, folder)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [(r["file"], r["line"], r["code"], r["message"]) for r in reports if r["severity"] == "error"]


def run_pyright(folder: Path, version: str, **settings: Any) -> list[tuple[str, int, str, str]]:
    """What pyright reports on a folder, warnings included."""
    configuration = {"typeCheckingMode": "strict", "pythonVersion": version, **settings}
    (folder / "pyrightconfig.json").write_text(json.dumps(configuration), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "-p", str(folder), "--pythonpath", sys.executable]
    done = _run([*command, "--outputjson"], folder)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return [
        (r["file"], r["range"]["start"]["line"] + 1, r.get("rule", "syntax"), r["message"])
        for r in json.loads(done.stdout)["generalDiagnostics"]
    ]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    # Without PYTHONPATH: the package is found where it is installed, and read as a user's checker reads it.
    environment = {name: value for name, value in os.environ.items() if "PYTHONPATH" not in name}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


RUN = {"mypy": run_mypy, "pyright": run_pyright}


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], Any]], Any]:
    """Does something in a folder with all programs, once for all processes of a test run."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    known: dict[str, Any] = {}

    def get(name: str, work: Callable[[Path], Any]) -> Any:
        if name not in known:
            folder, result = base / f"programs-{name}", base / f"programs-{name}.json"
            with open(base / f"programs-{name}.lock", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not result.exists():
                    shutil.rmtree(folder, ignore_errors=True)
                    folder.mkdir()
                    for path in PROGRAMS:
                        shutil.copy(path, folder / f"{name_of(path)}.py")
                    result.write_text(json.dumps(work(folder)), encoding="utf-8")
            known[name] = json.loads(result.read_text(encoding="utf-8"))
        return known[name]

    return get


# ---------------------------------------------------------------------------------------------
# The programs


def test_there_are_enough_programs() -> None:
    assert len(ACCEPTED) >= 65
    assert len(REJECTED) >= 45
    assert UNSEEN


@pytest.mark.parametrize("path", PROGRAMS, ids=name_of)
def test_a_program_says_what_it_shows(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    announced = [expected(path, checker) for checker in CHECKERS]
    assert any(announced) is (path.parent.name == "rejected")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("path", PROGRAMS, ids=name_of)
def test_checked(path: Path, checker: str, version: str, once: Any) -> None:
    need_checker(checker)
    reports = once(f"{checker}-{version}", lambda folder: RUN[checker](folder, version))
    mine = [report[1:] for report in reports if Path(report[0]).stem == name_of(path)]
    assert {(line, code) for line, code, _ in mine} == expected(path, checker), mine


def test_every_report_is_of_a_program(once: Any) -> None:
    # Nothing is said about what the programs import: it is a typed package.
    for checker in CHECKERS:
        need_checker(checker)
        reports = once(f"{checker}-3.11", lambda folder, run=RUN[checker]: run(folder, "3.11"))
        announced = {name_of(path) for path in REJECTED if expected(path, checker)}
        assert {Path(report[0]).stem for report in reports} == announced


RUNNER = """
import json, runpy, sys, warnings
from pyformation import CatalogWarning
warnings.simplefilter("error", CatalogWarning)
fates = {}
for path in sys.argv[1:]:
    try:
        runpy.run_path(path, run_name="__main__")
        fates[path] = "passes"
    except BaseException as error:
        fates[path] = f"{type(error).__name__}: {error}"
print(json.dumps(fates))
"""


def run_programs(_folder: Path) -> dict[str, str]:
    done = run_python("-c", RUNNER, *PROGRAMS)
    assert done.returncode == 0, done.stderr
    fates: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return fates


@pytest.mark.parametrize("path", PROGRAMS, ids=name_of)
def test_run(path: Path, once: Any) -> None:
    fate: str = once("run", run_programs)[str(path)]
    first = path.read_text(encoding="utf-8").splitlines()[0]
    if path.parent.name == "accepted":
        assert fate == "passes"
    else:
        match = _FATE.match(first)
        assert match is not None, fate
        assert fate.partition(":")[0] == match[1], fate
        assert path.parent.name == "rejected" or match[1] != "passes"


# ---------------------------------------------------------------------------------------------
# The stubs of all types, by themselves


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """The package on its own, without the project's configuration."""
    shutil.copytree(
        ROOT / "pyformation", tmp_path / "pyformation", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


@pytest.mark.slow
def test_stubs_pass_mypy(stubs: Path) -> None:
    need_checker("mypy")
    assert run_mypy(stubs, "3.11") == []


@pytest.mark.slow
def test_stubs_pass_pyright(stubs: Path) -> None:
    need_checker("pyright")
    folder = stubs / "pyformation" / "aws"
    # The stubs of the types have no module of their own beside them: the classes are made by their service's.
    # What is written by hand is checked with the project's settings.
    assert run_pyright(folder, "3.11", include=["**/*.pyi"], reportMissingModuleSource="none") == []
