"""tools/replay_history.py on a repository with a known history."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, run_python

TOPIC = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"
HISTORY = [
    {"infra/topic.yaml": TOPIC, "notes.json": "{}"},
    # One template changes, and another file that is none.
    {"infra/topic.yaml": TOPIC + "    Properties:\n      DisplayName: Orders\n", "notes.json": '{"a": 1}'},
    # Two in one commit: one is new, the other cannot be evaluated.
    {"infra/topic.yaml": TOPIC + "    Condition: Missing\n", "queue.json": "{}"},
]


def commit(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for arguments in (["add", "-A"], [*identity, "commit", "-q", "-m", "Change"]):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository with a space"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    for files in HISTORY:
        commit(folder, files)
    return folder


def replay(*arguments: str | Path) -> tuple[int, str]:
    result = run_python(ROOT / "tools" / "replay_history.py", *arguments)
    assert not result.stderr, result.stderr
    return result.returncode, result.stdout


def test_every_pair_is_compared_and_refusals_are_listed(repository: Path, tmp_path: Path) -> None:
    written = tmp_path / "outcomes.json"
    status, printed = replay(repository, "--json", written, "--slower-than", "60")
    refused, total = printed.splitlines()
    assert status == 0
    assert refused.startswith("refused: ") and "'infra/topic.yaml'" in refused and "'Missing'" in refused
    assert total.startswith("2 pairs: 1 compared, 1 refused, 0 crashed, 0 without an answer in time; 0 slow")
    assert [one["outcome"] for one in json.loads(written.read_text())] == ["ok", "refused"]


def test_renamed_files_are_followed(repository: Path) -> None:
    subprocess.run(["git", "-C", str(repository), "mv", "infra/topic.yaml", "moved.yaml"], check=True)
    commit(repository, {"moved.yaml": TOPIC + "    Condition: Missing\n    DependsOn: []\n"})
    assert replay(repository)[1].splitlines()[-1].startswith("3 pairs:")


def test_slow_pairs_are_listed_and_a_pair_without_an_answer_fails(repository: Path) -> None:
    status, printed = replay(repository, "--slower-than", "0")
    assert status == 0
    assert sum(line.startswith("slow: ") for line in printed.splitlines()) == 1
    status, printed = replay(repository, "--limit", "0.0001")
    assert status == 1
    assert "no answer in time: " in printed
