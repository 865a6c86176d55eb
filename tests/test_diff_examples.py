"""The examples of the diff: a policy, the job for pull requests, a change set that AWS made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, run_python

EXAMPLES = ROOT / "examples" / "diff"
TABLE = "Resources: {{T: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: {0}}}}}}}\n"
STACKS = """
from pyformation import Stack
from pyformation.aws import dynamodb

class Orders(Stack):
    table = dynamodb.Table(table_name={0!r}, key_schema=[])
"""


def test_the_policy_is_short_and_stops_a_replacement_only(tmp_path: Path) -> None:
    assert len((EXAMPLES / "policy.py").read_text().splitlines()) <= 15
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(TABLE.format(name))
    (tmp_path / "empty.json").write_text("{}")
    for before, status in (("one.yaml", 3), ("two.yaml", 0), ("empty.json", 0)):
        result = run_python(
            "-m", "pyformation", "diff", before, "two.yaml", "--policy", EXAMPLES / "policy.py", cwd=tmp_path
        )  # fmt: skip
        assert result.returncode == status, result.stderr
        assert ("TEAM1" in result.stdout) is (status == 3)


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.skipif(sys.platform == "win32", reason="sh is needed")
@pytest.mark.parametrize(
    ("file", "after", "status"),
    [
        ("infra/table.yaml", TABLE.format("two"), 3),
        ("infra/table.yaml", TABLE.format("one"), 0),
        ("infra/table.yaml", "Resources: [\n", 1),
        ("stacks.py", STACKS.format("two"), 3),
        ("stacks.py", STACKS.format("one"), 0),
        ("stacks.py", "import nothing_like_it\n", 1),
    ],
)
def test_the_job_comments_on_a_pull_request(tmp_path: Path, file: str, after: str, status: int) -> None:
    workflow = yaml.safe_load((EXAMPLES / "pull-request.yml").read_text())
    job = workflow["jobs"]["diff"]
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert job["steps"][0]["with"] == {"fetch-depth": 2}
    step = next(step for step in job["steps"] if step.get("name") == "Compare")
    assert "${{" not in step["run"]  # Nothing of a pull request gets into the script.

    folder, tools = tmp_path / "repository", tmp_path / "bin"
    (folder / "infra").mkdir(parents=True)
    tools.mkdir()
    git(folder, "init", "-q", "--initial-branch=main")
    (folder / "infra" / "table.yaml").write_text(TABLE.format("one"))
    (folder / "stacks.py").write_text(STACKS.format("one"))
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "base")
    git(folder, "checkout", "-qb", "topic")
    (folder / file).write_text(after)
    git(folder, "commit", "-q", "--allow-empty", "-am", "change")
    git(folder, "checkout", "-q", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "meanwhile")
    git(folder, "merge", "-q", "--no-ff", "-m", "merge", "topic")
    # Two tools that the runner has: pyformation, and gh, which only notes what it was told.
    (tools / "pyformation").write_text(f'#!/bin/sh\nexec {sys.executable} -m pyformation "$@"\n')
    (tools / "gh").write_text('#!/bin/sh\necho "$@" > ../told\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "PULL_REQUEST": "https://github.com/o/r/pull/1",
        "SOURCES": step["env"]["SOURCES"],
    }
    result = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == status, result.stderr
    if status == 1:
        assert not (tmp_path / "told").exists()
        return
    told = (tmp_path / "told").read_text()
    assert told == (
        "pr comment https://github.com/o/r/pull/1 --edit-last --create-if-none --body-file diff.md\n"
    )
    report = (folder / "diff.md").read_text()
    assert report == (tmp_path / "summary.md").read_text()
    assert len(report) < 65_536
    assert ("PF101" in report) is (status == 3)
    changes = [line for line in report.splitlines() if not line.startswith("Compared: ")]
    assert any(Path(file).name in line for line in changes) is (status == 3)


def test_a_change_set_of_awss_own_is_shown(tmp_path: Path) -> None:
    target = {"Attribute": "Properties", "Name": "TableName", "RequiresRecreation": "Always"}
    detail = {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}
    change = {
        "Action": "Modify",
        "LogicalResourceId": "Orders",
        "ResourceType": "AWS::DynamoDB::Table",
        "Replacement": "True",
        "Details": [detail],
    }
    answer = {"Status": "CREATE_COMPLETE", "Changes": [{"Type": "Resource", "ResourceChange": change}]}
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    result = run_python(EXAMPLES / "show_change_set.py", "answer.json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "-/+ Orders  AWS::DynamoDB::Table  must be replaced" in result.stdout
    assert "1 replaced" in result.stdout
