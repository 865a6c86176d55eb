"""What a deployment shows: live in a terminal (tmux), as lines with times elsewhere, never over an error."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aws_servers
import pytest
from aws_servers import Account
from conftest import ROOT
from test_plan import TEMPLATE, statuses
from test_security_output import OWNED, commands

from pyformation.cli import following
from pyformation.deployment import Event, Followed, Progress
from pyformation.deployment.progress import duration, usual_time

WAIT = """
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: SECONDS, Count: 1}}
Outputs:"""


def waiting(seconds: int) -> str:
    """A template whose last resource takes some seconds, and then fails."""
    return TEMPLATE.replace("\nOutputs:", WAIT.replace("SECONDS", str(seconds))).replace(
        "!Ref Name}", "!Ref Name, DelaySeconds: 5}"
    )


class Tmux:
    """A command in a terminal that a test reads and types into."""

    def __init__(self, folder: Path, account: Account, width: int = 100, height: int = 40) -> None:
        self.socket = f"pf-{os.getpid()}-{id(self)}"
        self.folder, self.account, self.size = folder, account, (width, height)

    def call(self, *arguments: str) -> str:
        command = ["tmux", "-L", self.socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout

    def start(self, *arguments: str) -> None:
        values = {**self.account.environment, "PYTHONPATH": str(ROOT), "TERM": "screen-256color", "CI": ""}
        environment = " ".join(f"{key}={shlex.quote(value)}" for key, value in values.items())
        command = shlex.join([sys.executable, "-m", "pyformation", *arguments])
        script = (
            f'cd {shlex.quote(str(self.folder))}; {environment} {command}; echo "exit status $?"; read end'
        )
        width, height = map(str, self.size)
        self.call("new-session", "-d", "-x", width, "-y", height, "bash", "-c", script)

    def screen(self) -> str:
        """What is on the screen."""
        return self.call("capture-pane", "-p")

    def text(self) -> str:
        """All that was printed and stays, with the screen."""
        return self.call("capture-pane", "-p", "-S", "-1000")

    def keys(self, *keys: str) -> None:
        self.call("send-keys", *keys)

    def until(self, pattern: str, seconds: float = 40) -> str:
        """Wait for something to be on the screen, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.text()
            if re.search(pattern, text, re.MULTILINE):
                return text
            time.sleep(0.1)
        raise AssertionError(f"{pattern!r} is not on the screen:\n{self.text()}")

    def close(self) -> None:
        self.call("kill-server")


@pytest.fixture
def tmux(account: Account, tmp_path: Path) -> Iterator[Tmux]:
    if shutil.which("tmux") is None:
        aws_servers.missing("tmux")
    found = Tmux(tmp_path, account)
    yield found
    found.close()


def test_a_deployment_in_a_terminal(account: Account, tmux: Tmux, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(waiting(6))
    tmux.start("deploy", "t.yaml", "--stack-name", "shop")
    tmux.until(r"^Deploy\? \[y/N\]")
    assert statuses(account) == {"shop": "REVIEW_IN_PROGRESS"}
    tmux.keys("y", "Enter")
    text = tmux.until(r"^  \+ Wait +CloudFormation::WaitCondition +[1-9]s$")
    assert re.search(r"^  [1-9]s  3 of 4 +Ctrl-C: detach, cancel, wait$", text, re.MULTILINE), text
    assert re.search(r"^  \+ Queue +SQS::Queue +[0-9]s$", text, re.MULTILINE), "what has ended stays above"
    tmux.keys("C-c")
    tmux.until(r"shop goes on at AWS: \[d\]etach or \[w\]ait\?")
    tmux.keys("w", "Enter")
    text = tmux.until("exit status 4")
    lines = text.splitlines()
    failed = next(index for index, line in enumerate(lines) if line.startswith("  x Wait"))
    assert lines[failed].endswith("failed") and "AWS: WaitCondition timed out" in lines[failed + 1]
    assert "x Wait failed   t.yaml:8" in text and "x shop ROLLBACK_COMPLETE after" in text
    assert "Ctrl-C: detach" not in text, "the live part is gone"
    assert "next: fix t.yaml:8, then" in text


@pytest.mark.slow
def test_ctrl_c_detaches_or_cancels(account: Account, tmux: Tmux, tmp_path: Path) -> None:
    client = account.client()
    client.create_stack(StackName="shop", TemplateBody=TEMPLATE)
    client.get_waiter("stack_create_complete").wait(StackName="shop", WaiterConfig={"Delay": 1})
    (tmp_path / "t.yaml").write_text(waiting(9))
    tmux.start("deploy", "t.yaml", "--stack-name", "shop", "--yes")
    tmux.until(r"^  [+~] Wait .*[0-9]s$")
    tmux.keys("C-c")
    tmux.until(r"shop goes on at AWS: \[d\]etach, \[c\]ancel the update, or \[w\]ait\?")
    tmux.keys("d", "Enter")
    text = tmux.until("exit status 130")
    assert "follow it with: pyformation status shop" in text
    assert statuses(account) == {"shop": "UPDATE_IN_PROGRESS"}
    tmux.close()
    again = Tmux(tmp_path, account)
    try:
        again.start("deploy", "t.yaml", "--stack-name", "shop", "--yes")
        again.until("this deployment is already running; following it")
        again.until(r"Ctrl-C: detach, cancel, wait")
        again.keys("C-c")
        again.until(r"\[c\]ancel the update")
        again.keys("c", "Enter")
        text = again.until("exit status 4")
        assert "canceled; the stack is being rolled back" in text
        assert statuses(account) == {"shop": "UPDATE_ROLLBACK_COMPLETE"}
    finally:
        again.close()


@pytest.mark.slow
@pytest.mark.parametrize(("keys", "status"), [(["n", "Enter"], 1), (["C-c"], 130), (["C-d"], 1)])
def test_nothing_is_left_without_agreement(
    account: Account, tmux: Tmux, tmp_path: Path, keys: list[str], status: int
) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    tmux.start("deploy", "t.yaml", "--stack-name", "shop")
    tmux.until(r"^Deploy\? \[y/N\]")
    tmux.keys(*keys)
    text = tmux.until(f"exit status {status}")
    assert "error: nothing was deployed" in text or "error: interrupted" in text
    assert "Traceback" not in text and statuses(account) == {}


# ---------------------------------------------------------------------------------------------
# Without a server

STACK_ID = "arn:aws:cloudformation:eu-west-1:111111111111:stack/shop/1"
BEGAN = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)


def event(
    name: str, status: str, seconds: int = 0, *, type_: str = "AWS::RDS::DBInstance", reason: str = ""
) -> Event:
    return Event(
        id=f"{name}-{status}-{seconds}",
        time=BEGAN + timedelta(seconds=seconds),
        stack_id=STACK_ID,
        stack="shop",
        logical_id=name,
        physical_id=STACK_ID if name == "shop" else name.lower(),
        type="AWS::CloudFormation::Stack" if name == "shop" else type_,
        status=status,
        reason=reason,
    )


class Screen(io.StringIO):
    """A terminal that remembers what was written."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("height", [8, 24])
def test_the_live_part_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, height: int) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", str(height))
    view = following.Terminal(Screen())
    progress = Progress([f"Database{n}" for n in range(300)])
    for number in range(200):
        progress.apply(Followed(event(f"Database{number}", "CREATE_IN_PROGRESS", number)))
    lines = str(view._drawing([("", progress)])).split("\n")
    assert len(lines) < height
    assert any("and " in line and " more" in line for line in lines)
    assert any("100 not started" in line for line in lines)


def test_an_error_is_printed_once_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    screen = Screen()
    view = following.Terminal(screen)
    progress = Progress()
    progress.apply(Followed(event("A", "CREATE_IN_PROGRESS")))
    progress.apply(Followed(event("B", "CREATE_IN_PROGRESS")))
    view.tick([("", progress)])
    step = progress.apply(Followed(event("A", "CREATE_FAILED", 5, reason="no \x1b[2J::error::room")))
    assert step is not None and step.state == "failed"
    view.step(step)
    before = len(screen.getvalue())
    for _ in range(5):
        view._drawn = 0.0
        view.tick([("", progress)])
    view.pause()
    written = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert written.count("AWS: no \\x1b[2J::error::room") == 1
    # What is drawn afterwards moves the cursor up only within the live part: a line of B and the last one.
    moves = re.findall(r"\x1b\[1A", screen.getvalue()[before:])
    assert len(moves) <= 6 * 2


@pytest.mark.parametrize("view_of", [following.Terminal, following.Plain, following.Json])
def test_what_aws_says_is_only_text(view_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    monkeypatch.setattr(following, "HEARTBEAT", 0.0)
    for text in (*OWNED, "a\x1b[2Jb", "a\x9b2Jb", "a\u202eb", "a\rb", "a\nb"):
        screen = Screen() if view_of is following.Terminal else io.StringIO()
        view = view_of(screen)
        progress = Progress()
        for each in (
            event("shop", f"UPDATE_IN_PROGRESS{text}", reason=text),
            event(text, "CREATE_IN_PROGRESS", type_=text, reason=text),
            event(f"B{text}", "CREATE_IN_PROGRESS", 1, type_=f"A::{text}"),
            event(text, "CREATE_FAILED", 3, type_=text, reason=text),
            event("shop", f"ROLLBACK_IN_PROGRESS{text}", 4, reason=text),
        ):
            followed = Followed(each)
            step = progress.apply(followed)
            view.event(followed, progress, text)
            if step is not None:
                view.step(step, text)
            view._drawn = 0.0
            view.tick([(text, progress), ("b", progress)])
        view.note(text)
        view.lines([[("", "#"), ("bad", "#[error]x")]])
        view.pause()
        view.lines([[("", "#"), ("bad", "#[error]x")]])
        # Without what moves the cursor and colors the text.
        printed = re.sub(r"\x1b\[(?:\?25[lh]|1A|2K|[0-9;]*m)|(?m:^)\r|\r(?=\x1b)", "", screen.getvalue())
        assert commands(printed) == []
        assert re.search(r"[^\n\x20-\x7e\xa0\u2026]", printed) is None, repr(text)


def test_canceled_resources_are_no_failures() -> None:
    progress = Progress()
    for name, reason in (("A", "Resource creation cancelled"), ("B", "Access denied")):
        progress.apply(Followed(event(name, "CREATE_IN_PROGRESS")))
        step = progress.apply(Followed(event(name, "CREATE_FAILED", 3, reason=reason)))
        assert step is not None and step.state == ("canceled" if name == "A" else "failed")
    assert (progress.done, progress.failed) == (0, 1)


def test_lines_with_times_and_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    view = following.Plain(out)
    progress = Progress(["Database", "Queue"])
    followed = Followed(event("Database", "CREATE_IN_PROGRESS", reason="::warning::x\u202e"))
    progress.apply(followed)
    view.event(followed, progress)
    assert out.getvalue() == (
        "05:00:00  Database  RDS::DBInstance  CREATE_IN_PROGRESS  \\x3a:warning::x\\u202e\n"
    )
    view.tick([("", progress)])
    assert out.getvalue().count("\n") == 1, "a heartbeat comes after a minute"
    monkeypatch.setattr(following, "HEARTBEAT", 0.0)
    view.tick([("", progress)])
    beat = out.getvalue().splitlines()[1]
    assert usual_time("AWS::RDS::DBInstance", "CREATE") == "usually 3-7 min"
    assert beat == "05:00:00  still running: Database 0s (usually 3-7 min); 0 of 2"


def test_durations() -> None:
    for seconds, text in ((0, "0s"), (59, "59s"), (60, "1m00s"), (298, "4m58s"), (3840, "1h04m")):
        assert duration(timedelta(seconds=seconds)) == text


def test_replacements_and_cleanups_have_their_symbols() -> None:
    progress = Progress()
    words = "Requested update requires the creation of a new physical resource; hence creating one."
    for status, reason in (("UPDATE_IN_PROGRESS", ""), ("UPDATE_IN_PROGRESS", words)):
        progress.apply(Followed(event("A", status, reason=reason)))
    step = progress.apply(Followed(event("A", "UPDATE_COMPLETE", 9)))
    assert step is not None and step.symbol == "-/+" and step.took == timedelta(seconds=9)
    progress.apply(Followed(event("A", "DELETE_IN_PROGRESS", 10)))
    step = progress.apply(Followed(event("A", "DELETE_COMPLETE", 12)))
    assert step is not None and step.symbol == "-" and step.took == timedelta(seconds=2)


def test_every_usual_time_has_a_source() -> None:
    import json

    from pyformation import catalog

    path = ROOT / "pyformation" / "deployment" / "usual_times.json"
    rows: list[dict[str, Any]] = json.loads(path.read_text())["rows"]
    assert len({row["type"] for row in rows}) == len(rows) >= 8
    for row in rows:
        assert catalog.find(row["type"]) is not None and row["source"], row
        for verb in set(row) - {"type", "source"}:
            assert verb in ("create", "update", "delete") and 0 < row[verb][0] <= row[verb][1], row
