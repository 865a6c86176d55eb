"""The processes of a function: how much memory they use, and how they end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from typing import Any

_PROC = sys.platform == "linux"
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@contextlib.contextmanager
def uninterrupted() -> Generator[None]:
    """Let no signal's handler raise an exception inside: it runs at the end. For what must not stay half done."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Handlers run in the main thread only.
        return
    caught: list[int] = []
    before: dict[int, Any] = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            handler = signal.getsignal(number)
            if handler is not None and handler != signal.SIG_IGN:
                before[number] = handler
                signal.signal(number, lambda arrived, _frame: caught.append(arrived))
        yield
    finally:
        for replaced, handler in before.items():
            signal.signal(replaced, handler)
        if caught:
            signal.raise_signal(caught[0])


def resident_memory(process: int) -> int:
    """The bytes that one process has in memory now; 0 if it is gone or cannot be asked cheaply."""
    if not _PROC:
        return 0
    try:
        with open(f"/proc/{process}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def peak_memory(process: int) -> int:
    """The most bytes that one process has had in memory; where nothing says so, those of its group now."""
    if not _PROC:
        return group_memory(process)
    return _line_of(f"/proc/{process}/status", b"VmHWM:")


def group_memory(group: int) -> int:
    """The bytes that the processes of a group have in memory together.

    Memory that they share counts once. Where nothing says so, as outside Linux, it counts in each of them.
    """
    if not _PROC:
        result = subprocess.run(["ps", "-A", "-o", "pgid=,rss="], capture_output=True, text=True, check=False)
        lines = (line.split() for line in result.stdout.splitlines())
        return sum(int(line[1]) for line in lines if len(line) == 2 and line[0] == str(group)) * 1024
    members = [process for process in _processes() if _group_of(process) == group]
    if len(members) == 1:
        return resident_memory(members[0])
    # Forked processes share most of their pages; the proportional size counts each page once.
    return sum(
        _line_of(f"/proc/{member}/smaps_rollup", b"Pss:") or resident_memory(member) for member in members
    )


def end(group: int, token: str) -> None:
    """Kill the processes of a group and their descendants; those that left both still have `token` in their
    environment."""
    with uninterrupted():
        # Nobody makes new ones while the others are counted.
        _signal_group(group, signal.SIGSTOP)
        found = _descendants(group) if _PROC else []
        _signal_group(group, signal.SIGKILL)
        found += [process for process in _processes() if _has(process, token.encode())] if _PROC else []
        for process in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _descendants(process: int) -> list[int]:
    """The children of a process, their children, and so on."""
    children: dict[int, list[int]] = {}
    for each in _processes():
        try:
            with open(f"/proc/{each}/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        children.setdefault(parent, []).append(each)
    found = list(children.get(process, []))
    for each in found:
        found += children.get(each, [])
    return found


def _has(process: int, variable: bytes) -> bool:
    try:
        with open(f"/proc/{process}/environ", "rb") as file:
            return variable in file.read().split(b"\0") and process != os.getpid()
    except OSError:
        return False


def _processes() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdecimal())


def _group_of(process: int) -> int:
    try:
        return os.getpgid(process)
    except OSError:
        return 0


def _line_of(path: str, name: bytes) -> int:
    """A size in kB that a file of /proc has in one of its lines, in bytes."""
    try:
        with open(path, "rb") as file:
            for line in file:
                if line.startswith(name):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0
