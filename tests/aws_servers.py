"""Servers that stand in for AWS, started once a process and stopped at its end. The fixtures are in conftest.py.

Each test has an account of its own (ministack reads its number from the access key), so that tests share a server and
see nothing of each other.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

REGION = "eu-west-1"
_numbers = itertools.count(1)


@attrs.frozen
class Account:
    """An account on a server, for the command (`environment`) and for boto3 (`session`)."""

    address: str
    number: str
    region: str = REGION

    @property
    def environment(self) -> dict[str, str]:
        """The variables of AWS's configuration; none of the user's files is read."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": self.number,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def at(self, address: str) -> Account:
        """The same account through another address, such as that of an `Endpoint` in front of the server."""
        return attrs.evolve(self, address=address)

    def session(self) -> Any:
        """A session of boto3 with the credentials of the account; the address is in the environment."""
        import boto3

        return boto3.Session(self.number, "secret", region_name=self.region, botocore_session=_core())

    def client(self, service: str = "cloudformation", region: str | None = None) -> Any:
        """A client of boto3, for what a test prepares and looks at."""
        return self.session().client(service, region_name=region or self.region, endpoint_url=self.address)


def _core() -> Any:
    """What boto3's sessions stand on, with a loader that the tests share: botocore's models are read once."""
    import botocore.session

    found = botocore.session.Session()
    found.register_component("data_loader", _loader())
    return found


@functools.cache
def _loader() -> Any:
    import botocore.loaders

    return botocore.loaders.create_loader()


def new_account(address: str) -> Account:
    """An account that no other test of this process has."""
    return Account(address, f"{os.getpid() % 1_000_000:06d}{next(_numbers):06d}")


def set_environment(monkeypatch: pytest.MonkeyPatch, account: Account) -> None:
    """Let this process and its children talk to the server, and to nothing else."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)


def missing(what: str) -> Any:
    """Skip the test; in CI, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} must be installed in CI")
    pytest.skip(f"{what} is not installed")


def until(otherwise: str) -> Iterator[None]:
    """The turns of a loop that waits. A busy machine is slow: only after a minute it fails, with a sentence."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        yield
        time.sleep(0.02)
    raise AssertionError(otherwise)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def served(command: list[str], address: str, ready: str, environment: Mapping[str, str]) -> Iterator[str]:
    """A server in a child process, from when it answers until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "TMPDIR": folder, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for _ in until(f"{command[0]} does not answer"):
                try:
                    urllib.request.urlopen(address + ready, timeout=5).close()
                    break
                except OSError:
                    assert process.poll() is None, f"{command[0]} ended"
            yield address
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def ministack_command() -> str | None:
    """The program: where PYFORMATION_MINISTACK says, or on the path. It has its own environment, as it pins botocore."""
    named = os.environ.get("PYFORMATION_MINISTACK")
    if named:
        assert Path(named).is_file(), f"PYFORMATION_MINISTACK is {named}, which does not exist"
        return named
    return shutil.which("ministack")


@contextlib.contextmanager
def ministack() -> Iterator[str]:
    """The address of a new ministack server."""
    command = ministack_command()
    if command is None:
        missing(
            "ministack (pip install ministack in its own environment, and name it in PYFORMATION_MINISTACK)"
        )
    port = free_port()
    environment = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "ERROR",
        "MINISTACK_REGION": REGION,
        "PYTHONPATH": "",
    }
    with served([str(command)], f"http://127.0.0.1:{port}", "/_ministack/health", environment) as address:
        yield address


@contextlib.contextmanager
def moto() -> Iterator[str]:
    """The address of a new server of moto."""
    for name in ("moto", "flask", "boto3"):
        if os.environ.get("CI") is None:
            pytest.importorskip(name, reason="moto's server is not installed (the extra dev)")
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with served(command, f"http://127.0.0.1:{port}", "/moto-api/data.json", {}) as address:
        yield address
